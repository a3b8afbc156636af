/** What the suites share: the extension, documents, and waiting for something to become true. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exported } from '../../src/extension';
import { originOf } from '../../src/keys';
import type { DecidingInput, RunResponse } from '../../src/protocol';

/** Failures that are shown to the person, in the report. */
export function tellFailures(sstar: Exported): void {
  sstar.onDidFail((error) => console.log(`[test]   shown: ${error.message}`));
}

export const ID = 'sstar-lsp.sstar';

export async function extension(): Promise<Exported> {
  const found = vscode.extensions.getExtension<Exported>(ID);
  assert.ok(found, `${ID} is not there`);
  return found.activate();
}

/** The extension, with the key of the scripted model stored; failures that it shows are told. */
export async function knowTheKey(): Promise<Exported> {
  const sstar = await extension();
  const base = vscode.workspace.getConfiguration('sstar').get<string>('model.base_url')!;
  await sstar.keys.store(originOf(base)!, process.env.SSTAR_TEST_KEY!);
  return sstar;
}

/** Opens a problem and solves it. */
export async function solved(sstar: Exported, name: string): Promise<RunResponse> {
  await open(name);
  await vscode.commands.executeCommand('sstar.solveDocument');
  const answer = sstar.runs.answerOf(file(name).toString());
  assert.ok(answer, 'no answer');
  return answer;
}

/** What the problems ask for: pairs of positions with sum zero. */
export function rightOutput(test: DecidingInput): string {
  const numbers = test.input.trim().split(/\s+/).slice(1).map(Number);
  const pairs = numbers.flatMap((a, place) => numbers.slice(0, place).filter((b) => a + b === 0));
  return String(pairs.length);
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
  patienceMs = 240_000,
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
>(name: K, answer: (...args: unknown[]) => unknown, work: () => PromiseLike<unknown>): Promise<unknown[][]> {
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

type Picked = vscode.QuickPickItem & Record<string, unknown>;

/** Answers quick picks in turn, each with the item whose label matches; `undefined` is Escape. */
export function picking(...labels: (RegExp | undefined)[]) {
  const left = [...labels];
  return (...args: unknown[]) => {
    const label = left.shift();
    const items = args[0] as Picked[];
    if (!label) return undefined;
    const found = items.find((item) => label.test(item.label));
    assert.ok(found, `nothing like ${label} in ${items.map((item) => item.label).join(' | ')}`);
    return found;
  };
}

export const labelsOf = (call: unknown[] | undefined) =>
  ((call?.[0] ?? []) as Picked[]).map((item) => item.label);
