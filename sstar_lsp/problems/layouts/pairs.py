"""Tests as pairs of files: which two names are one test, for each tool that has names of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath

from attrs import field, frozen

from sstar_lsp.problems.layouts.files import Reader, natural, printable
from sstar_lsp.problems.layouts.owners import TEST_FOLDERS, Owner, is_numbered
from sstar_lsp.records import Test, TestOrigin
from sstar_lsp.regular_files import replace_file


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


@frozen
class Naming:
    """How one tool names the two files of a test."""

    convention: str
    """For a person; empty for plain pairs, whose names say enough."""
    input: re.Pattern[str] = field(converter=_pattern)
    """The whole name of an input; ``key`` (and ``n``) are what its output has too."""
    output: re.Pattern[str] = field(converter=_pattern)
    folders: tuple[str, str] | None = None
    """Names of the two folders where inputs and outputs lie apart; None: side by side."""
    is_telling: bool = True
    """Whether the name of one file shows that it is half a test; False: any file may be called so."""


_IN_FOLDERS = r"(?i)(?P<key>.+?)(?:\.txt|\.in)?", r"(?i)(?P<key>.+?)(?:\.txt|\.out)?"
NAMINGS = (
    Naming("", r"(?P<key>.+)\.in", r"(?P<key>.+)\.out"),
    Naming("", r"(?P<key>.+)\.in", r"(?P<key>.+)\.ans"),
    Naming("", r"(?i)(?P<key>.+)\.inp?", r"(?i)(?P<key>.+)\.(?:out|ans|oup|ou|a)"),
    Naming("competitest", r"(?i)(?P<key>.+)_input(?P<n>\d+)\.txt", r"(?i)(?P<key>.+)_output(?P<n>\d+)\.txt"),
    Naming("cf-tool", r"(?i)in(?P<n>\d+)\.txt", r"(?i)ans(?P<n>\d+)\.txt"),
    Naming("atcoder-tools", r"(?i)in_(?P<n>\d+)\.txt", r"(?i)out_(?P<n>\d+)\.txt"),
    Naming(
        "",
        r"(?i)(?P<key>(?:.*[-_. ])?)in(?:put)?(?P<n>[-_. ]?\d{0,4})\.txt",
        r"(?i)(?P<key>(?:.*[-_. ])?)(?:out(?:put)?|ans(?:wer)?)(?P<n>[-_. ]?\d{0,4})\.txt",
    ),
    Naming("HackerRank", r"(?i)input(?P<n>\d+)\.txt", r"(?i)output(?P<n>\d+)\.txt", ("input", "output")),
    Naming("AtCoder", *_IN_FOLDERS, ("in", "out"), is_telling=False),
    Naming("", *_IN_FOLDERS, ("input", "output"), is_telling=False),
    Naming("Polygon", r"(?i)example\.(?P<n>\d{1,3})", r"(?i)example\.(?P<n>\d{1,3})\.a"),
    Naming("Polygon", r"(?i)(?P<n>\d{1,3})", r"(?i)(?P<n>\d{1,3})\.a", is_telling=False),
)
"""Every convention for pairs. A file belongs to the first in which it finds its other half."""


@frozen
class Pair:
    """Two files of one test; a half may be missing."""

    input: PurePath | None
    output: PurePath | None
    convention: str

    @property
    def shown(self) -> PurePath:
        """The file that names the test."""
        shown = self.input or self.output
        assert shown is not None
        return shown

    @property
    def name(self) -> str:
        """For a person: the input's path, and whose convention it is."""
        shown = printable(self.shown)
        return f"{shown} ({self.convention})" if self.convention else shown


def pair_up(files: Iterable[PurePath]) -> list[Pair]:
    """Whole pairs and halves among files, by all conventions, in natural order. Each file once."""
    left = dict.fromkeys(files)
    pairs: list[Pair] = []
    halves: dict[PurePath, Pair] = {}
    for naming in NAMINGS:
        sides = list(_sides(naming, left))
        outputs = {key: file for key, file, is_input in sides if not is_input}
        for key, file, is_input in sides:
            if is_input and (output := outputs.get(key)) in left and file in left:
                pairs.append(Pair(file, output, naming.convention))
                del left[file], left[output]
            elif naming.is_telling:
                given, wanted = (file, None) if is_input else (None, file)
                halves.setdefault(file, Pair(given, wanted, naming.convention))
    pairs += [half for file, half in halves.items() if file in left]
    return sorted(pairs, key=lambda pair: (str(pair.shown.parent), natural(pair.shown.stem), pair.name))


def _sides(naming: Naming, files: Iterable[PurePath]) -> Iterator[tuple[tuple[str, ...], PurePath, bool]]:
    """Key, file and whether it is an input, of each file that the convention knows."""
    for file in files:
        for is_input, pattern in ((True, naming.input), (False, naming.output)):
            folder = file.parent
            if naming.folders is not None:
                if folder.name.lower() != naming.folders[0 if is_input else 1]:
                    continue
                folder = folder.parent
            if match := pattern.fullmatch(file.name):
                groups = match.groupdict()
                key = groups.get("key") or ""
                if pattern.flags & re.IGNORECASE:
                    key = key.lower()
                yield (str(folder), key, groups.get("n") or ""), file, is_input
                break


