/** Which model writes: the embedded one, a server on this machine, or any address. */

import { request } from 'node:http';
import * as vscode from 'vscode';
import { Refused, type Shared } from './context';
import type { Keys } from './keys';
import { run } from './processes';
import type { EmbeddedModel, Weights } from './protocol';
import { refusedBy } from './runs';
import type { Server } from './server';

/** Ports of common model servers, tried on the loopback interface and only when asked. */
export const PORTS: readonly [number, string][] = [
  [8000, 'vLLM'],
  [8080, 'llama.cpp'],
  [11434, 'Ollama'],
  [1234, 'LM Studio'],
  [30000, 'SGLang'],
];
const PATIENCE_MS = 1500;

export interface FoundModel {
  baseUrl: string;
  model: string;
  server: string;
}

/** What `/v1/models` on a loopback port lists; nothing where nobody answers. */
export function modelsAt(port: number, server: string): Promise<FoundModel[]> {
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/v1/models', timeout: PATIENCE_MS },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          body += piece;
        });
        response.on('end', () => resolve(listed(body, port, server)));
        response.on('error', () => resolve([]));
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve([]));
    asked.end();
  });
}

export function listed(body: string, port: number, server: string): FoundModel[] {
  try {
    const { data } = JSON.parse(body) as { data?: { id?: unknown }[] };
    return (data ?? [])
      .map((one) => one.id)
      .filter((id): id is string => typeof id === 'string')
      .map((model) => ({ baseUrl: `http://127.0.0.1:${port}/v1`, model, server }));
  } catch {
    return [];
  }
}

type Item = vscode.QuickPickItem & { choose: () => Promise<boolean> };

/** "S*: Choose Model…"; whether one was chosen. */
export async function chooseModel(keys: Keys): Promise<boolean> {
  const picked = await vscode.window.showQuickPick<Item>(
    [
      {
        label: '$(device-desktop) Embedded, 1.5B',
        description: 'on this CPU, nothing leaves the machine (1.1 GB, once)',
        choose: () => set(undefined, undefined),
      },
      {
        label: '$(device-desktop) Embedded, 0.5B',
        description: 'smaller and weaker (0.5 GB, once)',
        choose: () => set(undefined, '0.5b'),
      },
      {
        label: '$(search) On this machine…',
        description: `vLLM and others: looks at the loopback ports ${PORTS.map(([port]) => port).join(', ')}`,
        choose: findLocal,
      },
      {
        label: '$(globe) Any address…',
        description: 'an OpenAI-compatible server',
        choose: () => askAddress(keys),
      },
    ],
    { title: 'S*: which model writes the programs?' },
  );
  return (await picked?.choose()) ?? false;
}

async function set(baseUrl: string | undefined, model: string | undefined): Promise<boolean> {
  const configuration = vscode.workspace.getConfiguration('sstar.model');
  // For the user, never for a workspace: a folder must not say where code and keys go.
  await configuration.update('base_url', baseUrl, vscode.ConfigurationTarget.Global);
  await configuration.update('model', model, vscode.ConfigurationTarget.Global);
  return true;
}

async function findLocal(): Promise<boolean> {
  const found = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'S*: looking for model servers' },
    async () => (await Promise.all(PORTS.map(([port, server]) => modelsAt(port, server)))).flat(),
  );
  if (found.length === 0)
    throw new Refused(
      `No model server answers on this machine (ports ${PORTS.map(([port]) => port).join(', ')}). Start one, or choose "Any address…".`,
    );
  const picked = await vscode.window.showQuickPick(
    found.map((one) => ({ label: one.model, description: `${one.server}, ${one.baseUrl}`, one })),
    { title: 'S*: models on this machine' },
  );
  return picked ? set(picked.one.baseUrl, picked.one.model) : false;
}

async function askAddress(keys: Keys): Promise<boolean> {
  const url = await vscode.window.showInputBox({
    title: 'S*: address of the model server',
    prompt: 'The root of an OpenAI-compatible API.',
    placeHolder: 'https://api.openai.com/v1',
    validateInput: (text) =>
      /^https?:\/\/\S+$/.test(text.trim()) ? null : 'An address begins with https:// or http://',
  });
  if (!url) return false;
  const model = await vscode.window.showInputBox({
    title: 'S*: name of the model there',
    prompt: 'May be left empty where the server has only one.',
  });
  if (model === undefined) return false;
  await set(url.trim(), model.trim() || undefined);
  if (url.trim().startsWith('https:')) await keys.set(url);
  return true;
}

