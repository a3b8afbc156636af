/** The status bar item with live counts, and the language status item. */

import * as vscode from 'vscode';
import { LANGUAGES } from './context';
import type { Runs } from './runs';
import type { Server, ServerState } from './server';
import { answerLabel, evidenceLabel, progressLabel, progressTooltip } from './words';

const STATE_WORDS: Record<ServerState, string> = {
  absent: 'not started',
  untrusted: 'off: the workspace is not trusted',
  installing: 'installing',
  starting: 'starting',
  running: 'ready',
  failed: 'not running',
};

/** Keeps both items true. Returns what the tests look at. */
export function showStatus(
  server: Server,
  runs: Runs,
  subscriptions: vscode.Disposable[],
): { text(): string; languageText(): string } {
  const bar = vscode.window.createStatusBarItem('sstar.status', vscode.StatusBarAlignment.Left, 10);
  bar.name = 'S*';
  const language = vscode.languages.createLanguageStatusItem(
    'sstar.server',
    LANGUAGES.map((name) => ({ language: name })),
  );
  language.name = 'S*';

  const update = () => {
    const document = runs.front;
    const running = runs.running(document?.toString());
    const answer = runs.answerFor(document);
    bar.backgroundColor = undefined;
    if (running.length > 0) {
      const { progress } = running[0]!;
      const more = running.length > 1 ? ` (+${running.length - 1})` : '';
      bar.text = `$(sync~spin) S* ${progress ? progressLabel(progress) : 'starting'}${more}`;
      bar.tooltip = progressTooltip(progress);
      bar.command = 'sstar.cancel.ask';
      bar.show();
    } else if (server.state === 'failed') {
      bar.text = '$(error) S*';
      bar.tooltip = server.problem;
      bar.command = 'sstar.menu';
      bar.backgroundColor = new vscode.ThemeColor('statusBarItem.errorBackground');
      bar.show();
    } else if (answer) {
      bar.text = `$(${answer.status === 'chosen' ? 'pass' : 'question'}) S* ${answerLabel(answer)}`;
      bar.tooltip = answer.evidence
        ? `${answer.title ?? ''}\n${answer.evidence.reason}`
        : (answer.title ?? '');
      bar.command = 'sstar.menu';
      bar.show();
    } else {
      bar.text = '';
      bar.hide();
    }

    language.busy = running.length > 0 || server.state === 'installing' || server.state === 'starting';
    language.text = `S* ${running.length > 0 ? 'solving' : STATE_WORDS[server.state]}`;
    language.severity =
      server.state === 'failed'
        ? vscode.LanguageStatusSeverity.Error
        : vscode.LanguageStatusSeverity.Information;
    language.detail = answer?.evidence ? evidenceLabel(answer.evidence) : server.problem;
    language.command = { title: 'Menu', command: 'sstar.menu' };
    void vscode.commands.executeCommand('setContext', 'sstar.isRunning', running.length > 0);
    void vscode.commands.executeCommand('setContext', 'sstar.hasAnswer', answer !== null);
  };
  subscriptions.push(bar, language, runs.onDidChange(update), server.onDidChangeState(update));
  update();
  return { text: () => bar.text, languageText: () => language.text };
}
