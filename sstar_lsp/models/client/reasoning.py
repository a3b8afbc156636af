"""Reasoning models: which part of an answer is thought, and how such a model is asked.

Thoughts come in a field of their own, between marks in the text, or as text whose opening mark is in the
prompt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import evolve, frozen

from sstar_lsp.models.protocol import Delta
from sstar_lsp.records import Sampling

_MARKS: Mapping[str, str] = {
    "<think>": r"</think(?:ing)?>",
    "<thinking>": r"</think(?:ing)?>",
    "<seed:think>": r"</seed:think>",
    "<thought>": r"</thought>",
    "<reasoning>": r"</reasoning>",
    "[think]": r"\[/think\]",
    "◁think▷": r"◁/think▷",
    "<|start_thinking|>": r"<\|end_thinking\|>",
    "<|begin_of_thought|>": r"<\|end_of_thought\|>",
    "<|channel>thought": r"<channel\|>",
    "<|channel|>analysis<|message|>": r"<\|channel\|>final<\|message\|>",
    "<|channel|>commentary<|message|>": r"<\|channel\|>final<\|message\|>",
}
"""How thoughts are opened, in lower case, to the pattern of what ends them. In their order: R1 and Qwen,
Seed, Gemini's and others, Magistral, Kimi, Cohere, OpenThinker, Gemma 4, gpt-oss (harmony)."""
_BARE_MARK, _BARE_END = "analysis", "assistantfinal"
"""What is left of harmony's marks where a server drops its special tokens."""
_ANSWER_MARKS = (
    "<|begin_of_solution|>",
    "<|start_response|>",
    "<|channel|>final<|message|>",
    "<|start|>assistant",
)
"""What may stand before the answer itself; dropped."""
_OPEN = re.compile("(?i)" + "|".join(map(re.escape, _MARKS)) + f"|(?-i:{_BARE_MARK})(?=[A-Z])")
_CLOSE = re.compile("(?i)" + "|".join(dict.fromkeys([*_MARKS.values(), f"(?-i:{_BARE_END})"])))
_ANSWER = re.compile("(?i)" + "|".join(map(re.escape, _ANSWER_MARKS)))
_STARTS = (*_MARKS, *_ANSWER_MARKS, _BARE_MARK + "A")
_LONGEST_MARK = max(map(len, _STARTS))
_WHOLE = re.compile("(?is)" + "|".join(f"{re.escape(mark)}.*?(?:{end})" for mark, end in _MARKS.items()))
_UNENDED = re.compile("(?is)(?:" + "|".join(map(re.escape, _MARKS)) + ").*")
_UNKNOWN_MARK = re.compile(r"\s*[<\[◁|][^\n`]{0,40}[>\]▷|]")

DEFAULT_THINKING_TOKENS = 4096
"""Room for thoughts where a model reasons and nobody said how much."""
LEAST_TEMPERATURE = 0.6
"""DeepSeek-R1's and Qwen3's cards ask for it: at 0 such models repeat themselves without end."""

_REASONS = re.compile(
    r"(?i)\bo[1345](?:-|\b)|gpt-[5-9]|deepseek-(?:r1|reasoner|flash|v[4-9])|\br1-distill|qwq|thinking|magistral"
    r"|gemini-(?:2\.5|[3-9])|claude-[a-z]+-[5-9]"
    r"|gpt-oss|nemotron.*reason|phi-4.*reason|openthinker|skywork-or1|(?:^|/)qwen3-\d+(?:\.\d+)?b(?:-a\d+b)?$"
)
_OPENS_IN_PROMPT = re.compile(r"(?i)deepseek-r1|\br1-distill|qwq|qwen3.*thinking|openthinker|skywork-or1")
_FIXED_TEMPERATURE = re.compile(r"(?i)(?:^|/)(?:o[1345](?:-|$)|gpt-[5-9])")


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


