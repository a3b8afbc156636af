"""All cases of the conformance and escape suite."""

from __future__ import annotations

from collections.abc import Sequence

from sstar_sandbox.conformance.cases import Case
from sstar_sandbox.conformance.hostile_beside import BESIDE_CASES
from sstar_sandbox.conformance.hostile_forging import FORGING_CASES
from sstar_sandbox.conformance.hostile_limits import LIMIT_CASES
from sstar_sandbox.conformance.hostile_reach import REACH_CASES
from sstar_sandbox.conformance.legitimate import LEGITIMATE_CASES

CASES = (*LIMIT_CASES, *REACH_CASES, *FORGING_CASES, *BESIDE_CASES, *LEGITIMATE_CASES)


def cases_for(*, has_linux_calls: bool, words: Sequence[str] = ()) -> tuple[Case, ...]:
    """Those that mean something where system calls have Linux's numbers, or others.

    ``words``: only cases whose name has one of these in it, or whose group is one of them; none: all.
    """
    return tuple(
        case
        for case in CASES
        if (has_linux_calls or (case.group not in {"kernel", "channels"} and "syscall(" not in case.source))
        and (not words or any(word in case.name or word == case.group for word in words))
    )
