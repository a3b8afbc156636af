"""A sample and its repairs, and the order in which the results of all are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from attrs import Factory, define

from sstar_lsp.records import Candidate


def order(sizes: Sequence[int], rounds: int) -> Iterator[tuple[int, int, int]]:
    """(wave, round, sample) in the order in which results are looked at.

    A wave is as old as the repairs that were asked for while it was written: wave ``w`` round ``r`` comes at
    ``w + r``, first attempts first.
    """
    starts = [sum(sizes[:wave]) for wave in range(len(sizes))]
    for tick in range(len(sizes) + rounds):
        for round_ in range(min(rounds, tick) + 1):
            wave = tick - round_
            if wave < len(sizes):
                for sample in range(starts[wave] + 1, starts[wave] + sizes[wave] + 1):
                    yield wave, round_, sample


@define
class Chain:
    """One sample and its repairs."""

    sample: int
    wave: int
    best: Candidate | None = None
    """Passes the most examples so far; repairs start from it."""
    attempts: list[Candidate | None] = Factory(list)
    """By round; None: the reply held no program, or there was no such round."""
    rounds_made: int = 0
    deferred: bool = False
    """Not debugged, unless nothing survives in the end."""
    over: dict[int, asyncio.Event] = Factory(dict)
    """Round to: its result is known."""

    def result_known(self, round_: int) -> asyncio.Event:
        """Set once the round's result is known (or there will be none)."""
        return self.over.setdefault(round_, asyncio.Event())
