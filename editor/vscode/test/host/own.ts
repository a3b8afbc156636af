/** A person's own program: tests in the Test Explorer, a stress test, its counterexample kept, and whether it is right. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exported } from '../../src/extension';
import { launchOf } from '../../src/ownPrograms';
import type { OwnTestResult, StressDifference } from '../../src/protocol';
import { RIGHT, statement, WRONG } from '../workspace';
import { file, knowTheKey, open, picking, solved, tellFailures, whileReplaced } from './window';

export function own(): void {
  describe('S* and a program of the person', () => {
    let sstar: Exported;
    const write = (name: string, text: string) =>
      vscode.workspace.fs.writeFile(file(name), Buffer.from(text));
    const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs.map((tab) => tab.label));

    before(async () => {
      await write('mine.md', statement('Pairs that cancel'));
      await write('mine.py', 'print(0)\n');
      await write('brute.py', RIGHT);
      await open('mine.py');
      sstar = await knowTheKey();
      tellFailures(sstar);
    });

    it('lists the tests of its problem and runs them; one that fails has both outputs', async () => {
      const results = (await vscode.commands.executeCommand(
        'sstar.testProgram',
        file('mine.py'),
      )) as OwnTestResult[];
      assert.deepEqual(
        results.map(({ verdict, expected, output }) => [verdict, expected, output]),
        [['WA', '1\n', '0\n']],
      );
      const root = sstar.own.controller.items.get(file('mine.py').toString());
      assert.equal(root?.description, 'Pairs that cancel');
      assert.equal(root?.children.size, 1);
    });

    it('shows a compile error at its line', async () => {
      await write('broken.md', statement('Pairs that cancel'));
      await write('broken.cpp', 'int main() {\n  return x;\n}\n');
      await open('broken.cpp');
      const found = new Promise<vscode.Diagnostic>((resolve) => {
        const listening = vscode.languages.onDidChangeDiagnostics(() => {
          const one = vscode.languages
            .getDiagnostics(file('broken.cpp'))
            .find(({ source, code }) => source === 'S*' && code === 'compiler');
          if (one) {
            listening.dispose();
            resolve(one);
          }
        });
      });
      await vscode.commands.executeCommand('sstar.testProgram');
      assert.equal((await found).range.start.line, 1);
    });

    it('finds an input on which it differs from the brute force and keeps it as the person says', async () => {
      // Typed, not written behind the editor's back, which would show the old text for a while.
      const { document } = await open('mine.py');
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), WRONG);
      await vscode.workspace.applyEdit(edit);
      let answer: StressDifference | undefined;
      await whileReplaced(
        'showInformationMessage',
        () => undefined,
        async () => {
          const picks = await whileReplaced('showQuickPick', picking(/^brute\.py$/), async () => {
            answer = await vscode.commands.executeCommand('sstar.stressProgram');
          });
          assert.equal(picks.length, 1);
        },
      );
      assert.equal(answer?.status, 'differ');
      assert.notEqual(answer.a.output, answer.b.output);
      assert.ok(
        tabs().some((label) => label.startsWith('S*: mine.py ↔ brute.py on ')),
        tabs().join(),
      );
      let files: string[] = [];
      await whileReplaced('showQuickPick', picking(/^brute\.py is right$/), async () => {
        files = await vscode.commands.executeCommand('sstar.saveCounterexample');
      });
      assert.deepEqual(
        files.map((one) => one.split('/').pop()),
        ['mine-sstar-1.in', 'mine-sstar-1.out'],
      );
      const kept = await vscode.workspace.fs.readFile(file('mine-sstar-1.out'));
      assert.equal(Buffer.from(kept).toString(), answer.b.output);
      const results = (await vscode.commands.executeCommand(
        'sstar.testProgram',
        file('mine.py'),
      )) as OwnTestResult[];
      assert.deepEqual(
        results.map(({ verdict }) => verdict),
        ['AC', 'WA'],
      );
    });

    it('tells the first input on which a believed rival differs', async () => {
      await write('asked.py', `"""\n${statement('Pairs that cancel')}"""\n${WRONG}`);
      await open('asked.py');
      await vscode.commands.executeCommand('sstar.isMyProgramRight');
      const told = sstar.runs.answerOf(file('asked.py').toString())?.own;
      assert.equal(told?.verdict, 'differs', JSON.stringify(told));
      assert.ok(
        tabs().some((label) => label.startsWith('S*: yours ↔ c')),
        tabs().join(),
      );
    });

    it('serves the report of a run, and only by its whole address', async () => {
      const { run_id: runId } = await solved(sstar, 'pairs.md');
      const { uri } = await sstar.runs.request<{ uri: string }>('workspace/executeCommand', {
        command: 'sstar.report',
        arguments: [{ runId, show: false }],
      });
      const answer = await fetch(uri);
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), /<h1>Pairs that cancel<\/h1>/);
      assert.equal((await fetch(new URL('/', uri))).status, 404);
    });

    it('hands the clipboard to the server, and starts and stops the listener', async () => {
      await vscode.env.clipboard.writeText(statement('Copied'));
      const asked: unknown[] = [];
      const { runs } = sstar;
      const original = runs.request;
      runs.request = (async (_method: string, params: unknown) => {
        asked.push(params);
      }) as typeof runs.request;
      try {
        for (const name of ['problemFromClipboard', 'listenToCompanion', 'stopListening'])
          await vscode.commands.executeCommand(`sstar.${name}`);
      } finally {
        runs.request = original;
      }
      const folder = vscode.workspace.workspaceFolders![0]!.uri.toString();
      assert.deepEqual(asked, [
        { command: 'sstar.newProblem', arguments: [{ text: statement('Copied'), folder }] },
        { command: 'sstar.listen.start', arguments: [{}] },
        { command: 'sstar.listen.stop', arguments: [{}] },
      ]);
    });

    it('debugs a test with its input as standard input', () => {
      const input = vscode.Uri.file('/in/1.in');
      const python = launchOf(vscode.Uri.file('/problems/mine.py'), input);
      assert.equal(python.type, 'debugpy');
      assert.deepEqual(python.args, ['/problems/mine.py', '/in/1.in']);
      const cpp = launchOf(vscode.Uri.file('/problems/mine.cpp'), input);
      assert.deepEqual(
        [cpp.type, cpp.program, cpp.stdio],
        ['lldb', '/problems/mine', ['/in/1.in', null, null]],
      );
    });
  });
}
