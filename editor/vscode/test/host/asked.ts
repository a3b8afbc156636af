/** What a person is asked before a solve and beside it: pickers, keys, models; the set-up; tools for agents. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import type { Exported } from '../../src/extension';
import {
  file,
  knowTheKey,
  labelsOf,
  open,
  picking,
  solved,
  tellFailures,
  until,
  whileReplaced,
} from './window';

export function asked(): void {
  describe('S* asks', () => {
    let sstar: Exported;

    before(async () => {
      await open('readme.md');
      sstar = await knowTheKey();
      tellFailures(sstar);
      await sstar.server.ready();
    });

    // --- language and budget -----------------------------------------------------------------------

    it('for language and budget, and remembers both for the workspace', async () => {
      await open('pairs.md');
      const uri = file('pairs.md').toString();
      const calls = await whileReplaced('showQuickPick', picking(/^Python$/, /^Quick$/), () =>
        vscode.commands.executeCommand('sstar.solveWithChoices'),
      );
      assert.equal(calls.length, 2);
      assert.equal(sstar.runs.answerOf(uri)?.evidence?.samples, 4);
      // The next time both come first, and a plain solve takes them without asking.
      const again = await whileReplaced('showQuickPick', picking(/^Python$/, undefined), () =>
        vscode.commands.executeCommand('sstar.solveWithChoices'),
      );
      assert.equal(labelsOf(again[0])[0], 'Python');
      assert.equal(labelsOf(again[1])[0], 'Quick');
      const quiet = await whileReplaced('showQuickPick', picking(), () => solved(sstar, 'mislead.md'));
      assert.equal(quiet.length, 0);
      assert.equal(sstar.runs.answerOf(file('mislead.md').toString())?.evidence?.samples, 4);
    });

    it('and solves nothing when the person goes away', async () => {
      const before = sstar.runs.answerOf(file('pairs.md').toString());
      const calls = await whileReplaced('showQuickPick', picking(undefined), () =>
        vscode.commands.executeCommand('sstar.solveWithChoices'),
      );
      assert.equal(calls.length, 1);
      assert.equal(sstar.runs.answerOf(file('pairs.md').toString()), before);
    });

    it('and forgets them when the settings are chosen again', async () => {
      await whileReplaced('showQuickPick', picking(/^As the document$/, /^As the settings say$/), () =>
        vscode.commands.executeCommand('sstar.solveWithChoices'),
      );
      assert.equal((await solved(sstar, 'pairs.md')).evidence?.samples, 3);
    });

    // --- the model ---------------------------------------------------------------------------------

    describe('which model', () => {
      const configured = () => vscode.workspace.getConfiguration('sstar.model');
      const current = () => [
        configured().inspect<string>('base_url')?.globalValue,
        configured().inspect<string>('model')?.globalValue,
      ];
      let old: (string | undefined)[];

      before(() => {
        old = current();
      });
      after(async () => {
        await configured().update('base_url', old[0], vscode.ConfigurationTarget.Global);
        await configured().update('model', old[1], vscode.ConfigurationTarget.Global);
        await sstar.server.sendSettings();
      });

      it('the embedded one: for the user, not for the folder', async () => {
        await whileReplaced('showQuickPick', picking(/Embedded, 0\.5B/), () =>
          vscode.commands.executeCommand('sstar.chooseModel'),
        );
        assert.deepEqual(current(), ['', '0.5b']);
        assert.equal(configured().inspect('model')?.workspaceValue, undefined);
      });

      it('one on this machine, found by looking at the loopback ports, and only then', async () => {
        const seen: string[] = [];
        const server = createServer((request, response) => {
          seen.push(request.url ?? '');
          response.end(JSON.stringify({ data: [{ id: 'qwen-on-vllm', owned_by: 'vllm' }] }));
        });
        const port = await firstFree(server, [8000, 8080, 30000, 1234, 5001]);
        try {
          const calls = await whileReplaced('showQuickPick', picking(/qwen-on-vllm$/), () =>
            vscode.commands.executeCommand('sstar.chooseModel'),
          );
          assert.equal(calls.length, 1);
          assert.deepEqual(seen, ['/v1/models'], 'asked once, when it was wanted');
          assert.deepEqual(current(), [`http://127.0.0.1:${port}/v1`, 'qwen-on-vllm']);
        } finally {
          server.close();
        }
      });

      it('any address, with its key where the connection is safe', async () => {
        const typed = ['https://models.example/v1', 'big-coder', 'sk-of-models-example'];
        const boxes = await whileReplaced(
          'showInputBox',
          () => typed.shift(),
          () =>
            whileReplaced('showQuickPick', picking(/Any address/), () =>
              vscode.commands.executeCommand('sstar.chooseModel'),
            ),
        );
        assert.equal(boxes.length, 3);
        const [address, , key] = boxes.map((box) => box[0] as vscode.InputBoxOptions);
        assert.ok(await address!.validateInput!('models.example'), 'no address was taken');
        assert.equal(await address!.validateInput!('http://box:8000/v1'), null);
        assert.equal(key!.password, true);
        assert.deepEqual(current(), ['https://models.example/v1', 'big-coder']);
        assert.equal(await sstar.keys.stored('https://models.example:443'), 'sk-of-models-example');
      });

      it('and a person who goes away changes nothing', async () => {
        const now = current();
        await whileReplaced('showQuickPick', picking(undefined), () =>
          vscode.commands.executeCommand('sstar.chooseModel'),
        );
        assert.deepEqual(current(), now);
      });

      it('checks the set-up: a server that does not answer is named, with what to do', async () => {
        await configured().update('base_url', 'http://127.0.0.1:9/v1', vscode.ConfigurationTarget.Global);
        const text = await page('sstar.checkSetup', 'set-up.md', /Not ready: see what is marked ✗/);
        assert.match(text, /\| ✗ \| [^\n]*127\.0\.0\.1:9[^\n]*\*\*/);
      });
    });

    it('checks the set-up: all is well, in a table', async () => {
      const text = await page('sstar.checkSetup', 'set-up.md', /Ready to solve\./);
      assert.match(text, /\| ✓ \| .*sandbox/);
      assert.doesNotMatch(text, new RegExp(process.env.SSTAR_TEST_KEY!));
    });

    // --- keys --------------------------------------------------------------------------------------

    it('for an API key and its server, keeps it in the secret storage alone, and forgets it', async () => {
      const typed = ['https://api.example.org/v1', '  sk-typed-by-a-person  '];
      const boxes = await whileReplaced(
        'showInputBox',
        () => typed.shift(),
        () => vscode.commands.executeCommand('sstar.setApiKey'),
      );
      assert.equal((boxes[1]![0] as vscode.InputBoxOptions).password, true);
      assert.equal(await sstar.keys.stored('https://api.example.org:443'), 'sk-typed-by-a-person');
      const answer = (origin: string, refused = false) =>
        sstar.keys.answer({ name: 'api-key', origin, refused });
      assert.equal(await answer('https://api.example.org:443'), 'sk-typed-by-a-person');
      const asked = await whileReplaced(
        'showInputBox',
        () => undefined,
        async () => {
          assert.equal(await answer('https://elsewhere.example:443'), null, 'the key went to another server');
          assert.equal(await answer('https://elsewhere.example:443'), null);
        },
      );
      assert.equal(asked.length, 1, 'who gave no key is not asked again');
      assert.doesNotMatch(JSON.stringify(vscode.workspace.getConfiguration('sstar')), /sk-typed/);
      assert.doesNotMatch(
        await page('sstar.debugInformation', 'debug-information.md', /api\.example\.org/),
        /sk-typed/,
      );
      await whileReplaced(
        'showInformationMessage',
        () => undefined,
        () => vscode.commands.executeCommand('sstar.removeApiKeys'),
      );
      assert.equal(await sstar.keys.stored('https://api.example.org:443'), undefined);
      await knowTheKey();
    });

    it('offers agents the same server, with its key, and it has both tools', async () => {
      assert.ok(sstar.tools, 'this editor knows no tools');
      const token = new vscode.CancellationTokenSource().token;
      const [offered] = (await sstar.tools.provideMcpServerDefinitions(token)) ?? [];
      assert.ok(offered, 'nothing is offered');
      assert.equal(offered.env.SSTAR_API_KEY, undefined, 'the key is given before it is needed');
      const started = await sstar.tools.resolveMcpServerDefinition!(offered, token);
      assert.ok(started);
      assert.equal(started.env.SSTAR_API_KEY, process.env.SSTAR_TEST_KEY);
      assert.deepEqual(await toolsOf(started), ['sstar_judge', 'sstar_solve']);
    });
  });
}

