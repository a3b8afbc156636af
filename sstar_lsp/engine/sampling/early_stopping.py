"""Whether the leading behaviour needs no further programs: "adaptive consistency" (arXiv 2305.11860)."""

from __future__ import annotations

from math import comb, exp, lgamma

from attrs import frozen


def stays_ahead(leader: int, second: int, left: int, survival: float) -> float:
    """Probability that the leading behaviour is still ahead when all samples are taken.

    Each of the ``left`` samples survives with probability ``survival``; each survivor behaves otherwise with
    a probability drawn from Beta(second + 1, leader + 1), and then, to be cautious, always as the second one
    does. With many samples left this becomes the rule of arXiv 2305.11860; with few left it settles sooner.
    """
    ahead = 0.0
    for alive in range(left + 1):
        chance = comb(left, alive) * survival**alive * (1 - survival) ** (left - alive)
        most_others = (leader - second + alive - 1) // 2  # of the survivors, so that the leader is ahead
        others = range(min(alive, most_others) + 1)
        ahead += chance * sum(_beta_binomial(alive, other, second + 1, leader + 1) for other in others)
    return ahead


def _beta_binomial(throws: int, hits: int, a: int, b: int) -> float:
    """Probability of so many hits, each with a probability drawn once from Beta(a, b)."""
    logs = lgamma(hits + a) + lgamma(throws - hits + b) - lgamma(throws + a + b)
    return comb(throws, hits) * exp(logs + lgamma(a + b) - lgamma(a) - lgamma(b))


@frozen
class Standing:
    """How far the leading behaviour is ahead."""

    leader: int
    """Programs that behave like it; 0: nothing survives yet."""
    second: int
    left: int
    """Samples that may still bring a survivor."""
    survival: float
    """Share of samples that survive, as far as is known."""

    @property
    def is_certain(self) -> bool:
        """Whether no other behaviour can overtake it any more."""
        return self.leader > self.second + self.left

    @property
    def stays_ahead(self) -> float:
        """Probability that it is still ahead when all samples are taken."""
        return stays_ahead(self.leader, self.second, self.left, self.survival)

    def is_settled(self, confidence: float) -> bool:
        """Whether further programs are not needed; never with nothing ahead or nothing left."""
        return self.leader > 0 and self.left > 0 and (self.is_certain or self.stays_ahead >= confidence)
