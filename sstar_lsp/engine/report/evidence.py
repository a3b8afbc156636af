"""What makes a person believe the choice: a fold of the run's state, and its page.

Ten seconds to read: what was chosen and why, the inputs that decided with what each cluster printed, who
judged. Everything in it was executed; the judge's words are quoted as opinions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from attrs import field, frozen

from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.posterior import contradicted
from sstar_lsp.engine.clustering.clusters import separating_clusters
from sstar_lsp.engine.judging.duels import printed
from sstar_lsp.engine.prompts.fences import clip, fenced, one_line
from sstar_lsp.engine.repair.feedback import needs_of
from sstar_lsp.engine.report.evidence_words import (
    KINDS,
    NOT_JUDGED,
    difference,
    not_known,
    rests_on,
    settled_by,
)
from sstar_lsp.engine.report.reading_doubts import reading_doubts
from sstar_lsp.engine.run.events import Cluster, TierActed
from sstar_lsp.engine.run.executor import is_accepted
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.problems.source.call_examples import readable_input
from sstar_lsp.problems.text import code_block
from sstar_lsp.records import Candidate, Status, Usage


@frozen
class ClusterOutput:
    """What the programs of one cluster printed for an input."""

    cluster: str
    output: str
    """Clipped; ``(crashed: …)`` and the like where there was none."""
    verdict: str


@frozen
class Judgement:
    """One duel on an input, for a person."""

    between: tuple[str, str]
    winner: str | None
    reasons: tuple[str, ...]
    """The judge's last words, one for each order."""


@frozen
class DecidingInput:
    """An input on which the clusters differ."""

    id: str
    input: str
    """As a person reads it: text, or a call."""
    origin: str
    kind: str
    """Where it comes from, for a person: ``drawn from the input's format``."""
    outputs: tuple[ClusterOutput, ...]
    judged: tuple[Judgement, ...]
    settled: str = ""
    """Who said which output is right, in one sentence."""
    differing_line: int | None = None
    """The first line, from 1, in which the outputs differ; None if what is shown of them is alike."""
    difference: str = ""
    """The same as a sentence."""


@frozen
class ClusterSummary:
    """One behaviour among the survivors."""

    id: str
    size: int
    members: tuple[str, ...]
    belief: float
    """Probability of being right, 0 … 1."""
    duels_won: int
    duels_fought: int


@frozen
class FailedExample:
    """An example that the handed-back program does not pass."""

    name: str
    """For a person: ``example 2``, ``tests/3.in``."""
    input: str
    """As a person reads it: text, or a call."""
    expected: str
    """Clipped."""
    output: str
    """Clipped; ``(crashed: …)`` and the like where there was none."""
    verdict: str
    is_conversation: bool = False
    """``output`` is what the program and an interactor said to each other; there is no expected output."""


@frozen
class YourVerdict:
    """What a person said about a test input."""

    id: str
    input: str
    """As a person reads it."""
    expected: str | None
    """The output that is right; None when it is unknown or the input is not allowed."""
    cluster: str | None
    """The cluster that was pointed at, where one was."""
    illegal: bool
    unknown: bool


@frozen
class Evidence:
    """Why this program."""

    run_id: str
    title: str
    status: Status
    reason: str
    chosen: str | None
    """Candidate id."""
    cluster: str | None
    belief: float | None
    examples_passed: int
    examples: int
    samples: int
    candidates: int
    survivors: int
    unanimous: bool
    """All survivors behave alike on every valid input."""
    clusters: tuple[ClusterSummary, ...]
    deciding_inputs: tuple[DecidingInput, ...]
    inputs_valid: int
    inputs_rejected: int
    inputs_compared: int
    """Valid inputs on which different survivors were compared; 0: belief rests on the examples alone."""
    judge: str
    """Name of the judging model."""
    remarks: tuple[str, ...]
    """What was found and missing in the problem, and warnings of the run."""
    rests_on: tuple[str, ...] = ()
    """What the choice rests on, a sentence each: inputs of what kind, who judged."""
    not_known: tuple[str, ...] = ()
    """What nobody knows of the chosen program, a sentence each."""
    failed_examples: tuple[FailedExample, ...] = ()
    """Examples that the handed-back program does not pass, in their order."""
    verdicts: tuple[YourVerdict, ...] = ()
    """What a person said, in the order it was said first."""
    next_question: str | None = None
    """Id of the input whose right output would tell most; None if nothing is open."""
    tiers: tuple[TierActed, ...] = ()
    """What programs of the input-writer did for the choice, and why where they did nothing."""
    models: dict[str, str] = field(factory=dict)
    usage: Usage = Usage()
    calls: int = 0
    seconds: float = 0.0


