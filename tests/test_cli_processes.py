"""``sstar`` as a process of its own: signals, a hard kill, and going on afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import define, field
from engine.serving import STATEMENT
from engine.world import COUNTS_VALUES, DIVIDES, RIGHT, RIGHT_TOO, World, kind_of

from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.models.testing.scripted_server import ScriptedServer, serve_scripted
from sstar_lsp.records import Message, Sampling

SSTAR = Path(sys.executable).parent / "sstar"
PATIENCE_S = 60


@define
class Ended:
    """A process that ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict:
        """Its ``--json``."""
        return json.loads(self.out)


@define
class Held:
    """A world whose judge can be kept waiting, so that a run stands still in the middle."""

    world: World
    is_held: bool = True
    judging: int = 0
    reached: asyncio.Event = field(factory=asyncio.Event)

    async def before_piece(self, call: Call) -> None:
        """Waits for ever at the judge while held."""
        if self.is_held and kind_of(call.messages) == "judge":
            self.judging += 1
            if self.judging == 2:  # both orders have arrived: nothing more is asked until one is answered
                self.reached.set()
            await asyncio.Event().wait()

    def __call__(self, messages: list[Message], sampling: Sampling) -> str:
        return self.world(messages, sampling)


def world() -> World:
    """A repair, a split, and a judge who is right."""
    return World(
        samples=(RIGHT, COUNTS_VALUES, DIVIDES),
        repairs={DIVIDES: (RIGHT_TOO,)},
        inputs=("4\n1 1 -1 -1\n",),
        judge={RIGHT: 1},
    )


def environment(home: Path, server: ScriptedServer) -> dict[str, str]:
    """Nobody's settings, keys or runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SSTAR_", "OPENAI_"))}
    return kept | {
        "SSTAR_STATE_DIR": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "SSTAR_BASE_URL": server.base_url,
        "SSTAR_MODEL": "scripted",
        "SSTAR_API_KEY": server.key,
    }


async def started(home: Path, server: ScriptedServer, *arguments: object) -> asyncio.subprocess.Process:
    """The command, running."""
    return await asyncio.create_subprocess_exec(
        SSTAR,
        *map(str, arguments),
        cwd=home,
        env=environment(home, server),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def ended(process: asyncio.subprocess.Process) -> Ended:
    """The process at its end; none is left behind where it does not come."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    assert b"Traceback" not in err, err.decode()
    return Ended(process.returncode, out.decode(), err.decode())


async def sstar(home: Path, server: ScriptedServer, *arguments: object) -> Ended:
    """Run a command to its end."""
    return await ended(await started(home, server, *arguments))


SOLVE = ("solve", "problem.md", "-n", 3, "--rounds", 1, "--inputs", 3, "--json")


@asynccontextmanager
async def stopped_at_the_judge(
    home: Path, how: Callable[[asyncio.subprocess.Process], Awaitable[None] | None]
) -> AsyncIterator[tuple[ScriptedServer, Held, Ended]]:
    """A run that was ended so while its first duel waited for the judge, who is free from then on."""
    (home / "problem.md").write_text(STATEMENT, "utf-8")
    held = Held(world())
    model = ScriptedModel(held, before_piece=held.before_piece)
    async with serve_scripted(model) as server:
        process = await started(home, server, *SOLVE)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await held.reached.wait()
        except TimeoutError:
            process.kill()
            raise
        how(process)
        result = await ended(process)
        held.is_held = False
        yield server, held, result


async def undisturbed(home: Path) -> Ended:
    """The same run, left alone."""
    (home / "problem.md").write_text(STATEMENT, "utf-8")
    async with serve_scripted(world()) as server:
        return await sstar(home, server, *SOLVE)


def what_was_chosen(answer: dict) -> object:
    """All of an answer that must not depend on whether the run was interrupted."""
    evidence = answer["evidence"]
    return (
        answer["status"],
        answer["code"],
        answer["verified"],
        evidence["reason"],
        [(c["id"], c["members"], c["belief"], c["duels_won"]) for c in evidence["clusters"]],
        [(i["input"], i["outputs"]) for i in evidence["deciding_inputs"]],
    )


def asked(server: ScriptedServer) -> list[str]:
    """The requests that arrived, as text."""
    return [json.dumps(request, sort_keys=True) for request in server.requests]


