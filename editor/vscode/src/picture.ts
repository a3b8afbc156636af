/** A small picture of how the belief in each cluster went, as an SVG in the evidence page. No `vscode` in here. */

import type { Moment } from './protocol';

/** Readable on dark and on light. */
const COLOURS = ['#3a9e5f', '#d0743a', '#5b84d6', '#a463bf', '#8a8a8a'];
const AXIS = '#8a8a8a';
const WIDTH = 520;
const HEIGHT = 170;
const LEFT = 40;
const RIGHT = 70;
const TOP = 12;
const BOTTOM = 34;
/** Two names of clusters at the right end are no closer than this. */
const LINE_HEIGHT = 13;

/**
 * Lines of belief (0 … 1) over moments: each duel and each verdict of a person is one.
 *
 * @returns null where there is nothing to see: fewer than two moments, or no cluster.
 */
export function beliefPicture(moments: readonly Moment[]): string | null {
  const last = moments.at(-1)?.beliefs ?? {};
  const clusters = Object.keys(last)
    .sort((a, b) => last[b]! - last[a]!)
    .slice(0, COLOURS.length)
    .sort();
  if (moments.length < 2 || clusters.length === 0) return null;
  const x = (at: number) => LEFT + (at / (moments.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (belief: number) => TOP + (1 - belief) * (HEIGHT - TOP - BOTTOM);
  const places = spread(clusters.map((cluster) => y(last[cluster]!)));
  const lines = clusters.map((cluster, number) => {
    const at = moments.map(
      ({ beliefs }, place) => [x(place).toFixed(1), y(beliefs[cluster] ?? 0).toFixed(1)] as const,
    );
    const colour = COLOURS[number]!;
    return [
      `<polyline points="${at.map((one) => one.join(',')).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...at.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`),
      words(
        WIDTH - RIGHT + 8,
        places[number]! + 4,
        `${cluster} ${Math.round(last[cluster]! * 100)}%`,
        colour,
        'start',
      ),
    ].join('');
  });
  const grid = [0, 0.5, 1].map(
    (belief) =>
      `<path d="M${LEFT} ${y(belief)}H${WIDTH - RIGHT}" stroke="${AXIS}" stroke-opacity="${belief === 0 ? 1 : 0.3}"/>` +
      words(LEFT - 6, y(belief) + 4, `${belief * 100}%`, AXIS, 'end'),
  );
  // As many names below as have room.
  const every = Math.ceil(moments.length / 7);
  const below = moments.map((moment, at) =>
    at % every === 0 || moment.after === 'verdict'
      ? words(x(at), HEIGHT - BOTTOM + 18, name(moment), AXIS, at === 0 ? 'start' : 'middle')
      : '',
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${[...grid, ...below, ...lines].join('')}</svg>`;
}

function name(moment: Moment): string {
  if (moment.after === 'start') return 'programs';
  return moment.after === 'duel'
    ? `judge ${moment.inputId ?? ''}`.trim()
    : `you ${moment.inputId ?? ''}`.trim();
}

function words(x: number, y: number, text: string, colour: string, anchor: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colour}" font-family="sans-serif" font-size="11" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** Heights moved apart, in the same order, so that what is written there can be read. */
function spread(heights: readonly number[]): number[] {
  const order = heights.map((_, at) => at).sort((a, b) => heights[a]! - heights[b]!);
  const placed = [...heights];
  for (let at = 1; at < order.length; at += 1) {
    const above = placed[order[at - 1]!]!;
    placed[order[at]!] = Math.max(placed[order[at]!]!, above + LINE_HEIGHT);
  }
  return placed;
}

/** The page with the picture below its first paragraph. */
export function illustrated(page: string, svg: string | null): string {
  if (!svg) return page;
  const image = `![Belief over time](data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')})`;
  const at = page.indexOf('\n## ');
  return at < 0 ? `${page}\n${image}\n` : `${page.slice(0, at)}\n${image}\n${page.slice(at)}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
