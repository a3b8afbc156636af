/** An answer as the server gives it, for tests. */

import type { Answer } from '../../src/protocol';

export function answer(changes: Partial<Answer> = {}): Answer {
  return {
    status: 'chosen',
    run_id: '1123-4abb3f',
    title: 'Pairs',
    uri: 'file:///pairs.md',
    language: 'python',
    code: 'print(1)\n',
    verified: true,
    wall_s: 1,
    evidenceUri: 'sstar://run/1123-4abb3f/evidence.md',
    candidates: [],
    question: 'i1',
    verdicts: {},
    moments: [
      { after: 'start', inputId: null, beliefs: { A: 0.66, B: 0.24 } },
      { after: 'duel', inputId: 'i1', beliefs: { A: 0.72, B: 0.2 } },
    ],
    stale: false,
    evidence: {
      title: 'Pairs',
      status: 'chosen',
      reason: 'two of three',
      chosen: 'c1',
      cluster: 'A',
      belief: 0.72,
      examples_passed: 1,
      examples: 1,
      samples: 3,
      survivors: 3,
      judge: 'scripted',
      clusters: [
        { id: 'A', size: 2, members: ['c1', 'c3'], belief: 0.72 },
        { id: 'B', size: 1, members: ['c2'], belief: 0.2 },
      ],
      deciding_inputs: [
        {
          id: 'i1',
          input: '4\n1 1 -1 -1',
          origin: 'model',
          outputs: [
            { cluster: 'A', output: '4\n', verdict: 'RAN' },
            { cluster: 'B', output: '1\n', verdict: 'RAN' },
          ],
          judged: [
            { between: ['A', 'B'], winner: 'A', reasons: ['It counts pairs. ANSWER: 1', 'ANSWER: 2'] },
          ],
        },
      ],
    },
    ...changes,
  };
}
