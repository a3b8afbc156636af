/** What the extension host runs: the suite that `SSTAR_TEST_SUITE` names. */

import Mocha from 'mocha';
import { asked } from './asked';
import { download } from './download';
import { install } from './install';
import { judged } from './judged';
import { misread } from './misread';
import { noPython } from './no-python';
import { own } from './own';
import { trusted } from './trusted';
import { untrusted } from './untrusted';

const SUITES: Record<string, () => void> = {
  trusted,
  asked,
  judged,
  misread,
  own,
  download,
  untrusted,
  install,
  'no-python': noPython,
};

/** Lines of the console that begin with this are the report; all else is the editor's own. */
export const MARK = '[test] ';

function say(line: string): void {
  for (const one of line.split('\n')) console.log(MARK + one);
}

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 300_000, reporter: class {} as never });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  SUITES[process.env.SSTAR_TEST_SUITE ?? 'trusted']!();
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => {
      say(`${runner.stats?.passes ?? 0} passed, ${failures} failed`);
      if (failures > 0) reject(new Error(`${failures} failed`));
      else resolve();
    });
    runner.on('pass', (test) => say(`  ok   ${test.title} (${test.duration} ms)`));
    runner.on('fail', (test, error) => say(`  FAIL ${test.title}\n${error.stack ?? error.message}`));
  });
}
