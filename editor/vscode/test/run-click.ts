/**
 * Clicks through the installed `.vsix` as a person does: get started, open a problem, press the title's button, insert,
 * review, read the evidence, look at a failing test, come back to the window later; correct an example that was misread;
 * where the model is not here yet, agree to fetch it and stop that; stress and test a program of their own. Screenshots
 * go to `test-results`. `scripted`, `read`, `download` and `own` are the parts; `live` is one solve with the real embedded model.
 */

import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import {
  type EditorOptions,
  EXTENSION,
  KEY,
  openWindow,
  REPOSITORY,
  startBrowser,
  startEditor,
  startModel,
  windowUrl,
} from './editor';
import { startHub } from './hub';
import { MISREAD, OWN, PICTURED } from './workspace';

const RESULTS = join(EXTENSION, 'test-results');
const VSIX = join(EXTENSION, 'sstar.vsix');
/** A machine that is busy with other things may be slow. */
const PATIENCE_MS = 300_000;
/** How often something is tried that may come too early. */
const ATTEMPTS = 10;
/** Programs of a model on a CPU that others use as well. */
const LIVE_PATIENCE_MS = 2_700_000;

/** A quiet window for the pictures. */
const LOOK = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'comments.openView': 'never',
  'window.commandCenter': false,
};

async function openFile(page: Page, name: string): Promise<void> {
  await page
    .locator(`.explorer-folders-view [aria-label^="${name}"]`)
    .first()
    .dblclick({ timeout: PATIENCE_MS });
  await page.locator(`.tab[data-resource-name="${name}"]`).first().waitFor({ timeout: PATIENCE_MS });
}

async function command(page: Page, title: string): Promise<void> {
  const input = page.locator('.quick-input-widget input').first();
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  const timeout = PATIENCE_MS / ATTEMPTS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await input.waitFor({ state: 'hidden', timeout }); // the box of what was done before
      await page.keyboard.press('F1');
      await input.fill(`>${title}`, { timeout });
      await row.click({ timeout });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      // A page in front swallows keys while it has the focus: the title bar takes it away.
      await page.keyboard.press('Escape');
      await page.locator('.part.titlebar').click();
    }
  }
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(RESULTS, `${name}.png`) });
  console.log(`  picture ${name}.png`);
}

/** The text of the status bar's item, once it fits. */
async function status(page: Page, wanted: RegExp, patienceMs = PATIENCE_MS): Promise<void> {
  await page.locator('.statusbar-item', { hasText: wanted }).first().waitFor({ timeout: patienceMs });
  console.log(`  status bar: ${wanted}`);
}

/** Waits for the run's end and inserts its program by the lens on the statement. */
async function insert(page: Page, prefix: string, program: string, patienceMs: number): Promise<void> {
  await status(page, /S\* (chosen|undecided|no program passes)/, patienceMs);
  const lens = page.locator('.codelens-decoration a', { hasText: /Insert/ }).first();
  await lens.waitFor({ timeout: patienceMs });
  await page.mouse.move(700, 700);
  await picture(page, `${prefix}-chosen`);
  await lens.click();
  await page.locator(`.tab[data-resource-name="${program}"]`).waitFor({ timeout: PATIENCE_MS });
  console.log(`  inserted ${program}`);
}

async function showEvidence(page: Page, prefix: string): Promise<void> {
  await command(page, 'S*: Show the Evidence');
  await page.locator('.tab', { hasText: /evidence/ }).waitFor({ timeout: PATIENCE_MS });
  const preview = page.frameLocator('iframe.webview.ready').last().frameLocator('#active-frame');
  await preview.locator('h1', { hasText: 'S* evidence' }).waitFor({ timeout: PATIENCE_MS });
  await picture(page, `${prefix}-evidence`);
}

/** Opens the thread of the test that S* asks about. */
async function review(page: Page, prefix: string) {
  await command(page, 'S*: Review Tests');
  const thread = page.locator('.review-widget').first();
  await thread.locator('a', { hasText: 'This is right' }).first().waitFor({ timeout: PATIENCE_MS });
  await picture(page, `${prefix}-review`);
  return thread;
}

