/** The language server: where it is, how it starts, and one restart at a time. */

import { join } from 'node:path';
import * as vscode from 'vscode';
import type { LanguageClient, Middleware } from 'vscode-languageclient/node';
import { LANGUAGES, Refused, type Remedy, type Shared } from './context';
import { bundledWheel, findPython, InstallError, install, installed } from './environment';
import { run } from './processes';
import type { RunProgress, SecretParams } from './protocol';
import { section, serverSettings } from './settings';

export type ServerState = 'absent' | 'untrusted' | 'installing' | 'starting' | 'running' | 'failed';

/** How the rest of the extension takes part in the conversation. */
export interface Listeners {
  secret: (params: SecretParams) => Promise<string | null>;
  /** Server commands that lenses and code actions name; undefined: let the server do it. */
  command: (name: string, argument: unknown) => Promise<unknown> | undefined;
  page: (uri: vscode.Uri, text: string) => Promise<string>;
}

const REMEDIES: Record<string, Remedy[]> = {
  'no-python': [{ title: 'Choose Python…', command: 'sstar.choosePython' }],
  'old-python': [{ title: 'Choose Python…', command: 'sstar.choosePython' }],
  'no-wheel': [{ title: 'Open Settings', command: 'workbench.action.openSettings', args: ['sstar.server'] }],
  cancelled: [],
};
const TRY_AGAIN: Remedy[] = [
  { title: 'Try Again', command: 'sstar.restartServer' },
  { title: 'Show Log', command: 'sstar.showLog' },
];

export class Server implements vscode.Disposable {
  private readonly stateChanged = new vscode.EventEmitter<ServerState>();
  readonly onDidChangeState = this.stateChanged.event;
  private readonly progressed = new vscode.EventEmitter<RunProgress>();
  readonly onProgress = this.progressed.event;
  private readonly trace: vscode.LogOutputChannel;
  private client: LanguageClient | null = null;
  private starting: Promise<LanguageClient> | null = null;
  /** Restarts run one after the other; those that wait are one. */
  private queue: Promise<unknown> = Promise.resolve();
  private isRestartWaiting = false;
  private current: ServerState = 'absent';
  /** Why it is not running, for a person. */
  problem = '';

