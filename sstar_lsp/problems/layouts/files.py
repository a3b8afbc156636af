"""Reads test files: within bounds, and never outside the statement's folder.

They may come from a stranger's repository: links that lead elsewhere, pipes and devices are never opened.
"""

from __future__ import annotations

import json
import os
import re
import stat
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePath
from typing import Any, TypeVar

from attrs import field, frozen, mutable

from sstar_lsp.records import Remark, Severity, Test

T = TypeVar("T")

MAX_TEST_BYTES = 4 << 20
"""A larger test file is left out, and said."""
MAX_TOTAL_BYTES = 64 << 20
"""All test files of one statement together; what is beyond is left out, and said."""
MAX_TESTS = 200
"""No more tests than this are read."""
MAX_YAML_BYTES = 64 << 10
"""A larger ``problem.yaml`` is left out, and said."""
MAX_FOLDER_ENTRIES = 5000
"""Entries of one folder that are looked at."""


@frozen
class Loaded:
    """The tests of one layout, and what was wrong with the others."""

    tests: tuple[Test, ...] = ()
    remarks: tuple[Remark, ...] = ()


@mutable
class Reader:
    """Reads the files of one statement; keeps the account of their bytes."""

    root: Path
    """Nothing outside of this folder is read, whatever links say."""
    left_bytes: int = MAX_TOTAL_BYTES
    remarks: list[Remark] = field(factory=list)
    """What was not read, and why."""
    not_taken: list[str] = field(factory=list)
    """Files that look like tests and belong to no statement by their names."""

    def warn(self, message: str) -> None:
        """Add a warning, once."""
        remark = warning(message)
        if remark not in self.remarks:
            self.remarks.append(remark)

    def files(self, folder: Path, *, dotted: bool = False) -> list[Path]:
        """Everything in a folder that is no folder, sorted by name; nothing that is hidden.

        ``dotted``: names that begin with a dot as well.
        """
        if not folder.is_dir():
            return []
        if not self._is_inside(folder):
            self.warn(f"{self.shown(folder)} leads out of the statement's folder and was not followed")
            return []
        try:
            with os.scandir(folder) as entries:
                seen = list(islice(entries, MAX_FOLDER_ENTRIES + 1))
        except OSError:
            return []
        if len(seen) > MAX_FOLDER_ENTRIES:
            self.warn(
                f"{self.shown(folder)} holds more than {MAX_FOLDER_ENTRIES} files; the others are not looked at"
            )
        found = [folder / each.name for each in seen[:MAX_FOLDER_ENTRIES] if not _is_folder(each)]
        return sorted(path for path in found if dotted or not is_hidden(self.shown(path)))

    def bytes_of(self, path: Path, limit: int = MAX_TEST_BYTES) -> bytes | None:
        """All bytes of a regular file; None and a warning where that cannot be."""
        name = self.shown(path)
        if not self._is_inside(path):
            self.warn(f"{name} leads out of the statement's folder and was left out")
            return None
        try:
            if not stat.S_ISREG(path.stat().st_mode):  # never opened: a pipe waits, a device may act
                self.warn(f"{name} is no regular file and was left out")
                return None
            with path.open("rb") as file:
                raw = file.read(limit + 1)
        except OSError as error:
            self.warn(f"{name} could not be read ({error.strerror}) and was left out")
            return None
        return raw if self.has_room(name, len(raw), limit) else None

    def has_room(self, name: str, size: int, limit: int = MAX_TEST_BYTES) -> bool:
        """Book ``size`` bytes; False and a warning where one file or all together are too large."""
        if size > limit:
            self.warn(f"{name} is larger than {limit >> 20} MiB and was left out")
            return False
        if size > self.left_bytes:
            self.warn(
                f"{name}: all test files together are larger than {MAX_TOTAL_BYTES >> 20} MiB; left out"
            )
            return False
        self.left_bytes -= size
        return True

    def text_of(self, path: Path, limit: int = MAX_TEST_BYTES) -> str | None:
        """The text of a file as it stands; None and a warning where it has none."""
        raw = self.bytes_of(path, limit)
        return None if raw is None else self.decoded(raw, self.shown(path))

    def decoded(self, raw: bytes, name: str) -> str | None:
        """As :func:`as_it_stands`; None and a warning for other encodings."""
        try:
            return as_it_stands(raw.decode("utf-8"))
        except UnicodeDecodeError:
            self.warn(f"{name} is not UTF-8 text and was left out")
            return None

    def shown(self, path: Path) -> str:
        """The path for a person: relative to the root where it lies in it."""
        return printable(path.relative_to(self.root) if path.is_relative_to(self.root) else path)

    def first(self, cases: list[T], name: str) -> list[T]:
        """At most so many tests as are read; a warning where there are more."""
        if len(cases) > MAX_TESTS:
            self.warn(f"{name}: {len(cases)} tests, only the first {MAX_TESTS} were read")
        return cases[:MAX_TESTS]

    @cached_property
    def _real_root(self) -> Path:
        return self.root.resolve()

    def _is_inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._real_root)
        except (OSError, RuntimeError):  # a circle of links
            return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Asks the system of links alone; a circle of links is no folder."""
    return Path(entry).is_dir() if entry.is_symlink() else entry.is_dir()


def printable(path: PurePath) -> str:
    """The path as text; bytes of a name that are no UTF-8 are shown as such."""
    return os.fsencode(path).decode("utf-8", "replace")


def as_it_stands(text: str) -> str:
    """Test text without byte order mark and carriage returns; blank lines and spaces are data and stay."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def is_utf8(text: str) -> bool:
    """Whether a text can be written as UTF-8: no bytes that were none, no halves of surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_hidden(name: str) -> bool:
    """Whether a path (relative to the statement's folder) is kept from whoever solves the problem."""
    *folders, last = re.split(r"[/\\]", name.lower())
    return ".hidden." in last or last.startswith(".") or bool({"hidden", "secret"} & set(folders))


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key: ``2.in`` before ``10.in``."""
    parts = re.split(r"(\d{1,18})", name.lower())
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts]


def warning(message: str) -> Remark:
    """A remark that matters."""
    return Remark(Severity.WARNING, message)


def listed(names: list[str], most: int = 5) -> str:
    """``a, b, c and 7 more``."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def json_map(text: str | bytes) -> dict[str, Any] | None:
    """The object in a JSON text; None if it is none, or holds halves of surrogates, which are no text."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def yaml_map(path: Path, reader: Reader) -> dict[str, Any]:
    """The map in a YAML file, every scalar as text; empty if there is none."""
    if not path.is_file():
        return {}
    import yaml

    if (text := reader.text_of(path, MAX_YAML_BYTES)) is None:
        return {}
    try:
        # BaseLoader makes texts, lists and maps, and follows no merge keys (which can grow without bound).
        value = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" (line {where.line + 1})" if where is not None else ""
        reader.warn(f"{reader.shown(path)} is no YAML{line}; limits and flags in it were not read")
        return {}
    return {str(key): each for key, each in value.items()} if isinstance(value, dict) else {}
