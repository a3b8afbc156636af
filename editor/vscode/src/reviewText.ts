/** The Markdown of a review comment. Outputs and reasons were written by programs and models: all is escaped. */

import type { Answer, DecidingInput, Verdict } from './protocol';
import { percent } from './words';

const LONGEST_CELL = 120;

/** Text as one line of code in a table cell: nothing in it can end the cell or the code. */
export function cell(text: string): string {
  const trimmed = text.replace(/\n+$/, '');
  if (trimmed === '') return '*(nothing)*';
  let line = visible(trimmed).replace(/\n/g, ' ⏎ ');
  if (line.length > LONGEST_CELL) line = `${line.slice(0, LONGEST_CELL - 1)}…`;
  const ticks = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line.replace(/\|/g, '\\|')}${pad}${ticks}`;
}

/** Text as a block that it cannot end. */
export function block(text: string): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${ticks}text\n${visible(text.replace(/\n+$/, ''))}\n${ticks}`;
}

/** Somebody's words on one line, with nothing that Markdown would obey. */
export function quoted(text: string): string {
  return visible(text)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_{}[\]()<>#+\-.!|~$]/g, '\\$&');
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** Characters that would be obeyed are shown: controls, directions, zero-width ones. Lines and tabs stay. */
function visible(text: string): string {
  return text.replace(
    /(?![\n\t])[\p{Cc}\p{Cf}]/gu,
    (c) => `\\x${c.codePointAt(0)!.toString(16).padStart(2, '0')}`,
  );
}

export function verdictWords(verdict: Verdict): string {
  if (verdict === 'illegal') return 'you said: this input is illegal';
  if (verdict === 'unknown') return 'you said: don’t know';
  if ('cluster' in verdict) return `you said: the output of ${quoted(verdict.cluster)} is right`;
  return `you said: the right output is ${cell(verdict.expected)}`;
}

export interface Beliefs {
  [cluster: string]: number;
}

export function beliefsOf(answer: Answer): Beliefs {
  return Object.fromEntries((answer.evidence?.clusters ?? []).map((cluster) => [cluster.id, cluster.belief]));
}

/**
 * A test's page: the input, what each cluster prints, who judged, belief before and after.
 *
 * @param before beliefs of the previous answer of the same run, where there was one.
 * @param link makes a Markdown link that runs a command with arguments.
 */
export function reviewMarkdown(
  answer: Answer,
  test: DecidingInput,
  before: Beliefs | null,
  link: (title: string, command: string, args: unknown[]) => string,
): string {
  const evidence = answer.evidence!;
  const runId = answer.run_id ?? '';
  const lines = ['On this input the programs disagree:', '', block(test.input), ''];
  lines.push('| programs | print | belief | |', '|---|---|---|---|');
  for (const output of test.outputs) {
    const cluster = evidence.clusters.find((one) => one.id === output.cluster);
    const mark = output.cluster === evidence.cluster ? ' **chosen**' : '';
    const size = cluster ? ` (${cluster.size})` : '';
    const printed = output.verdict === 'RAN' || output.verdict === 'AC' ? '' : ` ${quoted(output.verdict)}`;
    const pick = link('This is right', 'sstar.review.pick', [runId, test.id, output.cluster]);
    lines.push(
      `| ${quoted(output.cluster)}${size}${mark} | ${cell(output.output)}${printed} | ${beliefCell(cluster?.belief, before?.[output.cluster])} | ${pick} |`,
    );
  }
  lines.push('');
  const verdict = answer.verdicts?.[test.id];
  if (verdict !== undefined) {
    lines.push(verdictWords(verdict), '');
    const chosen = evidence.chosen ? `Chosen now: **${quoted(evidence.chosen)}**` : 'Nothing is chosen now';
    const insert = answer.code ? `. ${link('Insert it', 'sstar.insertSolution', [runId])}` : '';
    lines.push(`${chosen}${insert}`, '');
  }
  for (const judged of test.judged) {
    const between = judged.between.map(quoted).join(' or ');
    const winner = judged.winner ? `**${quoted(judged.winner)}**` : 'undecided';
    lines.push(`${between}? ${quoted(evidence.judge || 'the judge')}: ${winner}`, '');
    for (const reason of judged.reasons.filter(Boolean)) lines.push(`> ${quoted(reason)}`, '');
  }
  return lines.join('\n');
}

function beliefCell(now: number | undefined, before: number | undefined): string {
  if (now === undefined) return '';
  if (before === undefined || percent(before) === percent(now)) return percent(now);
  return `${percent(before)} → ${percent(now)}`;
}
