"""From the bytes of an answer to the JSON objects in it: an event stream, lines of JSON, or one document.

The content tells which, never the label. An event without data is none (WHATWG HTML, "Event stream
interpretation"); what is no JSON, such as a gateway's heartbeat, is kept for a message only.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

_LINE_END = re.compile(r"\r\n|\n|\r")
_FIELD = re.compile(r"(data|event|error|id|retry)?(?:$|:[ ]?(.*))", re.DOTALL)
_REPLACED = "\ufffd".encode()
_MISSING: Any = object()
_KEPT_CHARS = 300


class EventReader:
    """Takes bytes as they arrive, gives objects as they are whole."""

    def __init__(self) -> None:
        self.is_done = False
        """``[DONE]`` was said."""
        self.is_stream = False
        """It has lines of an event stream."""
        self.odd = ""
        """The beginning of what was said and is no JSON object, for messages."""
        self.has_hole = False
        """A piece of an answer came damaged."""
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest: list[str] = []
        """Of a line that has not ended."""
        self._held: list[str] = []
        """Lines of an object that is not whole yet."""
        self._is_bare = False
        """They are lines of a document, not of an event."""
        self._event = ""

    def feed(self, data: bytes, *, last: bool = False) -> Iterator[dict[str, Any]]:
        """The objects that are whole with these bytes."""
        text = self._decoder.decode(data, last)
        self.has_hole = self.has_hole or ("\ufffd" in text and _REPLACED not in data)
        self._rest.append(text)
        is_half = text.endswith("\r")  # of a line's end, perhaps
        if not last and (is_half or ("\n" not in text and "\r" not in "".join(self._rest[-2:]))):
            return
        *lines, rest = _LINE_END.split("".join(self._rest))
        self._rest = [rest]
        for line in [*lines, rest, ""] if last else lines:
            yield from self._line(line, is_end=last and line == "")
            if self.is_done:
                return

    def _line(self, line: str, *, is_end: bool) -> Iterator[dict[str, Any]]:
        if not line:
            yield from self._flush(is_end=is_end)
            return
        found = None if self._is_bare and self._held else _FIELD.fullmatch(line)
        if found is None:
            if self._held or line.lstrip()[:1] in ("{", "["):
                self._is_bare = self._is_bare or not self._held
                yield from self._take(line)
            else:
                self._note(line)
            return
        self.is_stream = True
        name, value = found[1], found[2] or ""
        if name == "event":
            self._event = value.strip()
        elif name == "error":
            error = _parsed(value)
            yield {"error": value if error is _MISSING else error}
        elif name == "data" and value.strip(' "') == "[DONE]":
            yield from self._flush(is_end=True)
            self.is_done = True
        elif name == "data" and value.strip():
            self._is_bare = False
            yield from self._take(value)

    def _take(self, text: str) -> Iterator[dict[str, Any]]:
        """One line of JSON: whole by itself, or a part."""
        found = _MISSING if self._held else _parsed(text)
        if found is _MISSING:
            self._held.append(text)
        else:
            yield from self._objects(found, text)

    def _flush(self, *, is_end: bool) -> Iterator[dict[str, Any]]:
        """The end of an event: what was held is one object, or one a line."""
        found = _parsed("\n".join(self._held)) if self._held else _MISSING
        if found is not _MISSING:
            yield from self._objects(found, self._held[0])
        elif self._is_bare and not is_end:  # an empty line in a document
            return
        else:
            for line in self._held:
                yield from self._objects(_parsed(line), line)
        self._held = []
        self._is_bare = False
        self._event = ""

    def _objects(self, found: Any, text: str) -> Iterator[dict[str, Any]]:
        for one in found if isinstance(found, list) and found else [found]:
            if not isinstance(one, dict):
                self._note(text)
            elif self._event == "error" and "error" not in one:
                yield {"error": one}
            else:
                yield one

    def _note(self, text: str) -> None:
        self.odd = f"{self.odd} {text[:_KEPT_CHARS]}"[:_KEPT_CHARS]
        self.has_hole = self.has_hole or (text.lstrip()[:1] == "{" and '"choices"' in text[:_KEPT_CHARS])


def parsed_whole(text: str) -> Any:
    """The JSON value of a text; None if it is none, whatever is wrong with it."""
    found = _parsed(text)
    return None if found is _MISSING else found


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _MISSING
