"""The conformance-and-escape suite: hostile programs and honest ones, the same for every tier and mode.

Part of the package because ``doctor`` runs it on the user's own machine; ``python -m sstar_sandbox.conformance``
runs it alone.
"""

from sstar_sandbox.conformance.cases import Case
from sstar_sandbox.conformance.hostile_beside import BESIDE_CASES
from sstar_sandbox.conformance.hostile_forging import FORGING_CASES
from sstar_sandbox.conformance.hostile_limits import LIMIT_CASES
from sstar_sandbox.conformance.hostile_reach import REACH_CASES
from sstar_sandbox.conformance.legitimate import LEGITIMATE_CASES

CASES = (*LIMIT_CASES, *REACH_CASES, *FORGING_CASES, *BESIDE_CASES, *LEGITIMATE_CASES)


def cases_for(tier: str) -> tuple[Case, ...]:
    """Those that mean something on a tier: the numbers of Linux's system calls are other calls on a Mac."""
    if tier != "seatbelt":
        return CASES
    return tuple(
        case for case in CASES if case.group not in {"kernel", "channels"} and "syscall(" not in case.source
    )


__all__ = ["CASES", "Case", "cases_for"]
