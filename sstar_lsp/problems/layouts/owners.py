"""Which test files belong to which statement, by their names. Rules for people: ``docs/problems.md``."""

from __future__ import annotations

import re
from pathlib import Path

from attrs import frozen

from sstar_lsp.problems.layouts.files import Reader
from sstar_lsp.problems.source.comments import LANGUAGE_OF_SUFFIX

STATEMENT_NAMES = {"problem", "statement"}
STATEMENT_SUFFIXES = {".md", ".markdown", ".txt", ".tex", ".html", ".htm", *LANGUAGE_OF_SUFFIX}
TEST_FOLDERS = ("tests", "test", "samples", "sample", "data/sample")
"""Folders whose tests belong to the only statement beside them."""

_NO_STATEMENTS = {"readme", "changelog", "license"}
_NUMBERED = re.compile(
    r"(?:(?:samples?|examples?|tests?)[-_. ]?)?(?:input|in|output|out|answer|ans)?[-_. ]?\d{0,4}",
    re.IGNORECASE,
)
_TEST_TEXT = re.compile(r"(?:.*[-_. ])?(?:input|in|output|out|ans|answer)[-_. ]?\d{0,4}\.txt", re.IGNORECASE)
"""Text files that are named like tests are no statements."""


@frozen
class Owner:
    """A statement, and the names of the other statements in its folder."""

    stem: str
    others: frozenset[str]
    alone: bool
    """Called ``problem`` or ``statement``, or alone in its folder: numbered tests are its own."""

    @classmethod
    def of(cls, path: Path, reader: Reader) -> Owner:
        """The statement at ``path``."""
        others = {
            file.stem
            for file in reader.files(path.parent)
            if file.suffix.lower() in STATEMENT_SUFFIXES and not _TEST_TEXT.fullmatch(file.name)
        } - {path.stem}
        alone = path.stem.lower() in STATEMENT_NAMES or all(
            other.lower() in _NO_STATEMENTS for other in others
        )
        return cls(path.stem, frozenset(others), alone)

    def owns(self, name: str) -> bool:
        """Whether a test of this name (without suffix) in the statement's own folder is this statement's."""
        if self.alone and is_numbered(name):
            return True
        # a-b1.in is a-b.md's and not a.md's.
        return self._continues(name, self.stem) and not any(
            len(other) > len(self.stem) and self._continues(name, other) for other in self.others
        )

    def is_nobodys(self, name: str) -> bool:
        """Whether the name begins with that of no statement."""
        return not any(self._continues(name, stem) for stem in (self.stem, *self.others))

    def _continues(self, name: str, stem: str) -> bool:
        """``double-b`` continues ``double``; ``doubles`` does not. ``GAP`` is ``gap`` unless both exist."""
        same_but_case = {other.lower() for other in (*self.others, self.stem) if other != stem}
        if stem.lower() not in same_but_case:
            name, stem = name.lower(), stem.lower()
        rest = name[len(stem) :]
        return name.startswith(stem) and (not rest or not rest[0].isalpha())


def is_numbered(name: str) -> bool:
    """``1``, ``sample-2``, ``input``: a test of the only statement there is."""
    return _NUMBERED.fullmatch(name) is not None