def shown_input(state: RunState, text: str) -> str:
    """An input as a person reads it."""
    return readable_input(state.problem, text).rstrip("\n")


def chosen_cluster(state: RunState) -> Cluster | None:
    """The cluster of the chosen candidate."""
    chosen = state.decided.candidate_id if state.decided else None
    return next((cluster for cluster in state.clusters if chosen in cluster.members), None)


def _deciding(assessment: Assessment) -> tuple[DecidingInput, ...]:
    """The inputs of the duels, won ones first; then for each pair that was in play the smallest input that
    separates it.

    The chosen cluster's pairs come first. At the end what is asked next, and what a person has answered
    already, where the clusters differ on it.
    """
    state = assessment.state
    leader = chosen_cluster(state)
    in_play = state.clusters[: state.settings.clusters_in_play]
    if leader is not None and leader not in in_play:
        in_play = (leader, *in_play)
    pairs = sorted(combinations(in_play, 2), key=lambda pair: leader not in pair)
    fought = sorted(state.duels, key=lambda duel: duel.winner is None)
    shown = [
        i for duel in fought for i in duel.input_ids[:1] if i in state.inputs and i not in state.rejected
    ]
    for left, right in pairs:
        shown += [item.id for item in separating_clusters(state, left, right)[:1]]
    asked = assessment.open_question
    told = [said.input_id for said in state.verdicts.values() if said.expected is not None]
    shown += [*([asked] if asked else []), *(i for i in told if i in state.inputs)]
    return tuple(_deciding_input(state, input_id, in_play) for input_id in dict.fromkeys(shown))


def _deciding_input(state: RunState, input_id: str, in_play: Sequence[Cluster]) -> DecidingInput:
    item = state.inputs[input_id]
    outputs = tuple(
        ClusterOutput(c.id, printed(outcome), outcome.verdict.value)
        for c in in_play
        if (outcome := state.outcomes.get(c.members[0], {}).get(item.id)) is not None
    )
    line, words = difference([(output.cluster, output.output) for output in outputs])
    return DecidingInput(
        id=item.id,
        input=shown_input(state, item.text),
        origin=item.origin.value,
        kind=KINDS[item.origin],
        outputs=outputs,
        settled=settled_by(state, item.id),
        differing_line=line,
        difference=words,
        judged=tuple(
            Judgement((d.left, d.right), d.winner, tuple(vote.reason for vote in d.votes) or (NOT_JUDGED,))
            for d in state.duels
            if d.input_ids[:1] == (item.id,)
        ),
    )


def _verdicts(state: RunState) -> tuple[YourVerdict, ...]:
    known = [said for said in state.verdicts.values() if said.input_id in state.inputs]
    shown = [shown_input(state, state.inputs[said.input_id].text) for said in known]
    return tuple(
        YourVerdict(said.input_id, text, said.expected, said.cluster, said.illegal, said.unknown)
        for said, text in zip(known, shown, strict=True)
    )


def _failed_examples(state: RunState, candidate_id: str | None) -> tuple[FailedExample, ...]:
    check = state.checks.get(candidate_id or "")
    if check is None or check.compile_error is not None:
        return ()
    return tuple(
        FailedExample(
            test.name or f"example {number}",
            clip(shown_input(state, test.input)),
            clip(test.expected),
            printed(outcome),
            outcome.verdict.value + (f" (needs {outcome.needs})" if outcome.needs else ""),
            state.problem.interactor is not None,
        )
        for number, (test, outcome) in enumerate(
            zip(state.problem.public_tests, check.outcomes, strict=False), 1
        )
        if not is_accepted(state.problem, test.expected, outcome)
    )