def load(path: Path, owner: Owner, reader: Reader) -> list[Test]:
    """Every pair that is this statement's, beside it, in its folders of tests, or in the folder that has its
    name; what is nobody's goes to ``reader.not_taken``."""
    return tests_of_pairs(
        _discovered(path, owner, reader), reader, lambda file: reader.text_of(reader.root / file)
    )


def _discovered(path: Path, owner: Owner, reader: Reader) -> list[Pair]:
    """The pairs that are this statement's, unread."""
    folder = path.parent
    beside = _pairs_in([folder], reader, ignored=path)
    pairs = [pair for pair in beside if owner.owns(pair.shown.stem)]
    shared_folders = [folder / name for name in TEST_FOLDERS]
    shared_folders += [each for place in (folder, *shared_folders) for each in _sub_folders(place)]
    shared = _pairs_in(shared_folders, reader)
    strangers = [pair for pair in beside if pair not in pairs and owner.is_nobodys(pair.shown.stem)]
    strangers = [pair for pair in strangers if (pair.input and pair.output) or is_numbered(pair.shown.stem)]
    if not owner.alone:
        strangers += shared
    own_folder = path.with_suffix("")
    pairs += _pairs_in([own_folder, *_sub_folders(own_folder)], reader)
    reader.not_taken += [printable(pair.shown) for pair in strangers]
    return pairs + (shared if owner.alone else [])


def save(path: Path, reader: Reader, text: str, expected: str | None) -> tuple[Path, ...]:
    """Write a pair, named as competitest's or oj's where such pairs are there, else
    ``<stem>-sstar-<n>.in`` and ``.out``.

    An input that was kept without an output gets its output.
    """
    for pair in _discovered(path, Owner.of(path, reader), reader):
        if pair.input is not None and pair.output is not None:
            files = reader.root / pair.input, reader.root / pair.output
            if reader.text_of(files[0]) == text and expected in (None, reader.text_of(files[1])):
                return files
    form = _form_of(path)
    content = text.encode("utf-8", "surrogateescape")
    output = None if expected is None else expected.encode("utf-8", "surrogateescape")
    numbers = form.numbers()
    for number in numbers:
        given, wanted = form.names(number)
        if not given.is_file() or reader.bytes_of(given) != content:
            continue
        if output is None:
            return (given,)
        if not os.path.lexists(wanted):
            replace_file(wanted, output)
            return given, wanted
    given, wanted = form.names(max(numbers, default=form.first - 1) + 1)
    replace_file(given, content)
    if output is None:
        return (given,)
    replace_file(wanted, output)
    return given, wanted


@frozen
class PairForm:
    """How a person's pairs are named: with a number between the beginning and the end."""

    folder: Path
    input: tuple[str, str]
    output: tuple[str, str]
    first: int = 1
    """Number of the first test."""

    @classmethod
    def competitest(cls, folder: Path, stem: str) -> PairForm:
        """competitest.nvim's: ``gap_input0.txt``."""
        return cls(folder, (f"{stem}_input", ".txt"), (f"{stem}_output", ".txt"), 0)

    @classmethod
    def plain(cls, folder: Path, beginning: str) -> PairForm:
        """``gap-1.in``; oj's in its folder ``test``."""
        return cls(folder, (beginning, ".in"), (beginning, ".out"))

    def names(self, number: int) -> tuple[Path, Path]:
        """Input and output of a test."""
        return self.folder / f"{number}".join(self.input), self.folder / f"{number}".join(self.output)

    def numbers(self) -> list[int]:
        """Of the files that are there, halves of pairs too."""
        sides = (r"(\d{1,9})".join(map(re.escape, side)) for side in (self.input, self.output))
        name = re.compile("|".join(sides))
        matches = (name.fullmatch(file.name) for file in self.folder.iterdir())
        return sorted({int(match[1] or match[2]) for match in matches if match})


def _form_of(path: Path) -> PairForm:
    """The form of the pairs beside ``path``: competitest's, oj's or our own."""
    folder, stem = path.parent, path.stem
    competitest = PairForm.competitest(folder, stem)
    if competitest.numbers():
        return competitest
    test = folder / "test"
    if test.is_dir() and any(test.glob("*.in")):
        return PairForm.plain(test, "sstar-")
    return PairForm.plain(folder, f"{stem}-sstar-")


def tests_of_pairs(
    pairs: Iterable[Pair], reader: Reader, text_of: Callable[[PurePath], str | None]
) -> list[Test]:
    """The tests, each half read by ``text_of``; halves without their other half become warnings."""
    tests: list[Test] = []
    for pair in reader.first(list(pairs), "pairs of files"):
        if pair.input is None or pair.output is None:
            missing = "input" if pair.input is None else "output"
            reader.warn(f"{printable(pair.shown)} has no {missing} file beside it and was left out")
            continue
        given, wanted = text_of(pair.input), text_of(pair.output)
        if given is not None and wanted is not None:
            tests.append(Test(given, wanted, TestOrigin.FILE, pair.name))
    return tests


def _pairs_in(folders: Iterable[Path], reader: Reader, ignored: Path | None = None) -> list[Pair]:
    files = [file for folder in folders for file in reader.files(folder) if file != ignored]
    return pair_up(file.relative_to(reader.root) for file in files)


def _sub_folders(folder: Path) -> list[Path]:
    """``in`` and ``out``, ``input`` and ``output`` below a folder."""
    names = dict.fromkeys(name for naming in NAMINGS for name in naming.folders or ())
    return [folder / name for name in names]
