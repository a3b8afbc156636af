/** Wires the parts together; each part is a module of its own. */

const began = performance.now();
const beganCpu = cpuMs();

import * as vscode from 'vscode';
import { type Offered, offerTools } from './agents';
import { ask, type Choices, remembered } from './choices';
import { failed, guarded, Refused, type Shared } from './context';
import { Keys } from './keys';
import { chooseModel, weightsAreHere } from './model';
import { OwnPrograms } from './ownPrograms';
import { beliefPicture, illustrated } from './picture';
import type { CorrectParams, Range, RunResponse, SolveParams } from './protocol';
import { Reading } from './reading';
import { Results } from './results';
import { Review } from './review';
import { Runs } from './runs';
import { requireTrust, Server } from './server';
import { checkSetup, debugInformation, Pages } from './setup';
import { showStatus } from './status';

/** What the tests of the extension look at. */
export interface Exported {
  server: Server;
  runs: Runs;
  review: Review;
  results: Results;
  reading: Reading;
  own: OwnPrograms;
  keys: Keys;
  /** Tools for agents; undefined in an editor without them. */
  tools: Offered | undefined;
  statusText: () => string;
  /** Of the language status item. */
  languageText: () => string;
  onDidFail: vscode.Event<Error>;
  activationMs: number;
  /** Time on the processor of the extension host's thread; 0 where Node cannot tell. */
  activationCpuMs: number;
}

