"""A scripted model for the tests in a real editor; the programs are those of the engine's own tests.

What it does is told by the statement's title: *Pairs that cancel* is solved rightly; at *Pairs that mislead* (and *Opposite
pairs*, which is in the pictures) most programs are wrong and the judge as well, so that only a person can put it right; at
*Pairs that wait* no program ever arrives. Prints one line of JSON with the address; the key is ``SSTAR_TEST_KEY``.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "tests"))

import click
from engine.world import COUNTS_VALUES, RIGHT, RIGHT_TOO, World

from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.models.testing.scripted_server import serve_scripted
from sstar_lsp.records import Message, Sampling

SPLITTING = "4\n1 1 -1 -1\n"
RIGHTLY = World(
    samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 2, RIGHT_TOO: 2}
)
MISLED = World(samples=(COUNTS_VALUES, RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), judge={RIGHT: 2})
MISLEADING = ("Pairs that mislead", "Opposite pairs")
SWAPPED = {"ANSWER: 1": "ANSWER: 2", "ANSWER: 2": "ANSWER: 1"}


def said_of(messages: Sequence[Message]) -> str:
    """All that is in a request."""
    return "\n".join(message.content for message in messages)


def script(messages: Sequence[Message], sampling: Sampling) -> str:
    """The answer to a request."""
    if not any(title in said_of(messages) for title in MISLEADING):
        return RIGHTLY(messages, sampling)
    said = MISLED(messages, sampling)
    found = next((words for words in SWAPPED if words in said), None)
    return said.replace(found, SWAPPED[found]) if found else said


async def before_piece(call: Call) -> None:
    """Waits for ever where the problem wants that."""
    if "Pairs that wait" in said_of(call.messages):
        await asyncio.Event().wait()


async def main() -> None:
    """Serve until killed."""
    model = ScriptedModel(script, before_piece=before_piece)
    async with serve_scripted(model, key=os.environ["SSTAR_TEST_KEY"]) as server:
        click.echo(json.dumps({"base_url": server.base_url}))
        await asyncio.Event().wait()


asyncio.run(main())
