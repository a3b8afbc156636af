"""How probable a run says that its choice is right: the posterior of the leader, corrected by what was measured.

The posterior takes clusters as if one of them alone could be right, but right programs differ as well, on
inputs that are not legal; so the leader is right more often than it says where it is unsure. And where few
samples for a whole program pass the examples the problem is hard, and those that do are wrong more often. Both
are corrected on a line in log-odds (Platt, "Probabilistic outputs for support vector machines", 1999; fitted in
docs/benchmarks.md). What is asked, pruned and chosen goes by the posterior itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sstar_lsp.engine.run.policy import POLICY, Policy
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import Style

_SURE = 1e-6
"""A probability that is nearer to 0 or 1 stays as it is."""


def told_beliefs(
    state: RunState, posterior: Mapping[str, float], before_duels: Mapping[str, float]
) -> dict[str, float]:
    """By cluster, the probability to tell. Where a person said what is right, or there was no example to pass,
    nothing was measured: it is the posterior. ``before_duels``: the posterior of the programs and their runs alone.
    """
    if state.verdicts or not state.problem.public_tests:
        return dict(posterior)
    compared = before_duels if state.policy.calibrates_votes_alone else posterior
    return calibrated(posterior, passing_share(state), state.policy, compared)


def passing_share(state: RunState) -> float:
    """Share of the samples of which an attempt passes the examples, 0 … 1; 0.5 for functions, where it says little."""
    if state.problem.style is not Style.STDIN:
        return 0.5
    passing = {candidate.sample for candidate in state.survivors}
    return min(1.0, len(passing) / max(1, state.answered()))


def calibrated(
    posterior: Mapping[str, float],
    share: float,
    policy: Policy = POLICY,
    before_duels: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """The leader's probability corrected, those of the others lessened in proportion; the order stays.

    What the leader gains, the others and "none of them" lose alike; what it loses, "none of them" gains. Leaders
    that are level stay as they are, and the nearer another one is, or was ``before_duels``, the less is corrected:
    a judge's word is worth what the posterior makes of it. ``share``: of the samples that pass the examples, 0 … 1;
    0.5 changes nothing.
    """
    leader = max(posterior, key=lambda name: posterior[name], default="")
    first = posterior.get(leader, 0.0)
    if not _SURE < first < 1 - _SURE:
        return dict(posterior)
    nearest = max(_nearest(leader, posterior), _nearest(leader, before_duels or posterior))
    odds = (
        policy.calibration_shift
        + policy.calibration_slope * math.log(first / (1 - first))
        + policy.calibration_share * (share - 0.5)
    )
    distance = 1 - nearest**policy.calibration_level
    told = first + (1 / (1 + math.exp(-odds)) - first) * distance
    rest = min(told / first, (1 - told) / (1 - first))
    return {name: told if value == first else value * rest for name, value in posterior.items()}


def _nearest(leader: str, belief: Mapping[str, float]) -> float:
    """How near the best other cluster is to this one, 0 … 1; 1 if it is level or ahead."""
    best = max((value for name, value in belief.items() if name != leader), default=0.0)
    return min(1.0, best / belief[leader])
