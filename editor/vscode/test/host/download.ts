/**
 * The weights of the embedded model, fetched before the first solve. They come from a hub on the loopback interface that
 * falls silent in the middle of its first answer (`test/hub.ts`), so that there is something to cancel and to go on with.
 */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exported } from '../../src/extension';
import type { RunResponse, SolveParams, Weights } from '../../src/protocol';
import { extension, file, open, tellFailures, whileReplaced } from './window';

const NEEDED = 491_400_064;

/** What the hub was asked for. */
async function asked(): Promise<{ from: number; sent: number }[]> {
  return (await (await fetch(`${process.env.HF_ENDPOINT}/asked`)).json()) as { from: number; sent: number }[];
}

export function download(): void {
  describe('S* without the weights of its model', () => {
    let sstar: Exported;
    const begun: SolveParams[] = [];

    before(async () => {
      await open('pairs.md');
      sstar = await extension();
      tellFailures(sstar);
      // What comes after the download is the business of other tests.
      sstar.runs.solve = async (params) => {
        begun.push(params);
        return { status: 'cancelled' } as RunResponse;
      };
    });

    const solve = () => vscode.commands.executeCommand('sstar.solveDocument');

    /** Runs `work`; progress is shown by nobody, and can be cancelled as by its button. */
    async function watching(
      work: () => PromiseLike<unknown>,
      onReport: (percent: number, button: vscode.CancellationTokenSource) => void,
    ): Promise<{ titles: string[]; messages: string[] }> {
      const [titles, messages]: [string[], string[]] = [[], []];
      const button = new vscode.CancellationTokenSource();
      let percent = 0;
      const window = vscode.window as { withProgress: typeof vscode.window.withProgress };
      const original = window.withProgress;
      window.withProgress = ((options, task) => {
        if (!/fetching/.test(options.title ?? '')) return original(options, task);
        assert.equal(options.cancellable, true);
        titles.push(options.title!);
        return task(
          {
            report: ({ message, increment }: { message?: string; increment?: number }) => {
              messages.push(message ?? '');
              percent += increment ?? 0;
              onReport(percent, button);
            },
          } as Parameters<typeof task>[0],
          button.token,
        );
      }) as typeof vscode.window.withProgress;
      try {
        await work();
      } finally {
        window.withProgress = original;
      }
      return { titles, messages };
    }

    it('asks before anything is fetched, tells the size, and does nothing when told no', async () => {
      const calls = await whileReplaced('showInformationMessage', () => undefined, solve);
      assert.equal(calls.length, 1);
      assert.match(String(calls[0]![0]), /fetched once: 0\.5 GB/);
      assert.match((calls[0]![1] as vscode.MessageOptions).detail ?? '', /^qwen2\.5-coder-0\.5b-instruct\./);
      assert.deepEqual(calls[0]!.slice(2), ['Download (0.5 GB)', 'Another Model…']);
      assert.deepEqual(await asked(), []);
      assert.equal(begun.length, 0);
    });

    it('shows progress, and stops when it is cancelled', async function () {
      this.timeout(200_000);
      await whileReplaced(
        'showInformationMessage',
        () => 'Download (0.5 GB)',
        async () => {
          const { titles, messages } = await watching(solve, (percent, button) => {
            if (percent > 20) button.cancel();
          });
          assert.match(titles.join(), /fetching qwen2\.5-coder-0\.5b-instruct \(0\.5 GB\)/);
          assert.match(messages.at(-1)!, /^[\d.]+ of 491\.4 MB$/);
        },
      );
      assert.equal(begun.length, 0, 'a solve began without its model');
      const [first, ...others] = await asked();
      assert.equal(first?.from, 0);
      assert.ok(first.sent > 0 && first.sent < NEEDED);
      assert.equal(others.length, 0);
    });

    it('goes on where it was without asking again, and then solves', async function () {
      this.timeout(300_000);
      let first = 0;
      const calls = await whileReplaced(
        'showInformationMessage',
        () => undefined,
        () =>
          watching(solve, (percent) => {
            first ||= percent;
          }),
      );
      assert.equal(calls.length, 0, 'the person was asked again');
      assert.ok(first > 20, `it began anew, at ${first} %`);
      const [, second] = await asked();
      assert.ok(second!.from > 0, 'all was fetched anew');
      assert.deepEqual(
        begun.map((one) => one.textDocument.uri),
        [file('pairs.md').toString()],
      );
      const client = await sstar.server.ready();
      const uri = file('pairs.md').toString();
      const { models } = await client.sendRequest<Weights>('sstar/weights', { uri });
      assert.deepEqual(models, [{ id: 'qwen2.5-coder-0.5b-instruct', bytes: NEEDED, here: true }]);
    });

    it('asks nothing once they are there', async () => {
      const calls = await whileReplaced('showInformationMessage', () => undefined, solve);
      assert.equal(calls.length, 0);
      assert.equal((await asked()).length, 2);
      assert.equal(begun.length, 2);
    });
  });
}
