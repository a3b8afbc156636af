import { describe, expect, it } from 'vitest';
import { run } from '../../src/processes';

const node = process.execPath;

describe('run', () => {
  it('tells output, lines and the exit code', async () => {
    const lines: string[] = [];
    const script = 'console.log("one\\ntwo"); console.error("three"); process.exitCode = 3';
    const ended = await run(node, ['-e', script], { onLine: (line) => lines.push(line) });
    expect(ended).toMatchObject({ code: 3, stdout: 'one\ntwo\n', stderr: 'three\n', startError: null });
    expect(lines.sort()).toEqual(['one', 'three', 'two']);
  });

  it('says that a program is missing instead of throwing', async () => {
    const ended = await run('no-such-program-anywhere', []);
    expect(ended).toMatchObject({ code: null, startError: 'ENOENT', wasCancelled: false });
  });

  it('ends the program and what it started when cancelled', async () => {
    let cancel = () => {};
    const cancellation = {
      isCancellationRequested: false,
      onCancellationRequested: (listener: () => void) => {
        cancel = listener;
        return { dispose: () => {} };
      },
    };
    // The inner one holds the output open: `run` ends only when that one has ended too.
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e6)'], { stdio: 'inherit' });
      setInterval(() => {}, 1e6);`;
    const ended = await run(node, ['-e', script], { cancellation, onLine: () => cancel() });
    expect(ended).toMatchObject({ wasCancelled: true, code: null });
  });
});
