"""Keeps a test in the form in which the person keeps theirs, merging with what is there.

An output that nobody confirmed is never written: the test is then an input without an output.
"""

from __future__ import annotations

from pathlib import Path

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.layouts import WRITABLE, reader_for, tests_beside


def save_test(path: Path, text: str, expected: str | None) -> tuple[Path, ...]:
    """Keep a test of the problem or program at ``path``; the files that hold it.

    cph's problem file, competitest's one file or its pairs, and oj's ``test/`` are used where they are; else
    ``<stem>-sstar-<n>.in`` and ``.out`` beside ``path``. ``expected``: the right output; None: nobody knows
    it, and then cph's file, which always has one, is not used. A test that is there already is not written a
    second time.

    Raises:
        ProblemError: a file cannot be written, or the input is a test already with another output; what is
            there stays as it was.
    """
    known = next((test for test in tests_beside(path).tests if test.input == text), None)
    if known is not None and expected is not None and known.expected != expected:
        raise ProblemError(
            f"the input is a test already ({known.name}), with another output: change or remove that test first."
        )
    reader = reader_for(path)
    try:
        written = (save(path, reader, text, expected) for save in WRITABLE)
        return next(filter(None, written), ())
    except UnicodeEncodeError as error:
        raise ProblemError("the test cannot be kept: it holds characters that no file can hold.") from error
    except OSError as error:
        raise ProblemError(f"the test cannot be kept: {error.filename}: {error.strerror}.") from error
