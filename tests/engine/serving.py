"""A scripted model server in a thread, for tests whose main thread runs the command line."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sstar_lsp.models.scripted import Script, ScriptedModel
from sstar_lsp.models.scripted_server import Faults, ScriptedServer, serve_scripted


@contextmanager
def served_in_thread(script: Script | ScriptedModel, faults: Faults = ()) -> Iterator[ScriptedServer]:
    """The running server; its ``requests`` and ``model.calls`` may be read once the command has ended."""
    ready = threading.Event()
    box: list[ScriptedServer] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with serve_scripted(script, faults=faults) as server:
            box.append(server)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="scripted server")
    thread.start()
    try:
        assert ready.wait(30)
        yield box[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
