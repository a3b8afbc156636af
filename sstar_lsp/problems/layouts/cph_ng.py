"""cph-ng's problem file: ``.cph-ng/<folder>/<name>.bin`` in the workspace, gzipped JSON. It is only read.

Its schema changed often: tests are a list, or a map with an order; texts stand in it or in files that it
names.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from sstar_lsp.problems.layouts.files import MAX_TEST_BYTES, Reader, as_it_stands, json_map
from sstar_lsp.problems.layouts.owners import Owner
from sstar_lsp.records import Test, TestOrigin

FOLDER = ".cph-ng"
MAX_UNPACKED_BYTES = 16 << 20
"""A file that unpacks to more is left out, and said."""
_MOST_FOLDERS_UP = 16
"""Folders above the statement in which the workspace's ``.cph-ng`` is looked for."""


def load(path: Path, owner: Owner, reader: Reader) -> list[Test]:
    """The tests of the problem file that is called after the statement or its source, in cph-ng's order; files
    of no statement in the folder go to ``reader.not_taken``."""
    folder = _folder_of(path)
    if folder is None:
        return []
    boxed = Reader(folder, left_bytes=reader.left_bytes, remarks=reader.remarks)
    files = [file for file in boxed.files(folder, dotted=True) if file.suffix == ".bin"]
    mine = [file for file in files if path.stem in (file.stem, Path(file.stem).stem)]
    exact = [file for file in mine if file.stem == path.name] or mine
    if folder.is_relative_to(path.parent):  # in a folder further up, names say less
        reader.not_taken += [f"{FOLDER}/{boxed.shown(f)}" for f in files if owner.is_nobodys(f.stem)]
    tests = _tests(exact[0], boxed, reader) if exact else []
    reader.left_bytes = boxed.left_bytes
    return tests


def _folder_of(path: Path) -> Path | None:
    """The folder in the nearest ``.cph-ng`` that mirrors the statement's own; None if there is none."""
    here = path.absolute().parent
    for above in (here, *here.parents[:_MOST_FOLDERS_UP]):
        if (above / FOLDER).is_dir():
            mirror = above / FOLDER / here.relative_to(above)
            return mirror if mirror.is_dir() else None
    return None


def _tests(file: Path, boxed: Reader, reader: Reader) -> list[Test]:
    name = f"{FOLDER}/{boxed.shown(file)}"
    raw = boxed.bytes_of(file)
    if raw is None:
        return []
    fields = _unpacked(raw)
    cases = None if fields is None else _cases(fields)
    if cases is None:
        reader.warn(f"{name} is no problem file of cph-ng that can be read and was left out")
        return []
    tests: list[Test] = []
    for number, case in enumerate(reader.first(cases, name), 1):
        given, wanted = (_text(case.get(key), reader) for key in ("stdin", "answer"))
        if given is None or wanted is None:
            reader.warn(f"test {number} of {name} is no input and output; left out")
        else:
            tests.append(Test(given, wanted, TestOrigin.FILE, f"cph-ng test {number}"))
    return tests


def _unpacked(raw: bytes) -> dict[str, Any] | None:
    """The object in the gzip; None if it is none, or more than :data:`MAX_UNPACKED_BYTES`."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(raw, MAX_UNPACKED_BYTES)
    except zlib.error:
        return None
    return json_map(text) if unpacker.eof else None


def _cases(fields: dict[str, Any]) -> list[dict[str, Any]] | None:
    tests = fields.get("tcs")
    if isinstance(tests, dict):
        order = fields.get("tcOrder")
        keys = [key for key in order if isinstance(key, str)] if isinstance(order, list) else list(tests)
        tests = [tests[key] for key in dict.fromkeys(keys) if key in tests]
    return [case if isinstance(case, dict) else {} for case in tests] if isinstance(tests, list) else None


def _text(value: Any, reader: Reader) -> str | None:
    """The text of an input or an answer; its own file is read only inside the statement's folder."""
    if not isinstance(value, dict):
        return None
    text, file = value.get("data"), value.get("path")
    if value.get("useFile") is True:
        file, text = text, None
    if isinstance(text, str):
        return as_it_stands(text) if len(text) <= MAX_TEST_BYTES else None
    if not isinstance(file, str) or "\0" in file:
        return None
    return reader.text_of(reader.root / file)
