/** API keys: kept by the editor's SecretStorage, one for each origin, handed to the server when it asks. */

import * as vscode from 'vscode';
import { Refused } from './context';
import type { SecretParams } from './protocol';

const PREFIX = 'sstar.key:';
const KNOWN = 'sstar.keyOrigins';

/** `https://api.openai.com/v1` → `https://api.openai.com:443`, as the server names origins. Null: no URL. */
export function originOf(url: string): string | null {
  try {
    const { protocol, hostname, port } = new URL(url.trim());
    if (protocol !== 'http:' && protocol !== 'https:') return null;
    return `${protocol}//${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  } catch {
    return null;
  }
}

export class Keys {
  /** Origins that the person was asked for in this session and gave nothing: not asked again. */
  private readonly declined = new Set<string>();

  constructor(private readonly context: vscode.ExtensionContext) {}

  /** The server's question: the stored key, or what the person types now. */
  async answer(params: SecretParams): Promise<string | null> {
    const origin = originOf(params.origin) ?? params.origin;
    const stored = await this.stored(origin);
    if (stored && !params.refused) return stored;
    if (this.declined.has(origin)) return null;
    const typed = await this.ask(
      origin,
      params.refused ? `${origin} refused the key. Another one:` : `${origin} wants an API key.`,
    );
    if (!typed) this.declined.add(origin);
    return typed ?? null;
  }

  /** "S*: Set API Key…" */
  async set(url?: string): Promise<void> {
    const configured = vscode.workspace
      .getConfiguration('sstar')
      .inspect<string>('model.base_url')?.globalValue;
    const address =
      url ??
      (await vscode.window.showInputBox({
        title: 'S*: API key for which server?',
        prompt: 'The address of the model server. The key is sent there and nowhere else.',
        value: configured || 'https://api.openai.com/v1',
        validateInput: (text) => (originOf(text) ? null : 'An address begins with https:// or http://'),
      }));
    if (!address) return;
    const origin = originOf(address);
    if (!origin)
      throw new Refused(`"${address}" is no address of a server: it begins with https:// or http://`);
    await this.ask(origin, `API key for ${origin}`);
  }

  /** "S*: Remove API Keys" */
  async removeAll(): Promise<number> {
    const origins = this.origins();
    for (const origin of origins) await this.context.secrets.delete(PREFIX + origin);
    await this.context.globalState.update(KNOWN, []);
    this.declined.clear();
    return origins.length;
  }

  /** Origins that there is a key for. */
  origins(): string[] {
    return this.context.globalState.get<string[]>(KNOWN, []);
  }

  stored(origin: string): Thenable<string | undefined> {
    return this.context.secrets.get(PREFIX + origin);
  }

  async store(origin: string, key: string): Promise<void> {
    await this.context.secrets.store(PREFIX + origin, key);
    await this.context.globalState.update(KNOWN, [...new Set([...this.origins(), origin])]);
    this.declined.delete(origin);
  }

  private async ask(origin: string, title: string): Promise<string | undefined> {
    const typed = await vscode.window.showInputBox({
      title,
      prompt: 'Kept in the secret storage of this editor; never in settings or files.',
      password: true,
      ignoreFocusOut: true,
    });
    const key = typed?.trim();
    if (key) await this.store(origin, key);
    return key || undefined;
  }
}
