"""The process that holds the model: OpenVINO GenAI's continuous batching, driven through two pipes.

A process of its own because a step of the runtime holds Python's global lock, may crash in native code, and
must be killed at once when the server wants it. It ends when its standard input does.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from sstar_lsp.models.embedded import worker_protocol as pipe
from sstar_lsp.models.embedded.gguf import readable
from sstar_lsp.models.embedded.memory import CACHE_BYTES
from sstar_lsp.models.embedded.paths import CPU
from sstar_lsp.models.embedded.prefix_scheduler import Prefill
from sstar_lsp.models.embedded.tokenizer import tokenizer_folder
from sstar_lsp.records import Usage

CONTEXT_TOKENS = 32768
"""Of both pinned models."""
MOST_AT_ONCE = 32
"""Answers drawn in one step: 24 give a tenth more tokens a second than 16, 32 and 48 hardly more than 24."""
BATCH_TOKENS = 256
"""Prompt tokens a step: a cancel, or a short request's first token, waits no longer than this takes."""
NICENESS = 5
"""Candidates run on the same cores, against the clock: they go first."""
_PR_SET_PDEATHSIG = 1
_LONGEST_CHARACTER = 8
"""Tokens after which an incomplete character is shown as it is."""
_INCOMPLETE = "�"


class Answer:
    """Text of one answer, piece by piece, in whole characters."""

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        """``decode``: text of a run of tokens (of byte-level pairs: runs may be decoded apart)."""
        self._decode = decode
        self._pending: list[int] = []
        self.tokens: list[int] = []
        """Every token so far."""

    def push(self, tokens: Sequence[int]) -> str:
        """Take new tokens; returns the text that can be shown now."""
        self.tokens.extend(tokens)
        self._pending.extend(tokens)
        text = self._decode(self._pending)
        if text.endswith(_INCOMPLETE) and len(self._pending) < _LONGEST_CHARACTER:
            return ""
        self._pending.clear()
        return text

    def end(self) -> str:
        """No more tokens come: what was held back."""
        return self._decode(self._pending) if self._pending else ""


@define
class _Growing:
    """A request that the runtime works on."""

    ask: pipe.Ask
    prompt: Any
    """Its tokens as a tensor."""
    tokens: tuple[int, ...]
    answer: Answer
    handle: Any = None
    begun: bool = False
    cached_tokens: int = 0


