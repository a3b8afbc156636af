/** The folder that the tests open. */

export function statement(title: string): string {
  return [
    `# ${title}`,
    '',
    'Given n and n integers, print how many pairs of positions have sum zero.',
    '',
    '1 ≤ n ≤ 100, −9 ≤ a ≤ 9.',
    '',
    'Input:',
    '',
    '```',
    '3',
    '1 -1 2',
    '```',
    '',
    'Output:',
    '',
    '```',
    '1',
    '```',
    '',
  ].join('\n');
}

/** The explanation stands in the fence of the output: read as it is, no program passes. */
export const MISREAD = statement('Pairs that cancel').replace(
  '```\n1\n```',
  '```\n1\n1 and -1 cancel each other.\n```',
);

export const FILES: Record<string, string> = {
  'pairs.md': statement('Pairs that cancel'),
  'mislead.md': statement('Pairs that mislead'),
  'wait.md': statement('Pairs that wait'),
  'crash.md': statement('Pairs that wait'),
  'contest.md': `${statement('Pairs that cancel')}\nFrom <https://codeforces.com/contest/1234/problem/A>.\n`,
  'misread.md': MISREAD,
  'readme.md': '# Notes\n\nNothing to solve here.\n',
};

/** What is in the pictures. */
export const PICTURED: Record<string, string> = { 'pairs.md': statement('Opposite pairs') };

/** It counts values instead of positions. */
export const WRONG = `n = int(input())
a = list(map(int, input().split()))
print(len({abs(x) for x in a if x and -x in a}))
`;
export const RIGHT = `n = int(input())
a = list(map(int, input().split()))
print(sum(a[i] + a[j] == 0 for i in range(n) for j in range(i)))
`;

/** A program of the person beside its problem, and its brute force. */
export const OWN: Record<string, string> = { ...PICTURED, 'pairs.py': WRONG, 'brute.py': RIGHT };
