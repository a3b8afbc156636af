/** What a person says about tests, and what becomes of it: the choice, the page, samples, the Test Explorer. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exported } from '../../src/extension';
import {
  file,
  knowTheKey,
  labelsOf,
  open,
  picking,
  rightOutput,
  solved,
  tellFailures,
  until,
  whileReplaced,
} from './window';

export function judged(): void {
  describe('A person says', () => {
    let sstar: Exported;

    before(async () => {
      await open('readme.md');
      sstar = await knowTheKey();
      tellFailures(sstar);
      await sstar.server.ready();
    });

    // --- what is right -----------------------------------------------------------------------------

    it('which output is right, from the title of a thread; "illegal" is taken as well', async () => {
      const before = await solved(sstar, 'mislead.md');
      await vscode.commands.executeCommand('sstar.reviewTests');
      const uri = file('mislead.md').toString();
      const [thread] = sstar.review.of(uri);
      const test = before.evidence!.deciding_inputs[0]!;
      const right = rightOutput(test);
      const calls = await whileReplaced('showQuickPick', picking(new RegExp(`^${right}$`)), () =>
        vscode.commands.executeCommand('sstar.review.right', thread),
      );
      assert.equal(labelsOf(calls[0]).length, test.outputs.length);
      const after = sstar.runs.answerOf(uri)!;
      assert.notEqual(after.code, before.code);
      const body = (thread!.comments[0]!.body as vscode.MarkdownString).value;
      assert.match(body, /\d+% → 0%/, 'belief before and after');
      assert.match(body, /\*\*Judge\*\* \(scripted\)/);
      await vscode.commands.executeCommand('sstar.review.illegal', thread);
      assert.equal(sstar.runs.answerOf(uri)!.verdicts[test.id], 'illegal');
      assert.match((thread!.comments[0]!.body as vscode.MarkdownString).value, /this input is illegal/);
    });

    it('shows how the belief went as a picture in the evidence page', async () => {
      const answer = sstar.runs.answerOf(file('mislead.md').toString())!;
      const evidence = await vscode.workspace.openTextDocument(vscode.Uri.parse(answer.evidenceUri!));
      const [, picture] = /data:image\/svg\+xml;base64,([\w+/=]+)/.exec(evidence.getText()) ?? [];
      assert.ok(picture, 'no picture');
      assert.match(Buffer.from(picture, 'base64').toString(), /<polyline/);
    });

    it('before a test is saved as a sample: the files stand beside the problem', async () => {
      const answer = await solved(sstar, 'pairs.md');
      await vscode.commands.executeCommand('sstar.reviewTests');
      const [thread] = sstar.review.of(file('pairs.md').toString());
      const test = answer.evidence!.deciding_inputs[0]!;
      const calls = await whileReplaced('showQuickPick', picking(new RegExp(`^${rightOutput(test)}$`)), () =>
        vscode.commands.executeCommand('sstar.review.save', thread),
      );
      assert.equal(calls.length, 1, 'what is right was not asked');
      const text = async (name: string) =>
        new TextDecoder().decode(await vscode.workspace.fs.readFile(file(name)));
      assert.equal((await text('pairs-sstar-1.in')).trim(), test.input.trim());
      assert.equal((await text('pairs-sstar-1.out')).trim(), rightOutput(test));
    });

    it('shows a failing test in the Test Explorer with what was expected and what came', async () => {
      const before = await solved(sstar, 'mislead.md');
      const uri = file('mislead.md').toString();
      await vscode.commands.executeCommand('sstar.reviewTests');
      const [thread] = sstar.review.of(uri);
      // An output that no program prints.
      await whileReplaced(
        'showInputBox',
        () => '77',
        () => vscode.commands.executeCommand('sstar.review.other', thread),
      );
      assert.equal(sstar.runs.answerOf(uri)!.status, 'unverified');
      const test = before.evidence!.deciding_inputs[0]!;
      const item = await until('the test is listed', sstar.results.onDidFill, () =>
        itemOf(sstar.results.controller.items, `${uri}#user/${test.id}`),
      );
      const failed = await failures(sstar, item);
      assert.equal(failed.length, 1);
      assert.equal(failed[0]!.expectedOutput, '77\n');
      assert.match(failed[0]!.actualOutput ?? '', /^\d+\n$/);
      assert.equal(failed[0]!.location?.uri.toString(), uri);
    });

    // --- the rest ----------------------------------------------------------------------------------

    it('which run to cancel, from the status bar', async () => {
      await open('wait.md');
      const solving = vscode.commands.executeCommand('sstar.solveDocument');
      await until('a run goes on', sstar.runs.onDidChange, () => sstar.runs.running()[0]?.progress);
      const calls = await whileReplaced('showQuickPick', picking(/^Cancel S\*: Pairs that wait/), () =>
        vscode.commands.executeCommand('sstar.cancel.ask'),
      );
      assert.equal(calls.length, 1);
      await solving;
      assert.equal(sstar.runs.running().length, 0);
    });

    it('whether a contest is practice, and then solves it', async () => {
      const errors = await whileReplaced(
        'showErrorMessage',
        () => 'This Is Practice',
        async () => {
          await open('contest.md');
          await vscode.commands.executeCommand('sstar.solveDocument');
          await until('it is solved', sstar.runs.onDidChange, () =>
            sstar.runs.answerOf(file('contest.md').toString()),
          );
        },
      );
      assert.equal(errors.length, 1);
      assert.match(String(errors[0]![0]), /codeforces\.com\/contest\/1234/);
      assert.equal(sstar.runs.answerOf(file('contest.md').toString())!.status, 'chosen');
    });

    it('nothing in its menu that cannot be done', async () => {
      await open('pairs.md');
      const calls = await whileReplaced('showQuickPick', picking(undefined), () =>
        vscode.commands.executeCommand('sstar.menu'),
      );
      const labels = labelsOf(calls[0]).join('\n');
      for (const wanted of ['Insert the program', 'Review tests', 'Show the evidence', 'runner-up'])
        assert.ok(labels.includes(wanted), `${wanted} is not in ${labels}`);
      await open('readme.md');
      const none = await whileReplaced('showQuickPick', picking(undefined), () =>
        vscode.commands.executeCommand('sstar.menu'),
      );
      assert.doesNotMatch(labelsOf(none[0]).join('\n'), /Insert|Review|evidence/);
    });
  });
}

function itemOf(items: vscode.TestItemCollection, id: string): vscode.TestItem | undefined {
  for (const [, item] of items) {
    const found = item.id === id ? item : itemOf(item.children, id);
    if (found) return found;
  }
  return undefined;
}

/** Runs a test as the Test Explorer does; the messages of its failures. */
async function failures(sstar: Exported, item: vscode.TestItem): Promise<vscode.TestMessage[]> {
  const { controller } = sstar.results;
  const original = controller.createTestRun;
  const messages: vscode.TestMessage[] = [];
  controller.createTestRun = (request, ...more) => {
    const run = original.call(controller, request, ...more);
    const failed = run.failed.bind(run);
    run.failed = (test, message, ...rest) => {
      messages.push(...[message].flat());
      failed(test, message, ...rest);
    };
    return run;
  };
  try {
    await sstar.results.runAgain([item]);
  } finally {
    controller.createTestRun = original;
  }
  return messages;
}
