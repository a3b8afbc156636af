/** A window whose folder is not trusted: nothing is started, and the refusal says why. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension, open, whileReplaced } from './window';

export function untrusted(): void {
  describe('S* in an untrusted window', () => {
    it('starts no server', async () => {
      assert.equal(vscode.workspace.isTrusted, false);
      await open('pairs.md');
      const sstar = await extension();
      assert.equal(sstar.server.state, 'untrusted');
      assert.equal(sstar.server.pid, undefined);
    });

    it('refuses to solve, says why and offers to manage trust', async () => {
      const sstar = await extension();
      const errors = await whileReplaced(
        'showErrorMessage',
        () => undefined,
        async () => {
          await vscode.commands.executeCommand('sstar.solveDocument');
        },
      );
      assert.equal(errors.length, 1);
      assert.match(String(errors[0]![0]), /untrusted workspace/);
      assert.equal(errors[0]![1], 'Manage Workspace Trust');
      assert.equal(sstar.server.pid, undefined);
    });
  });
}
