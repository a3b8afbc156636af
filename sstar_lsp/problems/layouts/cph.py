"""cph's problem file: ``.cph/.<source>_<md5 of its path>.prob``, JSON with tests, limits and the address."""

from __future__ import annotations

import hashlib
import json
import re
from itertools import count
from pathlib import Path
from typing import Any

from attrs import frozen

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.layouts.files import Reader, as_it_stands, is_utf8, json_map
from sstar_lsp.problems.layouts.owners import Owner
from sstar_lsp.records import Test, TestOrigin
from sstar_lsp.regular_files import replace_file

FOLDER = ".cph"

_NAME = re.compile(r"\.(?P<source>.+)_(?P<md5>[0-9a-f]{32})\.prob", re.IGNORECASE)


@frozen
class ProbFile:
    """A problem file of cph that was read."""

    path: Path
    fields: dict[str, Any]
    """As cph wrote them; any key may be missing or of another type."""


def load(path: Path, owner: Owner, reader: Reader) -> list[Test]:
    """The tests of the problem file that is the statement's, in cph's order."""
    prob = prob_of(path, reader)
    for file, source in _probs(path.parent, reader):
        if owner.is_nobodys(source.stem):
            reader.not_taken.append(reader.shown(file))
    if prob is None:
        return []
    cases = prob.fields.get("tests")
    cases = reader.first(cases, reader.shown(prob.path)) if isinstance(cases, list) else []
    tests: list[Test] = []
    for number, case in enumerate(cases, 1):
        given, wanted = (case.get("input"), case.get("output")) if isinstance(case, dict) else (None, None)
        if isinstance(given, str) and isinstance(wanted, str):
            name = f"cph test {number}"
            tests.append(Test(as_it_stands(given), as_it_stands(wanted), TestOrigin.FILE, name))
        else:
            reader.warn(f"test {number} of {reader.shown(prob.path)} is no input and output; left out")
    return tests


def save(path: Path, reader: Reader, text: str, expected: str | None) -> tuple[Path, ...]:
    """Add the test to the problem file, with an id that is free; cph's tests always have an output."""
    if expected is None or not is_utf8(text + expected) or (prob := prob_of(path, reader)) is None:
        return ()
    tests = prob.fields.get("tests", [])
    if not isinstance(tests, list):
        raise ProblemError(f"{prob.path}: 'tests' is no list: the test was not added to it.")
    cases = [case for case in tests if isinstance(case, dict)]
    if not any((case.get("input"), case.get("output")) == (text, expected) for case in cases):
        used = [case.get("id") for case in cases]
        number = next(each for each in count(1) if each not in used)
        fields = {**prob.fields, "tests": [*tests, {"input": text, "output": expected, "id": number}]}
        replace_file(prob.path, json.dumps(fields, ensure_ascii=False).encode())
    return (prob.path,)


def prob_path(source: Path) -> Path:
    """Where cph keeps the problem of a source file that has not been moved."""
    digest = hashlib.md5(str(source.absolute()).encode(), usedforsecurity=False).hexdigest()
    return source.parent / FOLDER / f".{source.name}_{digest}.prob"


def prob_of(path: Path, reader: Reader) -> ProbFile | None:
    """The problem file that belongs to the statement or source file at ``path``.

    The md5 is that of the path as cph saw it, so a file that was moved has another: then the name of the
    source counts, or its name without suffix (``gap.md`` beside ``.gap.cpp_….prob``).
    """
    digest = prob_path(path).stem.rpartition("_")[2]
    ranked: list[tuple[tuple[bool, bool], Path]] = []
    for file, source in _probs(path.parent, reader):
        if source.stem == path.stem:
            ranked.append(((digest in file.name, source.name == path.name), file))
    best = max((rank for rank, _ in ranked), default=None)
    files = [file for rank, file in ranked if rank == best]
    if len(files) > 1:
        reader.warn(
            f"{len(files)} problem files of cph are called after {path.name}: {reader.shown(files[0])} was read; "
            "remove the others or this one"
        )
    return _read(files[0], reader) if files else None


def _probs(folder: Path, reader: Reader) -> list[tuple[Path, Path]]:
    """Problem files, and the name of each one's source."""
    return [
        (file, Path(match["source"]))
        for file in reader.files(folder / FOLDER, dotted=True)
        if (match := _NAME.fullmatch(file.name))
    ]


def _read(file: Path, reader: Reader) -> ProbFile | None:
    text = reader.text_of(file)
    if text is None:
        return None
    if (fields := json_map(text)) is None:
        reader.warn(f"{reader.shown(file)} is no problem file of cph and was left out")
        return None
    return ProbFile(file, fields)