def evidence_of(state: RunState) -> Evidence:
    """The evidence of a run, ended or not."""
    return evidence_from(Assessment(state))


def evidence_from(assessment: Assessment) -> Evidence:
    """The evidence of a run whose state is assessed already."""
    state = assessment.state
    assert state.started is not None, "no run, no evidence"
    decided = state.decided
    chosen = decided.candidate_id if decided else None
    beliefs = decided.beliefs if decided else {}
    leader = chosen_cluster(state)
    ended = state.sampling_ended
    tests = state.problem.public_tests
    others = state.other_answers(chosen) if chosen else ()
    return Evidence(
        run_id=state.started.run_id,
        title=state.problem.title,
        status=decided.status if decided else Status.CANCELLED,
        reason=decided.reason if decided else "the run was stopped before it could choose.",
        chosen=chosen,
        cluster=leader.id if leader else None,
        belief=beliefs.get(leader.id) if leader else None,
        examples_passed=max(0, state.passed(chosen)) if chosen else 0,
        examples=len(tests),
        samples=state.settings.samples if ended is None else ended.samples,
        candidates=len(state.candidates),
        survivors=len(state.survivors),
        unanimous=len(state.clusters) == 1,
        clusters=tuple(
            ClusterSummary(
                c.id,
                len(c.members),
                c.members,
                round(beliefs.get(c.id, 0.0), 4),
                duels_won=sum(d.winner == c.id for d in state.duels),
                duels_fought=sum(c.id in (d.left, d.right) for d in state.duels),
            )
            for c in state.clusters
        ),
        deciding_inputs=_deciding(assessment),
        inputs_valid=len(state.valid_inputs),
        inputs_rejected=len(state.rejected),
        inputs_compared=len(assessment.compared),
        judge=state.started.models.get("judge", ""),
        remarks=(
            *(remark.message for remark in state.problem.remarks),
            *(f"{name}: another answer than the shown one; the statement accepts several" for name in others),
            *([f"sampling ended early: {ended.reason}"] if ended is not None and ended.reason else []),
            *reading_doubts(state),
            *_needs(state),
            *state.warnings,
        ),
        rests_on=rests_on(assessment),
        not_known=not_known(assessment),
        failed_examples=_failed_examples(state, chosen),
        verdicts=_verdicts(state),
        next_question=assessment.open_question,
        tiers=state.tiers,
        models=state.started.models,
        usage=state.usage,
        calls=state.calls,
        seconds=decided.seconds if decided else state.seconds_before,
    )


def _needs(state: RunState) -> list[str]:
    """What programs wanted that is not here, one line for each thing."""
    wanted = Counter(needs for check in state.checks.values() if (needs := needs_of(check)))
    return [
        f"{count} {'program needs' if count == 1 else 'programs need'} {name}, which is not here"
        for name, count in sorted(wanted.items())
    ]


def best_candidate(state: RunState) -> Candidate | None:
    """The program that the run hands back; None when it has none."""
    if state.decided is None or state.decided.candidate_id is None:
        return None
    return state.candidates[state.decided.candidate_id]


def is_verified(state: RunState) -> bool:
    """Whether the program passes every public test (at least one) and no person contradicts it."""
    candidate = best_candidate(state)
    if candidate is None or not state.problem.public_tests or not state.survives(candidate.id):
        return False
    group = chosen_cluster(state)
    return group is None or group.id not in contradicted(state)


def belief_words(evidence: Evidence) -> str:
    """``belief 92%``, and whether it rests on no comparison at all; empty if there is no belief."""
    if evidence.belief is None:
        return ""
    rests = "" if evidence.inputs_compared else " (no input was compared)"
    return f"belief {evidence.belief:.0%}{rests}"


def _tokens(usage: Usage) -> str:
    thoughts = f" ({usage.reasoning_tokens} of them thoughts)" if usage.reasoning_tokens else ""
    return f"{usage.prompt_tokens} + {usage.completion_tokens}{thoughts}"


def _quotes(texts: Sequence[str]) -> list[str]:
    """Words of others, each a paragraph of one quotation."""
    return [line for text in texts for line in (f"> {one_line(text)}", ">")][:-1]


