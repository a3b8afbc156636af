"""A document, on disk or in an unsaved buffer: from bytes to text, and which part of it is the statement."""

from __future__ import annotations

import errno
from pathlib import Path, PurePath

from attrs import frozen

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.source.comments import Header, header_of, language_of
from sstar_lsp.problems.source.signatures import asked_for, stubs_of, tests_start
from sstar_lsp.problems.text import plain_text
from sstar_lsp.regular_files import read_regular

MAX_DOCUMENT_BYTES = 4 << 20
"""A larger document is no statement."""


@frozen
class Document:
    """A text and what is what in it."""

    text: str
    """The part that holds the problem: all of it, or the selection. Line ends are ``\\n``."""
    first_line: int
    """Zero-based line of the whole document at which ``text`` begins."""
    language: str | None
    """By extension; None for a statement file."""
    header: Header
    """Leading comment of a source file; empty for a statement file."""
    code: str
    """What follows the header in a source file; empty for a statement file."""

    @classmethod
    def of(cls, text: str, path: PurePath | None, selection: tuple[int, int] | None = None) -> Document:
        """Take a text apart. ``selection`` is a line range, zero-based, end exclusive."""
        text = plain_text(text)
        first_line = 0
        if selection is not None:
            first_line = max(0, selection[0])
            text = "\n".join(text.split("\n")[first_line : max(first_line, selection[1])])
        language = language_of(path)
        if language is None:
            return cls(text, first_line, None, Header("", "", 0, 0), "")
        header = header_of(text, language)
        return cls(text, first_line, language, header, "\n".join(text.split("\n")[header.line_count :]))

    @property
    def solution_lines(self) -> tuple[int, int]:
        """Lines that a solution replaces: from below the header to the end, or to the trailing tests."""
        start = self.header.line_count
        lines = self.text.split("\n")
        end = len(lines) - 1 if lines[-1] == "" else len(lines)
        if self.language == "python":
            stub = asked_for(stubs_of(self.code))
            tests = tests_start(self.code, stub.entry_point if stub else "")
            if tests is not None:
                end = start + tests
        return self.first_line + start, self.first_line + max(start, end)


def solution_range(
    text: str, path: PurePath, selection: tuple[int, int] | None = None
) -> tuple[int, int] | None:
    """Lines (zero-based, end exclusive) of a source file that a solution replaces; None for a statement file.

    The leading comment above stays, and so do tests at the end (asserts, ``check``, a main block that tests).
    """
    document = Document.of(text, path, selection)
    return document.solution_lines if document.language is not None else None


def text_of(path: Path) -> str:
    """The text of a file. UTF-8 first, then UTF-16 by its mark, then Latin-1.
    Raises :class:`ProblemError`: not there, a folder, a pipe or device, unreadable, too large, empty or
    binary."""
    try:
        if path.is_dir():
            raise ProblemError(
                f"{path} is a folder; name the statement in it (for example {path / 'problem.md'})"
            )
        raw = read_regular(path, MAX_DOCUMENT_BYTES)
    except FileNotFoundError:
        raise ProblemError(f"{path}: no such file") from None
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise ProblemError(
                f"{path} is larger than {MAX_DOCUMENT_BYTES >> 20} MiB, the most of a statement; "
                "put large tests into .in and .out files beside it"
            ) from None
        raise ProblemError(f"{path} cannot be read: {error.strerror}") from error
    return decoded(raw, path.name)


def decoded(raw: bytes, name: str) -> str:
    """Text of the bytes. Raises :class:`ProblemError` for empty and binary ones."""
    if not raw.strip():
        raise ProblemError(f"{name} is empty; paste the statement into it and save")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
    if _is_binary(text):
        raise ProblemError(f"{name} is a binary file; paste the statement as text into a .md file")
    return text


def _is_binary(text: str) -> bool:
    head = text[:8192]
    control = sum(char < " " and char not in "\t\n\r\f\v\x1b" for char in head) + sum(
        "\x7f" <= c <= "\x9f" for c in head
    )
    return "\0" in text or control * 20 > len(head) or head.startswith("%PDF-")
