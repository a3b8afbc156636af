"""The evidence in sentences: what the choice rests on, what is not known, where outputs differ, who settled
an input.

Every face shows these as they are; each only escapes them in its own way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.prompts.fences import clip
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import HumanVerdict, InputOrigin
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import counted

KINDS = {
    InputOrigin.MUTATION: "made by changing an example",
    InputOrigin.KIND: "drawn from the input's format",
    InputOrigin.ENUMERATED: "out of all that the statement allows",
    InputOrigin.STATED: "from the statement's text",
    InputOrigin.SHRUNK: "made smaller",
    InputOrigin.MODEL: "proposed by the model",
    InputOrigin.PAIR: "proposed by the model for a pair of programs",
    InputOrigin.GENERATOR: "printed by programs of the model",
    InputOrigin.CLASS: "printed by programs of the model",
    InputOrigin.HACK: "printed by programs of the model",
    InputOrigin.LARGE: "of the full size",
}
"""Where inputs come from, for a person."""
NOT_JUDGED = "no judge was asked: one printed words where every example prints numbers"
LEAST_DOUBT = 0.05
"""A smaller probability that no behaviour is right is not told."""
SHOWN_CHARS = 40
"""Of a line that differs."""


def rests_on(assessment: Assessment) -> tuple[str, ...]:
    """What the choice rests on: inputs of what kind, and who judged; a sentence each."""
    state = assessment.state
    kinds = Counter(KINDS[item.origin] for item in assessment.compared)
    found = []
    if kinds:
        named = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        found.append(f"the survivors were compared on {counted(kinds.total(), 'input')}: {named}")
    done = state.enumerated
    if done is not None and {candidate.id for candidate in unique(state.survivors)} <= set(done.programs):
        share = "all" if done.ran == done.inputs else f"{done.ran:,} of"
        found.append(
            f"{share} {done.inputs:,} inputs that the statement allows were run: "
            "programs of one behaviour differ on none of them that counts as legal"
        )
    judged = [duel for duel in state.duels if duel.votes]
    if judged and state.started is not None:
        settled = sum(duel.winner is not None for duel in judged)
        judge = state.started.models.get("judge", "")
        questions = counted(len(judged), "question")
        found.append(f"the judge {judge}, asked in both orders, settled {settled} of {questions}")
    if said := [verdict.input_id for verdict in state.verdicts.values() if not verdict.unknown]:
        found.append(f"you judged {', '.join(said)}")
    return tuple(found)


def not_known(assessment: Assessment) -> tuple[str, ...]:
    """What nobody knows of the chosen program, a sentence each; nothing if none was chosen."""
    state = assessment.state
    chosen = state.decided.candidate_id if state.decided is not None else None
    if state.decided is None or chosen is None:
        return ()
    found = []
    if not state.problem.public_tests:
        found.append("whether it is right on any example: the problem has none")
    if not assessment.compared:
        found.append("whether another program would differ: no input was compared")
    doubt = 1 - sum(state.decided.beliefs.values())
    if state.decided.beliefs and doubt >= LEAST_DOUBT:
        found.append(f"whether any of these behaviours is right: with {doubt:.0%} none is")
    found += [
        f"which of {duel.left} and {duel.right} is right on {duel.input_ids[0]}: the judge could not tell"
        for duel in state.duels
        if duel.winner is None and duel.input_ids and duel.input_ids[0] not in state.verdicts
    ]
    if (question := assessment.open_question) is not None:
        found.append(f"the right output for {question}: you can say it")
    large = {item.id for item in state.inputs.values() if item.origin is InputOrigin.LARGE}
    if not large & state.outcomes.get(chosen, {}).keys():
        found.append("whether it is fast enough: no input of the full size was run")
    return tuple(dict.fromkeys(found))


def settled_by(state: RunState, input_id: str) -> str:
    """Who said which output is right for an input."""
    if (said := state.verdicts.get(input_id)) is not None:
        return _said(said)
    duels = [duel for duel in state.duels if duel.input_ids[:1] == (input_id,)]
    asked = [
        f"{'the judge on' if duel.votes else f'{NOT_JUDGED};'} {duel.left} or {duel.right}: "
        + (f"{duel.winner} is right" if duel.winner else "nothing that holds in both orders")
        for duel in duels
    ]
    return "; ".join(asked) or "nobody was asked"


def _said(said: HumanVerdict) -> str:
    if said.illegal:
        return "you: this input is not allowed"
    if said.unknown or said.expected is None:
        return "you: unknown"
    return f"you: the right output is {_short(said.expected) or '(nothing)'}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + "…"


def difference(outputs: Sequence[tuple[str, str]]) -> tuple[int | None, str]:
    """Where outputs first differ: the line, from 1, and a sentence; None and nothing if they look alike.

    Args:
        outputs: Cluster id and what is shown of its output.
    """
    lines = [(cluster, text.removesuffix("\n").split("\n")) for cluster, text in outputs]
    longest = max((len(each) for _, each in lines), default=0)
    for number in range(longest):
        at = {cluster: each[number].rstrip() if number < len(each) else None for cluster, each in lines}
        if len(set(at.values())) > 1:
            shown = ", ".join(
                f"{cluster} ends before it" if line is None else f"{cluster} {_short(line) or '(empty)'}"
                for cluster, line in at.items()
            )
            return number + 1, clip(f"they differ first in line {number + 1}: {shown}")
    return None, ""
