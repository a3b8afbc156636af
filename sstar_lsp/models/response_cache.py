"""A model whose replies are kept in a file: asked once, replayed ever after.

The key of a reply is everything that was asked (model, messages, sampling with its seed). The file holds
replies, never prompts and never keys.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import cattrs
from attrs import astuple, define, field, frozen

from sstar_lsp.errors import RunError, UsageError
from sstar_lsp.models.protocol import Delta, Model
from sstar_lsp.records import Message, Sampling, Token


class ReplyMissing(RunError):
    """A replay was asked for something that was never recorded."""


def reply_key(model: str, messages: Sequence[Message], sampling: Sampling) -> str:
    """Key of a request: SHA-256 of model, messages, sampling with its seed, and the number of answers, 1."""
    # the last: stop texts, which recordings of earlier versions have in their keys
    drawn: list[object] = [sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed, []]
    asked = {"messages": [[message.role, message.content] for message in messages], "sampling": drawn}
    request = hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()
    return hashlib.sha256(f"{model}\n{request}\n1".encode()).hexdigest()


@frozen
class Reply:
    """What a model once answered, piece by piece, so that a replay is read and counted alike."""

    model: str
    deltas: tuple[Delta, ...]
    seconds: float = 0.0
    """How long the first one took."""


_CONVERTER = cattrs.Converter(omit_if_default=True, detailed_validation=False)
_CONVERTER.register_unstructure_hook(Token, astuple)
_CONVERTER.register_structure_hook(
    Token, lambda parts, _: Token(parts[0], tuple((other, float(p)) for other, p in parts[1]))
)


@define
class Recording:
    """The file: one reply a line."""

    path: Path
    replies: dict[str, Reply] = field(factory=dict)
    asking: dict[str, asyncio.Lock] = field(factory=dict)
    """One request at a time for each key: who asks the same meanwhile gets the same reply."""

    @classmethod
    def of(cls, path: Path) -> Recording:
        """What the file holds; an empty recording where there is no file. A last line that was cut off is
        dropped.
        Raises :class:`UsageError`: a damaged line (it names it), or a file that cannot be read."""
        recording = cls(path)
        try:
            text = path.read_text("utf-8") if path.exists() else ""
            whole = text[: text.rfind("\n") + 1]
            if whole != text:
                path.write_text(whole, "utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot be read as a recording of replies: {error}.") from error
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                row = json.loads(line)
                recording.replies[row["key"]] = _CONVERTER.structure(row, Reply)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UsageError(f"{path}, line {number}: is no recorded reply ({error!r}).") from None
        return recording

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models that replied."""
        return tuple(sorted({reply.model for reply in self.replies.values()}))

    def keep(self, key: str, reply: Reply) -> None:
        """Append a reply to the file, before anyone uses it.
        Raises :class:`UsageError`: the file cannot be written."""
        row = {
            "key": key,
            "model": reply.model,
            "seconds": round(reply.seconds, 3),
            "deltas": _CONVERTER.unstructure(reply.deltas),
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # one write: two processes may add to one file, and no line is torn
            with self.path.open("ab", buffering=0) as file:
                file.write(json.dumps(row, ensure_ascii=True).encode("ascii") + b"\n")
        except OSError as error:
            raise UsageError(f"{self.path}: the reply could not be recorded: {error.strerror}.") from error
        self.replies[key] = reply


class RecordedModel:
    """A :class:`~sstar_lsp.models.protocol.Model` that replays what is recorded and records what is new.

    A stream that its reader closes (the program is complete) is recorded as far as it was read: whoever asks
    the same stops there as well. One that fails or is cancelled is not recorded.
    """

    def __init__(self, recording: Recording, model: Model | None, name: str | None = None) -> None:
        """``model``: asked for what is not recorded; None: nobody is. ``name``: of the replayed model."""
        assert model is not None or name is not None, "a replay must know whose replies it gives"
        self.name = model.name if model is not None else str(name)
        self._model = model
        self._recording = recording

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """As :meth:`sstar_lsp.models.protocol.Model.stream`.
        Raises :class:`ReplyMissing`: nothing is recorded and there is nobody to ask."""
        key = reply_key(self.name, messages, sampling)
        async with self._recording.asking.setdefault(key, asyncio.Lock()):
            known = self._recording.replies.get(key)
            if known is None:
                async with aclosing(self._ask(key, messages, sampling)) as deltas:
                    async for delta in deltas:
                        yield delta
                return
        for delta in known.deltas:
            await asyncio.sleep(0)
            yield delta

    async def _ask(
        self, key: str, messages: Sequence[Message], sampling: Sampling
    ) -> AsyncGenerator[Delta, None]:
        if self._model is None:
            said = messages[-1].content.strip().splitlines()
            raise ReplyMissing(
                f"{self._recording.path}: holds no reply of {self.name} with the key {key[:16]}… "
                f"(the request that ends with {said[-1][-80:]!r}, seed {sampling.seed}): record it without --replay-only."
            )
        loop = asyncio.get_running_loop()
        begun = loop.time()
        pieces: list[Delta] = []
        stream = self._model.stream(messages, sampling)
        try:
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    pieces.append(delta)
                    yield delta
        except GeneratorExit:
            reader = asyncio.current_task()
            if reader is not None and not reader.cancelling():  # it has what it wants
                self._recording.keep(key, Reply(self.name, tuple(pieces), loop.time() - begun))
            raise
        self._recording.keep(key, Reply(self.name, tuple(pieces), loop.time() - begun))
