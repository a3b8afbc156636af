/** The Test Explorer: examples, verdicts and distinguishing tests of the chosen program, runnable again. */

import * as vscode from 'vscode';
import { guarded } from './context';
import type { CheckedTest, RunResponse, RunTest } from './protocol';
import type { Runs } from './runs';

const GROUPS: Record<RunTest['kind'], string> = {
  example: 'Examples',
  user: 'Said by you',
  distinguishing: 'Distinguishing tests',
};

const LONGEST_TITLE = 60;

export class Results {
  readonly controller = vscode.tests.createTestController('sstar', 'S*');
  private readonly filled = new vscode.EventEmitter<void>();
  /** The tests of a run are listed. */
  readonly onDidFill = this.filled.event;
  private readonly tests = new WeakMap<vscode.TestItem, { runId: string; test: RunTest }>();

  constructor(
    private readonly runs: Runs,
    subscriptions: vscode.Disposable[],
  ) {
    const profile = this.controller.createRunProfile(
      'Run in the sandbox',
      vscode.TestRunProfileKind.Run,
      (request, cancellation) =>
        guarded<void>(async () => {
          await this.run(request, cancellation);
        }),
      true,
    );
    subscriptions.push(
      this.controller,
      this.filled,
      profile,
      runs.onDidAnswer((answer) => void guarded(() => this.fill(answer))),
    );
  }

  /** Makes the tree of a run's document anew. */
  private async fill(answer: RunResponse): Promise<void> {
    if (!answer.run_id || !answer.uri || !answer.code || answer.status === 'cancelled') return;
    const { tests } = await this.runs.request<{ tests: RunTest[] }>('sstar/tests', { runId: answer.run_id });
    const uri = vscode.Uri.parse(answer.uri);
    const root = this.controller.createTestItem(
      answer.uri,
      answer.title ?? uri.path.split('/').pop() ?? 'S*',
      uri,
    );
    root.description = answer.language ?? '';
    for (const [kind, label] of Object.entries(GROUPS)) {
      const ofKind = tests.filter((test) => test.kind === kind);
      if (ofKind.length === 0) continue;
      const group = this.controller.createTestItem(`${answer.uri}#${kind}`, label, uri);
      for (const test of ofKind) {
        const item = this.controller.createTestItem(`${answer.uri}#${kind}/${test.id}`, test.label, uri);
        item.description = firstLine(test.input);
        item.sortText = test.id.replace(/\d+/, (digits) => digits.padStart(6, '0'));
        this.tests.set(item, { runId: answer.run_id, test });
        group.children.add(item);
      }
      root.children.add(group);
    }
    this.controller.items.add(root);
    this.filled.fire();
  }

  /** Runs items as the Test Explorer does; what came of it. */
  async runAgain(items: vscode.TestItem[]): Promise<CheckedTest[]> {
    const source = new vscode.CancellationTokenSource();
    return this.run(new vscode.TestRunRequest(items), source.token);
  }

  private async run(
    request: vscode.TestRunRequest,
    cancellation: vscode.CancellationToken,
  ): Promise<CheckedTest[]> {
    const all: CheckedTest[] = [];
    const items: vscode.TestItem[] = [];
    const excluded = new Set(request.exclude ?? []);
    const collect = (item: vscode.TestItem) => {
      if (excluded.has(item)) return;
      if (this.tests.has(item)) items.push(item);
      item.children.forEach(collect);
    };
    if (request.include) request.include.forEach(collect);
    else this.controller.items.forEach(collect);

    const run = this.controller.createTestRun(request);
    try {
      for (const item of items) run.enqueued(item);
      const byRun = Map.groupBy(items, (item) => this.tests.get(item)!.runId);
      for (const [runId, ofRun] of byRun) {
        if (cancellation.isCancellationRequested) break;
        for (const item of ofRun) run.started(item);
        const ids = ofRun.map((item) => this.tests.get(item)!.test.id);
        const { tests } = await this.runs.request<{ tests: CheckedTest[] }>('sstar/check', {
          runId,
          tests: ids,
        });
        all.push(...tests);
        for (const item of ofRun) {
          const { test } = this.tests.get(item)!;
          const checked = tests.find((one) => one.id === test.id);
          if (checked) report(run, item, test, checked);
          else run.errored(item, new vscode.TestMessage('The server did not tell how this test went.'));
        }
      }
    } finally {
      run.end();
    }
    return all;
  }
}

/** A verdict as the Test Explorer shows it; a broken sandbox is an error, never a failure of the program. */
function report(run: vscode.TestRun, item: vscode.TestItem, test: RunTest, checked: CheckedTest): void {
  const ms = checked.seconds * 1000;
  run.appendOutput(`${item.label}: ${checked.verdict}\r\n`, undefined, item);
  run.appendOutput(`${checked.output.replace(/\r?\n$/, '').replace(/\r?\n/g, '\r\n')}\r\n`, undefined, item);
  if (checked.verdict === 'AC' || checked.verdict === 'RAN') {
    run.passed(item, ms);
    return;
  }
  if (checked.verdict === 'IE') {
    run.errored(item, new vscode.TestMessage(`The sandbox failed: ${checked.detail}`), ms);
    return;
  }
  const words = checked.detail ? `${checked.verdict}: ${checked.detail}` : checked.verdict;
  const message =
    test.expected !== null && checked.verdict === 'WA'
      ? vscode.TestMessage.diff(`${words} on ${oneLine(test.input)}`, test.expected, checked.output)
      : new vscode.TestMessage(`${words}\n\n${checked.output}`);
  if (item.uri) message.location = new vscode.Location(item.uri, new vscode.Position(0, 0));
  run.failed(item, message, ms);
}

/** A text as a title has room for it. */
function oneLine(text: string): string {
  const line = text.trim().replace(/\n/g, ' ⏎ ');
  return line.length > LONGEST_TITLE ? `${line.slice(0, LONGEST_TITLE - 1)}…` : line;
}

function firstLine(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n');
  return rest.length > 0 ? `${first} …` : first;
}
