/**
 * A real Chromium in front of the ports of S*: only a browser extension can hand `sstar listen` a problem, whatever a web
 * page tries; and the report of a run asks for nothing but itself, from a file and from the loopback interface. The
 * picture of the report goes to `test-results`.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium } from 'playwright-core';
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { BROWSER_FLAGS, EXTENSION, endGroup, lineOf, REPOSITORY, tool } from './editor';

const RESULTS = join(EXTENSION, 'test-results');
/** A run of the embedded 1.5B model. */
const RUN = join(REPOSITORY, 'docs', 'pictures', 'village-vote.jsonl');
const MEBIBYTE = 1 << 20;
/** A name of an attacker that resolves to this machine, as after DNS rebinding. */
const REBOUND = 'rebound.example';

/** What Competitive Companion posts; `more` is further text in it. */
const posted = (name: string, more = '') =>
  JSON.stringify({
    name,
    group: 'Judge - Round 7',
    url: 'https://judge.example/7/A',
    memoryLimit: 256,
    timeLimit: 2000,
    tests: [{ input: `1 2\n${more}`, output: '3\n' }],
    batch: { id: name, size: 1 },
  });

/** As Competitive Companion has it: a worker that may ask this machine. */
const COMPANION = {
  manifest_version: 3,
  name: 'posts problems',
  version: '1',
  host_permissions: ['http://localhost/*'],
  background: { service_worker: 'worker.js' },
};

/** What is sent from a page or from an extension: the status, or "failed" where the answer cannot be read. */
const send = ({ url, body, options }: { url: string; body: string; options?: object }) =>
  fetch(url, { method: 'POST', body, ...options }).then(
    ({ status }) => status,
    () => 'failed' as const,
  );

async function companion(context: BrowserContext, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  console.log('a browser hands over problems: an extension does, a web page cannot');
  const web = createServer((request, answer) => {
    if (request.url === '/sandboxed')
      answer.setHeader('Content-Security-Policy', 'sandbox allow-scripts allow-forms');
    answer.end('<!doctype html><title>evil</title>');
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const child = spawn(tool('SSTAR_TEST_SERVER'), ['listen', folder, '--port', '0'], { env, detached: true });
  try {
    const port = Number(/\d+$/.exec(await lineOf(child, /on port \d+$/, child.stderr!))![0]);
    const listener = `http://localhost:${port}/`;
    const { port: webPort } = web.address() as { port: number };
    const page = await context.newPage();
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (new URL(response.url()).port === String(port)) statuses.push(response.status());
    });

    await page.goto(`http://evil.example:${webPort}/`);
    const body = posted('Evil');
    const simple = { mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } };
    await page.evaluate(send, { url: listener, body, options: simple });
    assert.deepEqual(statuses.splice(0), [403], 'a page of another origin');
    const json = { headers: { 'Content-Type': 'application/json' } };
    assert.equal(await page.evaluate(send, { url: listener, body, options: json }), 'failed');
    assert.ok(!statuses.splice(0).includes(200), 'a page that has to ask first');

    await page.goto(`http://evil.example:${webPort}/sandboxed`);
    assert.equal(await page.evaluate('origin'), 'null');
    await page.evaluate(send, { url: listener, body, options: simple });
    await page.setContent(
      `<form method="post" enctype="text/plain" action="${listener}"><button>x</button></form>`,
    );
    await Promise.all([page.waitForURL(listener), page.locator('button').click()]);
    assert.deepEqual(statuses.splice(0), [403, 403], 'a page without an origin, and its form');

    // The attacker's name leads here now: to the browser it is one origin, whose answers its pages may read.
    const rebound = `http://${REBOUND}:${port}/`;
    assert.equal((await page.goto(rebound))?.status(), 421, 'another name of this machine');
    assert.equal(await page.evaluate(send, { url: rebound, body }), 421, 'and from its own page');
    await page.close();
    assert.deepEqual(await readdir(folder), []);

    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const large = posted('Large', ' '.repeat(4 * MEBIBYTE));
    // The connection may be closed while the rest is on its way.
    const tooLarge = await worker.evaluate(send, { url: listener, body: large });
    assert.ok([413, 'failed'].includes(tooLarge));
    const whole = posted('Whole', ' '.repeat(4 * MEBIBYTE - 1000));
    for (const problem of [whole, posted('Small')]) {
      const taken = await worker.evaluate(send, { url: listener, body: problem, options: json });
      assert.equal(taken, 200, 'an extension');
    }
    await lineOf(child, /Small/);
    assert.deepEqual(await readdir(folder), ['Judge']);
    const kept = await readdir(join(folder, 'Judge', 'Round-7'));
    assert.deepEqual(
      kept.filter((name) => name.endsWith('.md')),
      ['Small.md', 'Whole.md'],
    );
  } finally {
    endGroup(child);
    web.close();
  }
}

