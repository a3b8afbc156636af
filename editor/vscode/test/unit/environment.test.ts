import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bundledWheel,
  executable,
  extras,
  faultOf,
  findPython,
  InstallError,
  install,
  installed,
  isRecent,
  pipStep,
  versionOf,
} from '../../src/environment';
import type { Finished, Run } from '../../src/processes';

const ended = (part: Partial<Finished>): Finished => ({
  code: 0,
  stdout: '',
  stderr: '',
  startError: null,
  wasCancelled: false,
  ...part,
});
const MISSING = ended({ code: null, startError: 'ENOENT' });

/** A machine on which the named programs print these versions. */
function machine(versions: Record<string, string>): Run {
  return async (command) => {
    const version = versions[command];
    return version ? ended({ stdout: `${version}\n` }) : MISSING;
  };
}

const quiet = (run: Run) => ({ run, log: () => {}, say: () => {} });
const PYTHON = { command: 'python3', version: '3.12.1' };

async function fault(promise: Promise<unknown>): Promise<InstallError> {
  const error = await promise.then(
    () => null,
    (why) => why,
  );
  expect(error).toBeInstanceOf(InstallError);
  return error as InstallError;
}

describe('findPython', () => {
  it('takes the first that is recent enough', async () => {
    const found = await findPython('', quiet(machine({ python3: '3.9.2', 'python3.12': '3.12.1' })));
    expect(found).toEqual({ command: 'python3.12', version: '3.12.1' });
  });

  it('names those that are too old', async () => {
    const error = await fault(findPython('', quiet(machine({ python3: '3.9.2' }))));
    expect(error.fault).toBe('old-python');
    expect(error.message).toContain('python3 is 3.9.2');
  });

  it('says that there is none', async () => {
    expect((await fault(findPython('', quiet(machine({}))))).fault).toBe('no-python');
  });

  it('tries no other than the configured one', async () => {
    const error = await fault(findPython('/opt/py', quiet(machine({ python3: '3.12.1' }))));
    expect(error.fault).toBe('no-python');
    expect(error.message).toContain('"/opt/py"');
  });

  it.each([
    ['3.11.0', true],
    ['3.10.14', false],
    ['4.0.1', true],
    ['2.7.18', false],
  ])('%s is recent enough: %s', (version, recent) => {
    expect(isRecent(versionOf(version)!)).toBe(recent);
  });
});

describe('install', () => {
  async function places() {
    const root = await mkdtemp(join(tmpdir(), 'sstar-unit-'));
    const wheel = join(root, 'sstar_lsp-0.1.0-py3-none-any.whl');
    await writeFile(wheel, 'a wheel');
    return { folder: join(root, 'server'), wheel };
  }

  /** A machine that installs: pip makes the executable. */
  function installing(folder: string, commands: string[][]): Run {
    return async (command, args) => {
      commands.push([command, ...args]);
      if (args.includes('pip')) {
        await mkdir(dirname(executable(folder)), { recursive: true });
        await writeFile(executable(folder), '');
      }
      return ended({});
    };
  }

  it('makes an environment, installs the wheel with its extras, verifies, and is found again', async () => {
    const { folder, wheel } = await places();
    const commands: string[][] = [];
    expect(await installed(folder, wheel)).toBeNull();
    const path = await install(folder, wheel, PYTHON, quiet(installing(folder, commands)), 'local');
    expect(path).toBe(executable(folder));
    expect(commands[0]).toEqual(['python3', '-m', 'venv', folder]);
    expect(commands[1]!.at(-1)).toBe(`${wheel}[local]`);
    expect(commands[2]).toEqual([path, '--version']);
    expect(await installed(folder, wheel)).toBe(path);
  });

  it('is not found any more when the extension brings another wheel', async () => {
    const { folder, wheel } = await places();
    await install(folder, wheel, PYTHON, quiet(installing(folder, [])), 'local');
    await writeFile(wheel, 'a newer wheel');
    expect(await installed(folder, wheel)).toBeNull();
  });

  it('leaves nothing that looks installed when pip fails', async () => {
    const { folder, wheel } = await places();
    const run: Run = async (_command, args) =>
      args.includes('pip') ? ended({ code: 1, stderr: 'NewConnectionError: no route' }) : ended({});
    const error = await fault(install(folder, wheel, PYTHON, quiet(run)));
    expect(error.fault).toBe('no-network');
    expect(await installed(folder, wheel)).toBeNull();
  });

  it('says when it was cancelled', async () => {
    const { folder, wheel } = await places();
    const run: Run = async () => ended({ code: null, wasCancelled: true });
    expect((await fault(install(folder, wheel, PYTHON, quiet(run)))).fault).toBe('cancelled');
  });

  it('says that the build has no wheel', async () => {
    expect((await fault(bundledWheel('/nowhere'))).fault).toBe('no-wheel');
  });

  it.each([
    ['ERROR: Could not install: [Errno 28] No space left on device', 'no-space'],
    ['The virtual environment was not created because ensurepip is not\navailable.', 'no-venv'],
    ['Temporary failure in name resolution', 'no-network'],
    ['ERROR: Could not find a version that satisfies pygls (from versions: none)', 'no-network'],
    ['SyntaxError: what', 'failed'],
  ])('%s is %s', (output, wanted) => {
    expect(faultOf(output)).toBe(wanted);
  });

  it('brings a bubblewrap only where there is one', () => {
    expect(extras('linux', 'x64')).toBe('local,mcp,jail');
    expect(extras('linux', 'arm64')).toBe('local,mcp');
    expect(extras('darwin', 'arm64')).toBe('local,mcp');
  });

  it.each([
    ['  Downloading openvino-2026.4.0-cp312-manylinux.whl (48.1 MB)', 'fetching openvino (48.1 MB)'],
    ['Installing collected packages: a, b', 'unpacking'],
    ['Collecting pygls', null],
  ])('%s tells %s', (line, words) => {
    expect(pipStep(line)).toBe(words);
  });
});
