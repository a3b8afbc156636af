/** A real VS Code for tests: code-server's server, Chromium in front of it, and the scripted model behind it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type Browser, chromium, type Page } from 'playwright-core';

export const EXTENSION = resolve(__dirname, '..', '..');
export const REPOSITORY = resolve(EXTENSION, '..', '..');
export const KEY = 'test-key-0123456789';

/** Where `scripts/editors.sh` put the tools. */
export function tool(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: run the tests with "make test-editors"`);
  return value;
}

export interface EditorOptions {
  files: Record<string, string>;
  /** Settings of the user on the machine of the server. */
  settings: Record<string, unknown>;
  /** Workspace trust is asked for, as in a normal window. */
  withTrust?: boolean;
  /** Notifications are shown, as in a normal window. */
  withNotifications?: boolean;
  /** PATH of the editor; that of the tests where left out. */
  path?: string;
  /** Installed with `--install-extension`. */
  vsix?: string;
  env?: Record<string, string>;
}

export interface Editor {
  url: string;
  folder: string;
  home: string;
  port: number;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The line of a process that says something. */
export async function lineOf(
  child: ChildProcess,
  wanted: RegExp,
  input: Readable = child.stdout!,
): Promise<string> {
  const seen: string[] = [];
  for await (const line of createInterface({ input })) {
    seen.push(line);
    if (wanted.test(line)) return line;
  }
  throw new Error(`it ended without saying ${wanted}:\n${seen.slice(-20).join('\n')}`);
}

export function endGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it is gone
  }
}

/** The scripted model; its address. */
export async function startModel(): Promise<{ baseUrl: string; stop: () => void }> {
  const child = spawn(tool('SSTAR_TEST_PYTHON'), [join(EXTENSION, 'test', 'model_server.py')], {
    env: { ...process.env, SSTAR_TEST_KEY: KEY },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const line = await lineOf(child, /base_url/);
  return { baseUrl: (JSON.parse(line) as { base_url: string }).base_url, stop: () => endGroup(child) };
}

export async function startEditor(options: EditorOptions): Promise<Editor> {
  const root = await mkdtemp(join(tmpdir(), 'sstar-editor-'));
  const [folder, data, home] = [join(root, 'work'), join(root, 'data'), join(root, 'home')] as const;
  await mkdir(join(data, 'Machine'), { recursive: true });
  await mkdir(folder);
  await mkdir(home);
  for (const [name, text] of Object.entries(options.files)) await writeFile(join(folder, name), text);
  await writeFile(join(data, 'Machine', 'settings.json'), JSON.stringify(options.settings));
  const node = tool('SSTAR_TEST_NODE');
  const codeServer = tool('SSTAR_TEST_CODE_SERVER');
  const port = await freePort();
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(SSTAR_|VSCODE_|OPENAI_)/.test(name)),
    ),
    PATH: options.path ?? `${dirname(node)}${delimiter}${process.env.PATH}`,
    HOME: home,
    SSTAR_STATE_DIR: join(root, 'state'),
    SSTAR_CACHE_DIR: join(root, 'cache'),
    PIP_CACHE_DIR: process.env.PIP_CACHE_DIR ?? join(process.env.HOME ?? '', '.cache', 'pip'),
    ...options.env,
  };
  const extensions = join(data, 'extensions');
  if (options.vsix) {
    const args = [
      join(codeServer, 'out', 'node', 'entry.js'),
      '--user-data-dir',
      data,
      '--extensions-dir',
      extensions,
    ];
    const child = spawn(node, [...args, '--install-extension', options.vsix], { env, stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number];
    if (code !== 0) throw new Error(`code-server could not install ${options.vsix}`);
  }
  const child = spawn(
    node,
    [
      join(codeServer, 'lib', 'vscode', 'out', 'server-main.js'),
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token'],
      ...['--accept-server-license-terms', '--disable-telemetry'],
      // Tests in the extension host need it, and pictures are quieter: it shows no notifications.
      ...(options.withNotifications ? [] : ['--enable-smoke-test-driver']),
      ...(options.withTrust ? [] : ['--disable-workspace-trust']),
      ...['--reconnection-grace-time', '600', '--user-data-dir', data, '--server-data-dir', data],
      ...['--extensions-dir', extensions],
    ],
    { env, stdio: ['ignore', 'pipe', process.env.SSTAR_TEST_VERBOSE ? 'inherit' : 'ignore'], detached: true },
  );
  await lineOf(child, /Extension host agent listening/);
  child.stdout!.resume();
  return {
    url: `http://127.0.0.1:${port}/`,
    folder,
    home,
    port,
    stop: async () => {
      endGroup(child);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const BROWSER_FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: tool('SSTAR_TEST_CHROMIUM'), args: BROWSER_FLAGS });
}

/** The address of a window; with `tests` it runs them in the extension host and ends. */
export function windowUrl(editor: Editor, tests?: string): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${editor.port}${path}`;
  const payload: [string, string][] = [['skipWelcome', 'true']];
  if (tests)
    payload.push(['extensionDevelopmentPath', remote(EXTENSION)], ['extensionTestsPath', remote(tests)]);
  return `${editor.url}?folder=${encodeURIComponent(editor.folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

/** Opens a window and waits for its workbench. */
export async function openWindow(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(300_000); // a machine that is busy with other things may be slow
  await page.goto(url);
  await page.locator('.monaco-workbench').waitFor();
  return page;
}