@define
class Worker:
    """The loop. Raises whatever the runtime raises while loading: the log has it."""

    weights: Path
    device: str
    """As OpenVINO names it: ``CPU``, ``GPU`` …"""
    out: int
    """File descriptor that answers go to."""
    _pipeline: Any = None
    _tokenizer: Any = None
    _queue: Prefill[int] = field(factory=Prefill)
    _growing: dict[int, _Growing] = field(factory=dict)
    _context: int = CONTEXT_TOKENS
    _lines: pipe.LineBuffer = field(factory=pipe.LineBuffer)

    def run(self) -> None:
        """Load, then serve until standard input ends."""
        started = time.monotonic()
        self._load()
        self._say(pipe.Ready(self._context, time.monotonic() - started))
        while self._listen(wait=not self._growing):
            for id_ in self._queue.start():
                self._start(self._growing[id_])
            if self._pipeline.has_non_finished_requests():
                self._pipeline.step()
                self._hand_out()

    def _load(self) -> None:
        import openvino_genai as genai

        scheduling = genai.SchedulerConfig()
        scheduling.enable_prefix_caching = True
        scheduling.cache_size = CACHE_BYTES >> 30
        scheduling.max_num_batched_tokens = BATCH_TOKENS
        scheduling.max_num_seqs = MOST_AT_ONCE
        # where the processor has matrix units the runtime would compute in bfloat16: a third slower here
        properties = {"INFERENCE_PRECISION_HINT": "f32"} if self.device == CPU else {}
        self._tokenizer = genai.Tokenizer(str(tokenizer_folder(self.weights)))
        # a tokenizer that still cuts would give us the middle of a prompt for the whole
        self._context = min(CONTEXT_TOKENS, len(self._tokens("word " * (CONTEXT_TOKENS + 1))[0]) - 1)
        self._pipeline = genai.ContinuousBatchingPipeline(
            str(readable(self.weights)), self._tokenizer, scheduling, self.device, **properties
        )

    def _listen(self, *, wait: bool) -> bool:
        """Take in what was asked; False once nobody can ask any more."""
        while select.select([0], [], [], None if wait else 0)[0]:
            data = os.read(0, 1 << 16)
            if not data:
                return False
            for raw in self._lines.feed(data):
                line = pipe.unpack(raw)
                if isinstance(line, pipe.Ask):
                    self._take(line)
                elif isinstance(line, pipe.Cancel) and line.id in self._growing:
                    self._forget(line.id)
            wait = wait and not self._growing
        return True

    def _take(self, ask: pipe.Ask) -> None:
        messages = [{"role": message.role, "content": message.content} for message in ask.messages]
        text = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True)
        tokens, prompt = self._tokens(text)
        if len(tokens) + ask.sampling.max_tokens > self._context:
            self._say(
                pipe.Refused(
                    ask.id,
                    "context",
                    f"the prompt has {len(tokens)} tokens and {ask.sampling.max_tokens} new ones were asked for; "
                    f"the model's maximum context length is {self._context}",
                )
            )
            return
        answer = Answer(self._decode)
        self._growing[ask.id] = _Growing(ask, prompt, tokens, answer)
        self._queue.add(ask.id, tokens)

    def _start(self, growing: _Growing) -> None:
        ask = growing.ask
        try:
            growing.handle = self._pipeline.add_request(ask.id, growing.prompt, self._generation(ask))
        except RuntimeError as error:  # the runtime's only exception
            self._say(pipe.Refused(ask.id, "request", str(error)))
            self._forget(ask.id)
            return
        growing.cached_tokens = self._queue.cached_tokens(ask.id)

    def _generation(self, ask: pipe.Ask) -> Any:
        import openvino_genai as genai

        sampling = ask.sampling
        config = genai.GenerationConfig()
        config.apply_chat_template = False
        config.eos_token_id = self._pipeline.get_config().eos_token_id
        config.stop_token_ids = self._pipeline.get_config().stop_token_ids
        config.max_new_tokens = sampling.max_tokens
        if sampling.temperature > 0:
            config.do_sample = True
            config.temperature = sampling.temperature
            config.top_p = max(sampling.top_p, 1e-6)
            config.rng_seed = (sampling.seed or 0) % (1 << 63)
        return config

    def _hand_out(self) -> None:
        import openvino_genai as genai

        finished = genai.GenerationFinishReason
        for id_, growing in list(self._growing.items()):
            if growing.handle is None:
                continue
            shown, reason = "", None
            while growing.handle.can_read():
                for output in growing.handle.read().values():
                    shown += growing.answer.push(output.generated_ids)
                    if output.finish_reason == finished.LENGTH:
                        reason = "length"
                    elif output.finish_reason == finished.STOP:
                        reason = "stop"
            if growing.handle.get_status() == genai.GenerationStatus.IGNORED:
                message = "the answer does not fit the memory set aside for the model: ask for fewer at once"
                self._say(pipe.Refused(id_, "memory", message))
                self._forget(id_)
                continue
            if growing.answer.tokens and not growing.begun:
                growing.begun = True
                self._queue.first_token(id_)
            if reason is not None:
                shown += growing.answer.end()
                usage = Usage(len(growing.tokens), len(growing.answer.tokens), growing.cached_tokens)
                self._say(pipe.Piece(id_, shown, reason, usage))
                self._forget(id_)
            elif shown:
                self._say(pipe.Piece(id_, shown))

    def _forget(self, id_: int) -> None:
        growing = self._growing.pop(id_)
        if growing.handle is not None:
            growing.handle.cancel()  # of a finished one: does nothing
        computed = (*growing.tokens, *growing.answer.tokens) if growing.begun else None
        self._queue.end(id_, computed)

    def _tokens(self, text: str) -> tuple[tuple[int, ...], Any]:
        """The tokens of ``text``, and as the tensor that the runtime wants."""
        tensor = self._tokenizer.encode(text, add_special_tokens=False).input_ids
        return tuple(tensor.data[0].tolist()), tensor

    def _decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text

    def _say(self, line: pipe.Line) -> None:
        data = pipe.pack(line)
        while data:
            data = data[os.write(self.out, data) :]


def die_with_parent(parent: int) -> None:
    """Linux: the kernel kills this process when ``parent`` is gone, native code or not."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def main(arguments: Sequence[str]) -> None:
    """``worker.py WEIGHTS DEVICE PARENT_PID``; the runtime takes one thread a core."""
    weights, device, parent = arguments
    die_with_parent(int(parent))
    out = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints goes to the log, not into the pipe
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Worker(Path(weights), device, out).run()


if __name__ == "__main__":
    main(sys.argv[1:])
