"""Hidden tests: what a solution is graded with. The engine never sees them.

A room of its own so that nothing that reads problems for solving can come upon them by accident.
"""

from __future__ import annotations

import json
from pathlib import Path

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.layouts import natural
from sstar_lsp.records import Test, TestOrigin


def hidden_tests(path: Path) -> tuple[Test, ...]:
    """The hidden tests of the problem at ``path`` (statement, folder, or ``hidden`` itself), in natural order.

    They lie in ``hidden/``: pairs ``NN.in`` / ``NN.out``, or ``cases.json``, a list of ``{"input",
    "expected"}`` whose values are the JSON texts of :class:`~sstar_lsp.records.Test`. None there: an empty
    tuple.

    Raises:
        ProblemError: an input without its output, or a ``cases.json`` that is no such list.
    """
    folder = path if path.is_dir() else path.parent
    if folder.name != "hidden":
        folder /= "hidden"
    tests: list[Test] = []
    for given in sorted(folder.glob("*.in"), key=lambda f: natural(f.name)):
        wanted = given.with_suffix(".out")
        if not wanted.is_file():
            raise ProblemError(f"{given}: no {wanted.name} beside it; add it or remove the input")
        tests.append(_test(given.read_text(encoding="utf-8"), wanted.read_text(encoding="utf-8"), given.stem))
    cases = folder / "cases.json"
    if cases.is_file():
        tests.extend(_cases(cases))
    return tuple(tests)


def _cases(path: Path) -> list[Test]:
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        return [_test(str(case["input"]), str(case["expected"]), str(n)) for n, case in enumerate(listed, 1)]
    except (ValueError, KeyError, TypeError) as error:
        raise ProblemError(f'{path}: must be a list of {{"input": …, "expected": …}} ({error})') from error


def _test(given: str, wanted: str, name: str) -> Test:
    return Test(given, wanted, TestOrigin.HIDDEN, f"hidden {name}")
