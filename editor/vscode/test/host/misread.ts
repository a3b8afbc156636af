/** An example that is read wrongly: marked, told by a hover and a page, corrected by one action, then solved right. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exported } from '../../src/extension';
import type { ReadProblem } from '../../src/protocol';
import { MISREAD } from '../workspace';
import { file, knowTheKey, open, solved, tellFailures, until } from './window';

const ANSWER = MISREAD.split('\n').indexOf('1');

export function misread(): void {
  describe('S* shows what it read', () => {
    let sstar: Exported;
    const uri = () => file('misread.md').toString();

    const reading = (what: string, look: (problem: ReadProblem) => boolean): Promise<ReadProblem> =>
      until(what, sstar.reading.onDidRead, () => {
        const problem = sstar.reading.of(uri());
        return problem && look(problem) ? problem : null;
      });

    async function accept(title: string): Promise<void> {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        file('misread.md'),
        new vscode.Range(ANSWER, 0, ANSWER, 0),
        vscode.CodeActionKind.QuickFix.value,
        10,
      );
      const action = actions.find((one) => one.title.startsWith(title));
      assert.ok(action?.command, actions.map((one) => one.title).join(' | '));
      await vscode.commands.executeCommand(action.command.command, ...(action.command.arguments ?? []));
    }

    before(async () => {
      sstar = await knowTheKey();
      tellFailures(sstar);
      await open('misread.md');
      await sstar.server.ready();
    });

    it('reads the document once it is open, with the lines of its example', async () => {
      const { examples } = await reading('an example', (problem) => problem.examples.length === 1);
      const [first, last] = examples[0]!.lines!;
      assert.ok(first <= ANSWER && ANSWER + 2 <= last, `lines ${first} to ${last}`);
      assert.equal(examples[0]!.output, '1\n1 and -1 cancel each other.\n');
    });

    it('tells in a hover how the example was read', async () => {
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        file('misread.md'),
        new vscode.Position(ANSWER, 0),
      );
      const text = hovers
        .flatMap((hover) => hover.contents)
        .map((content) => (typeof content === 'string' ? content : content.value))
        .join('\n');
      assert.match(text, /example 1: lines \d+–\d+, borders sure/);
    });

    it('shows all that was read on a page', async () => {
      await vscode.commands.executeCommand('sstar.showProblem');
      const page = await vscode.workspace.openTextDocument(
        vscode.Uri.parse(sstar.reading.of(uri())!.pageUri),
      );
      assert.match(page.getText(), /# What S\* read[\s\S]*1 and -1 cancel each other\./);
    });

    it('is corrected by one action, after which the right program passes', async () => {
      assert.equal((await solved(sstar, 'misread.md')).status, 'unverified');
      await accept('The output ends here');
      await reading('the correction', ({ examples }) => examples[0]?.output === '1\n');
      assert.equal((await solved(sstar, 'misread.md')).status, 'chosen');
    });

    it('takes a correction back, and leaves out what is no example', async () => {
      await accept('Take back');
      await reading('the old reading', ({ examples }) => examples[0]?.output !== '1\n');
      await accept('This is not an example');
      await reading('no example', ({ examples }) => examples.length === 0);
      await accept('Take back');
      await reading('the example again', ({ examples }) => examples.length === 1);
    });
  });
}
