"""Reasoning models: what of an answer is thought, and how such a model wants to be asked.

A room of its own because thoughts arrive in three ways (a field of their own, ``<think>`` in the text, or
text whose opening mark stood in the prompt), and none of them may ever be taken for the answer.
"""

from __future__ import annotations

import re

from attrs import evolve, frozen

from sstar_lsp.records import Sampling

_OPEN = re.compile(r"(?i)<think(?:ing)?>")
_CLOSE = re.compile(r"(?i)</think(?:ing)?>")
_LONGEST_MARK = len("</thinking>")

DEFAULT_THINKING_TOKENS = 4096
"""Room for thoughts where a model reasons and nobody said how much."""
LEAST_TEMPERATURE = 0.6
"""DeepSeek-R1's and Qwen3's cards ask for it: at 0 such models repeat themselves without end."""

_REASONS = re.compile(
    r"(?i)\bo[1345](?:-|\b)|gpt-5|deepseek-r1|deepseek-reasoner|\br1-distill|qwq|thinking|magistral"
    r"|gpt-oss|nemotron.*reason|phi-4.*reason|openthinker|skywork-or1|(?:^|/)qwen3-\d+(?:\.\d+)?b(?:-a\d+b)?$"
)
_OPENS_IN_PROMPT = re.compile(r"(?i)deepseek-r1|\br1-distill|qwq|qwen3.*thinking|openthinker|skywork-or1")
_FIXED_TEMPERATURE = re.compile(r"(?i)(?:^|/)(?:o[1345](?:-|$)|gpt-5)")


@frozen
class Thinking:
    """How one model thinks. The default is a model that does not."""

    reasons: bool = False
    opens_in_prompt: bool = False
    """The chat template wrote the opening mark: text is thought until the closing one."""
    fixed_temperature: bool = False
    """The server takes no temperature but its own (o-series)."""
    tokens: int = 0
    """Room for thoughts, added to ``max_tokens``."""


def thinking_of(name: str, *, reasons: bool | None = None, tokens: int | None = None) -> Thinking:
    """What is known of the model ``name``; ``reasons`` is what a probe saw (None: nothing)."""
    known = bool(_REASONS.search(name)) if reasons is None else reasons or bool(_REASONS.search(name))
    if tokens is None:
        tokens = DEFAULT_THINKING_TOKENS if known else 0
    return Thinking(
        reasons=known or tokens > 0,
        opens_in_prompt=bool(_OPENS_IN_PROMPT.search(name)),
        fixed_temperature=bool(_FIXED_TEMPERATURE.search(name)),
        tokens=tokens,
    )


def sampling_for(thinking: Thinking, sampling: Sampling) -> Sampling:
    """How to ask such a model: room for its thoughts, never greedy."""
    if not thinking.reasons:
        return sampling
    return evolve(
        sampling,
        max_tokens=sampling.max_tokens + thinking.tokens,
        temperature=max(sampling.temperature, LEAST_TEMPERATURE),
    )


@frozen
class Part:
    """A piece of one answer."""

    text: str = ""
    thought: str = ""


class Splitter:
    """Splits one answer, as it arrives, into thoughts and text.

    Only a mark that opens the answer counts: a program that prints ``<think>`` is left alone. With
    ``opens_in_prompt`` everything before the closing mark is thought; where none comes and the model ended
    by itself, it was no thought after all, and :meth:`end` gives it back as text.
    """

    def __init__(self, *, opens_in_prompt: bool = False) -> None:
        self._held = ""
        self._thinking: bool | None = True if opens_in_prompt else None
        """None: the answer has not begun."""
        self._in_doubt: list[str] | None = [] if opens_in_prompt else None

    @property
    def is_thinking(self) -> bool:
        """The thoughts have not ended."""
        return self._thinking is True

    def feed(self, piece: str) -> Part:
        """Take the next piece; some characters are held back while they may be part of a mark."""
        self._held += piece
        if self._thinking is None:
            start = self._held.lstrip()
            if not start or (len(start) < _LONGEST_MARK and _may_open(start)):
                return Part()
            opened = _OPEN.match(start)
            self._thinking = opened is not None
            if opened is not None:
                self._held = start[opened.end() :]
        if not self._thinking:
            text, self._held = self._held, ""
            return Part(text)
        if self._in_doubt is not None and not self._in_doubt and (again := _OPEN.match(self._held.lstrip())):
            self._held = self._held.lstrip()[again.end() :]  # it opens them itself as well
            self._in_doubt = None
        closed = _CLOSE.search(self._held)
        if closed is None:
            keep = _LONGEST_MARK - 1
            thought, self._held = self._held[:-keep], self._held[-keep:]
            if self._in_doubt is not None:
                self._in_doubt.append(thought)
            return Part(thought=thought)
        thought, text = self._held[: closed.start()], self._held[closed.end() :].lstrip("\n")
        self._held, self._thinking, self._in_doubt = "", False, None
        return Part(text, thought)

    def end(self, reason: str) -> tuple[Part, str]:
        """What is left, and why the answer ended: ``thinking`` where it ended inside its thoughts."""
        held, self._held = self._held, ""
        if self._thinking is None:
            return Part(held), reason
        if not self._thinking:
            return Part(held), reason
        if self._in_doubt is not None and reason == "stop":
            return Part("".join(self._in_doubt) + held), reason
        return Part(thought=held), "thinking"


def _may_open(start: str) -> bool:
    return any(mark.startswith(start.lower()) for mark in ("<think>", "<thinking>"))
