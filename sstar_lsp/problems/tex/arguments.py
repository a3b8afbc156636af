"""The arguments of TeX commands: braces that are entered and left without recursion."""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import Factory, define

_MAX_CAPTURES = 6
"""Arguments and tables inside each other that are read as such."""

_OPTION = re.compile(r"\s{0,20}\[[^\[\]]{0,300}\]")
_BRACE = re.compile(r"[ \t]*+(?:\n[ \t]*+)?\{")
_BALANCED = re.compile(r"\\.|[{}]", re.DOTALL)


@define
class Frame:
    """An open brace: what follows when it closes, and where its text goes."""

    on_close: Callable[[str], None] | None = None
    """Gets the text between the braces; None: the text went where everything goes."""
    kept: list[str] | None = None
    """The output before the brace, while the argument is captured."""
    tail: str = ""
    """Written at the closing brace."""


@define
class Cursor:
    """A place in a TeX text, the braces that are open there, and the output so far."""

    text: str
    at: int = 0
    out: list[str] = Factory(list)
    frames: list[Frame] = Factory(list)
    captures: int = 0
    muted: int = 0
    """Depth of arguments that are dropped."""
    unclosed: set[str] = Factory(set)
    """Ends that were looked for and are not in the rest of the text."""

    def emit(self, text: str) -> None:
        """Write Markdown, unless an argument is being dropped."""
        if not self.muted:
            self.out.append(text)

    def skip_options(self) -> None:
        """Pass ``[…]``."""
        while match := _OPTION.match(self.text, self.at):
            self.at = match.end()

    def argument(self, frame: Frame) -> bool:
        """Enter the braces that follow; False if none do."""
        self.skip_options()
        match = _BRACE.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        self.frames.append(frame)
        return True

    def capture(self, on_close: Callable[[str], None]) -> None:
        """Give the text of the argument that follows to ``on_close``; an empty one where there is none."""
        if not self.may_capture():
            return
        kept = self.out
        if self.argument(Frame(on_close, kept)):
            self.captures += 1
            self.out = []

    def drop(self, arguments: int) -> None:
        """Leave out so many arguments."""
        if arguments <= 0:
            return

        def then(_text: str) -> None:
            self.muted -= 1
            self.drop(arguments - 1)

        if self.argument(Frame(then)):
            self.muted += 1

    def close(self) -> None:
        """A closing brace; one that closes nothing is nothing."""
        if not self.frames:
            return
        frame = self.frames.pop()
        self.emit(frame.tail)
        captured = ""
        if frame.kept is not None:
            captured, self.out = "".join(self.out), frame.kept
            self.captures -= 1
        if frame.on_close is not None:
            frame.on_close(captured)

    def raw_argument(self) -> str | None:
        """The next argument as it stands; None if its braces do not close."""
        match = _BRACE.match(self.text, self.at)
        if match is None or "}" in self.unclosed:
            return None
        inside = closing_brace(self.text, match.end(), len(self.text))
        if inside is None:
            self.unclosed.add("}")
            return None
        self.at = inside + 1
        return self.text[match.end() : inside]

    def until(self, end: str) -> str | None:
        """The text up to ``end``, which is passed; None if it does not come."""
        found = -1 if end in self.unclosed else self.text.find(end, self.at)
        if found < 0:
            self.unclosed.add(end)
            return None
        raw, self.at = self.text[self.at : found], found + len(end)
        return raw

    def is_before_argument(self) -> bool:
        """Whether braces follow."""
        return _BRACE.match(self.text, self.at) is not None

    def may_capture(self) -> bool:
        """Whether another argument or table may be read as such."""
        return self.captures < _MAX_CAPTURES


def closing_brace(text: str, start: int, end: int) -> int | None:
    """Where the brace closes that opened before ``start``."""
    depth = 1
    for match in _BALANCED.finditer(text, start, end):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None
