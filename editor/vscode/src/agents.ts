/** Agents in the editor get the same service as tools, through the server's MCP face (`sstar mcp`). */

import * as vscode from 'vscode';
import type { Server } from './server';

export function offerTools(server: Server, subscriptions: vscode.Disposable[]): void {
  // Editors without language models (and older ones) have no such call.
  if (typeof vscode.lm?.registerMcpServerDefinitionProvider !== 'function') return;
  const changed = new vscode.EventEmitter<void>();
  subscriptions.push(
    changed,
    server.onDidChangeState(() => changed.fire()),
    vscode.lm.registerMcpServerDefinitionProvider('sstar.mcp', {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: async () => {
        if (!vscode.workspace.isTrusted) return [];
        const path = await server.present();
        return path ? [new vscode.McpStdioServerDefinition('S*', path, ['mcp'])] : [];
      },
    }),
  );
}
