/** A small picture of how the belief in each cluster went, as an SVG in the evidence page. No `vscode` in here. */

import type { Beliefs } from './reviewText';

const COLOURS = ['#2f8f4e', '#c2662d', '#4a6fb5', '#8a4fa3', '#7a7a7a'];
const WIDTH = 420;
const HEIGHT = 120;
const LEFT = 8;
const RIGHT = 60;
const TOP = 10;
const BOTTOM = 14;

/**
 * Lines of belief (0 … 1) over moments: each vote of the judge and each verdict of a person is one.
 *
 * @returns null where there is nothing to see: fewer than two moments, or no cluster.
 */
export function beliefPicture(moments: readonly Beliefs[]): string | null {
  const clusters = Object.keys(moments.at(-1) ?? {}).slice(0, COLOURS.length);
  if (moments.length < 2 || clusters.length === 0) return null;
  const x = (at: number) => LEFT + (at / (moments.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (belief: number) => TOP + (1 - belief) * (HEIGHT - TOP - BOTTOM);
  const lines = clusters.map((cluster, number) => {
    const points = moments.map((beliefs, at) => `${x(at).toFixed(1)},${y(beliefs[cluster] ?? 0).toFixed(1)}`);
    const last = moments.at(-1)![cluster] ?? 0;
    const colour = COLOURS[number]!;
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      `<text x="${WIDTH - RIGHT + 6}" y="${(y(last) + 4).toFixed(1)}" fill="${colour}" font-family="sans-serif" font-size="11">${escaped(cluster)} ${Math.round(last * 100)}%</text>`,
    ].join('');
  });
  const axis = `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#888" stroke-width="1"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${axis}${lines.join('')}</svg>`;
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
