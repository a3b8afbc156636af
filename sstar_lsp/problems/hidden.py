"""Hidden tests, by which a solution is graded. The engine never sees them."""

from __future__ import annotations

import json
from pathlib import Path

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.layouts.files import Reader, natural
from sstar_lsp.records import Test, TestOrigin

MAX_TEST_BYTES = 64 << 20
MAX_TOTAL_BYTES = 512 << 20
"""Hidden tests are larger than examples: they are the judge's."""


def hidden_tests(path: Path) -> tuple[Test, ...]:
    """The hidden tests of the problem at ``path`` (statement, folder, or ``hidden`` itself), in natural
    order.

    They lie in ``hidden/``: pairs ``NN.in`` / ``NN.out``, or ``cases.json``, a list of ``{"input",
    "expected"}`` whose values are the JSON texts of :class:`~sstar_lsp.records.Test`. None there: an empty
    tuple.

    Raises:
        ProblemError: an input without its output, a file that is too large, no regular one or elsewhere, or a
            ``cases.json`` that is no such list.
    """
    folder = path if path.is_dir() else path.parent
    if folder.name != "hidden":
        folder /= "hidden"
    tests: list[Test] = []
    reader = Reader(folder, MAX_TOTAL_BYTES)
    for given in sorted(folder.glob("*.in"), key=lambda f: natural(f.name)):
        wanted = given.with_suffix(".out")
        if not wanted.is_file():
            raise ProblemError(f"{given}: no {wanted.name} beside it; add it or remove the input")
        tests.append(_test(_text(reader, given), _text(reader, wanted), given.stem))
    cases = folder / "cases.json"
    if cases.is_file():
        tests.extend(_cases(reader, cases))
    return tuple(tests)


def _text(reader: Reader, path: Path) -> str:
    if (text := reader.text_of(path, MAX_TEST_BYTES)) is None:
        raise ProblemError(f"{path.parent}: {reader.remarks[-1].message}")
    return text


def _cases(reader: Reader, path: Path) -> list[Test]:
    try:
        listed = json.loads(_text(reader, path))
        return [_test(str(case["input"]), str(case["expected"]), str(n)) for n, case in enumerate(listed, 1)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ProblemError(f'{path}: must be a list of {{"input": …, "expected": …}} ({error})') from error


def _test(given: str, wanted: str, name: str) -> Test:
    return Test(given, wanted, TestOrigin.HIDDEN, f"hidden {name}")