/** A window with the installed extension; a picture of it where something goes wrong. */
async function inWindow(
  name: string,
  options: Omit<EditorOptions, 'vsix'>,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const browser = await startBrowser();
  const editor = await startEditor({
    ...options,
    settings: { 'chat.disableAIFeatures': true, ...LOOK, ...options.settings },
    vsix: VSIX,
  });
  const page = await openWindow(browser, windowUrl(editor));
  try {
    await work(page);
  } catch (error) {
    await picture(page, `${name}-failed`);
    throw error;
  } finally {
    await browser.close();
    await editor.stop();
  }
}

/** Once the server has read the problem: while the extension starts, the bar of actions is drawn anew, and a click may be lost. */
async function solveByTheStar(page: Page): Promise<void> {
  const lens = page.locator('.codelens-decoration a', { hasText: 'Read: 1 example' });
  await lens.first().waitFor({ timeout: PATIENCE_MS });
  await page.locator('.editor-actions [aria-label^="Solve with S*"]').first().click({ timeout: PATIENCE_MS });
}

const quickPick = (page: Page): Locator => page.locator('.quick-input-list .monaco-list-row');

/** Chooses in a quick pick; what was first in it. */
async function choose(page: Page, title: RegExp, label: string): Promise<string> {
  await page.locator('.quick-input-title', { hasText: title }).waitFor({ timeout: PATIENCE_MS });
  const first = (await quickPick(page).first().getAttribute('aria-label')) ?? '';
  // By its beginning: a description may name another choice.
  await page.locator(`.quick-input-list .monaco-list-row[aria-label^="${label}"]`).click();
  return first;
}

async function scripted(): Promise<void> {
  const model = await startModel();
  const settings = {
    'sstar.server.path': process.env.SSTAR_TEST_SERVER,
    'sstar.model.base_url': model.baseUrl,
    'sstar.model.model': 'scripted',
    'sstar.solve.samples': 3,
    'sstar.solve.rounds': 0,
    'sstar.solve.inputs': 3,
  };
  try {
    // The environment's key stands in for the one a person would type: the keys have tests of their own.
    await inWindow('scripted', { files: PICTURED, settings, env: { SSTAR_API_KEY: KEY } }, clickThrough);
  } finally {
    model.stop();
  }
}

async function openWalkthrough(page: Page): Promise<void> {
  await command(page, 'Welcome: Open Walkthrough');
  await page.locator('.quick-input-widget input').first().fill('S*');
  await quickPick(page).first().click({ timeout: PATIENCE_MS });
  await page.locator('.getting-started-step').first().waitFor({ timeout: PATIENCE_MS });
}

