/** The runs of this window: start, follow, cancel, insert, judge. Everything that is shown listens to this. */

import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { CodeAction, WorkspaceEdit } from 'vscode-languageclient/node';
import { Refused } from './context';
import type { Failure, Range, RunProgress, RunResponse, SolveParams, Verdict } from './protocol';
import type { Server } from './server';

/** A solve that this window waits for. */
export interface Going {
  uri: string;
  progress: RunProgress | null;
}

export class Runs {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Something began, went on or ended. */
  readonly onDidChange = this.changed.event;
  private readonly answered = new vscode.EventEmitter<RunResponse>();
  /** A run ended, or its choice was made again. */
  readonly onDidAnswer = this.answered.event;
  private readonly inserted = new vscode.EventEmitter<{ answer: RunResponse; location: vscode.Location }>();
  readonly onDidInsert = this.inserted.event;

  /** The document that was in front last; a preview or a diff in front does not count. */
  front: vscode.Uri | undefined = vscode.window.activeTextEditor?.document.uri;

  private readonly going = new Map<string, Going>();
  /** Runs that were answered: what still arrives about them is late. */
  private readonly ended = new Set<string>();
  /** Newest answer of each document, by its URI. */
  private readonly answers = new Map<string, RunResponse>();

  constructor(
    private readonly server: Server,
    subscriptions: vscode.Disposable[],
  ) {
    subscriptions.push(
      this.changed,
      this.answered,
      this.inserted,
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        const uri = editor?.document.uri;
        if (uri && (uri.scheme === 'file' || uri.scheme === 'untitled')) this.front = uri;
        this.changed.fire();
      }),
      server.onProgress((progress) => this.progressed(progress)),
      server.onDidChangeState((state) => {
        if (state === 'running') return;
        this.going.clear();
        this.changed.fire();
      }),
    );
  }

  // --- what others see -----------------------------------------------------------------------------

  /** What goes on, the document in front first. */
  running(front?: string): Going[] {
    return [...this.going.values()].sort((a, b) => Number(b.uri === front) - Number(a.uri === front));
  }

  answerOf(uri: string): RunResponse | null {
    return this.answers.get(uri) ?? null;
  }

  answerOfRun(runId: string): RunResponse | null {
    return [...this.answers.values()].find((answer) => answer.run_id === runId) ?? null;
  }

  /** The answer that belongs to a document: of the statement, or of the file its program was put into. */
  answerFor(document: vscode.Uri | undefined): RunResponse | null {
    if (!document) return null;
    const own = this.answers.get(document.toString());
    if (own) return own;
    const stem = (path: string) => path.replace(/\.[^./]+$/, '');
    for (const [uri, answer] of this.answers)
      if (stem(vscode.Uri.parse(uri).path) === stem(document.path)) return answer;
    return null;
  }

  // --- what a person asks for ----------------------------------------------------------------------

  async solve(params: SolveParams): Promise<RunResponse> {
    const uri = params.textDocument.uri;
    if (this.going.has(uri))
      throw new Refused('S* is solving this document already. Click its counts in the status bar to cancel.');
    const client = await this.server.ready();
    // A token of our own: the server would make one otherwise, and the editor would show it as a pop-up.
    const sent: SolveParams = { ...params, workDoneToken: randomUUID() };
    this.going.set(uri, { uri, progress: null });
    this.changed.fire();
    try {
      const answer = await client.sendRequest<RunResponse>('sstar/solve', sent);
      this.keep(answer, uri);
      return answer;
    } catch (error) {
      throw refusedBy(error, params);
    } finally {
      this.going.delete(uri);
      this.changed.fire();
    }
  }

  async resume(runId: string, uri: string): Promise<RunResponse> {
    const client = await this.server.ready();
    this.ended.delete(runId);
    this.going.set(uri, { uri, progress: null });
    this.changed.fire();
    try {
      const answer = await client.sendRequest<RunResponse>('sstar/resume', {
        runId,
        workDoneToken: randomUUID(),
      });
      this.keep(answer, uri);
      return answer;
    } catch (error) {
      throw refusedBy(error);
    } finally {
      this.going.delete(uri);
      this.changed.fire();
    }
  }

  /** The answer of a run of this or an earlier session. */
  async open(runId: string): Promise<RunResponse> {
    const known = this.answerOfRun(runId);
    if (known) return known;
    const answer = await this.request<RunResponse>('sstar/run', { runId });
    if (answer.uri) this.keep(answer, answer.uri);
    return answer;
  }

  /** Cancels the runs of a document, or all. */
  async cancel(uri?: string): Promise<void> {
    await this.request('sstar/cancel', uri ? { uri } : {});
  }

  async judge(runId: string, inputId: string, verdict: Verdict): Promise<RunResponse> {
    const old = this.answerOfRun(runId);
    const answer = await this.request<RunResponse>('sstar/judge', { runId, inputId, verdict });
    this.keep(answer, answer.uri ?? old?.uri ?? '');
    return answer;
  }

  /** Puts a candidate where it belongs and shows it. */
  async insert(runId: string, candidateId?: string): Promise<vscode.Location> {
    const client = await this.server.ready();
    const found = await this.request<{ edit: WorkspaceEdit; uri: string; range: Range }>('sstar/edit', {
      runId,
      ...(candidateId ? { candidateId } : {}),
    });
    const edit = await client.protocol2CodeConverter.asWorkspaceEdit(found.edit);
    if (!(await vscode.workspace.applyEdit(edit)))
      throw new Refused('The program was not inserted: the document has changed meanwhile. Try again.');
    const location = new vscode.Location(
      vscode.Uri.parse(found.uri),
      client.protocol2CodeConverter.asRange(found.range) ?? new vscode.Range(0, 0, 0, 0),
    );
    const editor = await vscode.window.showTextDocument(location.uri, {
      preview: false,
      preserveFocus: true,
    });
    editor.revealRange(location.range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    const answer = await this.open(runId);
    this.inserted.fire({ answer, location });
    return location;
  }

  /** Writes a test as `.in` and `.out` files beside the problem, by the server's own code action. */
  async saveSample(uri: string, inputId: string): Promise<void> {
    const client = await this.server.ready();
    await vscode.workspace.openTextDocument(vscode.Uri.parse(uri)); // the server knows open documents
    const start = { line: 0, character: 0 };
    const range = { start, end: start };
    // The diagnostic is named here: the one that the editor shows may not have come yet.
    const diagnostics = [{ range, message: '', source: 'S*', code: inputId }];
    const actions = await this.request<CodeAction[] | null>('textDocument/codeAction', {
      textDocument: { uri },
      range,
      context: { diagnostics, triggerKind: 1 },
    });
    const action = actions?.find((one) => one.title.startsWith(`Save S* test ${inputId} `));
    if (!action) throw new Refused(`Test ${inputId} cannot be saved: the problem has changed since.`);
    const { edit } = action.edit ? action : await this.request<CodeAction>('codeAction/resolve', action);
    const made = await client.protocol2CodeConverter.asWorkspaceEdit(edit);
    if (!made || !(await vscode.workspace.applyEdit(made)))
      throw new Refused(`Test ${inputId} was not saved: its files could not be made.`);
    // They are in no editor: "save all" does not see them.
    for (const [file] of made.entries()) await (await vscode.workspace.openTextDocument(file)).save();
  }

  async request<T>(method: string, params: unknown): Promise<T> {
    const client = await this.server.ready();
    try {
      return await client.sendRequest<T>(method, params);
    } catch (error) {
      throw refusedBy(error);
    }
  }

  private keep(answer: RunResponse, uri: string): void {
    const where = answer.uri ?? uri;
    if (answer.run_id) this.ended.add(answer.run_id);
    const hasResult = answer.evidence !== null && answer.status !== 'cancelled';
    if (where && hasResult) this.answers.set(where, answer);
    this.answered.fire({ ...answer, uri: where });
    this.changed.fire();
  }

  private progressed(progress: RunProgress): void {
    if (this.ended.has(progress.runId)) return;
    const going = this.going.get(progress.uri);
    if (progress.status === 'running') this.going.set(progress.uri, { uri: progress.uri, progress });
    else if (going?.progress?.runId === progress.runId) this.going.delete(progress.uri);
    this.changed.fire();
  }
}

/** A failure of the server as something to show, with what can be done about it. */
export function refusedBy(error: unknown, params?: SolveParams): Error {
  const { data, message } = error as { data?: Failure; message?: string };
  if (/connection (got|is) (disposed|closed)/i.test(message ?? ''))
    return new Refused(
      'The S* server stopped while this went on. It starts again by itself, and what was done is kept: the lens above the problem resumes the run.',
      [{ title: 'Show Log', command: 'sstar.showLog' }],
    );
  if (!data?.kind) return error instanceof Error ? error : new Error(String(error));
  const text = message ?? 'S* failed.';
  if (data.contest)
    return new Refused(text, [
      { title: 'This Is Practice', command: 'sstar.practice', args: [data.contest, params] },
    ]);
  switch (data.exitCode) {
    case 4:
      return new Refused(text, [
        { title: 'Choose Model…', command: 'sstar.chooseModel' },
        { title: 'Set API Key…', command: 'sstar.setApiKey' },
      ]);
    case 5:
    case 6:
      return new Refused(text, [{ title: 'Check My Set-up', command: 'sstar.checkSetup' }]);
    default:
      return new Refused(text);
  }
}
