/** The extension in a trusted window, with a real server and the scripted model behind it. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exported } from '../../src/extension';
import { file, knowTheKey, open, rightOutput, solved, tellFailures, until, whileReplaced } from './window';

export function trusted(): void {
  describe('S* in a trusted window', () => {
    let sstar: Exported;

    before(async () => {
      await open('readme.md');
      sstar = await knowTheKey();
      console.log(
        `[test]   activation: ${sstar.activationCpuMs.toFixed(0)} ms on the processor, ${sstar.activationMs.toFixed(0)} ms by the clock`,
      );
      tellFailures(sstar);
      await sstar.server.ready();
    });

    it('registers every command that package.json contributes', async () => {
      const known = new Set(await vscode.commands.getCommands(true));
      const contributed = vscode.extensions.getExtension('sstar-lsp.sstar')!.packageJSON.contributes
        .commands as {
        command: string;
      }[];
      assert.deepEqual(
        contributed.map((one) => one.command).filter((name) => !known.has(name)),
        [],
      );
    });

    it('has an example for whoever has no problem at hand', async () => {
      await vscode.commands.executeCommand('sstar.openExample');
      const { document } = vscode.window.activeTextEditor!;
      assert.equal(document.languageId, 'markdown');
      assert.match(document.getText(), /^# Village vote\n/);
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    });

    it('sends only settings that somebody set', () => {
      const { solve, model } = sstar.server.settings() as Record<string, Record<string, unknown>>;
      assert.equal(solve!.samples, 3);
      assert.equal('temperature' in solve!, false);
      assert.equal(model!.model, 'scripted');
    });

    it('solves the document, with counts in the status bar', async () => {
      const texts = new Set<string>();
      const listening = sstar.runs.onDidChange(() => texts.add(sstar.statusText()));
      const answer = await solved(sstar, 'pairs.md');
      listening.dispose();
      assert.equal(answer.status, 'chosen');
      assert.ok(
        [...texts].some((text) => /\d\/3 samples/.test(text)),
        `no counts in ${[...texts].join(' | ')}`,
      );
      assert.match(sstar.statusText(), /S\* chosen \d+%/);
    });

    it('puts the program into a file beside the statement; one undo takes it back', async () => {
      const location = await sstar.runs.insert(sstar.runs.answerOf(file('pairs.md').toString())!.run_id!);
      assert.equal(location.uri.path, file('pairs.py').path);
      const document = await vscode.workspace.openTextDocument(location.uri);
      assert.match(document.getText(), /print\(/);
      await document.save();
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('undo');
      await assert.rejects(async () => vscode.workspace.fs.stat(location.uri), 'the file is still there');
      await sstar.runs.insert(sstar.runs.answerOf(file('pairs.md').toString())!.run_id!);
      await (await vscode.workspace.openTextDocument(location.uri)).save();
    });

    it('offers the same program as a code action, which can be applied', async () => {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        file('pairs.md'),
        new vscode.Range(0, 0, 0, 0),
        vscode.CodeActionKind.QuickFix.value,
        10,
      );
      const insert = actions.find((action) => action.title.startsWith('Insert S* solution'));
      assert.ok(insert?.edit, actions.map((action) => action.title).join(' | '));
      const document = await vscode.workspace.openTextDocument(file('pairs.py'));
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, new vscode.Range(0, 0, 999, 0), '# mine\n');
      await vscode.workspace.applyEdit(edit);
      assert.ok(await vscode.workspace.applyEdit(insert.edit));
      assert.match(document.getText(), /print\(/);
      assert.doesNotMatch(document.getText(), /mine/);
      await document.save();
    });

    it('shows the evidence as a virtual Markdown document', async () => {
      const answer = sstar.runs.answerOf(file('pairs.md').toString())!;
      const page = await vscode.workspace.openTextDocument(vscode.Uri.parse(answer.evidenceUri!));
      assert.match(page.getText(), /# S\* evidence: Pairs that cancel/);
    });

    it('compares the chosen program with the runner-up in a diff', async () => {
      await open('pairs.md');
      await vscode.commands.executeCommand('sstar.compareRunnerUp');
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      assert.ok(tab?.input instanceof vscode.TabInputTextDiff, `no diff, but ${tab?.label}`);
      assert.match(tab.label, /\(chosen\) ↔/);
      assert.equal(tab.input.original.scheme, 'sstar');
    });

    it('has a thread for each distinguishing test, at the program that was inserted', () => {
      const threads = sstar.review.of(file('pairs.md').toString());
      const answer = sstar.runs.answerOf(file('pairs.md').toString())!;
      assert.equal(threads.length, answer.evidence!.deciding_inputs.length);
      assert.ok(threads.length > 0);
      assert.equal(threads[0]!.uri.path, file('pairs.py').path);
      const body = (threads[0]!.comments[0]!.body as vscode.MarkdownString).value;
      assert.ok(body.includes(answer.evidence!.deciding_inputs[0]!.input), body);
      assert.match(body, /This is right/);
      assert.match(body, /\*chosen\*/);
    });

    it('a verdict overturns the choice, in place', async () => {
      const before = await solved(sstar, 'mislead.md');
      await vscode.commands.executeCommand('sstar.reviewTests');
      const uri = file('mislead.md').toString();
      const [thread] = sstar.review.of(uri);
      const test = before.evidence!.deciding_inputs[0]!;
      const right = test.outputs.find((output) => output.output.trim() === rightOutput(test));
      assert.ok(right, 'no program printed the right output');
      assert.notEqual(right.cluster, before.evidence!.cluster, 'the right one was chosen already');
      await vscode.commands.executeCommand('sstar.review.pick', before.run_id, test.id, right.cluster);
      const after = sstar.runs.answerOf(uri)!;
      assert.notEqual(after.code, before.code);
      assert.match(after.code ?? '', /for i in range\(n\)/);
      assert.deepEqual(Object.keys(after.verdicts), [test.id]);
      assert.equal(sstar.review.of(uri)[0], thread, 'the thread is another one');
      assert.equal(thread!.contextValue, 'judged');
      assert.match((thread!.comments[0]!.body as vscode.MarkdownString).value, /You said/);
    });

    it('takes a typed output as a verdict, and "don’t know"', async () => {
      const before = await solved(sstar, 'mislead.md');
      await vscode.commands.executeCommand('sstar.reviewTests');
      const uri = file('mislead.md').toString();
      const [thread] = sstar.review.of(uri);
      await vscode.commands.executeCommand('sstar.review.unknown', thread);
      assert.equal(Object.values(sstar.runs.answerOf(uri)!.verdicts)[0], 'unknown');
      await whileReplaced(
        'showInputBox',
        () => rightOutput(before.evidence!.deciding_inputs[0]!),
        async () => {
          await vscode.commands.executeCommand('sstar.review.other', thread);
        },
      );
      const after = sstar.runs.answerOf(uri)!;
      assert.deepEqual(Object.values(after.verdicts)[0], {
        expected: `${rightOutput(before.evidence!.deciding_inputs[0]!)}\n`,
      });
      assert.notEqual(after.code, before.code);
    });

    it('lists the tests of the program in the Test Explorer and runs them again', async () => {
      const answer = sstar.runs.answerOf(file('pairs.md').toString())!;
      const root = sstar.results.controller.items.get(answer.uri!);
      assert.ok(root, 'no tests');
      const labels: string[] = [];
      for (const [, group] of root.children) for (const [, item] of group.children) labels.push(item.label);
      assert.ok(labels.length >= 2, labels.join());
      const results = await sstar.results.runAgain([root]);
      assert.equal(results.length, labels.length);
      assert.deepEqual(
        results.filter((one) => one.verdict !== 'AC' && one.verdict !== 'RAN'),
        [],
      );
    });

    it('cancels a run: the status bar is quiet again and the run can be resumed', async () => {
      await open('wait.md');
      const solving = vscode.commands.executeCommand('sstar.solveDocument');
      await until('a run goes on', sstar.runs.onDidChange, () => sstar.runs.running()[0]?.progress);
      assert.match(sstar.statusText(), /sync~spin/);
      assert.equal(sstar.languageText(), 'S* solving');
      const errors = await whileReplaced(
        'showErrorMessage',
        () => undefined,
        () => vscode.commands.executeCommand('sstar.solveDocument'),
      );
      assert.match(String(errors[0]?.[0]), /solving this document already/);
      await vscode.commands.executeCommand('sstar.cancelRuns');
      await solving;
      assert.equal(sstar.runs.running().length, 0);
      assert.doesNotMatch(sstar.statusText(), /sync~spin/);
      assert.equal(sstar.languageText(), 'S* ready');
    });

    it('starts the server again when it was killed, and solves with it', async () => {
      await open('crash.md');
      const solving = vscode.commands.executeCommand('sstar.solveDocument');
      await until('a run goes on', sstar.runs.onDidChange, () => sstar.runs.running()[0]?.progress);
      const errors = await whileReplaced(
        'showErrorMessage',
        () => undefined,
        async () => {
          process.kill(sstar.server.pid!, 'SIGKILL');
          await solving;
        },
      );
      assert.match(String(errors[0]?.[0]), /The S\* server stopped/);
      await until(
        'the server runs again',
        sstar.server.onDidChangeState,
        () => sstar.server.state === 'running',
      );
      assert.equal((await solved(sstar, 'pairs.md')).status, 'chosen');
    });

    it('many restarts at once are few, one after the other', async () => {
      const states: string[] = [];
      const listening = sstar.server.onDidChangeState((state) => states.push(state));
      await Promise.all(Array.from({ length: 6 }, () => sstar.server.restart()));
      listening.dispose();
      assert.equal(sstar.server.state, 'running');
      const starts = states.filter((state) => state === 'starting').length;
      assert.ok(starts <= 2, `${starts} starts`);
    });

    it('says what is wrong with a document that is no problem', async () => {
      await open('readme.md');
      const errors = await whileReplaced(
        'showErrorMessage',
        () => undefined,
        async () => {
          await vscode.commands.executeCommand('sstar.insertSolution');
        },
      );
      assert.match(String(errors[0]?.[0]), /solve it first/);
    });

    it('shows debug information, and no key in it', async () => {
      await vscode.commands.executeCommand('sstar.debugInformation');
      const uri = vscode.Uri.from({ scheme: 'sstar-page', path: '/debug-information.md' });
      const text = (await vscode.workspace.openTextDocument(uri)).getText();
      assert.match(text, /activation: \d+ ms/);
      assert.match(text, /state: running/);
      assert.doesNotMatch(text, new RegExp(process.env.SSTAR_TEST_KEY!));
    });
  });
}
