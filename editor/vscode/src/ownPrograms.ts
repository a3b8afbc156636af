/** A person's own program: its tests in the Test Explorer, stress tests, whether it is right, new problems. */

import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { guarded, Refused } from './context';
import type {
  OwnTest,
  OwnTestResult,
  OwnTests,
  RunResponse,
  SolveParams,
  StressDifference,
  TestResponse,
} from './protocol';
import type { Runs } from './runs';
import { requireTrust, type Server } from './server';

/** Languages that programs are written in. */
const PROGRAMS = ['python', 'cpp', 'c', 'java', 'rust', 'go', 'javascript'];
/** How long a stress test goes on. */
const STRESS_SECONDS = 60;
/** Texts that a diff compares, by the path of their documents. */
const SCHEME = 'sstar-text';

export class OwnPrograms {
  readonly controller = vscode.tests.createTestController('sstar.own', 'S*: your program');
  private readonly tests = new WeakMap<vscode.TestItem, { uri: vscode.Uri; test: OwnTest }>();
  private readonly texts = new Map<string, string>();
  /** What the last stress test found. */
  last: StressDifference | undefined;

  constructor(
    private readonly server: Server,
    private readonly runs: Runs,
    private readonly storage: vscode.Uri,
    private readonly solve: (params: SolveParams) => Promise<RunResponse | undefined>,
    subscriptions: vscode.Disposable[],
  ) {
    const { Run, Debug } = vscode.TestRunProfileKind;
    const profile = this.controller.createRunProfile(
      'Run on tests',
      Run,
      (request, cancellation) =>
        guarded<void>(async () => {
          await this.run(request, cancellation);
        }),
      true,
    );
    const debug = this.controller.createRunProfile('Debug with this input', Debug, (request) =>
      guarded(() => this.debug(request)),
    );
    this.controller.resolveHandler = async () => {
      const uri = vscode.window.activeTextEditor?.document.uri;
      // The view is opened beside anything; what is no program of a problem has no tests.
      if (uri && this.server.state === 'running') await this.fill(uri).catch(() => undefined);
    };
    this.controller.refreshHandler = () =>
      guarded<void>(async () => {
        await this.fill();
      });
    subscriptions.push(
      this.controller,
      profile,
      debug,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
        provideTextDocumentContent: ({ path }) => this.texts.get(path) ?? '',
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === SCHEME) this.texts.delete(uri.path);
      }),
      vscode.workspace.onDidSaveTextDocument((document) => {
        if (this.controller.items.get(document.uri.toString())) void this.fill(document.uri).catch(() => {});
      }),
    );
  }

  /** The program in front, or the one that is named. */
  private program(uri?: vscode.Uri): vscode.Uri {
    requireTrust();
    const here = vscode.window.activeTextEditor?.document;
    // A diff in front does not count: the program that was in front before it is meant.
    const front = here?.uri.scheme === 'file' ? here.uri : this.runs.front;
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === front?.toString());
    const found = uri ?? (document && PROGRAMS.includes(document.languageId) ? document.uri : undefined);
    if (found?.scheme !== 'file') throw new Refused('Open your program first: a source file of the problem.');
    return found;
  }

  /** Lists the tests of a program in the Test Explorer. */
  async fill(uri?: vscode.Uri): Promise<vscode.TestItem> {
    const program = this.program(uri);
    const { tests, title } = await this.runs.request<OwnTests>('sstar/ownTests', {
      uri: program.toString(),
    });
    const name = program.path.split('/').pop() ?? '';
    const root = this.controller.createTestItem(program.toString(), name, program);
    root.description = title;
    for (const test of tests) {
      const item = this.controller.createTestItem(`${program}#${test.number}`, test.label, program);
      item.sortText = String(test.number).padStart(6, '0');
      this.tests.set(item, { uri: program, test });
      root.children.add(item);
    }
    this.controller.items.add(root);
    return root;
  }

  /** Runs the program in front on all its tests. */
  async runAll(uri?: vscode.Uri): Promise<OwnTestResult[]> {
    const root = await this.fill(uri);
    const source = new vscode.CancellationTokenSource();
    return this.run(new vscode.TestRunRequest([root]), source.token);
  }

  private async run(
    request: vscode.TestRunRequest,
    cancellation: vscode.CancellationToken,
  ): Promise<OwnTestResult[]> {
    const client = await this.server.ready();
    const items: vscode.TestItem[] = [];
    const collect = (item: vscode.TestItem) => {
      if (request.exclude?.includes(item)) return;
      if (this.tests.has(item)) items.push(item);
      item.children.forEach(collect);
    };
    if (request.include) request.include.forEach(collect);
    else this.controller.items.forEach(collect);
    const all: OwnTestResult[] = [];
    const run = this.controller.createTestRun(request);
    try {
      for (const ofProgram of Map.groupBy(items, (item) => this.tests.get(item)!.uri.toString())) {
        const [uri, chosen] = ofProgram;
        for (const item of chosen) run.started(item);
        const numbers = chosen.map((item) => this.tests.get(item)!.test.number);
        // The button of the Test Explorer cancels the request.
        const answer = await client.sendRequest<TestResponse>(
          'sstar/test',
          { uri, tests: numbers },
          cancellation,
        );
        if (answer.status === 'cancelled') break;
        all.push(...answer.tests);
        for (const item of chosen) report(run, item, answer, this.tests.get(item)!.test);
      }
    } catch (error) {
      if (!cancellation.isCancellationRequested) throw error;
    } finally {
      run.end();
    }
    return all;
  }

  /** Starts a debugger with the input of a test as standard input. */
  private async debug(request: vscode.TestRunRequest): Promise<void> {
    const item = request.include?.find((one) => this.tests.has(one));
    if (!item) throw new Refused('Choose one test to debug.');
    const { uri, test } = this.tests.get(item)!;
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    const input = vscode.Uri.joinPath(await this.inputs(), `${uri.path.split('/').pop()}-${test.number}.in`);
    await vscode.workspace.fs.writeFile(input, Buffer.from(test.input));
    if (!(await vscode.debug.startDebugging(folder, launchOf(uri, input))))
      throw new Refused(
        'The debugger did not start: is the extension for this language installed? C and C++ are debugged as the file beside the source that its compiler made.',
      );
  }

  private async inputs(): Promise<vscode.Uri> {
    const folder = vscode.Uri.joinPath(this.storage, 'inputs');
    await vscode.workspace.fs.createDirectory(folder);
    return folder;
  }

  /** Looks for an input on which the program in front differs from another file. */
  async stress(uri?: vscode.Uri, other?: vscode.Uri): Promise<StressDifference | undefined> {
    const program = this.program(uri);
    const rival = other ?? (await this.chooseOther(program));
    if (!rival) return undefined;
    const client = await this.server.ready();
    const answer = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: 'S*: looking for an input on which they differ',
        cancellable: true,
      },
      async (_progress, cancellation): Promise<StressDifference | undefined> => {
        const params = { uri: program.toString(), other: rival.toString(), seconds: STRESS_SECONDS };
        try {
          return await client.sendRequest<StressDifference>(
            'sstar/stress',
            { ...params, workDoneToken: randomUUID() },
            cancellation,
          );
        } catch (error) {
          if (cancellation.isCancellationRequested) return undefined;
          throw new Refused(error instanceof Error ? error.message : String(error));
        }
      },
    );
    if (!answer || answer.status === 'cancelled') return undefined;
    if (answer.status === 'same') {
      void vscode.window.showInformationMessage(
        `S*: no difference on ${answer.tried} inputs, which proves nothing.`,
      );
      return answer;
    }
    const { a, b } = answer;
    this.last = answer.example ? undefined : answer;
    await this.compare(`${a.program} ↔ ${b.program} on ${oneLine(answer.input)}`, shown(a), shown(b));
    if (!answer.example) void this.offer(answer);
    else
      void vscode.window.showInformationMessage(`S*: not both programs print what ${answer.example} shows.`);
    return answer;
  }

  private async chooseOther(program: vscode.Uri): Promise<vscode.Uri | undefined> {
    const folder = vscode.Uri.joinPath(program, '..');
    const names = (await vscode.workspace.fs.readDirectory(folder))
      .filter(([name, kind]) => kind === vscode.FileType.File && /\.(py|cpp|cc|c|java|rs|go|js)$/.test(name))
      .map(([name]) => name)
      .filter((name) => !program.path.endsWith(`/${name}`))
      // a brute force is what is mostly meant
      .sort((one, two) => Number(/brute|naive|slow/i.test(two)) - Number(/brute|naive|slow/i.test(one)));
    if (names.length === 0)
      throw new Refused('There is no other program in this folder: write a brute force beside yours.');
    const picked = await vscode.window.showQuickPick(
      names.map((label) => ({ label })),
      { title: 'S*: stress against the brute force, or which other file?' },
    );
    return picked ? vscode.Uri.joinPath(folder, picked.label) : undefined;
  }

  private async offer(answer: StressDifference): Promise<void> {
    const save = 'Save Counterexample as Test…';
    const chosen = await vscode.window.showInformationMessage(
      `S*: ${answer.a.program} and ${answer.b.program} differ on ${oneLine(answer.input)} (legal: ${answer.legal}).`,
      save,
    );
    if (chosen === save) await guarded(() => this.saveCounterexample());
  }

  /** Keeps what the last stress test found; an output only where the person says whose is right. */
  async saveCounterexample(): Promise<string[]> {
    const answer = this.last;
    if (!answer) throw new Refused('No counterexample was found yet: stress your program first.');
    const sides = [answer.a, answer.b]
      .filter((side) => side.endedWell)
      .map((side) => ({
        label: `${side.program} is right`,
        description: oneLine(side.output),
        expected: side.output as string | undefined,
      }));
    const unknown = { label: 'Keep the input alone', description: 'nobody has said what is right' };
    const picked = await vscode.window.showQuickPick([...sides, { ...unknown, expected: undefined }], {
      title: 'S*: which output is right?',
    });
    if (!picked) return [];
    const { files } = await this.runs.request<{ files: string[] }>('sstar/saveTest', {
      uri: answer.uri,
      input: answer.input,
      ...(picked.expected === undefined ? {} : { expected: picked.expected }),
    });
    await this.fill(vscode.Uri.parse(answer.uri));
    return files;
  }

  /** Samples rivals and tells the first input on which a believed one differs from the program in front. */
  async isRight(uri?: vscode.Uri): Promise<RunResponse | undefined> {
    const program = this.program(uri);
    const answer = await this.solve({ textDocument: { uri: program.toString() }, own: true });
    const own = answer?.own;
    if (!own) return answer;
    switch (own.verdict) {
      case 'agrees':
        void vscode.window.showInformationMessage(
          `S*: no believed rival differs from your program on ${own.compared} inputs (belief ${percent(own.belief)}). That proves nothing.`,
        );
        break;
      case 'unknown':
        void vscode.window.showInformationMessage(
          'S*: no rival passes the examples: nothing to compare with.',
        );
        break;
      case 'fails':
        await this.compare(
          `your program fails an example: ${oneLine(own.shown)}`,
          own.output,
          own.rivalOutput,
        );
        break;
      default:
        await this.compare(
          `yours ↔ ${own.rival} (belief ${percent(own.belief)}) on ${oneLine(own.shown)}`,
          own.output,
          own.rivalOutput,
        );
    }
    return answer;
  }

  private async compare(title: string, left: string, right: string): Promise<void> {
    const [one, two] = [left, right].map((text) => {
      const path = `/${randomUUID()}.txt`;
      this.texts.set(path, text);
      return vscode.Uri.from({ scheme: SCHEME, path });
    });
    await vscode.commands.executeCommand('vscode.diff', one, two, `S*: ${title}`);
  }

  /** Makes a problem of what is in the clipboard. */
  async fromClipboard(): Promise<unknown> {
    requireTrust();
    const text = await vscode.env.clipboard.readText();
    if (!text.trim()) throw new Refused('The clipboard is empty: copy the statement first.');
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.toString();
    return this.command('sstar.newProblem', { text, ...(folder ? { folder } : {}) });
  }

  listen(on: boolean): Promise<unknown> {
    requireTrust();
    return this.command(on ? 'sstar.listen.start' : 'sstar.listen.stop', {});
  }

  /** Opens the report of a run in a browser. */
  report(runId: string): Promise<unknown> {
    return this.command('sstar.report', { runId });
  }

  private command(command: string, argument: unknown): Promise<unknown> {
    return this.runs.request('workspace/executeCommand', { command, arguments: [argument] });
  }
}

