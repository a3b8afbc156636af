/** A machine without Python: the message says so and what to do. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension, open, whileReplaced } from './window';

export function noPython(): void {
  describe('S* on a machine without Python', () => {
    it('is quiet until it is used', async () => {
      await open('pairs.md');
      const sstar = await extension();
      assert.equal(sstar.server.state, 'absent');
    });

    it('says that Python is missing and offers to choose one', async () => {
      const errors = await whileReplaced(
        'showErrorMessage',
        () => undefined,
        async () => {
          await vscode.commands.executeCommand('sstar.solveDocument');
        },
      );
      assert.match(
        String(errors[0]?.[0]),
        /needs Python 3\.11 or newer, and "\/nowhere\/python3".* cannot be started/,
      );
      assert.ok(errors[0]?.includes('Choose Python…'));
    });
  });
}
