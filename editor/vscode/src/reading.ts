/** What was read of a problem: its examples are marked in the document, and a page tells all of it. */

import * as vscode from 'vscode';
import { LANGUAGES } from './context';
import type { CorrectParams, ReadProblem } from './protocol';
import type { Runs } from './runs';
import type { Server } from './server';

/** A document is read again so long after its last change. */
const PAUSE_MS = 300;

export class Reading {
  private readonly read = new vscode.EventEmitter<ReadProblem>();
  /** A document was read, and is marked. */
  readonly onDidRead = this.read.event;
  private readonly problems = new Map<string, ReadProblem>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly sure = mark('editorInfo.foreground');
  private readonly doubtful = mark('editorWarning.foreground');

  constructor(
    private readonly server: Server,
    private readonly runs: Runs,
    subscriptions: vscode.Disposable[],
  ) {
    const all = () => {
      for (const editor of vscode.window.visibleTextEditors) this.soon(editor.document);
    };
    subscriptions.push(
      this.read,
      this.sure,
      this.doubtful,
      vscode.window.onDidChangeVisibleTextEditors(all),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.soon(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.problems.delete(uri.toString())),
      server.onDidChangeState((state) => {
        if (state === 'running') all();
      }),
      new vscode.Disposable(() => {
        for (const timer of this.timers.values()) clearTimeout(timer);
      }),
    );
    all();
  }

  /** What was read of a document last. */
  of(uri: string): ReadProblem | null {
    return this.problems.get(uri) ?? null;
  }

  /** Opens the page that tells all that was read. */
  async show(uri: string): Promise<void> {
    const { pageUri } = await this.refresh(uri);
    await vscode.commands.executeCommand('markdown.showPreviewToSide', vscode.Uri.parse(pageUri));
  }

  /** Keeps what a person says about a line beside the document; the document is read again. */
  async correct(said: CorrectParams): Promise<ReadProblem> {
    await this.runs.request('workspace/executeCommand', { command: 'sstar.correct', arguments: [said] });
    return this.refresh(said.uri);
  }

  private soon(document: vscode.TextDocument): void {
    const isProblem =
      LANGUAGES.includes(document.languageId) && /^(file|untitled)$/.test(document.uri.scheme);
    if (!isProblem || this.server.state !== 'running') return;
    const uri = document.uri.toString();
    clearTimeout(this.timers.get(uri));
    this.timers.set(
      uri,
      setTimeout(() => {
        // A request would start a server that stopped meanwhile; that it stopped is told elsewhere.
        if (this.server.state === 'running') void this.refresh(uri).catch(() => undefined);
      }, PAUSE_MS),
    );
  }

  private async refresh(uri: string): Promise<ReadProblem> {
    const problem = await this.runs.request<ReadProblem>('sstar/problem', { uri });
    this.problems.set(uri, problem);
    for (const editor of vscode.window.visibleTextEditors)
      if (editor.document.uri.toString() === uri) this.decorate(editor, problem);
    this.read.fire(problem);
    return problem;
  }

  private decorate(editor: vscode.TextEditor, problem: ReadProblem): void {
    const { document } = editor;
    if (problem.version !== null && problem.version !== document.version) return; // an answer about newer text follows
    const marks = problem.examples.flatMap(({ lines, sure }, index) => {
      if (!lines || lines[1] > document.lineCount) return [];
      const [first, last] = [lines[0] - 1, lines[1] - 1];
      const contentText = ` S* example ${index + 1}${sure ? '' : ': borders doubtful'}`;
      const label = {
        range: document.lineAt(first).range,
        renderOptions: { after: { contentText } },
      };
      return [{ sure, options: [{ range: new vscode.Range(first, 0, last, 0) }, label] }];
    });
    for (const isSure of [true, false])
      editor.setDecorations(
        isSure ? this.sure : this.doubtful,
        marks.filter(({ sure }) => sure === isSure).flatMap(({ options }) => options),
      );
  }
}

function mark(colour: string): vscode.TextEditorDecorationType {
  const color = new vscode.ThemeColor(colour);
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderWidth: '0 0 0 2px',
    borderStyle: 'solid',
    borderColor: color,
    overviewRulerColor: color,
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    after: { color, fontStyle: 'italic' },
  });
}