/** A page of the extension, once it says what is wanted: an open one is refreshed a little later. */
async function page(command: string, name: string, wanted: RegExp): Promise<string> {
  await vscode.commands.executeCommand(command);
  const uri = vscode.Uri.from({ scheme: 'sstar-page', path: `/${name}` });
  const document = await vscode.workspace.openTextDocument(uri);
  return until(`${name} says ${wanted}`, vscode.workspace.onDidChangeTextDocument, () =>
    wanted.test(document.getText()) ? document.getText() : undefined,
  );
}

/** Listens on the first of the ports that nobody has. */
async function firstFree(server: ReturnType<typeof createServer>, ports: number[]): Promise<number> {
  for (const port of ports) {
    const isMine = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (isMine) return port;
  }
  throw new Error(`all of the ports ${ports.join(', ')} are in use`);
}

/** Starts an MCP server as the editor would, says hello, and asks which tools it has. */
async function toolsOf(definition: vscode.McpStdioServerDefinition): Promise<string[]> {
  const child = spawn(definition.command, definition.args, {
    env: { ...process.env, ...(definition.env as Record<string, string>) },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  try {
    const clientInfo = { name: 'test', version: '1' };
    say({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const { id, result, error } = JSON.parse(line) as {
        id?: number;
        result?: { tools: { name: string }[] };
        error?: unknown;
      };
      assert.equal(error, undefined);
      if (id === 1) {
        say({ method: 'notifications/initialized' });
        say({ id: 2, method: 'tools/list' });
      } else if (id === 2) return result!.tools.map((tool) => tool.name).sort();
    }
    throw new Error('it ended without an answer');
  } finally {
    child.kill();
  }
}
