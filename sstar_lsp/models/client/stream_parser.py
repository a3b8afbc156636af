"""Reads answers: from a response's bytes to deltas, streamed or in one piece.

Lenient where nothing is lost: empty pieces are skipped, fields may have several names. Strict where the
answer would change: a fragment is an error. No HTTP here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

from attrs import define, evolve, field, frozen

from sstar_lsp.errors import ContentFiltered, ModelError, ModelOverloaded, ModelProtocolError, ModelStalled
from sstar_lsp.models.client import openai_errors
from sstar_lsp.models.client.event_stream import EventReader
from sstar_lsp.models.client.reasoning import Splitter
from sstar_lsp.models.protocol import Delta
from sstar_lsp.records import Token, Usage

_CHARS_PER_TOKEN = 256
"""More than any tokenizer's token: beyond it the server ignores ``max_tokens``."""
_USAGE_GRACE_S = 5.0
"""How long a finished answer waits for its usage."""
_WORDLESS = 3.0
"""Times the idle time that a server may send signs of life only, as in a gateway's queue."""
_MOST_ALTERNATIVES = 20
"""Of one token that are kept."""
_MOST_TOKENS = 1 << 40
"""A count beyond it is none."""
_SURELY_REPEATED = 16
"""Characters: a piece that begins with so much, all that was said so far, repeats it."""

_ENDS = {
    "length": re.compile(r"(?i)length|max.*tok|token.*limit"),
    "content_filter": re.compile(
        r"(?i)filter|safety|recitation|blocklist|prohibited|sensitive|spii|moderation"
    ),
    "broken": re.compile(r"(?i)error|abort|fail|cancel|insufficient|overload|unavailable|timeout"),
}
"""Kinds of ends by the words of all servers; any other word is ``stop``."""


@frozen
class Expected:
    """What the reader of one answer goes by."""

    server: str
    """For messages."""
    model: str = ""
    max_tokens: int = 1 << 20
    """Thoughts included; an answer that has far more characters is cut and finished as ``length``."""
    most_prompt_tokens: int = 1 << 40
    """A server that counts more has miscounted, and is not believed."""
    idle_s: float = 600.0
    """Longest time between two pieces that say something, as far as signs of life do not stretch it."""
    opens_in_prompt: bool = False
    """The opening mark of thoughts is in the prompt: see ``reasoning.Splitter``."""


