import { describe, expect, it } from 'vitest';
import { beliefsOf, block, cell, quoted, reviewMarkdown, verdictWords } from '../../src/reviewText';
import { answer } from './answers';

const link = (title: string, command: string, args: unknown[]) =>
  `[${title}](${command} ${JSON.stringify(args)})`;
const page = (changes = {}, before: Record<string, number> | null = null) => {
  const given = answer(changes);
  return reviewMarkdown(given, given.evidence!.deciding_inputs[0]!, before, link);
};

describe('a review page', () => {
  it('has the input, each output with its belief and a link to pick it, and who judged', () => {
    const text = page();
    expect(text).toContain('```text\n4\n1 1 -1 -1\n```');
    expect(text).toContain(
      '| A (2) **chosen** | `4` | 72% | [This is right](sstar.review.pick ["1123-4abb3f","i1","A"]) |',
    );
    expect(text).toContain('| B (1) | `1` | 20% |');
    expect(text).toContain('A or B? scripted: **A**');
  });

  it('shows belief before and after a verdict, and what was said', () => {
    const text = page({ verdicts: { i1: { cluster: 'B' } } }, { A: 0.9, B: 0.2 });
    expect(text).toContain('| 90% → 72% |');
    expect(text).toContain('| 20% |');
    expect(text).toContain('you said: the output of B is right');
    expect(text).toContain('Chosen now: **c1**. [Insert it](sstar.insertSolution ["1123-4abb3f"])');
  });

  it('tells verdicts of outputs that are none', () => {
    const given = answer();
    given.evidence!.deciding_inputs[0]!.outputs[1] = { cluster: 'B', output: '(crashed)', verdict: 'RE' };
    expect(reviewMarkdown(given, given.evidence!.deciding_inputs[0]!, null, link)).toContain(
      '| `(crashed)` RE |',
    );
  });

  it.each([
    ['illegal' as const, 'illegal'],
    ['unknown' as const, 'don’t know'],
    [{ expected: '7\n' }, '`7`'],
  ])('says %j in words', (verdict, words) => {
    expect(verdictWords(verdict)).toContain(words);
  });

  it('knows the beliefs of an answer', () => {
    expect(beliefsOf(answer())).toEqual({ A: 0.72, B: 0.2 });
    expect(beliefsOf(answer({ evidence: null }))).toEqual({});
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
