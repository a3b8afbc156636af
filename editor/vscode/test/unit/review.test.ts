import { describe, expect, it } from 'vitest';
import type { Moment } from '../../src/protocol';
import { beliefPath, block, cell, quoted, reviewMarkdown, verdictWords } from '../../src/reviewText';
import { answer } from './answers';

const link = (title: string, command: string, args: unknown[]) =>
  `[${title}](${command} ${JSON.stringify(args)})`;
const page = (changes = {}) => {
  const given = answer(changes);
  return reviewMarkdown(given, given.evidence!.deciding_inputs[0]!, link);
};
const moment = (after: Moment['after'], inputId: string | null, A: number): Moment => ({
  after,
  inputId,
  beliefs: { A, B: 1 - A },
});

describe('a review page', () => {
  it('has the input, the programs with their output and belief, a link to pick it, and who judged', () => {
    const text = page();
    expect(text).toContain('```text\n4\n1 1 -1 -1\n```');
    expect(text).toContain(
      '| **A** c1, c3 *chosen* | `4` | 66% → 72% | [This is right](sstar.review.pick ["1123-4abb3f","i1","A"]) |',
    );
    expect(text).toContain('| **B** c2 | `1` | 24% → 20% |');
    expect(text).toContain('**Judge** (scripted): A or B? **A**');
    expect(text).toContain('> shown A first: It counts pairs\\.');
    expect(text).not.toContain('ANSWER');
  });

  it('shows belief before and after a verdict, and what was said', () => {
    const moments = [...answer().moments, moment('verdict', 'i1', 0)];
    const text = page({ verdicts: { i1: { cluster: 'B' } }, moments });
    expect(text).toContain('| 66% → 72% → 0% |');
    expect(text).toContain('| 24% → 20% → 100% |');
    expect(text).toContain('**You said:** the output of B is right');
    expect(text).toContain('Chosen now: **c1**. [Insert it](sstar.insertSolution ["1123-4abb3f"])');
  });

  it('tells belief without a history, and names few of many programs', () => {
    const given = answer({ moments: [] });
    given.evidence!.clusters[0]!.members = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];
    const text = reviewMarkdown(given, given.evidence!.deciding_inputs[0]!, link);
    expect(text).toContain('| **A** c1, c2, c3, c4 and 2 more *chosen* | `4` | 72% |');
  });

  it('tells verdicts of outputs that are none', () => {
    const given = answer();
    given.evidence!.deciding_inputs[0]!.outputs[1] = { cluster: 'B', output: '(crashed)', verdict: 'RE' };
    expect(reviewMarkdown(given, given.evidence!.deciding_inputs[0]!, link)).toContain('| `(crashed)` RE |');
  });

  it.each([
    ['illegal' as const, 'illegal'],
    ['unknown' as const, 'don’t know'],
    [{ expected: '7\n' }, '`7`'],
  ])('says %j in words', (verdict, words) => {
    expect(verdictWords(verdict)).toContain(words);
  });
});

describe('the way of a belief', () => {
  const moments = [
    moment('start', null, 0.6),
    moment('duel', 'i1', 0.7),
    moment('duel', 'i2', 0.5),
    moment('duel', 'i1', 0.8),
    moment('verdict', 'i2', 0.1),
  ];

  it('begins before the test was asked about and ends now', () => {
    expect(beliefPath(moments, 'i1', 'A')).toEqual([0.6, 0.8, 0.1]);
    expect(beliefPath(moments, 'i2', 'A')).toEqual([0.7, 0.5, 0.1]);
  });

  it('of a test that nobody was asked about is the belief of now', () => {
    expect(beliefPath(moments, 'i9', 'A')).toEqual([0.1]);
    expect(beliefPath([], 'i9', 'A')).toEqual([]);
    expect(beliefPath(moments, 'i1', 'C')).toEqual([]);
  });

  it('does not tell steps that cannot be seen', () => {
    expect(beliefPath([moment('start', null, 0.601), moment('duel', 'i1', 0.599)], 'i1', 'A')).toEqual([
      0.601,
    ]);
  });
});

describe('text of programs and models', () => {
  it('cannot end its cell, its code or its line', () => {
    expect(cell('a|b\n`c`')).toBe('`` a\\|b ⏎ `c` ``'.replace('`` a', '`` a'));
    expect(cell('')).toBe('*(nothing)*');
    expect(cell('x'.repeat(500))).toHaveLength(122);
  });

  it('cannot end its block', () => {
    expect(block('```\n[x](command:y)')).toBe('````text\n```\n[x](command:y)\n````');
  });

  it('cannot make a link, a heading or HTML', () => {
    expect(quoted('[x](command:y) <b>\n# z')).toBe('\\[x\\]\\(command:y\\) \\<b\\> \\# z');
  });

  it('shows control and direction characters instead of obeying them', () => {
    expect(cell('a\u001b[31m\u202eb')).toBe('`a\\x1b[31m\\x202eb`');
    expect(quoted('a\u0000b')).toContain('x00');
  });
});