@define
class AnswerReader:
    """Reads one answer, once."""

    expected: Expected
    pieces: int = 0
    """Objects that said something."""
    usage: Usage | None = None
    text: str = ""
    """The answer as it came, thoughts in the text included."""
    _events: EventReader = field(factory=EventReader)
    _thoughts: str = ""
    """Those of a field."""
    _marked_thoughts: int = 0
    _tokens: list[Token] = field(factory=list)
    """Of the pieces that were read since the last delta."""
    _refusal: str = ""
    _has_tool: bool = False
    _has_choices: bool = False
    """Something of the OpenAI wire came, if only an empty answer."""
    _reason: str | None = None
    """The last one told; the answer may go on behind it, for some servers tell one in every piece."""
    _is_ended: bool = False
    _unsure: list[str] | None = field(factory=list)
    """Pieces, while each of them may repeat all that was said before it; None once that is settled."""
    _repeats: bool = False

    @property
    def is_stream(self) -> bool:
        """It came in pieces."""
        return self._events.is_stream

    async def deltas(self, data: AsyncIterator[bytes], label: str = "") -> AsyncGenerator[Delta, None]:
        """The answer's pieces; the last one says why it ended and has the usage.

        ``label``: the response's status and content type, for messages.

        Raises:
            ModelError: one that the server tells in the answer, whatever its kind.
            ModelOverloaded: the answer breaks off by the server's own words, is damaged, or holds nothing at
                all.
            ModelProtocolError: nothing in it is of the OpenAI wire.
            ModelStalled: the stream lives, and says nothing.
            ContentFiltered: the server's filter withheld all of it.
        """
        splitter = Splitter(opens_in_prompt=self.expected.opens_in_prompt)
        most = self.expected.max_tokens * _CHARS_PER_TOKEN
        clock = asyncio.get_running_loop().time
        silent_s = 0.0  # spent in waiting, not in what the reader does with the pieces
        is_over = False
        while not is_over:
            began = clock()
            try:
                async with asyncio.timeout(_USAGE_GRACE_S if self._reason else None):
                    got, is_over = await anext(data), False
            except StopAsyncIteration:
                got, is_over = b"", True
            except (ModelError, TimeoutError):
                if self._reason is None:
                    raise
                break  # everything is here but the bill
            silent_s += clock() - began
            for one in self._events.feed(got, last=is_over):
                error = None if self._is_ended else openai_errors.error_in(one)
                if error is not None:
                    raise openai_errors.stream_error(error, self.expected.server, self.expected.model)
                said, thought = self._take(one)
                silent_s = 0.0 if said is not None else silent_s
                part = splitter.feed(said or "")
                self._marked_thoughts += len(part.thought)
                if part.text or part.thought or thought:
                    yield Delta(part.text, thought=thought + part.thought, tokens=self._told_tokens())
                is_cut = max(len(self.text) + len(self._thoughts), self.pieces) > most
                self._reason = "length" if is_cut else self._reason
                if is_cut or (self._is_ended and self.usage is not None):
                    is_over = True
                    break
            is_over = is_over or self._events.is_done
            if self._reason is None and silent_s > _WORDLESS * self.expected.idle_s:
                raise ModelStalled(
                    f"the model server at {self.expected.server} is alive and sent no token for "
                    f"{silent_s:.0f} s: try again, or ask for fewer samples at once"
                )
        held = splitter.feed(self._settle())
        reason = self._why(label)
        left, reason = splitter.end(reason)
        text, thought = held.text + left.text, held.thought + left.thought
        self._marked_thoughts += len(thought)
        if not self.text.strip() and self._thoughts.strip():
            if reason == "stop":  # it ended by itself: a parser took the answer for thoughts
                text = self._thoughts
            elif reason == "length":
                reason = "thinking"
        if not self.text and not text and self._refusal:
            text, reason = self._refusal, "refusal"
        elif not self.text and not text and self._has_tool and reason == "stop":
            reason = "tool_calls"
        yield Delta(text, reason, self._counted(), thought, self._told_tokens())

    def _told_tokens(self) -> tuple[Token, ...]:
        """The tokens since the last delta."""
        tokens, self._tokens = tuple(self._tokens), []
        return tokens

    def _why(self, label: str) -> str:
        """Why the answer ended; raises where it is none."""
        where = f"the model server at {self.expected.server}"
        odd = openai_errors.shorten(self._events.odd)
        if self._events.has_hole:
            raise ModelOverloaded(
                f"{where} sent a damaged piece of its answer ({odd or 'no UTF-8'}): try again"
            )
        has_words = bool(self.text or self._thoughts or self._refusal or self._has_tool)
        if self._reason is None and not has_words:
            if not self._has_choices and (odd or not self._events.is_stream):
                raise ModelProtocolError(
                    f"{where} answered with {label or 'nothing'}, not with an answer of the OpenAI wire"
                    f"{f' ({odd})' if odd else ''}: "
                    "is it an OpenAI-compatible server, and is the address right (most end with /v1)?"
                )
            raise ModelOverloaded(f"{where} ended the answer before its first token: try again")
        kind = next(
            (kind for kind, words in _ENDS.items() if self._reason and words.search(self._reason)), "stop"
        )
        if kind == "broken":
            raise ModelOverloaded(f"{where} broke off its answer ({self._reason}): try again")
        if kind == "content_filter" and not has_words:
            raise ContentFiltered(
                f"the content filter of {where} withheld the answer: reword the statement, or use another server"
            )
        return kind if self._reason else "unknown"

    def _take(self, one: Mapping[str, Any]) -> tuple[str | None, str]:
        """What one object adds: text (None: it says nothing at all) and thoughts of a field."""
        choices = one.get("choices")
        self._has_choices = self._has_choices or "choices" in one
        first = choices[0] if isinstance(choices, list) and choices else None
        choice: Mapping[str, Any] = first if isinstance(first, dict) else {}
        places = (one.get("usage"), choice.get("usage"), _object(one, "x_groq").get("usage"))
        self.usage = next(filter(None, map(self._usage, places)), self.usage)
        if self._is_ended:
            return None, ""
        self._tokens += _tokens_of(choice)
        delta = _object(choice, "delta")
        body = delta or _object(choice, "message")
        text, thought = _joined(body.get("content", choice.get("text")))
        text = text if delta else text.removeprefix(self.text)
        name = next((name for name in _THOUGHT_FIELDS if _joined(body.get(name)) != ("", "")), None)
        if name is not None:
            thought += "".join(_joined(body[name]))
        had_words = bool(self.text or self._thoughts or self._has_tool or self._refusal)
        self._thoughts += thought
        self._refusal += body["refusal"] if isinstance(body.get("refusal"), str) else ""
        self._has_tool = self._has_tool or bool(body.get("tool_calls") or body.get("function_call"))
        says = bool(text) or any(value for key, value in body.items() if key != "role")
        self.pieces += says
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason not in ("", "null"):
            self._reason = reason
            self._is_ended = had_words and not says
        elif self._reason and not choice and self.usage is not None:  # the bill, behind the end
            self._is_ended = True
        added = self._new(text)
        is_new = says and not (self._repeats and not added and not thought)
        return (added, thought) if is_new else (None, "")

    def _new(self, text: str) -> str:
        """What a piece adds to the answer; some servers repeat in each all that was said before."""
        before = self._unsure[-1] if self._unsure else ""
        if self._repeats:
            text = text.removeprefix(self.text)
        elif not text or self._unsure is None:
            pass
        elif not self._unsure:
            self._unsure.append(text)
        elif not text.startswith(before) or len(text) == len(before) >= _SURELY_REPEATED:
            text, self._unsure = "".join(self._unsure[1:]) + text, None
        elif len(before) >= _SURELY_REPEATED:
            text, self._repeats = text.removeprefix(self.text), True
        else:
            self._unsure.append(text)
            return ""
        self.text += text
        return text

    def _settle(self) -> str:
        """What was held back of a short answer."""
        held = [] if self._repeats else self._unsure or []
        text = "".join(held[1:])
        if held and held[-1] != held[0] and len(held[0]) + len(held) > 4:
            text = held[-1].removeprefix(held[0])
        self.text += text
        return text

    def _usage(self, counted: object) -> Usage | None:
        """A count that can be; a budget must not be spent by a server that miscounts."""
        if not isinstance(counted, dict):
            return None
        prompt, completion = count(counted, "prompt_tokens"), count(counted, "completion_tokens")
        most = self.expected.most_prompt_tokens, 2 * self.expected.max_tokens + 64
        if prompt is None or completion is None or prompt > most[0] or completion > most[1]:
            return None
        cached = count(_object(counted, "prompt_tokens_details"), "cached_tokens")
        for name in ("prompt_cache_hit_tokens", "cached_tokens"):  # DeepSeek's, Kimi's
            cached = count(counted, name) if cached is None else cached
        thought = count(_object(counted, "completion_tokens_details"), "reasoning_tokens") or 0
        return Usage(prompt, completion, min(cached or 0, prompt), min(thought, completion))

    def _counted(self) -> Usage | None:
        """The usage; thoughts that the server did not count are counted by their share of the characters."""
        usage, thoughts = self.usage, len(self._thoughts) + self._marked_thoughts
        if usage is None or usage.reasoning_tokens or not thoughts:
            return usage
        length = len(self.text) + len(self._thoughts)
        return evolve(usage, reasoning_tokens=usage.completion_tokens * thoughts // max(1, length))


_THOUGHT_FIELDS = ("reasoning", "reasoning_content", "reasoning_details")
"""vLLM since 0.12 and OpenRouter; DeepSeek, llama.cpp, earlier vLLM; OpenRouter again. One of them counts."""


def _object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _objects(parent: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = parent.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _tokens_of(choice: Mapping[str, Any]) -> list[Token]:
    """Tokens with their alternatives; what is malformed is left out, for nobody must rely on it."""
    found = []
    for one in _objects(_object(choice, "logprobs"), "content"):
        pairs = [(top.get("token"), top.get("logprob")) for top in _objects(one, "top_logprobs")]
        kept = tuple(
            (t, float(p)) for t, p in pairs if isinstance(t, str) and isinstance(p, int | float) and p <= 0
        )
        text = one.get("token")
        found.append(Token(text if isinstance(text, str) else "", kept[:_MOST_ALTERNATIVES]))
    return found


def _joined(value: object) -> tuple[str, str]:
    """Text and thoughts of a content: one text, or a list of parts (Mistral, gateways)."""
    if isinstance(value, str):
        return value, ""
    text = thought = ""
    for part in value if isinstance(value, list) else ():
        if isinstance(part, str):
            text += part
        elif isinstance(part, dict):
            kind = str(part.get("type", ""))
            words = next(
                (part[name] for name in ("text", "thinking", "summary", "content") if part.get(name)), ""
            )
            inner = "".join(_joined(words))
            is_thought = "think" in kind or "reason" in kind
            text, thought = (text, thought + inner) if is_thought else (text + inner, thought)
    return text, thought


def count(counted: Mapping[str, Any], name: str) -> int | None:
    """A number of tokens; None for what cannot be one."""
    value = counted.get(name)
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_TOKENS
    return value if is_count else None
