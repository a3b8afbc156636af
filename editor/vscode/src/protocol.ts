/** What `sstar lsp` and this extension say to each other, as `docs/lsp.md` tells it. Types only. */

export type Status =
  | 'chosen'
  | 'undecided'
  | 'unverified'
  | 'cancelled'
  | 'out_of_budget'
  | 'failed'
  | 'running'
  | 'stopped'
  | 'interrupted';

export interface SolveOptions {
  samples?: number;
  rounds?: number;
  budget?: { calls?: number; tokens?: number; seconds?: number };
}

export interface SolveParams {
  textDocument: { uri: string };
  range?: Range;
  language?: string;
  options?: SolveOptions;
  own?: boolean;
  workDoneToken?: string;
}

export interface Range {
  start: Position;
  end: Position;
}

export interface Position {
  line: number;
  character: number;
}

/** What the programs of one cluster printed for an input. */
export interface ClusterOutput {
  cluster: string;
  output: string;
  verdict: string;
}

export interface Judgement {
  between: [string, string];
  winner: string | null;
  reasons: string[];
}

/** A distinguishing test: a valid input on which clusters differ. */
export interface DecidingInput {
  id: string;
  input: string;
  origin: string;
  outputs: ClusterOutput[];
  judged: Judgement[];
}

export interface ClusterSummary {
  id: string;
  size: number;
  members: string[];
  /** Probability of being right, 0 … 1. */
  belief: number;
}

export interface Evidence {
  title: string;
  status: Status;
  reason: string;
  chosen: string | null;
  cluster: string | null;
  belief: number | null;
  examples_passed: number;
  examples: number;
  samples: number;
  survivors: number;
  clusters: ClusterSummary[];
  deciding_inputs: DecidingInput[];
  judge: string;
}

/** What was believed after something happened: the comparison, a duel, a person's verdict. */
export interface Moment {
  after: 'start' | 'duel' | 'verdict';
  /** The input that the duel or the verdict was about. */
  inputId: string | null;
  /** Probability of each cluster, 0 … 1. */
  beliefs: Record<string, number>;
}

/** An embedded model that a solve would use. */
export interface NeededModel {
  id: string;
  bytes: number;
  /** Its weights are on this machine. */
  here: boolean;
}

/** A program that can be inserted; the best first. */
export interface CandidateSummary {
  id: string;
  language: string;
  cluster: string | null;
  belief: number | null;
  chosen: boolean;
  /** The program as an `sstar://` document. */
  uri: string;
}

/** What a person says about the outputs of a distinguishing test. */
export type Verdict = { expected: string } | { cluster: string } | 'illegal' | 'unknown';

/** The answer of `sstar/solve`, `sstar/resume`, `sstar/run` and `sstar/judge`. */
export interface Answer {
  status: Status;
  run_id: string | null;
  title: string | null;
  uri: string | null;
  language: string | null;
  code: string | null;
  verified: boolean;
  evidence: Evidence | null;
  wall_s: number;
  evidenceUri: string | null;
  candidates: CandidateSummary[];
  question: string | null;
  verdicts: Record<string, Verdict>;
  /** Oldest first. */
  moments: Moment[];
  /** What a run that began with a person's own program says of it. */
  own?: OwnProgram | null;
  stale: boolean;
}

export interface OwnProgram {
  candidate: string;
  verdict: 'agrees' | 'differs' | 'fails' | 'unknown';
  /** Further inputs that it and its rival met. */
  compared: number;
  input: string | null;
  /** The input as a person reads it. */
  shown: string;
  output: string;
  rival: string | null;
  /** What the rival printed; of an example its right output. */
  rivalOutput: string;
  belief: number | null;
}

/** A test of a person's own program. */
export interface OwnTest {
  /** From 1. */
  number: number;
  label: string;
  input: string;
  expected: string;
}

export interface OwnTestResult extends OwnTest {
  passed: boolean;
  verdict: string;
  output: string;
  error: string;
  detail: string;
  seconds: number;
  memoryBytes: number;
  limits: { seconds: number; memoryBytes: number };
}

/** The answer of `sstar/test`. */
export interface TestAnswer {
  status: 'ended' | 'cancelled';
  compileError: string | null;
  passed: number;
  tests: OwnTestResult[];
}

/** What one of two programs did on an input. */
export interface StressSide {
  program: string;
  verdict: string;
  endedWell: boolean;
  output: string;
  error: string;
}

/** The answer of `sstar/stress`; all but the first four only where they differ. */
export interface StressAnswer {
  status: 'differ' | 'same' | 'cancelled';
  uri: string;
  tried: number;
  illegal: number;
  input: string;
  /** Name of the example on which they differ; null for a made input. */
  example: string | null;
  legal: 'certain' | 'likely';
  a: StressSide;
  b: StressSide;
}

/** `sstar/progress`, at most ten times a second a run. */
export interface RunProgress {
  runId: string;
  uri: string;
  title: string;
  status: Status;
  phase: string;
  text: string;
  samples: { written: number; total: number };
  survivors: number;
  clusters: number;
  inputs: number;
  duels: number;
  calls: number;
  tokens: number;
  seconds: number;
}

export interface RunSummary {
  id: string;
  title: string;
  status: Status;
  document: string | null;
  uri: string | null;
  created: number | string;
  evidenceUri: string;
}

/** One example as it was read; of a function the values, else texts. */
export interface ReadExample {
  input: unknown;
  output: unknown;
  /** First and last line in the document, from 1; null for tests from files. */
  lines: [number, number] | null;
  /** Both borders of the output are marked in the document. */
  sure: boolean;
}

/** The answer of `sstar/problem`: what was read of a document. */
export interface ReadProblem {
  kind: 'stdin' | 'function' | 'refused';
  /** Why it was refused. */
  reason: string | null;
  title: string | null;
  comparator: string | null;
  examples: ReadExample[];
  remarks: string[];
  uri: string;
  /** Of the open document. */
  version: number | null;
  pageUri: string;
}

/** `sstar.correct`: what a person says about a line, which counts from 0. */
export interface Correction {
  uri: string;
  line: number;
  kind: 'not_an_example' | 'output_ends' | 'as_read';
}

/** `sstar/secret`, server to client. */
export interface SecretParams {
  name: string;
  origin: string;
  /** The last one was refused by the server (401, 403). */
  refused: boolean;
}

/** One test of a run's program, as `sstar/tests` and `sstar/check` tell it. */
export interface RunTest {
  id: string;
  label: string;
  kind: 'example' | 'user' | 'distinguishing';
  input: string;
  /** Null where nobody has said what is right. */
  expected: string | null;
}

export interface CheckedTest {
  id: string;
  verdict: string;
  output: string;
  detail: string;
  seconds: number;
}

/** `data` of an error of ours. */
export interface Failure {
  exitCode?: number;
  kind?: string;
  runId?: string;
  contest?: string;
}
