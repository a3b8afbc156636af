/**
 * Runs the tests of `test/host` inside the extension host of a real VS Code, in several windows: trusted ones, one that is
 * not trusted, one without weights, one without Python. Exit code 0 if all pass. Arguments: the only suites to run.
 */

import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import {
  type EditorOptions,
  EXTENSION,
  KEY,
  startBrowser,
  startEditor,
  startModel,
  windowUrl,
} from './editor';
import { startHub } from './hub';
import { FILES } from './workspace';

/** As in `test/host/index.ts`. */
const MARK = '[test] ';
/** The suite that installs the server fetches some 200 MB the first time. */
const PATIENCE_MS = 1_000_000;

/** One window, one suite; whether it passed. */
async function suite(
  browser: Browser,
  name: string,
  options: Omit<EditorOptions, 'files'>,
): Promise<boolean> {
  const editor = await startEditor({
    ...options,
    files: FILES,
    env: { ...options.env, SSTAR_TEST_SUITE: name, SSTAR_TEST_KEY: KEY },
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  try {
    const ended = new Promise<number>((resolve) => {
      void page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
        const line = args.join(' ');
        if (line.startsWith(MARK)) console.log(line.slice(MARK.length));
        else if (process.env.SSTAR_TEST_VERBOSE) console.log(line);
      });
      void page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
      setTimeout(() => resolve(124), PATIENCE_MS).unref();
    });
    console.log(`--- ${name}`);
    await page.goto(windowUrl(editor, join(EXTENSION, 'out', 'test', 'index.js')), { timeout: PATIENCE_MS });
    const code = await ended;
    if (code !== 0) {
      console.log(`${name}: ${code === 124 ? 'no end in time' : `exit code ${code}`}`);
      await page.screenshot({ path: join(EXTENSION, 'test-results', `host-${name}.png`) });
    }
    return code === 0;
  } finally {
    await page.close();
    await editor.stop();
  }
}

async function main(): Promise<number> {
  const wanted = process.argv.slice(2);
  const model = await startModel();
  const browser = await startBrowser();
  const sstar = process.env.SSTAR_TEST_SERVER ?? '';
  const quiet = { 'chat.disableAIFeatures': true };
  const served = {
    ...quiet,
    'sstar.server.path': sstar,
    'sstar.model.base_url': model.baseUrl,
    'sstar.model.model': 'scripted',
    'sstar.solve.samples': 3,
    'sstar.solve.rounds': 0,
    'sstar.solve.inputs': 3,
    'sstar.solve.adaptive': false,
  };
  const hub = await startHub(process.env.SSTAR_TEST_WEIGHTS ?? '');
  const suites: Record<string, Omit<EditorOptions, 'files'>> = {
    trusted: { settings: served },
    asked: { settings: served },
    judged: { settings: served },
    misread: { settings: served },
    own: { settings: served },
    download: {
      settings: { ...quiet, 'sstar.server.path': sstar, 'sstar.model.model': '0.5b' },
      env: { HF_ENDPOINT: hub.url, HF_HUB_DISABLE_TELEMETRY: '1' },
    },
    untrusted: { settings: served, withTrust: true },
    install: {
      settings: { ...served, 'sstar.server.path': '', 'sstar.server.python': process.env.SSTAR_TEST_PYTHON },
      // the package index is all that it may reach: on the hub's port nobody listens
      env: { HF_ENDPOINT: 'http://127.0.0.1:9' },
    },
    'no-python': {
      settings: { ...quiet, 'sstar.server.python': '/nowhere/python3' },
      // no index: nobody listens there
      env: {
        PIP_CONFIG_FILE: '/dev/null',
        PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
        PIP_RETRIES: '0',
        SSTAR_TEST_PYTHON: process.env.SSTAR_TEST_PYTHON ?? '',
      },
    },
  };
  let failed = 0;
  try {
    for (const [name, options] of Object.entries(suites))
      if ((wanted.length === 0 || wanted.includes(name)) && !(await suite(browser, name, options)))
        failed += 1;
  } finally {
    await browser.close();
    model.stop();
    hub.stop();
  }
  return failed;
}

main().then(
  (failed) => process.exit(failed === 0 ? 0 : 1),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