async function clickThrough(page: Page): Promise<void> {
  console.log('a person gets started');
  await openWalkthrough(page);
  if ((await page.locator('.getting-started-step').count()) !== 3) throw new Error('not three steps');
  await picture(page, 'walkthrough');

  console.log('a problem is solved, inserted, reviewed and believed');
  await openFile(page, 'pairs.md');
  await solveByTheStar(page);
  // The server asks for the key of a new address, in a box that hides it.
  const secret = page.locator('.quick-input-widget input[type="password"]');
  await secret.waitFor({ timeout: PATIENCE_MS });
  await secret.fill(KEY);
  await page.keyboard.press('Enter');
  await insert(page, 'scripted', 'pairs.py', PATIENCE_MS);
  const thread = await review(page, 'scripted');
  // The last row is the cluster that was not chosen.
  await thread.locator('a', { hasText: 'This is right' }).last().click();
  await page.locator('.review-widget', { hasText: 'You said' }).first().waitFor({ timeout: PATIENCE_MS });
  await thread.locator('a', { hasText: 'Insert it' }).click();
  await page.locator('.view-line', { hasText: 'for i in range' }).first().waitFor({ timeout: PATIENCE_MS });
  await picture(page, 'scripted-overturned');
  console.log('  a verdict overturned the choice');
  await showEvidence(page, 'scripted');
  await openWalkthrough(page);
  // The model was set before; the other two steps were done just now.
  for (const step of ['Solve a first problem', 'Review the answer'])
    await page
      .locator('.getting-started-step', { hasText: step })
      .locator('.codicon-getting-started-step-checked')
      .first()
      .waitFor({ timeout: PATIENCE_MS });
  console.log('  the walkthrough knows what was done');

  console.log('a failing test shows what was expected and what came');
  const evidence = page.locator('.tab', { hasText: /evidence/ });
  await evidence.click({ button: 'middle' }); // closes it
  await evidence.waitFor({ state: 'detached' });
  await command(page, 'S*: Review Tests');
  await page.locator('.review-widget [aria-label^="Other"]').first().click({ timeout: PATIENCE_MS });
  const output = page.locator('.quick-input-widget input').first();
  await output.waitFor({ timeout: PATIENCE_MS });
  await output.fill('77');
  await page.keyboard.press('Enter');
  await status(page, /S\* no program passes/);
  await command(page, 'Testing: Focus on Test Explorer View');
  // The list of tests follows the verdict a moment later: what was run before that has no failure.
  const failure = page.locator('.test-explorer [aria-label*="Failed"]').first();
  for (let attempt = 0; attempt < ATTEMPTS && !(await failure.isVisible()); attempt += 1) {
    await command(page, 'Test: Run All Tests');
    await failure.waitFor({ timeout: PATIENCE_MS / ATTEMPTS }).catch(() => undefined);
  }
  await command(page, 'Test: Peek Output');
  await page.locator('.test-output-peek .monaco-diff-editor').waitFor({ timeout: PATIENCE_MS });
  await picture(page, 'scripted-failing');

  console.log('language and budget are remembered when the window is opened again');
  const again = 'S*: Solve with S* (Choose Language and Budget)…';
  await command(page, 'View: Show Explorer');
  await openFile(page, 'pairs.md');
  await command(page, again);
  await choose(page, /in which language/, 'Python');
  await choose(page, /how much work/, 'Quick');
  await status(page, /S\* (chosen|undecided)/);
  await page.reload();
  await page.locator('.monaco-workbench').waitFor({ timeout: PATIENCE_MS });
  // What a window remembers of its tabs is written once a minute: the file may have to be opened again.
  await command(page, 'View: Show Explorer');
  await openFile(page, 'pairs.md');
  await page.keyboard.press('Control+Home');
  await page
    .locator('.codelens-decoration a', { hasText: /Insert/ })
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  await command(page, again);
  const language = await choose(page, /in which language/, 'Python');
  await page.locator('.quick-input-title', { hasText: /how much work/ }).waitFor({ timeout: PATIENCE_MS });
  const budget = (await quickPick(page).first().getAttribute('aria-label')) ?? '';
  if (!language.startsWith('Python') || !budget.startsWith('Quick'))
    throw new Error(`first come ${language} and ${budget}`);
  await picture(page, 'choices');
  await page.keyboard.press('Escape');
}

/** An example is read wrongly: the person sees it in the document and corrects it by one action. */
async function read(): Promise<void> {
  const settings = { 'sstar.server.path': process.env.SSTAR_TEST_SERVER };
  await inWindow('read', { files: { 'pairs.md': MISREAD }, settings }, async (page) => {
    console.log('an example is marked, and its output ends where the person says');
    await openFile(page, 'pairs.md');
    await page
      .locator('.codelens-decoration a', { hasText: 'Read: 1 example' })
      .first()
      .waitFor({ timeout: PATIENCE_MS });
    const line = MISREAD.split('\n').indexOf('1') + 1;
    await page.keyboard.press('Control+G');
    await page.locator('.quick-input-widget input').first().fill(`:${line}`);
    await page.keyboard.press('Enter');
    await command(page, 'Quick Fix...');
    const action = page.locator('.action-widget .monaco-list-row', { hasText: 'The output ends here' });
    await action.waitFor({ timeout: PATIENCE_MS });
    await page.mouse.move(900, 700);
    await picture(page, 'read-corrected');
    await action.click();
    await command(page, 'S*: Show What Was Read');
    const preview = page.frameLocator('iframe.webview.ready').last().frameLocator('#active-frame');
    await preview.locator('code', { hasText: 'as you said' }).waitFor({ timeout: PATIENCE_MS });
    await picture(page, 'read-page');
  });
}