def _said(said: YourVerdict) -> str:
    """A verdict in one line."""
    if said.expected is None:
        return f"{said.id}: {'not allowed by the problem' if said.illegal else 'unknown'}"
    return f"{said.id}: the right output is {clip(said.expected.strip()) or '(nothing)'}"


def _tier(done: TierActed) -> str:
    """What a step did, in one line."""
    said = f"{done.usable} of {done.programs} programs usable, {done.inputs} inputs, {done.refused} refused"
    split = f", clusters {done.split:+d}" if done.split else ""
    return f"- {done.tier}: {said}{split}" + (f" ({one_line(done.why)})" if done.why else "")


def evidence_page(state: RunState) -> str:
    """The evidence as a Markdown document."""
    evidence = evidence_of(state)
    candidate = best_candidate(state)
    lines = [
        f"# S* evidence: {one_line(evidence.title)}",
        "",
        f"**{evidence.status.value}** — {one_line(evidence.reason)}",
        "",
        f"- examples passed: {evidence.examples_passed} of {evidence.examples}",
        f"- programs: {evidence.candidates} from {evidence.samples} samples, {evidence.survivors} pass all examples",
        f"- further inputs: {evidence.inputs_valid} valid, {evidence.inputs_rejected} rejected as probably illegal",
        f"- {belief_words(evidence) or 'belief: none'}",
        f"- judge: {evidence.judge}",
        f"- run `{evidence.run_id}`: {evidence.calls} model calls, {_tokens(evidence.usage)} tokens, {evidence.seconds:.0f} s",
        "",
    ]
    for heading, sentences in (("It rests on", evidence.rests_on), ("Not known", evidence.not_known)):
        if sentences:
            lines += [f"{heading}:", "", *(f"- {one_line(sentence)}" for sentence in sentences), ""]
    lines += _quotes(evidence.remarks)
    if evidence.unanimous:
        lines += ["", "## Unanimous", "", "No valid input was found on which the survivors differ."]
    if evidence.clusters:
        lines += [
            "",
            "## Behaviours among the survivors",
            "",
            "| cluster | programs | belief | duels won |",
            "|---|---|---|---|",
        ]
        for cluster in evidence.clusters:
            mark = " (chosen)" if cluster.id == evidence.cluster else ""
            won = f"{cluster.duels_won} of {cluster.duels_fought}"
            lines.append(
                f"| {cluster.id}{mark} | {', '.join(cluster.members)} | {cluster.belief:.0%} | {won} |"
            )
    for deciding in evidence.deciding_inputs:
        lines += [
            "",
            f"## Deciding input {deciding.id} ({deciding.kind})",
            "",
            fenced(deciding.input, "text"),
            "",
        ]
        for output in deciding.outputs:
            lines += [f"Cluster {output.cluster}:", "", fenced(output.output, "text"), ""]
        lines += [
            one_line(f"{sentence}.") for sentence in (deciding.settled, deciding.difference) if sentence
        ]
        lines += [""]
        for judged in deciding.judged:
            verdict = (
                f"cluster {judged.winner}" if judged.winner else "undecided (the answers differ or abstain)"
            )
            lines.append(
                f"Judge on {judged.between[0]} against {judged.between[1]}, both orders: **{verdict}**"
            )
            lines += ["", *_quotes(judged.reasons), ""]
    if evidence.tiers:
        lines += ["", "## Programs that helped", "", *map(_tier, evidence.tiers)]
    if evidence.verdicts:
        lines += ["", "## What you said", ""]
        lines += [f"- {one_line(said)}" for said in map(_said, evidence.verdicts)]
    if candidate is not None:
        lines += ["", "## The program", "", code_block(candidate.code, candidate.language)]
    for failed in evidence.failed_examples:
        lines += ["", f"## Failed: {one_line(failed.name)} ({failed.verdict})", "", "Input:", ""]
        lines += [fenced(failed.input, "text"), "", "Expected:", "", fenced(failed.expected, "text"), ""]
        lines += ["Printed:", "", fenced(failed.output, "text")]
    return "\n".join(lines) + "\n"