def names_in(folder: Path) -> set[str]:
    """What lies in a folder."""
    return {path.name for path in folder.iterdir()}


def everything_in(folder: Path) -> bytes:
    """All bytes of all files in a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def is_judging(request: str) -> bool:
    return "of these two outputs is right" in request


async def test_ctrl_c_ends_a_run_with_130_tells_its_id_and_resume_finishes_it(tmp_path: Path) -> None:
    async with stopped_at_the_judge(tmp_path, lambda p: p.send_signal(signal.SIGINT)) as (server, _, stopped):
        assert stopped.code == 130
        run_id = stopped.answer["run_id"]
        assert (stopped.answer["status"], stopped.answer["code"]) == ("cancelled", None)
        assert f"sstar resume {run_id}" in stopped.err
        before = asked(server)
        resumed = await sstar(tmp_path, server, "resume", run_id, "--json")
        assert resumed.code == 0
        assert resumed.answer["code"] in (RIGHT, RIGHT_TOO)
        assert all(is_judging(request) for request in asked(server)[len(before) :])


async def test_a_polite_kill_stops_a_run_as_ctrl_c_does(tmp_path: Path) -> None:
    async with stopped_at_the_judge(tmp_path, lambda p: p.terminate()) as (server, _, stopped):
        assert stopped.code == 130
        (listed,) = (await sstar(tmp_path, server, "runs", "--json")).answer
    run_id = stopped.answer["run_id"]
    assert (listed["id"], listed["status"], listed["is_alive"]) == (run_id, "stopped", False)


async def test_a_killed_run_goes_on_without_asking_again_for_what_was_paid(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with stopped_at_the_judge(tmp_path, lambda process: process.kill()) as (server, _held, killed):
        assert killed.code == -signal.SIGKILL
        runs = await sstar(tmp_path, server, "runs")
        assert "interrupted" in runs.out
        (listed,) = (await sstar(tmp_path, server, "runs", "--json")).answer
        assert listed["is_alive"] is False
        shown = await sstar(tmp_path, server, "show", listed["id"])
        assert f"sstar resume {listed['id']}" in shown.err
        before = asked(server)
        unpaid = [request for request in before if is_judging(request)]
        resumed = await sstar(tmp_path, server, "resume", "last", "--json")
        after = asked(server)[len(before) :]
    assert resumed.code == 0
    assert sorted(after) == sorted(unpaid)  # only what the kill had cut off
    assert len(set(before)) == len(before)
    alone = await undisturbed(tmp_path_factory.mktemp("alone"))
    assert what_was_chosen(resumed.answer) == what_was_chosen(alone.answer)
    assert resumed.answer["usage"] == alone.answer["usage"]


async def test_a_run_that_is_going_on_elsewhere_cannot_be_resumed(tmp_path: Path) -> None:
    second: list[Ended] = []
    (tmp_path / "problem.md").write_text(STATEMENT, "utf-8")
    held = Held(world())
    async with serve_scripted(ScriptedModel(held, before_piece=held.before_piece)) as server:
        process = await started(tmp_path, server, *SOLVE)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await held.reached.wait()
            (listed,) = (await sstar(tmp_path, server, "runs", "--json")).answer
            assert (listed["status"], listed["is_alive"]) == ("running", True)
            second.append(await sstar(tmp_path, server, "resume", "last"))
        finally:
            process.send_signal(signal.SIGINT)
            await ended(process)
    assert second[0].code == 7
    assert "another process" in second[0].err


async def test_a_run_keeps_its_streams_apart_its_key_to_itself_and_the_folder_as_it_was(
    tmp_path: Path,
) -> None:
    (tmp_path / "problem.md").write_text(STATEMENT, "utf-8")
    async with serve_scripted(world()) as server:
        result = await sstar(tmp_path, server, *SOLVE)
    assert result.code == 0
    assert len(result.out.splitlines()) == 1
    assert result.answer["status"] == "chosen"
    assert "samples 3/3" in result.err
    kept = everything_in(tmp_path / "state")
    assert b"Pairs that cancel" in kept
    assert server.key.encode() not in kept
    assert server.key not in result.out + result.err
    assert names_in(tmp_path) <= {"problem.md", "state", "config"}
