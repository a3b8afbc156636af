"""A scripted model server in a thread, and the command line in the main one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.world import COUNTS_VALUES, RIGHT, RIGHT_TOO, World
from sstar_lsp.cli.main import main
from sstar_lsp.models.testing.scripted import Script, ScriptedModel
from sstar_lsp.models.testing.scripted_server import Faults, ScriptedServer, serve_scripted


@contextmanager
def served_in_thread(
    script: Script | ScriptedModel, faults: Faults = (), more_names: Sequence[str] = (), **options: Any
) -> Iterator[ScriptedServer]:
    """The running server; its ``requests`` and ``model.calls`` may be read once the command has ended."""
    ready = threading.Event()
    box: list[ScriptedServer] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with serve_scripted(script, faults=faults, more_names=more_names, **options) as server:
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


STATEMENT = """# Pairs that cancel

Given n and n integers, print how many pairs of positions have sum zero.

## Sample Input 1

```
3
1 -1 2
```

## Sample Output 1

```
1
```
"""
SUM = """# Sum

Two integers on one line. Print their sum.

## Sample Input

```
1 2
```

## Sample Output

```
3
```
"""
SPLIT = {"samples": (RIGHT, COUNTS_VALUES, RIGHT_TOO), "inputs": ("4\n1 1 -1 -1\n",), "judge": {RIGHT: 1}}
"""A world of two clusters, of which the judge prefers the right one."""


def sstar(*arguments: object) -> Result:
    """Run a command; anything but a clean exit is this test's failure."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


Solve = Callable[..., Result]


@contextmanager
def serving(
    monkeypatch: pytest.MonkeyPatch, script: World | ScriptedModel, faults: object = ()
) -> Iterator[tuple[ScriptedServer, Solve]]:
    """A server, and ``sstar solve`` against it."""
    with served_in_thread(script, faults) as server:
        monkeypatch.setenv("SSTAR_API_KEY", server.key)

        def solve(file: Path, *arguments: object, samples: int = 3) -> Result:
            return sstar(
                *("solve", file, "--base-url", server.base_url, "--model", "scripted"),
                *("-n", samples, "--rounds", 1, "--inputs", 3, *arguments),
            )

        yield server, solve
