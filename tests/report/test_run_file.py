"""Runs as files: what is written is taken in as it was, and what others made up is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from engine.world import COUNTS_VALUES, QUICK, RIGHT, Memory, World, finish

from sstar_lsp.engine.run.events import RunStarted, from_wire, to_wire
from sstar_lsp.engine.run.state import fold
from sstar_lsp.errors import RunError
from sstar_lsp.report.run_file import from_file, to_file
from sstar_lsp.runs.store import Events
from sstar_sandbox import Sandbox

WORLD = World(samples=(RIGHT, COUNTS_VALUES), inputs=("4\n1 1 -1 -1\n",), judge={RIGHT: 1})


@pytest.fixture
async def events(sandbox: Sandbox) -> Events:
    """The journal of a run that was decided."""
    journal = Memory()
    await finish(sandbox, WORLD, settings=QUICK, journal=journal)
    wired = [to_wire(event) for event in journal.events]
    wired[0][1].update(document="/home/me/secret-project/pairs.md", run_id="1123-4abb3f")
    return wired


def lines_of(events: Events) -> list[dict[str, Any]]:
    """A file's lines."""
    return [json.loads(line) for line in to_file("1123-4abb3f", 12.5, events).splitlines()]


def as_file(lines: list[Any]) -> bytes:
    """And back."""
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


async def test_a_run_comes_back_whole_and_without_the_place_of_its_problem(events: Events) -> None:
    text = to_file("1123-4abb3f", 12.5, events)
    assert "secret-project" not in text
    read = from_file(text.encode())
    assert (read.id, read.title, read.created, read.status) == (
        "1123-4abb3f",
        "Pairs that cancel",
        12.5,
        "chosen",
    )
    state, before = (fold([from_wire(*pair) for pair in each]) for each in (read.events, events))
    assert state.started is not None
    assert state.started.document is None
    assert (state.candidates, state.clusters, state.duels, state.decided) == (
        before.candidates,
        before.clusters,
        before.duels,
        before.decided,
    )
    assert to_file(read.id, read.created, read.events) == text


async def test_a_run_that_has_not_ended_is_not_written(events: Events) -> None:
    with pytest.raises(RunError, match="has not ended"):
        to_file("1123-4abb3f", 0.0, events[:-1])


def _of(lines: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    body: dict[str, Any] = [line["body"] for line in lines if line.get("kind") == kind][-1]
    return body


FORGED: dict[str, tuple[Callable[[list[dict[str, Any]]], object], str]] = {
    "an id that is a path": (lambda lines: lines[0].update(id="../../x"), "id is none of ours"),
    "another version": (lambda lines: lines[0].update(sstar_run=2), "line 1"),
    "another run's events": (lambda lines: lines[0].update(id="other"), "another run"),
    "an event of nobody": (lambda lines: lines.append({"kind": "Shell", "body": {}}), "'Shell'"),
    "no body": (lambda lines: lines.append({"kind": "Warned"}), "kind and a body"),
    "two beginnings": (lambda lines: lines.append(lines[1]), "has one"),
    "no end": (lambda lines: lines.pop(), "has not ended"),
    "a choice that is no program": (
        lambda lines: _of(lines, "Decided").update(candidate_id="c99"),
        "do not fit together",
    ),
    "a program named like a file": (
        lambda lines: _of(lines, "Sampled")["candidate"].update(id="../../.bashrc"),
        "no name of ours",
    ),
    "a language of nobody": (
        lambda lines: _of(lines, "Sampled")["candidate"].update(language="sh"),
        "no name of ours",
    ),
    "members that are no programs": (
        lambda lines: _of(lines, "Clustered")["clusters"][0].update(members=["c77"]),
        "no name of ours",
    ),
}


@pytest.mark.parametrize("name", FORGED)
async def test_what_no_run_of_ours_does_is_refused(events: Events, name: str) -> None:
    forge, wanted = FORGED[name]
    lines = lines_of(events)
    from_file(as_file(lines))
    forge(lines)
    with pytest.raises(RunError, match=wanted):
        from_file(as_file(lines))


@pytest.mark.parametrize("raw", [b"", b"\xff\n", b"[]\n", b"{}\n", b"[" * 100_000])
def test_what_is_no_such_file_is_refused(raw: bytes) -> None:
    with pytest.raises(RunError, match="line 1"):
        from_file(raw)


async def test_a_file_that_claims_a_document_gives_it_to_nobody(events: Events) -> None:
    lines = lines_of(events)
    _of(lines, "RunStarted")["document"] = "/home/you/contest/pairs.md"
    started = from_wire(*from_file(as_file(lines)).events[0])
    assert isinstance(started, RunStarted)
    assert started.document is None
