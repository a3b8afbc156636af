/** Agents in the editor get the same service as tools, through the server's MCP face (`sstar mcp`). */

import * as vscode from 'vscode';
import { type Keys, originOf } from './keys';
import type { Server } from './server';

/** The editor's model, as the server reads it from its environment. */
function environment(server: Server): Record<string, string> {
  const { base_url, model } = (server.settings().model ?? {}) as { base_url?: string; model?: string };
  return { ...(base_url ? { SSTAR_BASE_URL: base_url } : {}), ...(model ? { SSTAR_MODEL: model } : {}) };
}

/** What the editor is offered; the tests ask it the same way. */
export type Offered = vscode.McpServerDefinitionProvider<vscode.McpStdioServerDefinition>;

export function offerTools(
  server: Server,
  keys: Keys,
  subscriptions: vscode.Disposable[],
): Offered | undefined {
  // Editors without language models (and older ones) have no such call.
  if (typeof vscode.lm?.registerMcpServerDefinitionProvider !== 'function') return undefined;
  const changed = new vscode.EventEmitter<void>();
  const offered: Offered = {
    onDidChangeMcpServerDefinitions: changed.event,
    provideMcpServerDefinitions: async () => {
      if (!vscode.workspace.isTrusted) return [];
      const path = await server.present();
      return path ? [new vscode.McpStdioServerDefinition('S*', path, ['mcp'], environment(server))] : [];
    },
    // Only now, as it starts: a stored key goes into its environment and nowhere else.
    resolveMcpServerDefinition: async (definition) => {
      const origin = originOf(String(definition.env.SSTAR_BASE_URL ?? ''));
      const key = origin ? await keys.stored(origin) : undefined;
      if (key) definition.env.SSTAR_API_KEY = key;
      return definition;
    },
  };
  subscriptions.push(
    changed,
    server.onDidChangeState(() => changed.fire()),
    vscode.lm.registerMcpServerDefinitionProvider('sstar.mcp', offered),
  );
  return offered;
}
