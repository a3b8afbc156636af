import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../src/protocol';
import { answerLabel, evidenceLabel, openQuestions, progressLabel } from '../../src/words';
import { answer } from './answers';

const progress = (changes: Partial<RunProgress> = {}): RunProgress => ({
  runId: 'r',
  uri: 'file:///a.md',
  title: 'A',
  status: 'running',
  phase: '',
  text: '',
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