/** The addresses that a page asks for, and what goes wrong in it. */
async function watched(context: BrowserContext, url: string, picture?: string) {
  const page = await context.newPage();
  const asked: string[] = [];
  const wrong: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(message.text());
  });
  await page.setViewportSize({ width: 1000, height: 1400 });
  await page.goto(url, { waitUntil: 'networkidle' });
  if (picture) await page.screenshot({ path: join(RESULTS, picture) });
  return { page, asked, wrong };
}

/** The language server as an editor runs it; what it asks the editor to open comes by `opened`. */
function startServer(child: ChildProcess) {
  const server = createMessageConnection(child.stdout!, child.stdin!);
  const opened = new Promise<string>((resolve) => {
    server.onRequest('window/showDocument', ({ uri }: { uri: string }) => {
      resolve(uri);
      return { success: true };
    });
  });
  server.listen();
  return { server, opened };
}

async function report(context: BrowserContext, root: string, env: NodeJS.ProcessEnv): Promise<void> {
  console.log('the report asks for nothing but itself, from a file and from the loopback interface');
  const sstar = (...args: string[]) =>
    execFileSync(tool('SSTAR_TEST_SERVER'), args, {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const runId = sstar('runs', 'import', RUN).split(' ')[0]!;
  const file = join(root, 'report.html');
  sstar('report', runId, '--html', '-o', file);

  const leaking = join(root, 'leaking.html');
  await writeFile(leaking, '<img src="http://127.0.0.1:9/leak"><script>nowhere()</script>');
  const control = await watched(context, pathToFileURL(leaking).href);
  assert.equal(control.asked.length, 2, 'requests are seen');
  assert.ok(control.wrong.some((text) => text.includes('nowhere')));

  const url = pathToFileURL(file).href;
  const saved = await watched(context, url, 'report.png');
  assert.deepEqual([saved.asked, saved.wrong], [[url], []]);
  assert.ok(await saved.page.locator('h2', { hasText: 'Belief over time' }).isVisible());

  const child = spawn(tool('SSTAR_TEST_SERVER'), ['lsp'], { env, detached: true });
  try {
    const { server, opened } = startServer(child);
    await server.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: { window: { showDocument: { support: true } } },
    });
    await server.sendNotification('initialized', {});
    const { uri } = await server.sendRequest<{ uri: string }>('workspace/executeCommand', {
      command: 'sstar.report',
      arguments: [{ runId, show: false }],
    });
    const served = await watched(context, uri);
    assert.deepEqual([served.asked, served.wrong], [[uri], []]);
    const problem = served.page.locator('form[action="open/document"]');
    assert.equal(await problem.count(), 0, 'an imported run belongs to no document');
    const link = served.page.locator('form[action^="open/test/"] button').first();
    const [answer] = await Promise.all([served.page.waitForResponse(`${uri}open/**`), link.click()]);
    assert.equal(answer.status(), 204);
    assert.match(await opened, /i53/, 'the editor opens what was clicked');
    assert.equal(served.page.url(), uri);
  } finally {
    endGroup(child);
  }
}

async function main(): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'sstar-browser-'));
  const [folder, extension, home] = [join(root, 'work'), join(root, 'extension'), join(root, 'home')];
  for (const made of [folder, extension, home, RESULTS]) await mkdir(made, { recursive: true });
  await writeFile(join(extension, 'manifest.json'), JSON.stringify(COMPANION));
  await writeFile(join(extension, 'worker.js'), '');
  const env = { ...process.env, HOME: home, SSTAR_STATE_DIR: join(root, 'state') };
  const context = await chromium.launchPersistentContext(join(root, 'profile'), {
    executablePath: tool('SSTAR_TEST_CHROMIUM'),
    args: [
      ...BROWSER_FLAGS,
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
      `--host-resolver-rules=MAP *.example 127.0.0.1`,
    ],
  });
  try {
    await companion(context, folder, env);
    await report(context, root, env);
  } finally {
    await context.close();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
