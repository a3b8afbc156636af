/** What the parts of the extension share. */

import type * as vscode from 'vscode';

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
