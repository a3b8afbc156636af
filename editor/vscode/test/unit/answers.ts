/** An answer as the server gives it, for tests. */

import type { RunResponse } from '../../src/protocol';

const USAGE = { prompt_tokens: 100, completion_tokens: 50, cached_tokens: 0, reasoning_tokens: 0 };

export function answer(changes: Partial<RunResponse> = {}): RunResponse {
  return {
    status: 'chosen',
    run_id: '1123-4abb3f',
    title: 'Pairs',
    uri: 'file:///pairs.md',
    language: 'python',
    code: 'print(1)\n',
    verified: true,
    usage: USAGE,
    wall_s: 1,
    evidenceUri: 'sstar://run/1123-4abb3f/evidence.md',
    candidates: [],
    question: 'i1',
    verdicts: {},
    moments: [
      { after: 'start', inputId: null, beliefs: { A: 0.66, B: 0.24 } },
      { after: 'duel', inputId: 'i1', beliefs: { A: 0.72, B: 0.2 } },
    ],
    own: null,
    stale: false,
    evidence: {
      run_id: '1123-4abb3f',
      title: 'Pairs',
      status: 'chosen',
      reason: 'two of three',
      chosen: 'c1',
      cluster: 'A',
      belief: 0.72,
      examples_passed: 1,
      examples: 1,
      samples: 3,
      candidates: 3,
      survivors: 3,
      unanimous: false,
      inputs_valid: 1,
      inputs_rejected: 0,
      inputs_compared: 1,
      judge: 'scripted',
      remarks: [],
      rests_on: ['the survivors were compared on 1 input: 1 proposed by the model'],
      not_known: ['the right output for i1: you can say it'],
      failed_examples: [],
      verdicts: [],
      next_question: 'i1',
      tiers: [],
      models: {},
      usage: USAGE,
      calls: 5,
      seconds: 1,
      clusters: [
        { id: 'A', size: 2, members: ['c1', 'c3'], belief: 0.72, duels_won: 1, duels_fought: 1 },
        { id: 'B', size: 1, members: ['c2'], belief: 0.2, duels_won: 0, duels_fought: 1 },
      ],
      deciding_inputs: [
        {
          id: 'i1',
          input: '4\n1 1 -1 -1',
          origin: 'model',
          kind: 'proposed by the model',
          outputs: [
            { cluster: 'A', output: '4\n', verdict: 'RAN' },
            { cluster: 'B', output: '1\n', verdict: 'RAN' },
          ],
          settled: 'the judge on A or B: A is right',
          differing_line: 1,
          difference: 'they differ first in line 1: A 4, B 1',
          judged: [
            { between: ['A', 'B'], winner: 'A', reasons: ['It counts pairs. ANSWER: 1', 'ANSWER: 2'] },
          ],
        },
      ],
    },
    ...changes,
  };
}
