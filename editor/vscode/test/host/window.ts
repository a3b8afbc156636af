/** What the suites share: the extension, documents, and waiting for something to become true. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exported } from '../../src/extension';

export const ID = 'sstar-lsp.sstar';

export async function extension(): Promise<Exported> {
  const found = vscode.extensions.getExtension<Exported>(ID);
  assert.ok(found, `${ID} is not there`);
  return found.activate();
}

export function file(name: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, name);
}

export async function open(name: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(file(name), { preview: false });
}

/** Waits until `look` finds something; an event of `on` is when to look again. */
export function until<T>(
  what: string,
  on: vscode.Event<unknown> | readonly vscode.Event<unknown>[],
  look: () => T | undefined | null | false,
  patienceMs = 40_000,
): Promise<T> {
  const events = typeof on === 'function' ? [on] : on;
  return new Promise((resolve, reject) => {
    const listening: vscode.Disposable[] = [];
    const end = () => {
      clearTimeout(timer);
      for (const one of listening) one.dispose();
    };
    const check = () => {
      const found = look();
      if (!found) return;
      end();
      resolve(found);
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`never happened: ${what}`));
    }, patienceMs);
    for (const event of events) listening.push(event(check));
    check();
  });
}

/** Runs `work` while `vscode.window[name]` is replaced; what it was called with is returned. */
export async function whileReplaced<
  K extends 'showErrorMessage' | 'showQuickPick' | 'showInputBox' | 'showInformationMessage',
>(name: K, answer: (...args: unknown[]) => unknown, work: () => Promise<unknown>): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  const window = vscode.window as unknown as Record<string, unknown>;
  const original = window[name];
  window[name] = (...args: unknown[]) => {
    calls.push(args);
    return Promise.resolve(answer(...args));
  };
  try {
    await work();
  } finally {
    window[name] = original;
  }
  return calls;
}