  constructor(
    private readonly shared: Shared,
    private readonly listeners: Listeners,
  ) {
    this.trace = vscode.window.createOutputChannel('S* Trace', { log: true });
    const { context } = shared;
    context.subscriptions.push(
      this.trace,
      this.stateChanged,
      this.progressed,
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('sstar.server')) void this.restart().catch(() => undefined);
        else if (event.affectsConfiguration('sstar')) void this.sendSettings();
      }),
    );
  }

  get state(): ServerState {
    return this.current;
  }

  /** Of the server's process; undefined while there is none. */
  get pid(): number | undefined {
    return this.client?.serverProcess?.pid;
  }

  private become(state: ServerState, problem = ''): void {
    this.current = state;
    this.problem = problem;
    this.stateChanged.fire(state);
  }

  // --- where it is ---------------------------------------------------------------------------------

  /** The folder of the private environment. */
  get folder(): string {
    return join(this.shared.context.globalStorageUri.fsPath, 'server');
  }

  private configured(name: 'path' | 'python'): string {
    // Only what the user set: a workspace must not name a program to start.
    const found = vscode.workspace.getConfiguration('sstar.server').inspect<string>(name);
    return found?.globalValue ?? '';
  }

  /** The path of `sstar`, if it can be started without installing anything. */
  async present(): Promise<string | null> {
    const own = this.configured('path');
    if (own) return own;
    try {
      return await installed(this.folder, await bundledWheel(this.wheels));
    } catch {
      return null;
    }
  }

  private get wheels(): string {
    return this.shared.context.asAbsolutePath('server');
  }

  /**
   * The path of `sstar`, installed first where it must be.
   *
   * @throws Refused with what can be done about it.
   */
  async path(): Promise<string> {
    requireTrust();
    const present = await this.present();
    if (present) return present;
    try {
      return await this.install();
    } catch (error) {
      if (!(error instanceof InstallError)) throw error;
      this.shared.log.error(error.message);
      throw new Refused(error.message, [
        ...(REMEDIES[error.fault] ?? []),
        ...(error.fault === 'cancelled' ? [] : TRY_AGAIN),
      ]);
    }
  }

  private async install(): Promise<string> {
    this.become('installing');
    const { log } = this.shared;
    const wheel = await bundledWheel(this.wheels);
    return vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: 'Installing the S* server',
        cancellable: true,
      },
      async (progress, cancellation) => {
        const steps = {
          run,
          log: (line: string) => log.info(line),
          say: (message: string) => progress.report({ message }),
          cancellation,
        };
        steps.say('looking for Python');
        const python = await findPython(this.configured('python'), steps);
        return install(this.folder, wheel, python, steps);
      },
    );
  }

  /** Forget the private environment; the next start makes it anew. */
  async reinstall(): Promise<void> {
    await this.stop();
    await vscode.workspace.fs
      .delete(vscode.Uri.file(this.folder), { recursive: true })
      .then(undefined, () => undefined);
    await this.ready();
  }

  // --- its life ------------------------------------------------------------------------------------

  /** The running client; starts (and installs) the server first where it must. */
  async ready(): Promise<LanguageClient> {
    if (this.client && this.current === 'running') return this.client;
    this.starting ??= this.start().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  /** Start it if nothing has to be installed or asked for. */
  async startIfPresent(): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      this.become('untrusted');
      return;
    }
    if (await this.present()) await this.ready().catch((error) => this.shared.log.error(String(error)));
    else this.become('absent');
  }

  private async start(): Promise<LanguageClient> {
    try {
      const path = await this.path();
      this.become('starting');
      const { startClient } = await import('./client');
      await this.client?.dispose().catch(() => undefined);
      this.client = await startClient(path, {
        channel: this.shared.log,
        trace: this.trace,
        documents: LANGUAGES.flatMap((language) => [
          { scheme: 'file', language },
          { scheme: 'untitled', language },
        ]),
        settings: () => this.settings(),
        middleware: this.middleware(),
        secret: this.listeners.secret,
        progress: (params) => this.progressed.fire(params),
        stateChanged: (isRunning, isOver) => {
          if (isRunning) this.become('running');
          else this.become(isOver ? 'failed' : 'starting', isOver ? 'the server stopped' : '');
        },
      });
      this.become('running');
      return this.client;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.become(vscode.workspace.isTrusted ? 'failed' : 'untrusted', message);
      if (error instanceof Refused) throw error;
      this.shared.log.error(message);
      throw new Refused(`The S* server did not start: ${message}`, TRY_AGAIN);
    }
  }

  private middleware(): Middleware {
    return {
      workspace: {
        configuration: async (params, token, next) => {
          const answers = await next(params, token);
          if (!Array.isArray(answers)) return answers;
          return params.items.map((item, index) =>
            item.section === 'sstar' ? this.settings() : answers[index],
          );
        },
      },
      executeCommand: async (command, args, next) =>
        (await this.listeners.command(command, args[0])) ?? next(command, args),
      provideTextDocumentContent: async (uri, token, next) => {
        const text = await next(uri, token);
        return typeof text === 'string' ? this.listeners.page(uri, text) : text;
      },
    };
  }

  /** End it and start it anew. Several calls while one waits are one restart. */
  async restart(): Promise<void> {
    if (this.isRestartWaiting) {
      await this.queue;
      return;
    }
    this.isRestartWaiting = true;
    this.queue = this.queue
      .catch(() => undefined)
      .then(async () => {
        this.isRestartWaiting = false;
        await this.stop();
        await this.ready();
      });
    await this.queue;
  }

  async stop(): Promise<void> {
    await this.starting?.catch(() => undefined);
    const client = this.client;
    this.client = null;
    if (client) await client.dispose(4000).catch((error) => this.shared.log.warn(String(error)));
    this.become('absent');
  }

  // --- settings ------------------------------------------------------------------------------------

  /** The section `sstar`, as the server wants it. */
  settings(): Record<string, unknown> {
    const contributed = this.shared.context.extension.packageJSON.contributes.configuration as {
      properties: Record<string, unknown>;
    }[];
    const names = serverSettings(contributed.flatMap((part) => Object.keys(part.properties)));
    const resource = vscode.window.activeTextEditor?.document.uri;
    const configuration = vscode.workspace.getConfiguration('sstar', resource);
    return section(names, (name) => configuration.inspect(name));
  }

  /** Tells the server what somebody has set; done by itself when a setting changes. */
  async sendSettings(): Promise<void> {
    await this.client?.sendNotification('workspace/didChangeConfiguration', {
      settings: { sstar: this.settings() },
    });
  }

  dispose(): Promise<void> {
    return this.stop();
  }
}

/** @throws Refused in a workspace that is not trusted. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new Refused(
    'S* does not run in an untrusted workspace: it starts programs and sends the documents of this folder to a model. Trust the workspace first.',
    [{ title: 'Manage Workspace Trust', command: 'workbench.trust.manage' }],
  );
}
