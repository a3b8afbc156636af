"""What S* is compared with, as far as it needs no model: each is a few lines over one draw.

All choose among the survivors (:attr:`~sstar_lsp.bench.selectors.draw_context.Stage.pickable` where there is
none), in sampling order on ties. Definitions and sources: docs/bench.md.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from random import Random

from sstar_lsp.bench.records import Choice, Contender
from sstar_lsp.bench.selectors.draw_context import Behaviour, Stage, mean_score


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
    return _picked(max(reversed(stage.attempts_of(1)), key=lambda c: c.passed, default=None))


def majority(stage: Stage, behaviours: Mapping[str, Behaviour]) -> Choice:
    """The largest group of survivors with the same outputs on all plain inputs."""
    return _largest(stage, behaviours, lambda members, _: float(len(members)))


def codet(stage: Stage, behaviours: Mapping[str, Behaviour]) -> Choice:
    """CodeT's dual agreement where the programs' own outputs are the tests: |programs| x |tests passed|.

    Every survivor writes one test an input, its own output where it ended well; a group passes the tests that
    any survivor wrote with the output that the group prints.
    """
    written = _written(stage, behaviours)

    def score(members: Sequence[Contender], behaviour: Behaviour) -> float:
        printed = zip(written, behaviour.classes, behaviour.ended_well, strict=True)
        return float(len(members) * sum(counts[number] for counts, number, well in printed if well))

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


def aces(stage: Stage, behaviours: Mapping[str, Behaviour]) -> Choice:
    """After ACES (arXiv 2604.03922): an input counts by how well its partition agrees with all other inputs.

    An input ranks two survivors by how many print what each prints; w = max(0, 2 AUC - 1), where AUC is the
    share of the pairs that it ranks in the order of their sums over all *other* inputs (equal sums: half). A
    group scores the sum of w x (survivors that print the same). The paper's AUC is that of one test's pass
    and fail; with two outputs on an input both are the same. The form of the weight is ours: the paper's
    closed form was not to be had.
    """
    written = _written(stage, behaviours)
    of = _of(stage.survivors, behaviours)
    shares = [[written[place][number] for place, number in enumerate(b.classes)] for b in of]
    totals = [sum(row) for row in shares]

    def weight(place: int) -> float:
        agreeing = pairs = 0.0
        for left, right in combinations(range(len(of)), 2):
            here = shares[left][place] - shares[right][place]
            if here:
                elsewhere = totals[left] - totals[right] - here
                agreeing += 0.5 if elsewhere == 0 else float((here > 0) == (elsewhere > 0))
                pairs += 1
        return max(0.0, 2 * agreeing / pairs - 1) if pairs else 0.0

    weights = [weight(place) for place in range(_inputs(behaviours))]

    def score(_: Sequence[Contender], behaviour: Behaviour) -> float:
        return math.fsum(w * written[place][behaviour.classes[place]] for place, w in enumerate(weights))

    return _largest(stage, behaviours, score)


B4_ALPHA_XY = 1e3
B4_BETA_0 = 1e4
"""Hyperparameters of B4, as its authors' program has them (the first of three values that it tries)."""


def b4(stage: Stage, behaviours: Mapping[str, Behaviour]) -> Choice:
    """B4 (arXiv 2409.08692) where the programs' own outputs are the tests, as in :func:`codet`.

    A group of n of N programs that passes m of M tests scores, with B the Beta function, log B(m + a, M - m +
    1) + log B(n + a, N - n + 1) + log B(p + 1, P - p + 1) + log B(q + 1, Q - q + b): of the P = (N - n) m
    runs of other programs on the group's tests p pass, of the Q = (N - n)(M - m) on the other tests q. a =
    1e3, b = 1e4.
    """
    written = _written(stage, behaviours)
    programs, tests = len(stage.survivors), sum(sum(counts.values()) for counts in written)

    def score(members: Sequence[Contender], behaviour: Behaviour) -> float:
        own = [counts[number] for counts, number in zip(written, behaviour.classes, strict=True)]
        others, passed = programs - len(members), sum(own)
        on_own = sum(count * (count - len(members)) for count in own if count)
        on_rest = sum(count**2 for counts in written for count in counts.values()) - sum(c**2 for c in own)
        return math.fsum(
            (
                _log_beta(passed + B4_ALPHA_XY, tests - passed + 1),
                _log_beta(len(members) + B4_ALPHA_XY, others + 1),
                _log_beta(on_own + 1, others * passed - on_own + 1),
                _log_beta(on_rest + 1, others * (tests - passed) - on_rest + B4_BETA_0),
            )
        )

    return _largest(stage, behaviours, score)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def srank(stage: Stage, behaviours: Mapping[str, Behaviour]) -> Choice:
    """SRank (arXiv 2311.03366) without a model's tests: a group counts by its overlap with all groups.

    Score of group i: sum over groups j of O_ij x (share of the survivors that are in j), where O_ij is the
    share of the inputs on which both end well and print the same, and O_ii = 1. (With a model's tests the
    share is multiplied by the pass rate.)
    """
    of = _of(stage.survivors, behaviours)
    inputs = max(1, _inputs(behaviours))

    def overlap(one: Behaviour, other: Behaviour) -> float:
        if other.classes == one.classes:
            return 1.0
        both = zip(one.ended_well, one.classes, other.classes, strict=True)
        return sum(well and number == theirs for well, number, theirs in both) / inputs

    def score(_: Sequence[Contender], behaviour: Behaviour) -> float:
        return math.fsum(overlap(behaviour, other) for other in of) / len(of)

    return _largest(stage, behaviours, score)


def _written(stage: Stage, behaviours: Mapping[str, Behaviour]) -> list[Counter[int]]:
    """For each input, by output, how many survivors print it and end well."""
    return [
        Counter(b.classes[place] for b in _of(stage.survivors, behaviours) if b.ended_well[place])
        for place in range(_inputs(behaviours))
    ]


def _largest(
    stage: Stage,
    behaviours: Mapping[str, Behaviour],
    score: Callable[[Sequence[Contender], Behaviour], float],
) -> Choice:
    """The first member of the group with the highest score."""
    if not stage.survivors:
        return first_passing(stage)
    groups = groups_of(stage, behaviours)
    best = max(groups, key=lambda members: score(members, behaviours[members[0].code]))
    return _picked(best[0], len(groups), _inputs(behaviours))


def groups_of(stage: Stage, behaviours: Mapping[str, Behaviour]) -> list[list[Contender]]:
    """The survivors that print the same on all plain inputs, in sampling order."""
    groups: dict[tuple[int, ...], list[Contender]] = {}
    for contender in stage.survivors:
        groups.setdefault(behaviours[contender.code].classes, []).append(contender)
    return list(groups.values())


def _of(survivors: Sequence[Contender], behaviours: Mapping[str, Behaviour]) -> list[Behaviour]:
    return [behaviours[contender.code] for contender in survivors]


def _inputs(behaviours: Mapping[str, Behaviour]) -> int:
    return len(next(iter(behaviours.values())).classes) if behaviours else 0
