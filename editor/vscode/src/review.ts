/** Inline review: a comment thread for each distinguishing test, at the program that was inserted. */

import * as vscode from 'vscode';
import { guarded, Refused } from './context';
import type { DecidingInput, RunResponse, Verdict } from './protocol';
import { reviewMarkdown } from './reviewText';
import type { Runs } from './runs';

/** Commands that the links in a comment may run. */
const LINKED = ['sstar.review.pick', 'sstar.insertSolution'];

interface Kept {
  thread: vscode.CommentThread;
  runId: string;
  test: DecidingInput;
}

export class Review {
  private readonly controller = vscode.comments.createCommentController('sstar', 'S* review');
  /** By document, then by input. */
  private readonly threads = new Map<string, Map<string, Kept>>();
  private readonly places = new Map<string, vscode.Location>();

  constructor(
    private readonly runs: Runs,
    subscriptions: vscode.Disposable[],
  ) {
    const command = (name: string, work: (...args: never[]) => unknown) =>
      vscode.commands.registerCommand(name, work as (...args: unknown[]) => unknown);
    subscriptions.push(
      this.controller,
      // Threads are made once they are asked for, by a review or an insertion: a run's end opens nothing.
      runs.onDidAnswer((answer) => {
        if (this.threads.has(answer.uri ?? '')) this.show(answer);
      }),
      runs.onDidInsert(({ answer, location }) => {
        this.places.set(answer.uri ?? '', location);
        this.move(answer);
      }),
      command('sstar.review.right', (thread: vscode.CommentThread) => guarded(() => this.pick(thread))),
      command('sstar.review.other', (thread: vscode.CommentThread) => guarded(() => this.other(thread))),
      command('sstar.review.illegal', (thread: vscode.CommentThread) =>
        guarded(() => this.say(thread, 'illegal')),
      ),
      command('sstar.review.unknown', (thread: vscode.CommentThread) =>
        guarded(() => this.say(thread, 'unknown')),
      ),
      command('sstar.review.pick', (runId: string, inputId: string, cluster: string) =>
        guarded(() => this.judge(runId, inputId, { cluster })),
      ),
      command('sstar.review.save', (thread: vscode.CommentThread) => guarded(() => this.save(thread))),
    );
  }

  /** Threads of a document, for tests. */
  of(uri: string): readonly vscode.CommentThread[] {
    return [...(this.threads.get(uri)?.values() ?? [])].map((kept) => kept.thread);
  }

  /** Opens the thread of a test, by default the one whose answer would settle most. */
  async reveal(answer: RunResponse, inputId?: string): Promise<void> {
    const uri = answer.uri ?? '';
    if (!this.threads.has(uri)) this.show(answer);
    const threads = this.threads.get(uri);
    const wanted = threads?.get(inputId ?? answer.question ?? '') ?? [...(threads?.values() ?? [])][0];
    if (!wanted) throw new Refused('There is no test to review: on every valid input the programs agreed.');
    for (const { thread } of threads!.values())
      thread.collapsibleState =
        thread === wanted.thread
          ? vscode.CommentThreadCollapsibleState.Expanded
          : vscode.CommentThreadCollapsibleState.Collapsed;
    const editor = await vscode.window.showTextDocument(wanted.thread.uri, { preview: false });
    if (wanted.thread.range) editor.revealRange(wanted.thread.range, vscode.TextEditorRevealType.InCenter);
  }

  // --- threads -------------------------------------------------------------------------------------

  /** Shows the threads where the program stands now; what was open stays open. */
  private move(answer: RunResponse): void {
    const uri = answer.uri ?? '';
    const open = [...(this.threads.get(uri) ?? [])]
      .filter(([, { thread }]) => thread.collapsibleState === vscode.CommentThreadCollapsibleState.Expanded)
      .map(([id]) => id);
    this.clear(uri);
    this.show(answer);
    for (const id of open) {
      const kept = this.threads.get(uri)?.get(id);
      if (kept) kept.thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    }
  }

  private clear(uri: string): void {
    for (const { thread } of this.threads.get(uri)?.values() ?? []) thread.dispose();
    this.threads.delete(uri);
  }

