"""The engine behind the embedded server: starts the worker process, distributes its output, and kills it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from attrs import evolve

from sstar_lsp.errors import ContextTooLong, ModelError, ModelOverloaded, ModelProtocolError
from sstar_lsp.models.embedded import worker_protocol as pipe
from sstar_lsp.models.embedded.paths import CPU
from sstar_lsp.models.protocol import Delta
from sstar_lsp.models.server.chat_request import ChatRequest

_WORKER = "sstar_lsp.models.embedded.worker"
_ERRORS: dict[str, type[ModelError]] = {"context": ContextTooLong, "memory": ModelOverloaded}
"""By the kind of a refusal."""


class WorkerEngine:
    """A :class:`sstar_lsp.models.server.openai_app.Engine` over one worker process."""

    def __init__(self, names: Sequence[str], weights: Path, device: str = CPU) -> None:
        """Nothing is started yet. ``device``: as OpenVINO names it."""
        self.names = tuple(names)
        """What the model may be called."""
        self._weights = weights
        self._device = device
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Queue[pipe.Piece | pipe.Refused | None]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[pipe.Ready] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()
        """Set when the worker is no more, whyever."""

    @property
    def context_tokens(self) -> int | None:
        """Of the loaded model; None until it is."""
        known = self._ready.done() and not self._ready.cancelled() and self._ready.exception() is None
        return self._ready.result().context_tokens if known else None

    async def start(self) -> pipe.Ready:
        """Start the worker and wait until the model is loaded.
        Raises :class:`ModelOverloaded` where it ends before that; why is in its log (our stderr)."""
        order = (str(self._weights), self._device, str(os.getpid()))
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _WORKER, *order),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self._process))
        return await asyncio.shield(self._ready)

    def kill(self) -> None:
        """End the worker at once; every answer that is still read ends with an error."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def generate(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Draw the answer; see :class:`sstar_lsp.models.server.openai_app.Engine`."""
        if not self._ready.done():
            raise ModelOverloaded("the embedded model is still loading")
        sampling = request.sampling
        if sampling.seed is None:
            sampling = evolve(sampling, seed=secrets.randbits(48))
        id_ = next(self._ids)
        arrived: asyncio.Queue[pipe.Piece | pipe.Refused | None] = asyncio.Queue()
        self._answers[id_] = arrived
        ended = False
        try:
            self._say(pipe.Ask(id_, request.messages, sampling))
            while not ended:
                match await arrived.get():
                    case pipe.Piece() as piece:
                        ended = piece.finish_reason is not None
                        yield Delta(piece.text, piece.finish_reason, piece.usage)
                    case pipe.Refused() as refused:
                        ended = True
                        raise _ERRORS.get(refused.kind, ModelProtocolError)(refused.message)
                    case None:
                        ended = True
                        raise ModelOverloaded("the embedded model's process ended: see its log")
        finally:
            del self._answers[id_]
            if not ended:
                self._say(pipe.Cancel(id_))

    def _say(self, line: pipe.Line) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        if self.gone.is_set():
            if isinstance(line, pipe.Ask):
                raise ModelOverloaded("the embedded model's process ended: see its log")
            return
        self._process.stdin.write(pipe.pack(line))  # buffered: the worker reads between two steps

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        lines = pipe.LineBuffer()
        try:
            while data := await process.stdout.read(1 << 16):
                for raw in lines.feed(data):
                    self._take(pipe.unpack(raw))
        finally:
            self.kill()
            await process.wait()
            self.gone.set()
            if not self._ready.done():
                self._ready.set_exception(
                    ModelOverloaded("the embedded model could not be loaded: see its log")
                )
            for arrived in self._answers.values():
                arrived.put_nowait(None)

    def _take(self, line: pipe.Line) -> None:
        if isinstance(line, pipe.Ready) and not self._ready.done():
            self._ready.set_result(line)
        elif isinstance(line, pipe.Piece | pipe.Refused) and line.id in self._answers:
            self._answers[line.id].put_nowait(line)
