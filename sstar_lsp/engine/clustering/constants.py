"""Numbers that stand in the survivors' own texts: where one is compared with something, programs differ next
to it.

A program that treats 28 or 1000 otherwise than 29 or 1001 says so in its text. The text is only searched,
never run or parsed, so whatever it holds can do no more than name a number that is of no use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sstar_lsp.records import Candidate

MOST = 60
"""Numbers that are taken, the smallest first."""
LONGEST_CODE = 20_000
"""Characters of a program that are searched."""
_NUMBER = re.compile(
    r"(?<![\w.])(?:(?P<base>\d{1,3})\s*(?:\*\*|<<)\s*(?P<exponent>\d{1,2})|(?P<digits>\d{1,3})e(?P<zeros>\d{1,2})|(?P<plain>\d{1,19}))(?![\w.])"
)


def named_numbers(candidates: Iterable[Candidate]) -> tuple[int, ...]:
    """Integers in the programs' texts (``1000``, ``1e9``, ``10**9``, ``1 << 20``) and neighbours, rising."""
    found: set[int] = set()
    for candidate in candidates:
        for match in _NUMBER.finditer(candidate.code[:LONGEST_CODE]):
            value = _value(match)
            found |= {value - 1, value, value + 1}
    return tuple(sorted(found, key=lambda value: (abs(value), value))[:MOST])


def _value(match: re.Match[str]) -> int:
    if match["plain"] is not None:
        return int(match["plain"])
    if match["digits"] is not None:
        return int(match["digits"] + "0" * int(match["zeros"]))
    base, exponent = int(match["base"]), int(match["exponent"])
    return base << exponent if "<<" in match[0] else int(base**exponent)