def thinking_of(
    name: str, *, reasons: bool | None = None, tokens: int | None = None, opens_in_prompt: bool = False
) -> Thinking:
    """How the model ``name`` reasons; ``reasons`` and ``opens_in_prompt``: seen by a probe, or None."""
    known = bool(_REASONS.search(name)) if reasons is None else reasons or bool(_REASONS.search(name))
    if tokens is None:
        tokens = DEFAULT_THINKING_TOKENS if known else 0
    return Thinking(
        reasons=known or tokens > 0,
        opens_in_prompt=opens_in_prompt or bool(_OPENS_IN_PROMPT.search(name)),
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


class Splitter:
    """Splits one answer, as it arrives, into thoughts and text.

    Only marks that open the answer count: a program that prints ``<think>`` is left alone. With
    ``opens_in_prompt`` everything before the closing mark is thought; where none comes and the model ended
    by itself, it was no thought after all, and :meth:`end` gives it back as text.
    """

    def __init__(self, *, opens_in_prompt: bool = False) -> None:
        self._held = ""
        self._close: re.Pattern[str] | None = _CLOSE if opens_in_prompt else None
        """What ends the thoughts that are under way."""
        self._is_text = False
        """The answer itself has begun."""
        self._had_marks = False
        """Empty lines behind them are no part of the answer."""
        self._in_doubt: list[str] | None = [] if opens_in_prompt else None
        """Of thoughts that may turn out to be none."""

    def feed(self, piece: str) -> Delta:
        """Take the next piece; some characters are held back while they may be part of a mark."""
        self._held += piece
        text = thought = ""
        while self._held and not self._is_text:
            if self._close is None:
                if not self._begin():
                    break
                continue
            if self._in_doubt == [] and (
                again := _OPEN.match(self._held.lstrip())
            ):  # it opens them itself as well
                self._open(self._held.lstrip(), again)
            closed = self._close.search(self._held)
            if closed is None:
                keep = _LONGEST_MARK - 1
                part, self._held = self._held[:-keep], self._held[-keep:]
                thought += part
                if self._in_doubt is not None:
                    self._in_doubt.append(part)
                break
            thought += self._held[: closed.start()]
            self._held, self._had_marks = self._held[closed.end() :], True
            self._close = self._in_doubt = None
        if self._is_text:
            text, self._held = self._held, ""
        return Delta(text, thought=thought)

    def _begin(self) -> bool:
        """Look what the answer begins with; False if more of it is needed to tell."""
        start = self._held.lstrip()
        if answer := _ANSWER.match(start):
            self._held, self._had_marks = start[answer.end() :], True
        elif opened := _OPEN.match(start):
            self._open(start, opened)
        elif not start or any(mark.startswith((start.lower(), start)) and mark != start for mark in _STARTS):
            return False
        else:
            self._is_text = True
            self._held = self._held.lstrip("\n") if self._had_marks else self._held
        return True

    def _open(self, start: str, opened: re.Match[str]) -> None:
        mark = opened[0].lower()
        self._close = re.compile(_MARKS.get(mark, _BARE_END), re.IGNORECASE if mark in _MARKS else 0)
        self._in_doubt = None if mark in _MARKS else [opened[0]]
        self._held = start[opened.end() :]

    def end(self, reason: str) -> tuple[Delta, str]:
        """What is left, and why the answer ended: ``thinking`` where it ended inside its thoughts."""
        held, self._held = self._held, ""
        if self._close is None:
            return Delta(held), reason
        if self._in_doubt is not None and reason == "stop":
            return Delta("".join(self._in_doubt) + held), reason
        return Delta(thought=held), "thinking"


def without_thoughts(text: str) -> tuple[str, bool]:
    """A whole reply without its thoughts, wherever they stand, and whether the last of them never ended."""
    text = _WHOLE.sub("", text)
    for closed in [*_CLOSE.finditer(text)][-1:]:  # some templates open the thought in the prompt
        text = text[closed.end() :]
    rest = _UNENDED.sub("", text)
    return rest, rest != text


def closes_unopened(text: str) -> bool:
    """Whether a reply ends thoughts that it did not begin: the prompt did."""
    return _OPEN.match(text.lstrip()) is None and _CLOSE.search(text) is not None


def may_be_thought(text: str) -> bool:
    """Whether the beginning of a reply looks like thoughts between marks that nobody knows."""
    return _UNKNOWN_MARK.match(text) is not None