/** How a debugger starts the program with a file as its standard input. */
export function launchOf(program: vscode.Uri, input: vscode.Uri): vscode.DebugConfiguration {
  const common = { name: 'S*: debug this test', request: 'launch' };
  const { fsPath } = program;
  const cwd = vscode.Uri.joinPath(program, '..').fsPath;
  if (/\.py$/.test(fsPath)) {
    // debugpy has no redirection of its own
    const code = `import runpy, sys; sys.stdin = open(sys.argv[2]); sys.argv = sys.argv[1:2]; runpy.run_path(sys.argv[0], run_name="__main__")`;
    return {
      ...common,
      type: 'debugpy',
      code,
      args: [fsPath, input.fsPath],
      console: 'integratedTerminal',
      cwd,
    };
  }
  const binary = fsPath.replace(/\.[^./\\]+$/, '');
  return { ...common, type: 'lldb', program: binary, stdio: [input.fsPath, null, null], cwd };
}

function report(run: vscode.TestRun, item: vscode.TestItem, answer: TestResponse, test: OwnTest): void {
  if (answer.compileError !== null) {
    run.errored(item, new vscode.TestMessage(`It does not compile:\n\n${answer.compileError}`));
    return;
  }
  const result = answer.tests.find((one) => one.number === test.number);
  if (!result) {
    run.errored(item, new vscode.TestMessage('The server did not tell how this test went.'));
    return;
  }
  const { verdict, seconds, memoryBytes, limits } = result;
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  const cost = `${seconds.toFixed(2)} of ${limits.seconds} s, ${mebibytes(memoryBytes)} of ${mebibytes(limits.memoryBytes)} MiB`;
  run.appendOutput(`${item.label}: ${verdict}, ${cost}\r\n`, undefined, item);
  if (result.passed) {
    run.passed(item, seconds * 1000);
    return;
  }
  const words = `${verdict} (${cost}) on ${oneLine(test.input)}`;
  if (verdict === 'IE') {
    run.errored(item, new vscode.TestMessage(`The sandbox failed: ${result.detail}`));
    return;
  }
  const message =
    verdict === 'WA'
      ? vscode.TestMessage.diff(words, test.expected, result.output)
      : new vscode.TestMessage(`${words}\n\n${result.error || result.detail}`);
  if (item.uri) message.location = new vscode.Location(item.uri, new vscode.Position(0, 0));
  run.failed(item, message, seconds * 1000);
}

function shown(side: StressDifference['a']): string {
  return side.endedWell ? side.output : `(${side.verdict})\n${side.error}`;
}

function percent(belief: number | null): string {
  return belief === null ? 'none' : `${Math.round(belief * 100)}%`;
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\n/g, ' ⏎ ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
