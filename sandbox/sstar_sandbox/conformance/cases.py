"""What a case of the suite is: a program, and the verdicts that are right for it.

Every case reads two numbers and the right answer is their sum. A hostile one prints ``ESCAPED`` when it gets
what it wants; ``@SECRET@``, ``@TARGET@``, ``@PORT@`` and ``@VICTIM@`` in a source become a readable file of
the host, a writable folder of it, a listening port and a living process.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

from sstar_sandbox.records import MIB, Limits, Verdict

ROOMY = Limits(wall_s=20.0, cpu_s=8.0, memory_bytes=256 * MIB, output_bytes=1 * MIB)
"""For cases whose verdict is not about time: a loaded machine must not change it."""
BRIEF = Limits(wall_s=0.5, cpu_s=0.25, memory_bytes=256 * MIB, output_bytes=1 * MIB)
"""For cases that are to run into a time limit."""
SMALL = Limits(wall_s=20.0, cpu_s=10.0, memory_bytes=64 * MIB, output_bytes=1 * MIB)
"""For cases that are to run into the memory limit."""

A, W, R = Verdict.AC, Verdict.WA, Verdict.RE
T, M, L, C = Verdict.TLE, Verdict.MLE, Verdict.OLE, Verdict.CE


def _verdicts(verdicts: Iterable[Verdict]) -> frozenset[Verdict]:
    return frozenset(verdicts)


@frozen
class Case:
    """One program and what must come of it."""

    name: str
    """A few words with dashes."""
    group: str
    """One of the groups of the threat model."""
    source: str
    verdicts: frozenset[Verdict] = field(converter=_verdicts)
    """Right verdicts on every tier and in every mode."""
    limits: Limits = ROOMY
    language: str = "python"
    tier_verdicts: dict[str, frozenset[Verdict]] = field(factory=dict)
    """Other right verdicts on a tier, with the reason in ``note``."""
    note: str = ""
    beside: str = ""
    """A Python program that runs at the same time in another box, from which this one must hear nothing."""

    def allowed(self, tier: str) -> frozenset[Verdict]:
        """Right verdicts on a tier."""
        return self.tier_verdicts.get(tier, self.verdicts)
