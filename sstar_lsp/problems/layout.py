"""Where tools keep tests beside a statement: one small adapter for each file convention.

A room of its own because every judge and plug-in has its own convention, and a new one must be one new
class here and nothing anywhere else. So far: plain pairs (``1.in`` / ``1.out``), which also covers Kattis'
``data/sample``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from attrs import frozen

from sstar_lsp.problems.comments import LANGUAGE_OF_SUFFIX
from sstar_lsp.problems.examples import tidy
from sstar_lsp.records import Remark, Severity, Test, TestOrigin

MAX_TEST_BYTES = 4 << 20
"""A larger test file is left out, and said."""
MAX_TESTS = 200
"""No more pairs than this are read."""

_STATEMENT_NAMES = {"problem", "statement"}
_STATEMENT_SUFFIXES = {".md", ".markdown", ".txt", *LANGUAGE_OF_SUFFIX}
_ANSWER_SUFFIXES = (".out", ".ans")
_FOLDERS = ("tests", "test", "samples", "sample", "data/sample")
_NUMBERED = re.compile(r"\d{1,4}|(?:samples?|examples?|tests?|input|in)[-_. ]?\d{0,4}", re.IGNORECASE)


@frozen
class Found:
    """One test on disk; half of it may be missing."""

    name: str
    """For a person: path of the input, relative to the statement's folder."""
    input: Path | None
    output: Path | None


@frozen
class Loaded:
    """The tests of one layout, and what was wrong with the others."""

    tests: tuple[Test, ...] = ()
    remarks: tuple[Remark, ...] = ()


class Layout(Protocol):
    """A file convention. Never raises for what lies on disk: what cannot be read becomes a remark."""

    name: str

    def discover(self, path: Path) -> list[Found]:
        """The tests on disk that belong to the statement at ``path``, in natural order."""

    def load(self, found: list[Found]) -> Loaded:
        """Read them."""


class PlainPairs:
    """``<name>.in`` beside ``<name>.out`` or ``<name>.ans``; ``docs/problems.md`` says which belong."""

    name = "plain pairs"

    def discover(self, path: Path) -> list[Found]:
        """Pairs and halves, natural order; hidden ones never."""
        folder = path.parent
        alone = path.stem.lower() in _STATEMENT_NAMES or self._is_only_statement(path)
        places = [(folder, self._owner_test(path, alone)), (folder / path.stem, None)]
        if alone:
            places += [(folder / name, None) for name in _FOLDERS]
        found: dict[Path, Found] = {}
        for place, belongs in places:
            files = [f for f in _files(place) if not _is_hidden(f.relative_to(folder))]
            inputs = {f.stem: f for f in files if f.suffix == ".in"}
            outputs = {
                f.stem: f for suffix in reversed(_ANSWER_SUFFIXES) for f in files if f.suffix == suffix
            }
            for stem in sorted({*inputs, *outputs}, key=natural):
                if belongs is None or belongs(stem):
                    shown = inputs.get(stem) or outputs[stem]
                    found[shown] = Found(str(shown.relative_to(folder)), inputs.get(stem), outputs.get(stem))
        return list(found.values())

    def load(self, found: list[Found]) -> Loaded:
        """Read the pairs as tests of origin ``file``."""
        tests: list[Test] = []
        remarks: list[Remark] = []
        for each in found[:MAX_TESTS]:
            if each.input is None or each.output is None:
                missing = "input" if each.input is None else "output"
                remarks.append(_warning(f"{each.name} has no {missing} file beside it and was left out"))
                continue
            given, wanted = _text(each.input), _text(each.output)
            if isinstance(given, Remark):
                remarks.append(given)
            elif isinstance(wanted, Remark):
                remarks.append(wanted)
            else:
                tests.append(Test(given, wanted, TestOrigin.FILE, each.name))
        if len(found) > MAX_TESTS:
            remarks.append(_warning(f"{len(found)} test files: only the first {MAX_TESTS} were read"))
        return Loaded(tuple(tests), tuple(remarks))

    @staticmethod
    def _is_only_statement(path: Path) -> bool:
        stems = {
            f.stem
            for f in _files(path.parent)
            if f.suffix.lower() in _STATEMENT_SUFFIXES
            and f.stem.lower() not in {"readme", "changelog", "license"}
        }
        return stems <= {path.stem}

    @staticmethod
    def _owner_test(path: Path, alone: bool) -> _Belongs:
        others = {f.stem for f in _files(path.parent) if f.suffix.lower() in _STATEMENT_SUFFIXES} - {
            path.stem
        }
        return _Belongs(path.stem, frozenset(others), alone)


@frozen
class _Belongs:
    """Whether a test file in the statement's own folder is this statement's."""

    stem: str
    others: frozenset[str]
    alone: bool

    def __call__(self, name: str) -> bool:
        if self.alone and _NUMBERED.fullmatch(name):
            return True
        if not _continues(name, self.stem):
            return False
        # a-b1.in is a-b.md's and not a.md's.
        return not any(len(other) > len(self.stem) and _continues(name, other) for other in self.others)


def _continues(name: str, stem: str) -> bool:
    rest = name[len(stem) :]
    return name.startswith(stem) and (not rest or not rest[0].isalpha())


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key: ``2.in`` before ``10.in``."""
    parts = re.split(r"(\d{1,18})", name.lower())
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts]


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(f for f in folder.iterdir() if f.is_file())
    except OSError:
        return []


def _is_hidden(path: Path) -> bool:
    return (
        ".hidden." in path.name
        or path.name.startswith(".")
        or bool({"hidden", "secret"} & set(path.parts[:-1]))
    )


def _text(path: Path) -> str | Remark:
    try:
        if path.stat().st_size > MAX_TEST_BYTES:
            return _warning(f"{path.name} is larger than {MAX_TEST_BYTES >> 20} MiB and was left out")
        return tidy(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        return _warning(f"{path.name} is not UTF-8 text and was left out")
    except OSError as error:
        return _warning(f"{path.name} could not be read ({error.strerror}) and was left out")


def _warning(message: str) -> Remark:
    return Remark(Severity.WARNING, message)


LAYOUTS: tuple[Layout, ...] = (PlainPairs(),)
"""Every convention, in the order in which they are asked."""


def tests_beside(path: Path) -> Loaded:
    """The tests that lie beside a statement, by all layouts."""
    tests: list[Test] = []
    remarks: list[Remark] = []
    for layout in LAYOUTS:
        loaded = layout.load(layout.discover(path))
        tests.extend(loaded.tests)
        remarks.extend(loaded.remarks)
    return Loaded(tuple(tests), tuple(remarks))
