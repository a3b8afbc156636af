/** The language client. Loaded when the server starts: activation does without it. */

import type * as vscode from 'vscode';
import {
  type DocumentSelector,
  LanguageClient,
  type Middleware,
  RevealOutputChannelOn,
  State,
  type StaticFeature,
  TransportKind,
} from 'vscode-languageclient/node';
import type { RunProgress, SecretParams } from './protocol';

export interface ClientOptions {
  channel: vscode.LogOutputChannel;
  trace: vscode.LogOutputChannel;
  documents: DocumentSelector;
  settings: () => Record<string, unknown>;
  middleware: Middleware;
  secret: (params: SecretParams) => Promise<string | null>;
  progress: (params: RunProgress) => void;
  /** @param isOver it stopped and will not be started again by itself. */
  stateChanged: (isRunning: boolean, isOver: boolean) => void;
}

/** What this client can do beyond LSP. */
const capabilities: StaticFeature = {
  fillClientCapabilities: (all) => {
    all.experimental = { ...all.experimental, sstar: { secret: true, progress: true, documents: true } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

/** Starts `sstar lsp` and waits until it has answered `initialize`. A crash later on starts it anew. */
export async function startClient(path: string, options: ClientOptions): Promise<LanguageClient> {
  const client = new LanguageClient(
    'sstar',
    'S*',
    { command: path, args: ['lsp'], transport: TransportKind.stdio },
    {
      documentSelector: options.documents,
      outputChannel: options.channel,
      traceOutputChannel: options.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: options.settings(),
      middleware: options.middleware,
      connectionOptions: { maxRestartCount: 3 },
      initializationFailedHandler: () => false,
    },
  );
  client.registerFeature(capabilities);
  client.onRequest('sstar/secret', async (params: SecretParams) => ({ value: await options.secret(params) }));
  client.onNotification('sstar/progress', options.progress);
  client.onDidChangeState((event) => {
    if (event.newState === State.Running) options.stateChanged(true, false);
    else if (event.newState === State.StartFailed) options.stateChanged(false, true);
    else if (event.oldState === State.Running) options.stateChanged(false, false);
  });
  await client.start();
  return client;
}
