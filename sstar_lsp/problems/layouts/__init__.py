"""Where tools keep tests beside a statement: one small adapter for each file convention."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.layouts import archive, competitest, cph, cph_ng, kattis, pairs, rbx
from sstar_lsp.problems.layouts.files import Loaded, Reader, listed, warning
from sstar_lsp.problems.layouts.kattis import package_root
from sstar_lsp.problems.layouts.owners import Owner
from sstar_lsp.problems.layouts.rbx import rbx_root
from sstar_lsp.records import Test

Load = Callable[[Path, Owner, Reader], list[Test]]
"""The tests of one file convention that belong to the statement at a path, in natural order.

Never raises for what lies on disk: what cannot be read, or is wrong, goes to ``reader.warn``, and files that look
like tests and are nobody's to ``reader.not_taken``.
"""
Save = Callable[[Path, Reader, str, str | None], tuple[Path, ...]]
"""Add a test (input, and right output; None: nobody confirmed one) to those of the statement or program at a path,
keeping all that is there.

Returns the files that hold the test (one that is there already is not written again); none if the person keeps no
tests in this form.

Raises:
    OSError: a file cannot be written.
    ProblemError: a file is not understood; it stays as it is.
"""

WRITABLE: tuple[Save, ...] = (cph.save, competitest.save, pairs.save)
"""In the order in which they are asked; the last one always takes a test."""

LAYOUTS: tuple[Load, ...] = tuple(
    each.load for each in (kattis, rbx, pairs, competitest, cph, cph_ng, archive)
)
"""Every convention, in the order in which they are asked."""


def reader_for(path: Path) -> Reader:
    """The reader that may read what belongs to the statement at ``path``: its folder, or its package."""
    return Reader(package_root(path) or rbx_root(path) or path.parent)


def tests_beside(path: Path) -> Loaded:
    """The tests that lie beside a statement, by all layouts."""
    reader = reader_for(path)
    owner = Owner.of(path, reader)
    tests = [test for load in LAYOUTS for test in load(path, owner, reader)]
    remarks = list(reader.remarks)
    if reader.not_taken:
        count = len(reader.not_taken)
        remarks.append(
            warning(
                f"{listed(reader.not_taken)}: {'looks' if count == 1 else 'look'} like {'a test' if count == 1 else 'tests'} "
                f"and {'was' if count == 1 else 'were'} not taken. Begin the name with {path.stem}, or put "
                f"{'it' if count == 1 else 'them'} into the folder {path.stem}/"
            )
        )
    return Loaded(tuple(tests), tuple(remarks))


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
