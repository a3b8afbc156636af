/** "Check my set-up" and "Show debug information": documents that can be read and sent. */

import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Shared } from './context';
import { type Keys, originOf } from './keys';
import { run } from './processes';
import type { Server } from './server';

export interface Finding {
  name: string;
  ok: boolean;
  detail: string;
  what_to_do?: string;
  needed?: boolean;
}

/** What `sstar doctor --json` found, as Markdown. */
export function findingsMarkdown(found: { can_solve: boolean; findings: Finding[] }): string {
  const cells = (text: string) => text.replace(/\|/g, '\\|').replace(/\n/g, '<br>');
  const rows = found.findings.map((one) => {
    const mark = one.ok ? '✓' : one.needed === false ? '–' : '✗';
    const todo = one.what_to_do ? `**${cells(one.what_to_do)}**` : '';
    return `| ${mark} | ${cells(one.name)} | ${cells(one.detail)} | ${todo} |`;
  });
  const verdict = found.can_solve ? 'Ready to solve.' : 'Not ready: see what is marked ✗ and what to do.';
  return [
    '# S*: my set-up',
    '',
    verdict,
    '',
    '| | what | found | to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** "S*: Check My Set-up" */
export async function checkSetup(server: Server, keys: Keys, pages: Pages): Promise<void> {
  const path = await server.path();
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const model = (server.settings().model ?? {}) as { base_url?: string; model?: string };
  // The environment wins over settings, and a key goes to its own server only.
  const origin = originOf(process.env.SSTAR_BASE_URL ?? model.base_url ?? '');
  const key = origin ? await keys.stored(origin) : undefined;
  const ended = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'S*: looking at the set-up' },
    () =>
      run(path, ['doctor', '--json'], {
        ...(folder ? { cwd: folder } : {}),
        env: {
          ...(model.base_url ? { SSTAR_BASE_URL: model.base_url } : {}),
          ...(model.model ? { SSTAR_MODEL: model.model } : {}),
          ...(key ? { SSTAR_API_KEY: key } : {}),
          ...process.env,
        },
      }),
  );
  let text: string;
  try {
    text = findingsMarkdown(JSON.parse(ended.stdout));
  } catch {
    text = `# S*: my set-up\n\n\`sstar doctor\` failed:\n\n~~~\n${ended.startError ?? ended.stderr}\n~~~\n`;
  }
  await pages.show('set-up.md', text);
}

/** "S*: Show Debug Information": versions, paths, states. No keys, no documents. */
export async function debugInformation(
  server: Server,
  keys: Keys,
  shared: Shared,
  activationMs: number,
  pages: Pages,
): Promise<void> {
  const present = vscode.workspace.isTrusted ? await server.present() : null;
  const version = present ? (await run(present, ['--version'])).stdout.trim() : '';
  const lines = [
    `extension: ${shared.context.extension.id} ${shared.context.extension.packageJSON.version}`,
    `editor: ${vscode.env.appName} ${vscode.version}, ${process.platform} ${process.arch}, node ${process.version}`,
    `remote: ${vscode.env.remoteName ?? 'no'}`,
    `activation: ${activationMs.toFixed(0)} ms`,
    `trusted: ${vscode.workspace.isTrusted}`,
    `server: ${present ?? 'not installed'} ${version}`,
    `state: ${server.state}${server.problem ? ` (${server.problem})` : ''}`,
    `private environment: ${server.folder}`,
    `keys for: ${keys.origins().join(', ') || 'no server'}`,
    `folders: ${(vscode.workspace.workspaceFolders ?? []).map((one) => basename(one.uri.fsPath)).join(', ')}`,
    'settings:',
    ...JSON.stringify(server.settings(), null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
  await pages.show(
    'debug-information.md',
    ['# S*: debug information', '', '```text', ...lines, '```', ''].join('\n'),
  );
}

/** Read-only Markdown pages of the extension itself (`sstar-page:`), shown as a preview. */
export class Pages implements vscode.TextDocumentContentProvider {
  static readonly scheme = 'sstar-page';
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  constructor(subscriptions: vscode.Disposable[]) {
    subscriptions.push(
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(Pages.scheme, this),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? '';
  }

  async show(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: Pages.scheme, path: `/${name}` });
    this.texts.set(uri.path, text);
    this.changed.fire(uri);
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }
}
