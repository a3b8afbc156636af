"""Text of documents: the open buffer, else the file on disk; URIs, line ends and column units."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from attrs import frozen
from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import Workspace

from sstar_lsp.errors import ProblemError, UsageError
from sstar_lsp.regular_files import read_regular


@frozen
class Text:
    """A document's text at one moment."""

    uri: str
    path: Path | None
    """None if it is no file (an untitled buffer)."""
    text: str
    version: int | None
    """Of the open buffer; None: read from disk."""

    @property
    def newline(self) -> str:
        """The line end in use."""
        return "\r\n" if "\r\n" in self.text else "\n"

    @property
    def lines(self) -> list[str]:
        """Lines without their ends, as LSP counts them (not as ``str.splitlines`` does)."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @property
    def first_line(self) -> int:
        """The zero-based line of a problem's lenses and diagnostics: the first with a letter or digit."""
        lines = enumerate(self.lines)
        return next(
            (n for n, line in lines if any(c.isalnum() for c in line) and not line.startswith("#!")), 0
        )

    def end(self, encoding: str) -> types.Position:
        """The position after the last character, in the client's units."""
        return position_of(self.text, len(self.text), encoding)

    def end_of(self, line: int, encoding: str) -> types.Position:
        """The end of a line, in the client's units."""
        return types.Position(line, _units(self.lines[line], encoding))

    def line_range(self, line: int, encoding: str) -> types.Range:
        """A line without its end, in the client's units."""
        return types.Range(types.Position(line, 0), self.end_of(line, encoding))


def _units(line: str, encoding: str) -> int:
    if encoding == types.PositionEncodingKind.Utf8.value:
        return len(line.encode("utf-8", "surrogatepass"))
    if encoding == types.PositionEncodingKind.Utf32.value:
        return len(line)
    return len(line.encode("utf-16-le", "surrogatepass")) // 2


def position_of(text: str, offset: int, encoding: str) -> types.Position:
    """Where an offset of a text stands, in the client's units."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return types.Position(len(before) - 1, _units(before[-1], encoding))


@lru_cache(1024)  # each request compares the URIs of all runs and open buffers
def path_of(uri: str) -> Path | None:
    """The file of a ``file:`` URI; None for other schemes, and for ``%00``, which no path holds."""
    path = to_fs_path(uri)
    return Path(path) if path and "\0" not in path else None


def uri_of(path: Path) -> str:
    """The ``file:`` URI of an absolute path."""
    return str(from_fs_path(str(path)))


def same_document(one: str, other: str) -> bool:
    """Whether two URIs, perhaps spelled differently, mean one document."""
    if one == other:
        return True
    path = path_of(one)
    return path is not None and path == path_of(other)


def open_uris(workspace: Workspace) -> list[str]:
    """The URIs of all open buffers as the client sent them; pygls' own keys are without escapes."""
    return [document.uri for document in workspace.text_documents.values()]


def open_text(workspace: Workspace, uri: str) -> Text | None:
    """The open buffer of a URI (or of another spelling of the same file); None if it is not open."""
    documents = workspace.text_documents.values()
    document = next((d for d in documents if d.uri == uri), None)
    if document is None:
        document = next((d for d in documents if same_document(d.uri, uri)), None)
    if document is None:
        return None
    return Text(document.uri, path_of(document.uri), document.source, document.version)


def current_text(workspace: Workspace, uri: str) -> Text:
    """The open buffer, else the file.

    Raises:
        ProblemError: it cannot be read.
        UsageError: neither open nor a file.
    """
    return open_text(workspace, uri) or saved_text(uri)


def saved_text(uri: str) -> Text:
    """The file on disk; safe to call on a thread.

    Raises:
        ProblemError: it cannot be read.
        UsageError: no file.
    """
    path = path_of(uri)
    if path is None:
        why = "no path holds %00" if "%00" in uri else "only file: documents can be read from disk"
        raise UsageError(f"{uri} is not open here, and {why}.")
    from sstar_lsp.problems.source.document import text_of

    return Text(uri, path, text_of(path), None)


def existing_text(workspace: Workspace, path: Path) -> Text | None:
    """The open buffer of a path, else the file; None if there is neither.
    Raises :class:`ProblemError`: there is something at the path that cannot be edited as text."""
    if (document := open_text(workspace, uri_of(path))) is not None:
        return document
    from sstar_lsp.problems.source.document import MAX_DOCUMENT_BYTES

    try:
        text = read_regular(path, MAX_DOCUMENT_BYTES).decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"{path} exists and cannot be edited as text: {error}") from error
    return Text(uri_of(path), path, text, None)


def selection_of(chosen: types.Range | None) -> tuple[int, int] | None:
    """Lines of a range, zero-based and end exclusive; None for no range, and for a mere cursor."""
    if chosen is None or chosen.start == chosen.end:
        return None
    return chosen.start.line, chosen.end.line + (1 if chosen.end.character > 0 else 0)


def own_code(document: Text, selection: tuple[int, int] | None = None) -> str:
    """The program in a source file, without its leading comment and its tests; empty where there is none."""
    from sstar_lsp.problems.source.document import solution_range

    if document.path is None or (lines := solution_range(document.text, document.path, selection)) is None:
        return ""
    code = "\n".join(document.lines[lines[0] : lines[1]]).strip("\n")
    return f"{code}\n" if code.strip() else ""
