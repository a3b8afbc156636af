"""competitest.nvim's one file for all tests: ``<name>.testcases``, a MessagePack map from number to test.

It leaves empty texts out, so a case without an input has an empty one. It turns every CRLF in the file's
bytes into LF before it decodes them, so a text with CRLF would make the whole file unreadable for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.layouts.files import Reader, as_it_stands, is_utf8
from sstar_lsp.problems.layouts.owners import Owner
from sstar_lsp.records import Test, TestOrigin
from sstar_lsp.regular_files import replace_file


def load(path: Path, owner: Owner, reader: Reader) -> list[Test]:
    """The cases of ``gap.testcases`` for ``gap.md`` or ``gap.cpp``; one without an output is left out, and
    said."""
    tests: list[Test] = []
    for file in reader.files(path.parent):
        if file.suffix != ".testcases":
            continue
        if file.stem == path.stem:
            tests += _tests(file, reader)
        elif owner.is_nobodys(file.stem):
            reader.not_taken.append(reader.shown(file))
    return tests


def save(path: Path, reader: Reader, text: str, expected: str | None) -> tuple[Path, ...]:
    """Add the test under the next number, or its output to the case that lacks one.

    CRLF becomes LF, in the cases that are there too.
    """
    file = path.with_suffix(".testcases")
    if not file.is_file() or not is_utf8(text + (expected or "")):
        return ()
    import msgpack

    raw = reader.bytes_of(file)
    cases = _cases(raw) if raw else {} if raw == b"" else None
    if cases is None:
        raise ProblemError(
            f"{file} is no file of competitest that can be read: the test was not added to it."
        )
    text = as_it_stands(text)
    expected = None if expected is None else as_it_stands(expected)
    same = [
        (key, case, _text(case.get("output")))
        for key, case in cases.items()
        if isinstance(case, dict) and _text(case.get("input", "")) == text
    ]
    if any(expected in (None, output) for _, _, output in same):
        return (file,)
    number = max((key for key in cases if isinstance(key, int)), default=-1) + 1
    case: dict[Any, Any] = {"input": text}
    for key, half, output in same:
        if not output:
            number, case = key, half
            break
    added = case if expected is None else {**case, "output": expected}
    whole = {key: _with_line_feeds(each) for key, each in {**cases, number: added}.items()}
    replace_file(file, msgpack.packb(whole))
    return (file,)


def _with_line_feeds(case: Any) -> Any:
    if not isinstance(case, dict):
        return case
    return {key: each.replace("\r\n", "\n") if isinstance(each, str) else each for key, each in case.items()}


def _cases(raw: bytes) -> dict[Any, Any] | None:
    """Number to case; None for what is no file of competitest."""
    import msgpack

    try:
        value = msgpack.unpackb(raw, strict_map_key=False)
    except (ValueError, TypeError, msgpack.UnpackException):
        return None
    # Lua has one kind of table: with the keys 1 … n it is written as an array.
    cases = dict(enumerate(value, 1)) if isinstance(value, list) else value
    return cases if isinstance(cases, dict) else None


def _tests(file: Path, reader: Reader) -> list[Test]:
    raw = reader.bytes_of(file)
    if raw is None:
        return []
    cases = _cases(raw)
    if cases is None:
        reader.warn(f"{reader.shown(file)} is no file of competitest and was left out")
        return []
    tests: list[Test] = []
    for number in reader.first(sorted(key for key in cases if isinstance(key, int)), reader.shown(file)):
        case = cases[number] if isinstance(cases[number], dict) else {}
        given, wanted = _text(case.get("input", "")), _text(case.get("output"))
        if given is None or wanted is None:
            missing = "input" if given is None else "output"
            reader.warn(f"case {number} of {reader.shown(file)} has no {missing} and was left out")
        else:
            tests.append(Test(given, wanted, TestOrigin.FILE, f"{reader.shown(file)} {number} (competitest)"))
    return tests


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return as_it_stands(value) if isinstance(value, str) else None
