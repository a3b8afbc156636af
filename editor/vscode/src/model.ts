/** Which model writes: an embedded one, a server on this machine, a provider whose key is there, or any address. */

import * as vscode from 'vscode';
import { Refused, type Shared } from './context';
import type { Keys } from './keys';
import { run } from './processes';
import type { EmbeddedModel, FoundServers, Weights } from './protocol';
import { refusedBy } from './runs';
import type { Server } from './server';

/** What is offered where there is no language server to look. */
const NOTHING_FOUND: FoundServers = {
  embedded: [
    { name: '1.5b', bytes: 1_117_320_736, here: false },
    { name: '0.5b', bytes: 491_400_032, here: false },
  ],
  servers: [],
  keys: [],
};
/** Models of one server that are offered, the best for programs first. */
const OFFERED = 20;

/** What a choice writes into the settings; an empty address is the embedded model, whatever `sstar.toml` says. */
export type ModelItem = vscode.QuickPickItem & { setting?: { baseUrl: string; model: string } };

/** The models that were found, as a person chooses from them. */
export function modelItems(found: FoundServers): ModelItem[] {
  const group = (label: string, items: ModelItem[]): ModelItem[] =>
    items.length > 0 ? [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items] : [];
  return [
    ...group(
      'embedded: nothing leaves this machine',
      found.embedded.map(({ name, bytes, here }) => ({
        label: `$(device-desktop) Embedded, ${name.toUpperCase()}`,
        description: `on this CPU, ${here ? 'is here' : `${gigabytes(bytes)}, fetched once`}`,
        setting: { baseUrl: '', model: name },
      })),
    ),
    ...group(
      'found on this machine',
      found.servers.flatMap(({ title, baseUrl, models }) =>
        models.slice(0, OFFERED).map((model) => ({
          label: `$(server) ${model}`,
          description: `${title}, ${baseUrl}`,
          setting: { baseUrl, model },
        })),
      ),
    ),
    ...group(
      'keys found in the environment',
      found.keys.flatMap(({ title, baseUrl, variable, models }) =>
        models.map(({ name, price }) => ({
          label: `$(key) ${name}`,
          description: `${title}, key in ${variable}`,
          detail: price,
          setting: { baseUrl, model: name },
        })),
      ),
    ),
    ...group('another', [{ label: '$(globe) Any address…', description: 'an OpenAI-compatible server' }]),
  ];
}

/** "S*: Choose Model…"; whether one was chosen. */
export async function chooseModel(keys: Keys, server: Server): Promise<boolean> {
  const found = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'S*: looking for models' },
    () => look(server),
  );
  const picked = await vscode.window.showQuickPick<ModelItem>(modelItems(found), {
    title: 'S*: which model writes the programs?',
    matchOnDescription: true,
  });
  if (!picked) return false;
  return picked.setting ? set(picked.setting.baseUrl, picked.setting.model) : askAddress(keys);
}

/** Embedded models, servers on this machine, keys of providers: looked for now, and used by nobody. */
async function look(server: Server): Promise<FoundServers> {
  if (!vscode.workspace.isTrusted || !(await server.present())) return NOTHING_FOUND;
  try {
    return await (await server.ready()).sendRequest<FoundServers>('sstar/foundServers', {});
  } catch (error) {
    throw refusedBy(error);
  }
}

async function set(baseUrl: string, model: string | undefined): Promise<boolean> {
  const configuration = vscode.workspace.getConfiguration('sstar.model');
  // For the user, never for a workspace: a folder must not say where code and keys go.
  await configuration.update('base_url', baseUrl, vscode.ConfigurationTarget.Global);
  await configuration.update('model', model, vscode.ConfigurationTarget.Global);
  return true;
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
      if (!(await chooseModel(keys, server))) return false;
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
