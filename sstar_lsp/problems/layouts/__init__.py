"""Where tools keep tests beside a statement: one small adapter for each file convention."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from sstar_lsp.problems.layouts.archive import Archive
from sstar_lsp.problems.layouts.competitest import CompetitestFile
from sstar_lsp.problems.layouts.cph import CphFile
from sstar_lsp.problems.layouts.cph_ng import CphNgFile
from sstar_lsp.problems.layouts.files import MAX_TEST_BYTES, Loaded, Reader, listed, natural, warning
from sstar_lsp.problems.layouts.kattis import KattisSamples, package_root
from sstar_lsp.problems.layouts.owners import Owner
from sstar_lsp.problems.layouts.pairs import FilePairs
from sstar_lsp.problems.layouts.rbx import RbxSamples, rbx_root
from sstar_lsp.records import Test

__all__ = [
    "LAYOUTS",
    "MAX_TEST_BYTES",
    "WRITABLE",
    "FilePairs",
    "Layout",
    "Loaded",
    "WritableLayout",
    "natural",
    "reader_for",
    "tests_beside",
]


class Layout(Protocol):
    """A file convention. Never raises for what lies on disk: what cannot be read becomes a remark."""

    name: str

    def load(self, path: Path, owner: Owner, reader: Reader) -> list[Test]:
        """The tests on disk that belong to the statement at ``path``, in natural order.

        Files that look like tests and are nobody's go to ``reader.not_taken``, what is wrong to
        ``reader.warn``.
        """


class WritableLayout(Layout, Protocol):
    """A convention in which tests are kept as well."""

    def save(self, path: Path, reader: Reader, text: str, expected: str | None) -> tuple[Path, ...]:
        """Add a test to those of the statement or program at ``path``, keeping all that is there.

        ``expected``: the right output; None: nobody confirmed one. Returns the files that hold the test (one
        that is there already is not written again); none if the person keeps no tests in this form.

        Raises:
            OSError: a file cannot be written.
            ProblemError: a file is not understood; it stays as it is.
        """


WRITABLE: tuple[WritableLayout, ...] = (CphFile(), CompetitestFile(), FilePairs())
"""In the order in which they are asked; the last one always takes a test."""

LAYOUTS: tuple[Layout, ...] = (KattisSamples(), RbxSamples(), *reversed(WRITABLE), CphNgFile(), Archive())
"""Every convention, in the order in which they are asked."""


def reader_for(path: Path) -> Reader:
    """The reader that may read what belongs to the statement at ``path``: its folder, or its package."""
    return Reader(package_root(path) or rbx_root(path) or path.parent)


def tests_beside(path: Path) -> Loaded:
    """The tests that lie beside a statement, by all layouts."""
    reader = reader_for(path)
    owner = Owner.of(path, reader)
    tests = [test for layout in LAYOUTS for test in layout.load(path, owner, reader)]
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
