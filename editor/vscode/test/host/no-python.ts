/** Machines on which the server cannot be installed: the message says why and what to do, and nothing half-made stays. */

import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { extension, file, open, until, whileReplaced } from './window';

export function noPython(): void {
  describe('S* on a machine without Python', () => {
    /** The message of a solve that cannot begin. */
    async function refusal(): Promise<unknown[]> {
      const errors = await whileReplaced(
        'showErrorMessage',
        () => undefined,
        () => vscode.commands.executeCommand('sstar.solveDocument'),
      );
      assert.equal(errors.length, 1);
      return errors[0]!;
    }

    const use = (python: string | undefined) =>
      vscode.workspace
        .getConfiguration('sstar.server')
        .update('python', python, vscode.ConfigurationTarget.Global);

    it('is quiet until it is used', async () => {
      await open('pairs.md');
      const sstar = await extension();
      assert.equal(sstar.server.state, 'absent');
    });

    it('says that Python is missing and offers to choose one', async () => {
      const error = await refusal();
      assert.match(
        String(error[0]),
        /needs Python 3\.11 or newer, and "\/nowhere\/python3".* cannot be started/,
      );
      assert.ok(error.includes('Choose Python…'));
    });

    it('names a Python that is too old', async () => {
      const old = file('old-python').fsPath;
      writeFileSync(old, '#!/bin/sh\necho 3.9.18\n');
      chmodSync(old, 0o755);
      await use(old);
      const error = await refusal();
      assert.match(String(error[0]), /needs Python 3\.11 or newer; .*old-python is 3\.9\.18/);
      assert.ok(error.includes('Choose Python…'));
    });

    it('says that the package index cannot be reached, and that it can be tried again', async function () {
      this.timeout(300_000);
      const sstar = await extension();
      await use(process.env.SSTAR_TEST_PYTHON);
      const error = await refusal();
      assert.match(String(error[0]), /package index cannot be reached.*HTTPS_PROXY/);
      assert.deepEqual(error.slice(1), ['Try Again', 'Show Log']);
      // The changed setting restarts the server as well, which ends in the same way.
      await until(
        'the server has failed',
        sstar.server.onDidChangeState,
        () => sstar.server.state === 'failed',
      );
      assert.match(sstar.statusText(), /\$\(error\) S\*/);
      assert.equal(await sstar.server.present(), null);
    });
  });
}
