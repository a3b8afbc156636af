/** Written by scripts/protocol.py from `sstar_lsp/lsp/protocol_types.py`: what `sstar lsp` and its clients say. */

import type { Range, WorkspaceEdit } from 'vscode-languageclient/node';

export type { Range };

export type VerdictParam = string | Record<string, string>;

/** Of a run. */
export type Status =
  | 'chosen'
  | 'undecided'
  | 'unverified'
  | 'cancelled'
  | 'out_of_budget'
  | 'failed'
  | 'running'
  | 'stopped'
  | 'interrupted'
  | 'refused';

/** What a person says about the outputs of a distinguishing test. */
export type Verdict = ExpectedOutput | ClusterIsRight | 'illegal' | 'unknown';

/** The right output, as a person said it. */
export interface ExpectedOutput {
  expected: string;
}

/** The output of a cluster is right. */
export interface ClusterIsRight {
  cluster: string;
}

/** Which document to solve, and how. */
export interface SolveParams {
  /** The open document, saved or not; else the file. */
  textDocument: { uri: string };
  /** Part that holds the problem; null for the whole document. */
  range?: Range;
  /** Of the programs; null: as the settings say. */
  language?: string;
  /** Keys of the section `solve` of the settings; the highest precedence. */
  options?: object;
  /** The document's own program becomes a candidate. */
  own?: boolean;
  /** Client-made progress token. */
  workDoneToken?: string | number;
}

/** Which run to go on with. */
export interface ResumeParams {
  runId: string;
  /** As of a solve; only the budget counts. */
  options?: object;
  workDoneToken?: string | number;
}

/** Which run is meant, and perhaps which of its inputs. */
export interface RunParams {
  runId: string;
  inputId?: string;
}

/** Which run's report is wanted. */
export interface ReportParams {
  runId: string;
  /** The editor is asked to open it; else its address alone is answered. */
  show?: boolean;
}

/** What a person says about an input. */
export interface JudgeParams {
  runId: string;
  inputId: string;
  verdict: VerdictParam;
}

/** Which program to insert. */
export interface EditParams {
  runId: string;
  /** null: the chosen one. */
  candidateId?: string;
}

/** Which document is meant. */
export interface DocumentParams {
  /** To read: `sstar://run/<run id>/…`. */
  uri: string;
}

/** Nothing: all that is there is looked for. */
export type FoundServersParams = Record<string, never>;

/** Which runs to list. */
export interface RunsParams {
  /** The newest so many. */
  limit?: number;
  /** Only those of that document. */
  uri?: string;
}

/** Which runs of this server to cancel. */
export interface CancelParams {
  runId?: string;
  /** All runs of that document. Neither: every run. */
  uri?: string;
}

/** What a person says about a contest. */
export interface PracticeParams {
  /** As `codeforces.com/contest/1234`. */
  contest: string;
  /** False: forget it. */
  practice?: boolean;
}

/** Where new problems from Competitive Companion go. */
export interface ListenParams {
  /** URI or path; null: the first folder of the workspace. */
  folder?: string;
  port?: number;
}

/** A page that the editor has. */
export interface NewProblemParams {
  text?: string;
  /** The HTML flavour of the clipboard, where the editor can read it. */
  html?: string;
  /** URI or path of where it goes; null: the first folder of the workspace. */
  folder?: string;
  /** URI of a statement that waits to be filled in. */
  into?: string;
  /** Show what was read, and keep it only if a person says so. */
  ask?: boolean;
}

/** Which tests of a run's program to run again. */
export interface CheckParams {
  runId: string;
  /** Their ids; null: all. */
  tests?: string[];
}

/** Which program, and which of the tests of its problem. */
export interface OwnTestsParams {
  uri: string;
  /** Their numbers, from 1; empty: all. */
  tests?: number[];
  workDoneToken?: string | number;
}

/** Which two programs are compared, and how long. */
export interface StressParams {
  uri: string;
  other: string;
  seconds?: number;
  seed?: number;
  /** URI of a program that prints an input. */
  generator?: string;
  /** Comparator, or URI of a checker program. */
  checker?: string;
  /** URI of a program that says which inputs are legal. */
  validator?: string;
  workDoneToken?: string | number;
}

/** A test to keep. */
export interface SaveTestParams {
  /** Of a program or the statement of the problem. */
  uri: string;
  input: string;
  /** The right output, where a person said it; null: nobody did. */
  expected?: string;
}

