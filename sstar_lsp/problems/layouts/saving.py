"""Keep a test: written in the form in which the person keeps theirs, merging with what is there.

An output that nobody confirmed is never written as if it were right: the test is then an input without an output.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from itertools import count
from pathlib import Path

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.layouts.cph import ProbFile, prob_of
from sstar_lsp.problems.layouts.files import MAX_TEST_BYTES, Reader
from sstar_lsp.problems.layouts.kattis import package_root


def save_test(path: Path, text: str, expected: str | None) -> tuple[Path, ...]:
    """Keep a test of the problem or program at ``path``; the files written.

    cph's problem file, competitest's one file or its pairs, and oj's ``test/`` are used where they are; else
    ``<stem>-sstar-<n>.in`` and ``.out`` beside ``path``. ``expected``: the right output; None: nobody knows it, and then
    cph's file, which always has one, is not used.

    Raises:
        ProblemError: a file cannot be written; what is there stays as it was.
    """
    reader = Reader(package_root(path) or path.parent)
    try:
        if expected is not None and (prob := prob_of(path, reader)) is not None:
            return (_into_cph(prob, text, expected),)
        testcases = path.with_suffix(".testcases")
        if testcases.is_file():
            return (_into_testcases(testcases, reader, text, expected),)
        return _as_pair(*_names(path, reader, text), text, expected)
    except OSError as error:
        raise ProblemError(f"the test cannot be kept: {error.filename}: {error.strerror}.") from error


def _into_cph(prob: ProbFile, text: str, expected: str) -> Path:
    tests = prob.fields.get("tests")
    kept = list(tests) if isinstance(tests, list) else []
    used = {test.get("id") for test in kept if isinstance(test, dict)}
    number = next(each for each in count(1) if each not in used)
    fields = {**prob.fields, "tests": [*kept, {"input": text, "output": expected, "id": number}]}
    _replace(prob.path, json.dumps(fields, ensure_ascii=False).encode())
    return prob.path


def _into_testcases(path: Path, reader: Reader, text: str, expected: str | None) -> Path:
    import msgpack

    raw = reader.bytes_of(path, MAX_TEST_BYTES)
    try:
        value = msgpack.unpackb(raw, strict_map_key=False) if raw else {}
    except (ValueError, TypeError, msgpack.UnpackException):
        value = None
    cases = dict(enumerate(value, 1)) if isinstance(value, list) else value
    if raw is None or not isinstance(cases, dict):
        raise ProblemError(
            f"{path} is no file of competitest that can be read: the test was not added to it."
        )
    number = max((key for key in cases if isinstance(key, int)), default=-1) + 1
    case = {"input": text} if expected is None else {"input": text, "output": expected}
    _replace(path, msgpack.packb({**cases, number: case}))
    return path


def _names(path: Path, reader: Reader, text: str) -> tuple[Path, Path]:
    """The next two names of a pair, in competitest's or oj's form where such pairs are there.

    An input that was kept without an output keeps its name.
    """
    folder, stem = path.parent, path.stem
    pattern = re.compile(re.escape(stem) + r"_(?:in|out)put(\d+)\.txt")
    numbers = [int(match[1]) for file in folder.iterdir() if (match := pattern.fullmatch(file.name))]
    if numbers:
        number = max(numbers) + 1
        return folder / f"{stem}_input{number}.txt", folder / f"{stem}_output{number}.txt"
    test = folder / "test"
    has_oj = test.is_dir() and any(test.glob("*.in"))
    start = str(test / "sstar-" if has_oj else folder / f"{stem}-sstar-")
    content = text.encode("utf-8", "surrogateescape")
    for number in count(1):
        given, wanted = Path(f"{start}{number}.in"), Path(f"{start}{number}.out")
        if not os.path.lexists(wanted):
            is_kept = given.is_file() and reader.bytes_of(given) == content
            if is_kept or not os.path.lexists(given):
                return given, wanted
    raise AssertionError("count() has no end")


def _as_pair(given: Path, wanted: Path, text: str, expected: str | None) -> tuple[Path, ...]:
    _replace(given, text.encode("utf-8", "surrogateescape"))
    if expected is None:
        return (given,)
    _replace(wanted, expected.encode("utf-8", "surrogateescape"))
    return given, wanted


def _replace(path: Path, content: bytes) -> None:
    """Write a whole file at once; a crash leaves the old one."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(name, mode)  # noqa: PTH101
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