export function activate(context: vscode.ExtensionContext): Exported {
  const log = vscode.window.createOutputChannel('S*', { log: true });
  const shared: Shared = { context, log };
  const subscriptions = context.subscriptions;
  const keys = new Keys(context);
  const pages = new Pages(subscriptions);
  const server: Server = new Server(shared, {
    secret: (params) => keys.answer(params),
    command: (name, argument) => serverCommand(name, argument),
    page: async (uri, text) => {
      const runId = /^\/(.+)\/evidence\.md$/.exec(uri.path)?.[1];
      if (!runId) return text;
      const { moments } = await runs.request<RunResponse>('sstar/run', { runId });
      return illustrated(text, beliefPicture(moments ?? []));
    },
  });
  const runs = new Runs(server, subscriptions);
  const review = new Review(runs, subscriptions);
  const results = new Results(runs, subscriptions);
  const reading = new Reading(server, runs, subscriptions);
  const own = new OwnPrograms(
    server,
    runs,
    context.globalStorageUri,
    (params) => solve(params),
    subscriptions,
  );
  const status = showStatus(server, runs, subscriptions);
  const tools = offerTools(server, keys, subscriptions);
  subscriptions.push(
    log,
    failed,
    failed.event((error) =>
      log.error(error instanceof Refused ? error.message : (error.stack ?? error.message)),
    ),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.startIfPresent()),
  );

  // --- what is solved ------------------------------------------------------------------------------

  async function solve(params: SolveParams): Promise<RunResponse | undefined> {
    requireTrust();
    if (!(await weightsAreHere(params.textDocument.uri, server, keys, shared))) return undefined;
    return runs.solve(params);
  }

  function paramsOf(choices: Choices, uri?: vscode.Uri): SolveParams {
    const document = uri ?? runs.front;
    if (!document)
      throw new Refused(
        'Open the problem first: a Markdown or text statement, or a source file that begins with one.',
      );
    const { language, options } = choices;
    return { textDocument: { uri: document.toString() }, ...(language ? { language } : {}), options };
  }

  function answerHere(runId?: unknown): Promise<RunResponse> | RunResponse {
    if (typeof runId === 'string') return runs.open(runId);
    const answer = runs.answerFor(runs.front);
    if (!answer?.run_id) throw new Refused('There is no answer for this document yet: solve it first.');
    return answer;
  }

  /** Commands of the server that this window does in its own way. */
  function serverCommand(name: string, argument: unknown): Promise<unknown> | undefined {
    const given = (argument ?? {}) as SolveParams & {
      runId?: string;
      inputId?: string;
      candidateId?: string;
      uri?: string;
    };
    switch (name) {
      case 'sstar.solve': {
        const uri = given.textDocument?.uri ?? given.uri ?? String(argument);
        const choices = remembered(context);
        return guarded(() =>
          solve({
            ...(choices.language ? { language: choices.language } : {}),
            options: choices.options,
            ...given,
            textDocument: { uri },
          }),
        );
      }
      case 'sstar.resume':
        return guarded(() =>
          runs.resume(given.runId!, vscode.window.activeTextEditor?.document.uri.toString() ?? ''),
        );
      case 'sstar.insert':
        return guarded(() => runs.insert(given.runId!, given.candidateId));
      case 'sstar.review':
        return guarded(async () => review.reveal(await runs.open(given.runId!), given.inputId));
      case 'sstar.evidence':
        return guarded(async () => showEvidence(await runs.open(given.runId!)));
      case 'sstar.problem':
        return guarded(() => reading.show(given.uri!));
      case 'sstar.correct':
        return guarded(() => reading.correct(argument as CorrectParams));
      default:
        return undefined;
    }
  }

  // --- commands ------------------------------------------------------------------------------------

  async function showEvidence(answer: RunResponse): Promise<void> {
    if (!answer.evidenceUri) throw new Refused('This run has no evidence yet.');
    await vscode.commands.executeCommand('markdown.showPreviewToSide', vscode.Uri.parse(answer.evidenceUri));
  }

  async function compare(answer: RunResponse): Promise<void> {
    const [chosen, ...others] = answer.candidates;
    if (!chosen || others.length === 0)
      throw new Refused('There is no runner-up: all programs that pass the examples behave alike.');
    const other =
      others.length === 1
        ? others[0]
        : (
            await vscode.window.showQuickPick(
              others.map((one) => ({ label: one.id, description: `cluster ${one.cluster ?? ''}`, one })),
              { title: 'Compare the chosen program with which one?' },
            )
          )?.one;
    if (!other) return;
    await vscode.commands.executeCommand(
      'vscode.diff',
      vscode.Uri.parse(chosen.uri),
      vscode.Uri.parse(other.uri),
      `${chosen.id} (chosen) ↔ ${other.id}`,
    );
  }

  async function menu(): Promise<void> {
    const answer = runs.answerFor(runs.front);
    const items = [
      ...(answer?.code ? [{ label: '$(insert) Insert the program', command: 'sstar.insertSolution' }] : []),
      ...(answer?.evidence?.deciding_inputs.length
        ? [{ label: '$(comment-discussion) Review tests', command: 'sstar.reviewTests' }]
        : []),
      ...(answer?.evidenceUri ? [{ label: '$(law) Show the evidence', command: 'sstar.showEvidence' }] : []),
      ...((answer?.candidates?.length ?? 0) > 1
        ? [{ label: '$(diff) Compare with the runner-up', command: 'sstar.compareRunnerUp' }]
        : []),
      ...(answer?.evidenceUri ? [{ label: '$(globe) Open the report', command: 'sstar.openReport' }] : []),
      { label: '$(beaker) Test my program', command: 'sstar.testProgram' },
      { label: '$(zap) Stress my program', command: 'sstar.stressProgram' },
      { label: '$(question) Is my program right?', command: 'sstar.isMyProgramRight' },
      { label: '$(play) Solve with S*', command: 'sstar.solveDocument' },
      { label: '$(settings) Solve with S* (choose language and budget)…', command: 'sstar.solveWithChoices' },
      { label: '$(book) Show what was read', command: 'sstar.showProblem' },
      { label: '$(chip) Choose the model…', command: 'sstar.chooseModel' },
      { label: '$(checklist) Check my set-up', command: 'sstar.checkSetup' },
      { label: '$(output) Show the log', command: 'sstar.showLog' },
    ];
    const picked = await vscode.window.showQuickPick(items, {
      title: 'S*',
      placeHolder: answer?.evidence?.reason ?? '',
    });
    if (picked) await vscode.commands.executeCommand(picked.command);
  }

  async function askToCancel(): Promise<void> {
    const running = runs.running();
    if (running.length === 0) return;
    const all = { label: `Cancel all ${running.length} runs`, uri: undefined as string | undefined };
    const each = running.map((one) => ({
      label: `Cancel S*: ${one.progress?.title ?? vscode.Uri.parse(one.uri).path.split('/').pop()}`,
      uri: one.uri as string | undefined,
    }));
    const picked = await vscode.window.showQuickPick(running.length > 1 ? [...each, all] : each, {
      title: 'S*: what was paid for is kept, the run can be resumed',
    });
    if (picked) await runs.cancel(picked.uri);
  }

  async function choosePython(): Promise<void> {
    const picked = await vscode.window.showOpenDialog({
      title: 'A Python, 3.11 or newer',
      canSelectMany: false,
      openLabel: 'Use This Python',
    });
    if (!picked?.[0]) return;
    await vscode.workspace
      .getConfiguration('sstar.server')
      .update('python', picked[0].fsPath, vscode.ConfigurationTarget.Global);
  }

  const commands: Record<string, (...args: never[]) => unknown> = {
    'sstar.solveDocument': (uri?: vscode.Uri) => solve(paramsOf(remembered(context), asUri(uri))),
    'sstar.solveWithChoices': async (uri?: vscode.Uri) => {
      requireTrust();
      const choices = await ask(context);
      return choices ? solve(paramsOf(choices, asUri(uri))) : undefined;
    },
    'sstar.solveSelection': () => {
      const selection = vscode.window.activeTextEditor?.selection;
      const params = paramsOf(remembered(context));
      return solve(selection && !selection.isEmpty ? { ...params, range: plain(selection) } : params);
    },
    'sstar.openExample': async () => {
      const text = await vscode.workspace.fs.readFile(
        vscode.Uri.joinPath(context.extensionUri, 'media', 'example.md'),
      );
      const document = await vscode.workspace.openTextDocument({
        language: 'markdown',
        content: new TextDecoder().decode(text),
      });
      await vscode.window.showTextDocument(document);
    },
    'sstar.cancelRuns': () => runs.cancel(),
    'sstar.cancel.ask': askToCancel,
    'sstar.insertSolution': async (runId?: string) => runs.insert((await answerHere(runId)).run_id!),
    'sstar.reviewTests': async (runId?: string) => review.reveal(await answerHere(runId)),
    'sstar.showEvidence': async (runId?: string) => showEvidence(await answerHere(runId)),
    'sstar.showProblem': (uri?: vscode.Uri) =>
      reading.show(paramsOf(remembered(context), asUri(uri)).textDocument.uri),
    'sstar.compareRunnerUp': async (runId?: string) => compare(await answerHere(runId)),
    'sstar.testProgram': (uri?: vscode.Uri) => own.runAll(asUri(uri)),
    'sstar.stressProgram': (uri?: vscode.Uri, other?: vscode.Uri) => own.stress(asUri(uri), asUri(other)),
    'sstar.saveCounterexample': () => own.saveCounterexample(),
    'sstar.isMyProgramRight': (uri?: vscode.Uri) => own.isRight(asUri(uri)),
    'sstar.problemFromClipboard': () => own.fromClipboard(),
    'sstar.listenToCompanion': () => own.listen(true),
    'sstar.stopListening': () => own.listen(false),
    'sstar.openReport': async (runId?: string) => own.report((await answerHere(runId)).run_id!),
    'sstar.practice': async (contest: string, params?: SolveParams) => {
      await runs.request('sstar/confirmPractice', { contest });
      if (params) await solve(params);
    },
    'sstar.setApiKey': () => keys.set(),
    'sstar.removeApiKeys': async () => {
      const count = await keys.removeAll();
      void vscode.window.showInformationMessage(`S*: ${count} key${count === 1 ? '' : 's'} removed.`);
    },
    'sstar.chooseModel': async () => {
      await chooseModel(keys, server);
    },
    'sstar.choosePython': choosePython,
    'sstar.checkSetup': () => checkSetup(server, keys, pages),
    'sstar.debugInformation': () => debugInformation(server, keys, shared, exported.activationMs, pages),
    'sstar.restartServer': () => server.restart(),
    'sstar.reinstallServer': () => server.reinstall(),
    'sstar.showLog': () => log.show(),
    'sstar.menu': menu,
  };
  for (const [name, work] of Object.entries(commands))
    subscriptions.push(
      vscode.commands.registerCommand(name, (...args: unknown[]) =>
        guarded(() => work(...(args as never[]))),
      ),
    );

  const exported: Exported = {
    server,
    runs,
    review,
    results,
    reading,
    own,
    keys,
    tools,
    statusText: status.text,
    languageText: status.languageText,
    onDidFail: failed.event,
    activationMs: 0,
    activationCpuMs: 0,
  };
  // Not awaited: activation ends now, the server starts behind it.
  void server.startIfPresent();
  exported.activationMs = performance.now() - began;
  exported.activationCpuMs = cpuMs() - beganCpu;
  log.info(`activated in ${exported.activationMs.toFixed(0)} ms`);
  subscriptions.push(server);
  return exported;
}

/** Milliseconds that this thread has used. */
function cpuMs(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } };
  const used = threadCpuUsage?.call(process);
  return used ? (used.user + used.system) / 1000 : 0;
}

export function deactivate(): void {
  // the editor disposes of the subscriptions, the server among them
}

function asUri(value: unknown): vscode.Uri | undefined {
  return value instanceof vscode.Uri ? value : undefined;
}

function plain(range: vscode.Range): Range {
  const { start, end } = range;
  return {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
}
