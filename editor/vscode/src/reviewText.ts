/** The Markdown of a review comment. Outputs and reasons were written by programs and models: all is escaped. */

import type { DecidingInput, Moment, RunResponse, Verdict } from './protocol';
import { percent } from './words';

const LONGEST_CELL = 120;
/** Programs of a cluster that are named. */
const MOST_NAMES = 4;

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
  if (verdict === 'illegal') return '**You said:** this input is illegal';
  if (verdict === 'unknown') return '**You said:** don’t know';
  if ('cluster' in verdict) return `**You said:** the output of ${quoted(verdict.cluster)} is right`;
  return `**You said:** the right output is ${cell(verdict.expected)}`;
}

/**
 * How the belief in a cluster went by one test: before anybody was asked about it, after the judge, after the person, now.
 * Steps that do not show are left out.
 */
export function beliefPath(moments: readonly Moment[], inputId: string, cluster: string): number[] {
  const about = moments.flatMap((moment, at) => (moment.inputId === inputId ? [at] : []));
  const judged = about.filter((at) => moments[at]!.after === 'duel');
  const said = about.filter((at) => moments[at]!.after === 'verdict');
  const steps = [
    ...(about.length > 0 ? [about[0]! - 1] : []),
    ...judged.slice(-1),
    ...said.slice(-1),
    moments.length - 1,
  ];
  const path = steps.map((at) => moments[at]?.beliefs[cluster]).filter((belief) => belief !== undefined);
  return path.filter((belief, at) => at === 0 || percent(belief) !== percent(path[at - 1]!));
}

/**
 * A test's page: the input, what each cluster prints, who judged, and how the belief went.
 *
 * @param link makes a Markdown link that runs a command with arguments.
 */
export function reviewMarkdown(
  answer: RunResponse,
  test: DecidingInput,
  link: (title: string, command: string, args: unknown[]) => string,
): string {
  const evidence = answer.evidence!;
  const runId = answer.run_id ?? '';
  const isChosen = answer.status === 'chosen';
  const lines = ['**Input**', '', block(test.input), ''];
  lines.push('| programs | print | belief | |', '|---|---|---|---|');
  for (const output of test.outputs) {
    const cluster = evidence.clusters.find((one) => one.id === output.cluster);
    const mark = isChosen && output.cluster === evidence.cluster ? ' *chosen*' : '';
    const printed = output.verdict === 'RAN' || output.verdict === 'AC' ? '' : ` ${quoted(output.verdict)}`;
    const path = beliefPath(answer.moments ?? [], test.id, output.cluster);
    const belief = path.length > 0 ? path.map(percent).join(' → ') : percent(cluster?.belief);
    const pick = link('This is right', 'sstar.review.pick', [runId, test.id, output.cluster]);
    lines.push(
      `| **${quoted(output.cluster)}** ${names(cluster?.members ?? [])}${mark} | ${cell(output.output)}${printed} | ${belief} | ${pick} |`,
    );
  }
  lines.push('');
  if (test.difference) lines.push(`${quoted(test.difference)}.`, '');
  const verdict = answer.verdicts?.[test.id];
  if (verdict !== undefined) {
    const chosen = isChosen
      ? `Chosen now: **${quoted(evidence.chosen ?? '')}**.`
      : `So ${quoted(evidence.reason)}`;
    const insert = isChosen && answer.code ? ` ${link('Insert it', 'sstar.insertSolution', [runId])}` : '';
    lines.push(`${verdictWords(verdict)}. ${chosen}${insert}`, '');
  }
  for (const judged of test.judged) {
    const [left, right] = judged.between.map(quoted);
    const winner = judged.winner ? `**${quoted(judged.winner)}**` : 'undecided';
    lines.push(`**Judge** (${quoted(evidence.judge || 'unknown')}): ${left} or ${right}? ${winner}`, '');
    // It was asked in both orders.
    judged.reasons.forEach((reason, at) => {
      const words = quoted(reason.replace(/\s*ANSWER:\s*\S+\s*$/i, ''));
      if (words) lines.push(`> shown ${at === 0 ? left : right} first: ${words}`, '');
    });
  }
  return lines.join('\n');
}

function names(members: readonly string[]): string {
  const named = members.slice(0, MOST_NAMES).map(quoted).join(', ');
  return members.length > MOST_NAMES ? `${named} and ${members.length - MOST_NAMES} more` : named;
}