/** What a person says about the reading of a line, which counts from 0. */
export interface CorrectParams {
  uri: string;
  line: number;
  kind: 'not_an_example' | 'output_ends' | 'as_read';
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

/** What `sstar solve --json` prints. */
export interface SolveResult {
  status: Status;
  run_id: string | null;
  language: string | null;
  code: string | null;
  verified: boolean;
  evidence: Evidence | null;
  usage: Record<string, number>;
  wall_s: number;
  error?: string;
}

/** The response of `sstar/solve`, `sstar/resume`, `sstar/run` and `sstar/judge`. */
export interface RunResponse extends SolveResult {
  title: string | null;
  uri: string | null;
  evidenceUri: string | null;
  candidates: CandidateSummary[];
  /** Id of the input whose verdict would settle most. */
  question: string | null;
  verdicts: Record<string, Verdict>;
  /** Oldest first. */
  moments: Moment[];
  own: OwnProgram | null;
  /** The document's problem has changed since the run began. */
  stale: boolean;
}

/** The response of the commands `sstar.solve` and `sstar.resume`. */
export interface RunStarted {
  status: Status;
  run_id: string;
  title: string | null;
  evidenceUri: string;
}

/** A run in the response of `sstar/runs`. */
export interface RunSummary {
  id: string;
  title: string;
  status: Status;
  /** Path or URI. */
  document: string | null;
  uri: string | null;
  /** Unix time in seconds. */
  created: number;
  evidenceUri: string;
}

/** The response of `sstar/edit`. */
export interface EditResponse {
  edit: WorkspaceEdit;
  uri: string;
  /** Where the program stands once the edit is applied. */
  range: Range;
}

/** A virtual document: the response of `sstar/document`. */
export interface DocumentContent {
  uri: string;
  languageId: string;
  text: string;
}

/** One test of a run's program. */
export interface RunTest {
  id: string;
  label: string;
  /** `user`: a person said what is right. */
  kind: 'example' | 'user' | 'distinguishing';
  input: string;
  /** Null where nobody has said what is right. */
  expected: string | null;
}

/** The response of `sstar/tests`. */
export interface RunTests {
  tests: RunTest[];
}

/** How a test went in the sandbox. */
export interface CheckedTest {
  id: string;
  verdict: string;
  output: string;
  detail: string;
  seconds: number;
}

/** The response of `sstar/check`. */
export interface CheckedTests {
  tests: CheckedTest[];
}

/** An embedded model that a solve would use. */
export interface EmbeddedModel {
  id: string;
  bytes: number;
  /** Its weights are on this machine. */
  here: boolean;
}

/** The response of `sstar/weights`. */
export interface Weights {
  models: EmbeddedModel[];
}

/** An embedded model that a person can choose. */
export interface ChoosableModel {
  /** For `model.model`. */
  name: string;
  bytes: number;
  /** Its weights are on this machine. */
  here: boolean;
}

/** A model of a provider's preset. */
export interface OfferedModel {
  name: string;
  contextTokens: number;
  /** For a person, with its date. */
  price: string;
}

/** A provider whose key is in the server's environment; the key itself is not told. */
export interface FoundKey {
  name: string;
  title: string;
  baseUrl: string;
  variable: string;
  models: OfferedModel[];
}

/** The response of `sstar/foundServers`: what can be chosen to write programs. */
export interface FoundServers {
  embedded: ChoosableModel[];
  servers: FoundServer[];
  keys: FoundKey[];
}

/** One example as it was read. */
export interface ReadExample {
  /** Of a function the values, else a text. */
  input: unknown;
  output: unknown;
  /** First and last line in the document, from 1; null for tests from files. */
  lines: [number, number] | null;
  /** Both borders of the output are marked in the document. */
  sure: boolean;
}

/** What `sstar check --json` prints. */
export interface ProblemReport {
  kind: 'stdin' | 'function' | 'refused';
  /** Why it was refused. */
  reason: string | null;
  title: string | null;
  function: string | null;
  comparator: string | null;
  several_answers: boolean;
  time_limit_s: number | null;
  memory_limit_mib: number | null;
  file_io: string[] | null;
  examples: ReadExample[];
  remarks: string[];
}

/** The response of `sstar/problem`: what was read of a document. */
export interface ReadProblem extends ProblemReport {
  uri: string;
  /** Of the open document. */
  version: number | null;
  pageUri: string;
}

/** A test of a person's own program. */
export interface OwnTest {
  /** From 1. */
  number: number;
  label: string;
  input: string;
  expected: string;
}

/** The response of `sstar/ownTests`. */
export interface OwnTests {
  uri: string;
  problemUri: string;
  title: string;
  tests: OwnTest[];
}

/** What a test was held to. */
export interface TestLimits {
  seconds: number;
  memoryBytes: number;
}

/** How a person's own program did on a test. */
export interface OwnTestResult extends OwnTest {
  passed: boolean;
  verdict: string;
  output: string;
  error: string;
  detail: string;
  seconds: number;
  memoryBytes: number;
  limits: TestLimits;
}

/** The response of `sstar/test`; of a cancelled one the status alone. */
export interface TestResponse {
  status: 'ended' | 'cancelled';
  uri: string;
  problemUri: string;
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
  seconds: number;
}

/** The response of `sstar/stress`. */
export interface StressResponse {
  status: 'differ' | 'same' | 'cancelled';
  uri: string;
  other: string;
  tried: number;
  illegal: number;
  judge: string;
  openEnded: boolean;
}

/** The response of `sstar/stress` where two programs differ on an input. */
export interface StressDifference extends StressResponse {
  input: string;
  /** Name of the example on which they differ; null for a made input. */
  example: string | null;
  expected: string | null;
  legal: 'certain' | 'likely';
  /** Length of the input before it was made small. */
  foundSize: number;
  a: StressSide;
  b: StressSide;
}

/** The response of `sstar/saveTest`: URIs. */
export interface SavedTest {
  files: string[];
}

/** How many samples are answered. */
export interface SampleCounts {
  written: number;
  total: number;
}

/** The numbers of a run. */
export interface Counts {
  samples: SampleCounts;
  survivors: number;
  clusters: number;
  inputs: number;
  duels: number;
  calls: number;
  tokens: number;
}

/** `sstar/progress`, at most ten times a second a run. */
export interface RunProgress extends Counts {
  runId: string;
  uri: string;
  title: string;
  status: Status;
  /** What is being prepared; empty once under way. */
  phase: string;
  text: string;
  /** Tokens that arrive, money so far and at most, how long such runs take; what is known of these. */
  details: string;
  /** The first lines of the first program, as far as it came. */
  program: string[];
  seconds: number;
}

/** `sstar/secret`, server to client. */
export interface SecretParams {
  name: string;
  origin: string;
  /** The last one was refused by the server (401, 403). */
  refused: boolean;
}

/** `data` of an error of ours. */
export interface Failure {
  exitCode?: number;
  kind?: string;
  runId?: string;
  contest?: string;
}

/** Why this program. */
export interface Evidence {
  run_id: string;
  title: string;
  status: 'chosen' | 'undecided' | 'unverified' | 'cancelled' | 'out_of_budget' | 'failed';
  reason: string;
  /** Candidate id. */
  chosen: string | null;
  cluster: string | null;
  belief: number | null;
  examples_passed: number;
  examples: number;
  samples: number;
  candidates: number;
  survivors: number;
  /** All survivors behave alike on every valid input. */
  unanimous: boolean;
  clusters: ClusterSummary[];
  deciding_inputs: DecidingInput[];
  inputs_valid: number;
  inputs_rejected: number;
  /** Valid inputs on which different survivors were compared; 0: belief rests on the examples alone. */
  inputs_compared: number;
  /** Name of the judging model. */
  judge: string;
  /** What was found and missing in the problem, and warnings of the run. */
  remarks: string[];
  /** What the choice rests on, a sentence each: inputs of what kind, who judged. */
  rests_on: string[];
  /** What nobody knows of the chosen program, a sentence each. */
  not_known: string[];
  /** Examples that the handed-back program does not pass, in their order. */
  failed_examples: FailedExample[];
  /** What a person said, in the order it was said first. */
  verdicts: YourVerdict[];
  /** Id of the input whose right output would tell most; null if nothing is open. */
  next_question: string | null;
  /** What programs of the input-writer did for the choice, and why where they did nothing. */
  tiers: TierActed[];
  models: Record<string, string>;
  usage: Usage;
  calls: number;
  seconds: number;
}

/** What was believed after something happened. */
export interface Moment {
  after: 'start' | 'duel' | 'verdict';
  /** The input that the duel or the verdict was about. */
  inputId: string | null;
  /** Cluster id to the probability of being right, 0 … 1. */
  beliefs: Record<string, number>;
}

/** What a run that began with a person's own program says of it. */
export interface OwnProgram {
  /** Its id. */
  candidate: string;
  /** `agrees` with the most believed program on every input; `differs` from it; `fails` an example; `unknown`: no rival is there to compare it with. */
  verdict: 'agrees' | 'differs' | 'fails' | 'unknown';
  /** Further inputs that both met. */
  compared: number;
  /** As a program reads it: the smallest on which it differs, or the example that it fails. */
  input: string | null;
  /** The same as a person reads it. */
  shown: string;
  /** Of a made input. */
  inputId: string | null;
  /** What it printed there, clipped; `(crashed: …)` and the like where there was none. */
  output: string;
  /** Id of the most believed program, where it is another one. */
  rival: string | null;
  /** What that one printed, an opinion; of an example: the right output. */
  rivalOutput: string;
  /** In the rival's behaviour, 0 … 1. */
  belief: number | null;
}

/** A model server that answered on this machine. */
export interface FoundServer {
  /** As a person names it: `ollama`; with its port if two of a kind answered, or the kind is unknown. */
  name: string;
  title: string;
  baseUrl: string;
  /** Those that write programs best first; none if the server has none yet. */
  models: string[];
}

/** One behaviour among the survivors. */
export interface ClusterSummary {
  id: string;
  size: number;
  members: string[];
  /** Probability of being right, 0 … 1. */
  belief: number;
  duels_won: number;
  duels_fought: number;
}

/** An input on which the clusters differ. */
export interface DecidingInput {
  id: string;
  /** As a person reads it: text, or a call. */
  input: string;
  origin: string;
  /** Where it comes from, for a person: `drawn from the input's format`. */
  kind: string;
  outputs: ClusterOutput[];
  judged: Judgement[];
  /** Who said which output is right, in one sentence. */
  settled: string;
  /** The first line, from 1, in which the outputs differ; null if what is shown of them is alike. */
  differing_line: number | null;
  /** The same as a sentence. */
  difference: string;
}

/** An example that the handed-back program does not pass. */
export interface FailedExample {
  /** For a person: `example 2`, `tests/3.in`. */
  name: string;
  /** As a person reads it: text, or a call. */
  input: string;
  /** Clipped. */
  expected: string;
  /** Clipped; `(crashed: …)` and the like where there was none. */
  output: string;
  verdict: string;
  /** `output` is what the program and an interactor said to each other; there is no expected output. */
  is_conversation: boolean;
}

/** What a person said about a test input. */
export interface YourVerdict {
  id: string;
  /** As a person reads it. */
  input: string;
  /** The output that is right; null when it is unknown or the input is not allowed. */
  expected: string | null;
  /** The cluster that was pointed at, where one was. */
  cluster: string | null;
  illegal: boolean;
  unknown: boolean;
}

/** A step that programs of the input-writer take part in is over: what it did, or why it did nothing. */
export interface TierActed {
  tier: 'range' | 'classes' | 'hacks' | 'pair' | 'validators' | 'brute force' | 'checker';
  /** Programs in its replies. */
  programs: number;
  /** Of these, programs that do the same when they run twice, and what else they have to. */
  usable: number;
  /** Made and legal, or, of a step that makes none, judged. */
  inputs: number;
  /** Inputs that it (or for its own inputs: our rules) refused. */
  refused: number;
  /** Clusters afterwards, less clusters before. */
  split: number;
  /** Why it did nothing, or less than it might; else empty. */
  why: string;
}

/** Tokens paid for; sums with `+`. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  /** Part of `prompt_tokens` that the server took from its prefix cache; 0 if it does not say. */
  cached_tokens: number;
  /** Part of `completion_tokens` that were thoughts; by their share of the text where it does not say. */
  reasoning_tokens: number;
}

/** What the programs of one cluster printed for an input. */
export interface ClusterOutput {
  cluster: string;
  /** Clipped; `(crashed: …)` and the like where there was none. */
  output: string;
  verdict: string;
}

/** One duel on an input, for a person. */
export interface Judgement {
  between: [string, string];
  winner: string | null;
  /** The judge's last words, one for each order. */
  reasons: string[];
}
