import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../src/protocol';
import { answerLabel, evidenceLabel, openQuestions, progressLabel, progressTooltip } from '../../src/words';
import { answer } from './answers';

const progress = (changes: Partial<RunProgress> = {}): RunProgress => ({
  runId: 'r',
  uri: 'file:///a.md',
  title: 'A',
  status: 'running',
  phase: '',
  text: '',
  details: '',
  program: [],
  samples: { written: 5, total: 8 },
  survivors: 0,
  clusters: 0,
  inputs: 0,
  duels: 0,
  calls: 0,
  tokens: 0,
  seconds: 0,
  ...changes,
});

describe('the status bar', () => {
  it('counts what there is', () => {
    expect(progressLabel(progress())).toBe('5/8 samples');
    expect(progressLabel(progress({ survivors: 1, clusters: 2, duels: 3 }))).toBe(
      '5/8 samples · 1 survivor · 2 clusters · 3 duels',
    );
  });

  it('shows that programs arrive before the first one is there, and what it costs', () => {
    const early = progress({
      samples: { written: 0, total: 8 },
      details: '340 tokens arriving · 0.0021 USD of at most 0.42 USD',
      program: ['n = int(input())', 'print(n)'],
    });
    expect(progressLabel(early)).toBe('0/8 samples · 340 tokens arriving · 0.0021 USD of at most 0.42 USD');
    expect(progressTooltip(early)).toBe(
      'A: click to cancel\n340 tokens arriving · 0.0021 USD of at most 0.42 USD\n\nn = int(input())\nprint(n)',
    );
    expect(progressLabel(progress({ details: '9 tokens arriving' }))).toBe('5/8 samples');
    expect(progressTooltip(progress({ clusters: 2, program: ['x'] }))).toBe('A: click to cancel');
    expect(progressTooltip(null)).toBe('S*: click to cancel');
  });

  it('says what is being prepared', () => {
    expect(progressLabel(progress({ phase: 'loading the model' }))).toBe('loading the model');
    expect(progressLabel(progress({ samples: { written: 0, total: 0 } }))).toBe('starting');
  });

  it('tells how a run ended and what is left to review', () => {
    expect(answerLabel(answer())).toBe('chosen 72% · 1 test to review');
    expect(answerLabel(answer({ verdicts: { i1: 'unknown' } }))).toBe('chosen 72%');
    expect(answerLabel(answer({ status: 'failed', evidence: null }))).toBe('no program');
  });
});

it('an answer without evidence has no open question', () => {
  expect(openQuestions(answer({ evidence: null }))).toBe(0);
});

it('evidence in one line', () => {
  expect(evidenceLabel(answer().evidence!)).toBe('1/1 examples · 3 survivors · belief 72%');
});