/** The model has to be fetched: the person is asked once, sees how far it is, and stops it. */
async function download(): Promise<void> {
  const hub = await startHub(process.env.SSTAR_TEST_WEIGHTS ?? '');
  const settings = { 'sstar.server.path': process.env.SSTAR_TEST_SERVER, 'sstar.model.model': '0.5b' };
  const env = { HF_ENDPOINT: hub.url, HF_HUB_DISABLE_TELEMETRY: '1' };
  try {
    await inWindow('download', { files: PICTURED, settings, env, withNotifications: true }, async (page) => {
      console.log('the model is fetched once the person agrees, and can be stopped');
      await openFile(page, 'pairs.md');
      await solveByTheStar(page);
      const dialog = page.locator('.monaco-dialog-box', { hasText: 'fetched once: 0.5 GB' });
      const download = dialog.locator('.monaco-button', { hasText: 'Download (0.5 GB)' });
      await download.waitFor({ timeout: PATIENCE_MS });
      await picture(page, 'download-asked');
      await download.click();
      const toast = page.locator('.notifications-toasts .notification-list-item');
      await toast.filter({ hasText: /1\d\d\.\d of 491\.4 MB/ }).waitFor({ timeout: PATIENCE_MS });
      await picture(page, 'download-progress');
      await toast.locator('.monaco-button', { hasText: 'Cancel' }).click();
      await toast.waitFor({ state: 'detached', timeout: PATIENCE_MS });
      console.log('  and is asked no second time');
      await solveByTheStar(page);
      await toast.filter({ hasText: 'fetching qwen2.5-coder-0.5b' }).waitFor({ timeout: PATIENCE_MS });
      await toast.locator('.monaco-button', { hasText: 'Cancel' }).click();
      await toast.waitFor({ state: 'detached', timeout: PATIENCE_MS });
    });
  } finally {
    hub.stop();
  }
}

/** A person's own program: what it gets wrong is found, kept as a test, and seen in the Test Explorer. */
async function own(): Promise<void> {
  const settings = { 'sstar.server.path': process.env.SSTAR_TEST_SERVER };
  await inWindow('own', { files: OWN, settings, withNotifications: true }, async (page) => {
    console.log('a stress test finds what a program gets wrong, and that becomes a failing test');
    await openFile(page, 'pairs.py');
    await command(page, 'S*: Stress Against the Brute Force');
    await choose(page, /which other file/, 'brute.py');
    await page.locator('.tab', { hasText: 'pairs.py ↔ brute.py on' }).waitFor({ timeout: PATIENCE_MS });
    const toast = page.locator('.notifications-toasts .notification-list-item', { hasText: 'differ on' });
    const save = toast.locator('.monaco-button', { hasText: 'Save Counterexample' });
    await save.click({ trial: true, timeout: PATIENCE_MS }); // once it has come to rest
    await picture(page, 'own-stress');
    await save.click();
    await choose(page, /which output is right/, 'brute.py is right');
    await page
      .locator('.explorer-folders-view [aria-label^="pairs-sstar-1.out"]')
      .waitFor({ timeout: PATIENCE_MS });
    await openFile(page, 'pairs.py');
    await command(page, 'S*: Test My Program');
    await command(page, 'Testing: Focus on Test Explorer View');
    await page.locator('.test-explorer [aria-label*="Failed"]').first().waitFor({ timeout: PATIENCE_MS });
    await command(page, 'Test: Peek Output');
    await page.locator('.test-output-peek .monaco-diff-editor').waitFor({ timeout: PATIENCE_MS });
    await picture(page, 'own-tests');
  });
}

async function live(): Promise<void> {
  const model = process.env.SSTAR_LIVE_MODEL ?? '1.5b';
  const { readFileSync } = await import('node:fs');
  const problem = readFileSync(join(REPOSITORY, 'examples', 'village-vote', 'problem.md'), 'utf8');
  await inWindow(
    'live',
    {
      files: { 'village-vote.md': problem },
      env: { SSTAR_CACHE_DIR: process.env.SSTAR_CACHE_DIR ?? join(homedir(), '.cache', 'sstar') },
      settings: {
        'sstar.server.path': process.env.SSTAR_TEST_SERVER,
        'sstar.model.model': model,
        'sstar.solve.samples': 4,
      },
    },
    async (page) => {
      console.log(`a problem is solved with the embedded ${model}`);
      await openFile(page, 'village-vote.md');
      await solveByTheStar(page);
      await status(page, /S\* \d+\/\d+ samples/, LIVE_PATIENCE_MS);
      await picture(page, 'live-running');
      await insert(page, 'live', 'village-vote.py', LIVE_PATIENCE_MS);
      await showEvidence(page, 'live');
    },
  );
}

mkdir(RESULTS, { recursive: true })
  .then(async () => {
    const [wanted] = process.argv.slice(2);
    if (wanted === 'live') await live();
    if (wanted === undefined || wanted === 'scripted') await scripted();
    if (wanted === undefined || wanted === 'read') await read();
    if (wanted === undefined || wanted === 'download') await download();
    if (wanted === undefined || wanted === 'own') await own();
  })
  .then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
