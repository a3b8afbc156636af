/**
 * Clicks through the installed `.vsix` as a person does: open a problem, press the title's button, insert, review,
 * read the evidence. Screenshots go to `test-results`. With `live`: the same with the real embedded model.
 */

import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import {
  EXTENSION,
  KEY,
  openWindow,
  REPOSITORY,
  startBrowser,
  startEditor,
  startModel,
  windowUrl,
} from './editor';
import { FILES } from './workspace';

const RESULTS = join(EXTENSION, 'test-results');
const VSIX = join(EXTENSION, 'sstar.vsix');
/** A machine that is busy with other things may be slow. */
const PATIENCE_MS = 120_000;

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
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input').first();
  await input.waitFor({ timeout: PATIENCE_MS });
  await input.fill(`>${title}`);
  await page
    .locator('.quick-input-list .monaco-list-row', { hasText: title })
    .first()
    .click({ timeout: PATIENCE_MS });
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
  await picture(page, `${prefix}-chosen`);
  await page
    .locator('.codelens-decoration a', { hasText: /Insert/ })
    .first()
    .click({ timeout: PATIENCE_MS });
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

async function scripted(): Promise<void> {
  const model = await startModel();
  const browser = await startBrowser();
  const editor = await startEditor({
    files: FILES,
    vsix: VSIX,
    // The environment's key stands in for the one a person would type: the keys have tests of their own.
    env: { SSTAR_API_KEY: KEY },
    settings: {
      'chat.disableAIFeatures': true,
      ...LOOK,
      'sstar.server.path': process.env.SSTAR_TEST_SERVER,
      'sstar.model.base_url': model.baseUrl,
      'sstar.model.model': 'scripted',
      'sstar.solve.samples': 3,
      'sstar.solve.rounds': 0,
      'sstar.solve.inputs': 3,
    },
  });
  const page = await openWindow(browser, windowUrl(editor));
  try {
    console.log('a problem is solved, inserted, reviewed and believed');
    await openFile(page, 'mislead.md');
    await page
      .locator('.editor-actions [aria-label^="Solve with S*"]')
      .first()
      .click({ timeout: PATIENCE_MS });
    // The server asks for the key of a new address, in a box that hides it.
    const secret = page.locator('.quick-input-widget input[type="password"]');
    await secret.waitFor({ timeout: PATIENCE_MS });
    await secret.fill(KEY);
    await page.keyboard.press('Enter');
    await insert(page, 'scripted', 'mislead.py', PATIENCE_MS);
    const thread = await review(page, 'scripted');
    // The last row is the cluster that was not chosen.
    await thread.locator('a', { hasText: 'This is right' }).last().click();
    await page.locator('.review-widget', { hasText: 'you said' }).first().waitFor({ timeout: PATIENCE_MS });
    await picture(page, 'scripted-overturned');
    console.log('  a verdict overturned the choice');
    await showEvidence(page, 'scripted');
  } catch (error) {
    await picture(page, 'scripted-failed');
    throw error;
  } finally {
    await browser.close();
    await editor.stop();
    model.stop();
  }
}

async function live(): Promise<void> {
  const model = process.env.SSTAR_LIVE_MODEL ?? '1.5b';
  const { readFileSync } = await import('node:fs');
  const problem = readFileSync(join(REPOSITORY, 'examples', 'village-vote', 'problem.md'), 'utf8');
  const browser = await startBrowser();
  const editor = await startEditor({
    files: { 'village-vote.md': problem },
    vsix: VSIX,
    env: { SSTAR_CACHE_DIR: process.env.SSTAR_CACHE_DIR ?? join(homedir(), '.cache', 'sstar') },
    settings: {
      'chat.disableAIFeatures': true,
      ...LOOK,
      'sstar.server.path': process.env.SSTAR_TEST_SERVER,
      'sstar.model.model': model,
      'sstar.solve.samples': 4,
    },
  });
  const page = await openWindow(browser, windowUrl(editor));
  try {
    console.log(`a problem is solved with the embedded ${model}`);
    await openFile(page, 'village-vote.md');
    await page
      .locator('.editor-actions [aria-label^="Solve with S*"]')
      .first()
      .click({ timeout: PATIENCE_MS });
    await status(page, /S\* \d+\/\d+ samples/, 10 * PATIENCE_MS);
    await picture(page, 'live-running');
    await insert(page, 'live', 'village-vote.py', 20 * PATIENCE_MS);
    await showEvidence(page, 'live');
  } catch (error) {
    await picture(page, 'live-failed');
    throw error;
  } finally {
    await browser.close();
    await editor.stop();
  }
}

mkdir(RESULTS, { recursive: true })
  .then(() => (process.argv.includes('live') ? live() : scripted()))
  .then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
