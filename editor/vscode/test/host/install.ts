/** The first use on a machine with Python and nothing else: the extension installs its own server and solves with it. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { file, knowTheKey, open, tellFailures } from './window';

export function install(): void {
  describe('S* used for the first time', () => {
    it('installs its server into its own storage and solves with it', async function () {
      this.timeout(900_000);
      const sstar = await knowTheKey();
      assert.equal(await sstar.server.present(), null);
      tellFailures(sstar);
      await open('pairs.md');
      await vscode.commands.executeCommand('sstar.solveDocument');
      assert.equal(sstar.runs.answerOf(file('pairs.md').toString())?.status, 'chosen');
      const path = await sstar.server.present();
      assert.ok(path, 'it is not there');
      assert.ok(path.startsWith(sstar.server.folder), path);
      assert.ok(existsSync(path));
    });
  });
}
