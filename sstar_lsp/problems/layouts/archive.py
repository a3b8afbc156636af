"""A zip of tests beside the statement, as USACO and CSES hand them out. Nothing is unpacked to the disk."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from pathlib import Path, PurePath, PurePosixPath

from sstar_lsp.problems.layouts.files import MAX_TEST_BYTES, Reader, is_hidden
from sstar_lsp.problems.layouts.owners import Owner
from sstar_lsp.problems.layouts.pairs import pair_up, tests_of_pairs
from sstar_lsp.records import Test

MAX_ARCHIVE_BYTES = 16 << 20
"""A larger archive is left out, and said."""
MAX_MEMBERS = 2000
"""An archive with more members is left out, and said."""

_NUMBERED = re.compile(
    r"(?:(?:all|sample|test)[-_ ]?)?(?:samples?|tests?|test ?cases|data|in ?out)", re.IGNORECASE
)
_END_OF_DIRECTORY = b"PK\x05\x06"
_SMALLEST_MEMBER = 46
"""Bytes of an entry of the central directory without its name."""


def load(path: Path, owner: Owner, reader: Reader) -> list[Test]:
    """The pairs in this statement's archives: ``gap.zip`` for ``gap.md``; ``tests.zip``, ``samples.zip``,
    ``data.zip`` for the only statement."""
    tests: list[Test] = []
    for file in reader.files(path.parent):
        if file.suffix.lower() != ".zip":
            continue
        if owner.owns(file.stem) or (owner.alone and _NUMBERED.fullmatch(file.stem)):
            tests += _tests(file, reader)
        elif _NUMBERED.fullmatch(file.stem):
            reader.not_taken.append(reader.shown(file))
    return tests


def _tests(file: Path, reader: Reader) -> list[Test]:
    name = reader.shown(file)
    raw = reader.bytes_of(file, MAX_ARCHIVE_BYTES)
    if raw is None:
        return []
    if not _is_small_directory(raw):
        reader.warn(f"{name} is no zip, or has more than {MAX_MEMBERS} members; it was left out")
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = {
                PurePosixPath(file.name, info.filename): info
                for info in archive.infolist()
                if not info.is_dir() and _is_plain(info.filename)
            }

            def text_of(member: PurePath) -> str | None:
                # The size that the archive tells may be a lie.
                with archive.open(members[PurePosixPath(member)]) as stream:
                    data = stream.read(MAX_TEST_BYTES + 1)
                return reader.decoded(data, str(member)) if reader.has_room(str(member), len(data)) else None

            return tests_of_pairs(pair_up(members), reader, text_of)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, ValueError) as error:
        reason = str(error)
    except (zlib.error, lzma.LZMAError) as error:
        reason = str(error)
    reader.warn(f"{name} could not be read as a zip ({reason[:80]}) and was left out")
    return []


def _is_small_directory(raw: bytes) -> bool:
    """Whether the archive's directory is small: Python reads all of it before the first member."""
    at = len(raw) - 22
    if not raw.startswith(_END_OF_DIRECTORY, at):
        at = raw.rfind(_END_OF_DIRECTORY)
    if at < 0 or raw[max(0, at - 20) : at].startswith(b"PK\x06\x07"):  # zip64
        return False
    count = int.from_bytes(raw[at + 10 : at + 12], "little")
    size = int.from_bytes(raw[at + 12 : at + 16], "little")
    return count <= MAX_MEMBERS and size <= MAX_MEMBERS * (_SMALLEST_MEMBER + 250)


def _is_plain(name: str) -> bool:
    """No hidden test, no name that climbs out of the archive, nothing that macOS adds."""
    parts = name.split("/")
    return ".." not in parts and not name.startswith("/") and parts[0] != "__MACOSX" and not is_hidden(name)
