"""What S* is compared with, as far as it needs no model: each is a few lines over one draw.

All choose among the survivors (:attr:`~sstar_lsp.bench.stage.Stage.pickable` where there is none), in sampling
order on ties. Definitions and sources: docs/bench.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random

from attrs import frozen

from sstar_lsp.bench.records import Contender, Judgement
from sstar_lsp.bench.stage import Behaviour, Stage, mean_score


@frozen
class Choice:
    """What a method picked."""

    picked: str | None
    """Id of a contender; None when there is none."""
    score: float
    """1 right, 0 wrong, or the expected value of a pick by dice."""
    clusters: int = 0
    """Groups it told apart."""
    belief: float | None = None
    beliefs: tuple[float, ...] = ()
    status: str = ""
    inputs: int = 0
    duels: tuple[Judgement, ...] = ()


def _picked(contender: Contender | None, clusters: int = 0, inputs: int = 0) -> Choice:
    if contender is None:
        return Choice(None, 0.0)
    return Choice(contender.id, float(bool(contender.right)), clusters, inputs=inputs)


def zero_shot(stage: Stage) -> Choice:
    """One sample, taken as it comes: its expected score over the draw."""
    first = stage.first_attempts
    return Choice(first[0].id if first else None, mean_score(first))


def first_passing(stage: Stage) -> Choice:
    """The first sample that passes the public tests."""
    return _picked(next(iter(stage.pickable), None))


def random_passing(stage: Stage, random: Random) -> Choice:
    """Any that passes the public tests: expected score."""
    picked = random.choice(stage.pickable) if stage.pickable else None
    return Choice(picked.id if picked else None, stage.random)


def oracle(stage: Stage) -> Choice:
    """A right one where there is any."""
    right = next((c for c in stage.contenders if c.right), None)
    return _picked(right or next(iter(stage.pickable), None))


def self_debug(stage: Stage) -> Choice:
    """The first sample alone through its rounds: the best of its history, a later round on ties."""
    chain = [c for c in stage.contenders if c.id.partition(".")[0] == "c1"]
    return _picked(max(reversed(chain), key=lambda c: c.passed, default=None))


def majority(stage: Stage, behaviours: Mapping[str, Behaviour]) -> Choice:
    """The largest group of survivors with the same outputs on all plain inputs."""
    return _largest(stage, behaviours, lambda members, _: float(len(members)))


def codet(stage: Stage, behaviours: Mapping[str, Behaviour]) -> Choice:
    """CodeT's dual agreement where the programs' own outputs are the tests: |programs| x |tests passed|.

    Every survivor writes one test an input, its own output where it ended well; a group passes the tests that any
    survivor wrote with the output that the group prints.
    """
    written = [
        Counter(b.classes[place] for b in _of(stage.survivors, behaviours) if b.ended_well[place])
        for place in range(_inputs(behaviours))
    ]

    def score(members: Sequence[Contender], behaviour: Behaviour) -> float:
        passed = sum(
            written[place][number]
            for place, number in enumerate(behaviour.classes)
            if behaviour.ended_well[place]
        )
        return float(len(members) * passed)

    return _largest(stage, behaviours, score)


def mbr(stage: Stage, behaviours: Mapping[str, Behaviour]) -> Choice:
    """MBR-EXEC: the survivor whose outputs differ from the others' on the fewest (other, input) pairs."""
    survivors = stage.survivors
    if not survivors or not _inputs(behaviours):
        return first_passing(stage)
    of = [behaviours[c.code].classes for c in survivors]
    counts = [Counter(classes[place] for classes in of) for place in range(_inputs(behaviours))]
    agreement = [sum(counts[place][number] for place, number in enumerate(classes)) for classes in of]
    best = max(range(len(survivors)), key=lambda at: (agreement[at], -at))
    return _picked(survivors[best], len(set(of)), _inputs(behaviours))


def _largest(
    stage: Stage,
    behaviours: Mapping[str, Behaviour],
    score: Callable[[Sequence[Contender], Behaviour], float],
) -> Choice:
    """The first member of the group with the highest score."""
    if not stage.survivors:
        return first_passing(stage)
    groups: dict[tuple[int, ...], list[Contender]] = {}
    for contender in stage.survivors:
        groups.setdefault(behaviours[contender.code].classes, []).append(contender)
    best = max(groups.values(), key=lambda members: score(members, behaviours[members[0].code]))
    return _picked(best[0], len(groups), _inputs(behaviours))


def _of(survivors: Sequence[Contender], behaviours: Mapping[str, Behaviour]) -> list[Behaviour]:
    return [behaviours[contender.code] for contender in survivors]


def _inputs(behaviours: Mapping[str, Behaviour]) -> int:
    return len(next(iter(behaviours.values())).classes) if behaviours else 0
