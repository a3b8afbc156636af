/** Starts programs and tells their output line by line. No `vscode` in here. */

import { spawn } from 'node:child_process';

/** Cancelling ends the program and all that it started. */
export interface Cancellation {
  readonly isCancellationRequested: boolean;
  onCancellationRequested(listener: () => void): { dispose(): void };
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  cancellation?: Cancellation;
  /** Each line of standard output and standard error, as it comes. */
  onLine?: (line: string) => void;
}

export interface Finished {
  /** Null where a signal ended it or it could not be started. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Why it could not be started, such as `ENOENT`. */
  startError: string | null;
  wasCancelled: boolean;
}

/** Runs a program to its end. Never rejects: what went wrong is in the result. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<Finished>;

export const run: Run = (command, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, [...args], {
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32', // a group of its own, so that its children can be ended too
      windowsHide: true,
    });
    let startError: string | null = null;
    let wasCancelled = false;
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[name].setEncoding('utf8');
      child[name].on('data', (piece: string) => {
        texts[name] += piece;
        const lines = (rest + piece).split(/\r\n|\n|\r/);
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine?.(line);
      });
      child[name].on('end', () => {
        if (rest) options.onLine?.(rest);
      });
    }
    const stop = () => {
      wasCancelled = true;
      endGroup(child.pid);
    };
    const listening = options.cancellation?.onCancellationRequested(stop);
    if (options.cancellation?.isCancellationRequested) stop();
    child.on('error', (error: NodeJS.ErrnoException) => {
      startError = error.code ?? error.message;
    });
    child.on('close', (code) => {
      listening?.dispose();
      resolve({ code: startError === null ? code : null, ...texts, startError, wasCancelled });
    });
  });

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGTERM');
  } catch {
    // it has ended already
  }
}