/** Ids of models that a person agreed to fetch; kept until they are here. */
const AGREED = 'sstar.agreedToFetch';

/**
 * Before a solve: the weights of the embedded models that it would use are here, or the person agrees to fetch them.
 * Who agreed once and stopped the download is not asked again: it goes on, and can be stopped again.
 *
 * @returns false if the person said no, or stopped it.
 */
export async function weightsAreHere(
  uri: string,
  server: Server,
  keys: Keys,
  shared: Shared,
): Promise<boolean> {
  const missing = await missingWeights(uri, server);
  if (missing.length === 0) return true;
  const { globalState } = shared.context;
  const agreed = new Set(globalState.get<string[]>(AGREED, []));
  if (missing.some((one) => !agreed.has(one.id))) {
    const size = gigabytes(missing.reduce((sum, one) => sum + one.bytes, 0));
    const fetchIt = `Download (${size})`;
    // A dialog: the solve waits for the answer, and a notification would hide itself meanwhile.
    const chosen = await vscode.window.showInformationMessage(
      `S* writes programs with a model on this machine. It has to be fetched once: ${size}.`,
      {
        modal: true,
        detail: `${missing.map((one) => one.id).join(', ')}. The download can be stopped, and goes on where it was.`,
      },
      fetchIt,
      'Another Model…',
    );
    if (chosen === 'Another Model…') {
      if (!(await chooseModel(keys))) return false;
      await server.sendSettings();
      return weightsAreHere(uri, server, keys, shared);
    }
    if (chosen !== fetchIt) return false;
    for (const one of missing) agreed.add(one.id);
    await globalState.update(AGREED, [...agreed]);
  }
  const path = await server.path();
  for (const one of missing) {
    if (!(await fetchWeights(path, one, shared))) return false;
    agreed.delete(one.id);
    await globalState.update(AGREED, [...agreed]);
  }
  return true;
}

async function missingWeights(uri: string, server: Server): Promise<EmbeddedModel[]> {
  const client = await server.ready();
  try {
    const { models } = await client.sendRequest<Weights>('sstar/weights', { uri });
    return models.filter((one) => !one.here);
  } catch (error) {
    throw refusedBy(error);
  }
}

/** `1.1 GB` */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `sstar model pull`, with progress; stopped, it goes on from there the next time. */
function fetchWeights(path: string, model: EmbeddedModel, shared: Shared): Thenable<boolean> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `S*: fetching ${model.id} (${gigabytes(model.bytes)})`,
      cancellable: true,
    },
    async (progress, cancellation) => {
      let shown = 0;
      const ended = await run(path, ['model', 'pull', model.id], {
        // the command draws its bar as for a terminal; its numbers are read off
        env: { ...process.env, TTY_COMPATIBLE: '1', TTY_INTERACTIVE: '1', COLUMNS: '120' },
        cancellation,
        onLine: (line) => {
          const at = fetchedPart(line);
          if (!at || at.percent <= shown) return;
          progress.report({ message: at.text, increment: at.percent - shown });
          shown = at.percent;
        },
      });
      if (ended.wasCancelled) return false;
      if (ended.code === 0) return true;
      shared.log.error(ended.stderr);
      const why = ended.stderr.trim().split('\n').slice(-1)[0] ?? '';
      throw new Refused(`The model was not fetched: ${why.slice(0, 300)} What came so far is kept.`, [
        { title: 'Show Log', command: 'sstar.showLog' },
      ]);
    },
  );
}

/** `12.5/491.4 MB` in a line of the bar. */
export function fetchedPart(line: string): { percent: number; text: string } | null {
  const found = /([\d.]+)\/([\d.]+) ([kMG]?B)/.exec(line);
  if (!found || Number(found[2]) === 0) return null;
  return {
    percent: (Number(found[1]) / Number(found[2])) * 100,
    text: `${found[1]} of ${found[2]} ${found[3]}`,
  };
}