  private show(answer: RunResponse): void {
    const uri = answer.uri;
    if (!uri || !answer.run_id || !answer.evidence) return;
    const old = this.threads.get(uri) ?? new Map<string, Kept>();
    if ([...old.values()].some((kept) => kept.runId !== answer.run_id)) this.clear(uri);
    const threads = this.threads.get(uri) ?? new Map<string, Kept>();
    this.threads.set(uri, threads);
    const tests = answer.evidence.deciding_inputs;
    for (const [id, kept] of threads)
      if (!tests.some((test) => test.id === id) && !(id in answer.verdicts)) {
        kept.thread.dispose();
        threads.delete(id);
      }
    const place = this.places.get(uri);
    for (const test of tests) {
      const verdict = answer.verdicts?.[test.id];
      const kept = threads.get(test.id);
      const comment: vscode.Comment = {
        body: this.body(answer, test),
        mode: vscode.CommentMode.Preview,
        author: { name: answer.question === test.id ? 'S* asks' : 'S*' },
        contextValue: 'sstar',
      };
      const thread =
        kept?.thread ??
        this.controller.createCommentThread(
          place?.uri ?? vscode.Uri.parse(uri),
          place ? new vscode.Range(place.range.start, place.range.start) : new vscode.Range(0, 0, 0, 0),
          [],
        );
      thread.comments = [comment];
      thread.canReply = false;
      thread.contextValue = verdict === undefined ? 'open' : 'judged';
      // No `state`: the editor folds resolved threads, and the person wants to see what their verdict did.
      thread.label = label(test, tests, verdict !== undefined);
      if (!kept) thread.collapsibleState = vscode.CommentThreadCollapsibleState.Collapsed;
      threads.set(test.id, { thread, runId: answer.run_id, test });
    }
    this.settle(answer, threads);
  }

  /** Tests that a verdict has settled are in the evidence no more: their threads say what was said. */
  private settle(answer: RunResponse, threads: Map<string, Kept>): void {
    for (const [id, kept] of threads) {
      if (answer.evidence!.deciding_inputs.some((test) => test.id === id)) continue;
      const body = this.body(answer, kept.test);
      kept.thread.comments = [{ ...kept.thread.comments[0]!, body }];
      kept.thread.contextValue = 'judged';
      kept.thread.label = label(kept.test, answer.evidence!.deciding_inputs, true);
    }
  }

  private body(answer: RunResponse, test: DecidingInput): vscode.MarkdownString {
    const text = reviewMarkdown(answer, test, (title, name, args) => {
      return `[${title}](command:${name}?${encodeURIComponent(JSON.stringify(args))})`;
    });
    const body = new vscode.MarkdownString(text);
    body.isTrusted = { enabledCommands: LINKED };
    return body;
  }

  // --- verdicts ------------------------------------------------------------------------------------

  private kept(thread: vscode.CommentThread): Kept {
    for (const threads of this.threads.values())
      for (const kept of threads.values()) if (kept.thread === thread) return kept;
    throw new Refused('This test belongs to an earlier run.');
  }

  private async pick(thread: vscode.CommentThread): Promise<void> {
    const { runId, test } = this.kept(thread);
    const picked = await vscode.window.showQuickPick(
      test.outputs.map((output) => ({
        label: firstLine(output.output),
        description: `printed by ${output.cluster}`,
        detail: output.output.includes('\n') ? output.output : '',
        cluster: output.cluster,
      })),
      { title: `Which output is right for test ${test.id}?`, placeHolder: firstLine(test.input) },
    );
    if (picked) await this.judge(runId, test.id, { cluster: picked.cluster });
  }

  private async other(thread: vscode.CommentThread): Promise<void> {
    const { runId, test } = this.kept(thread);
    const typed = await vscode.window.showInputBox({
      title: `The right output for test ${test.id}`,
      prompt: 'Write \\n for a new line.',
      value: test.outputs[0]?.output.trimEnd().replace(/\n/g, '\\n') ?? '',
      ignoreFocusOut: true,
    });
    if (typed === undefined) return;
    const expected = typed.replace(/\\n/g, '\n');
    await this.judge(runId, test.id, { expected: expected.endsWith('\n') ? expected : expected + '\n' });
  }

  private async say(thread: vscode.CommentThread, verdict: Verdict): Promise<void> {
    const { runId, test } = this.kept(thread);
    await this.judge(runId, test.id, verdict);
  }

  async judge(runId: string, inputId: string, verdict: Verdict): Promise<RunResponse> {
    return this.runs.judge(runId, inputId, verdict);
  }

  /** Keeps a test as `.in`/`.out` files beside the problem, by the server's own code action; asks first what is right. */
  private async save(thread: vscode.CommentThread): Promise<void> {
    const { runId, test } = this.kept(thread);
    const said = () => {
      const verdict = this.runs.answerOfRun(runId)?.verdicts[test.id];
      return typeof verdict === 'object';
    };
    if (!said()) await this.pick(thread);
    if (!said()) return;
    await this.runs.saveSample(this.runs.answerOfRun(runId)?.uri ?? '', test.id);
  }
}

function label(test: DecidingInput, tests: readonly DecidingInput[], isJudged: boolean): string {
  const at = tests.findIndex((one) => one.id === test.id);
  const place = tests.length > 1 && at >= 0 ? ` (${at + 1} of ${tests.length})` : '';
  return isJudged ? `S* test ${test.id}${place}` : `S* test ${test.id}${place}: which output is right?`;
}

function firstLine(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n');
  return rest.length > 0 ? `${first} …` : first || '(nothing)';
}
