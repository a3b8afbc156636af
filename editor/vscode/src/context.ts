/** What the parts of the extension share. */

import * as vscode from 'vscode';

/** The kinds of documents that problems are written in. */
export const LANGUAGES = ['markdown', 'plaintext', 'python', 'cpp', 'c', 'java', 'rust', 'go', 'javascript'];

export interface Shared {
  context: vscode.ExtensionContext;
  /** What the extension and the server do. */
  log: vscode.LogOutputChannel;
}

/** A failure that is shown as it is, with buttons for what can be done about it. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly remedies: Remedy[] = [],
  ) {
    super(message);
    this.name = 'Refused';
  }
}

export interface Remedy {
  title: string;
  command: string;
  args?: unknown[];
}

/** Told of every failure that is shown. */
export const failed = new vscode.EventEmitter<Error>();

/** Shows what went wrong instead of losing it. */
export async function guarded<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (problem) {
    const error = problem instanceof Error ? problem : new Error(String(problem));
    failed.fire(error);
    const remedies = error instanceof Refused ? error.remedies : [];
    // Not awaited: a command ends when its work has ended, not when its message is dismissed.
    void vscode.window.showErrorMessage(error.message, ...remedies.map((one) => one.title)).then((chosen) => {
      const remedy = remedies.find((one) => one.title === chosen);
      if (remedy) return vscode.commands.executeCommand(remedy.command, ...(remedy.args ?? []));
      return undefined;
    });
    return undefined;
  }
}
