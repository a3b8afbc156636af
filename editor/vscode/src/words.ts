/** What the extension says about runs, in few words. No `vscode` in here. */

import type { Evidence, RunProgress, RunResponse, Status } from './protocol';

const STATUS_WORDS: Record<Status, string> = {
  chosen: 'chosen',
  undecided: 'undecided',
  unverified: 'no program passes every example',
  cancelled: 'cancelled',
  out_of_budget: 'budget used up',
  failed: 'no program',
  running: 'running',
  stopped: 'stopped',
  interrupted: 'interrupted',
  refused: 'refused before it began',
};

export function statusWords(status: Status): string {
  return STATUS_WORDS[status] ?? status;
}

export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function percent(belief: number | null | undefined): string {
  return belief === null || belief === undefined ? '' : `${Math.round(belief * 100)}%`;
}

/** The status bar while a run goes on: `5/8 samples · 2 survivors`. */
export function progressLabel(progress: RunProgress): string {
  if (progress.phase || progress.samples.total === 0) return progress.phase || 'starting';
  const parts = [`${progress.samples.written}/${progress.samples.total} samples`];
  if (progress.survivors > 0) parts.push(counted(progress.survivors, 'survivor'));
  if (progress.clusters > 1) parts.push(counted(progress.clusters, 'cluster'));
  if (progress.duels > 0) parts.push(counted(progress.duels, 'duel'));
  if (progress.samples.written === 0 && progress.details) parts.push(progress.details);
  return parts.join(' · ');
}

/** Its tooltip: title, what it costs, and the beginning of the first program while nothing else is there. */
export function progressTooltip(progress: RunProgress | null): string {
  const lines = [`${progress?.title ?? 'S*'}: click to cancel`];
  if (progress?.details) lines.push(progress.details);
  if (progress && progress.clusters === 0 && progress.program.length > 0) lines.push('', ...progress.program);
  return lines.join('\n');
}

/** The status bar once a run has ended: `chosen 92% · 2 tests to review`. */
export function answerLabel(answer: RunResponse): string {
  const belief = percent(answer.evidence?.belief);
  const parts = [answer.status === 'chosen' && belief ? `chosen ${belief}` : statusWords(answer.status)];
  const open = openQuestions(answer);
  if (open > 0) parts.push(`${counted(open, 'test')} to review`);
  return parts.join(' · ');
}

/** Distinguishing tests that nobody has judged yet. */
export function openQuestions(answer: RunResponse): number {
  return (answer.evidence?.deciding_inputs ?? []).filter((test) => !(test.id in (answer.verdicts ?? {})))
    .length;
}

/** `2/2 examples · 3 survivors · belief 92%`. */
export function evidenceLabel(evidence: Evidence): string {
  const parts = [
    `${evidence.examples_passed}/${evidence.examples} examples`,
    counted(evidence.survivors, 'survivor'),
  ];
  if (evidence.belief !== null) parts.push(`belief ${percent(evidence.belief)}`);
  return parts.join(' · ');
}
