"""The door: runs are started, followed, cancelled, resumed and graded, and what fails is said as what it is."""

from __future__ import annotations

import asyncio
import gc
import os
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attrs import evolve
from engine.world import ALWAYS_ONE, COUNTS_VALUES, DOUBLE, PAIRS, RIGHT, RIGHT_TOO, World, kind_of

from sstar_lsp.engine.run.events import Checked, Stopped, from_wire
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.errors import (
    InternalError,
    ModelOverloaded,
    ProblemError,
    RunError,
    SandboxError,
    SStarError,
    UsageError,
)
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.records import Problem, Status, Test
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import RunHandle, Service, answer_of
from sstar_lsp.settings import Settings, SolveSettings
from sstar_sandbox import (
    CompilerOptions,
    Execution,
    Mode,
    Offering,
    Program,
    Sandbox,
    SandboxUnavailable,
    Verdict,
    open_sandbox,
)
from sstar_sandbox import SandboxError as BrokenSandbox

QUICK = Settings(solve=SolveSettings(samples=3, rounds=1, inputs=3))
SPLIT = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=("4\n1 1 -1 -1\n",), judge={RIGHT: 1})


def service(folder: Path, script: World | ScriptedModel | None = None, executor: object = None) -> Service:
    """A service with its journal there and a scripted model."""
    script = SPLIT if script is None else script
    model = ScriptedModel(script) if isinstance(script, World) else script
    return Service(RunStore(folder), models=Models.all_the_same(model), executor=executor)


def held_at_the_judge() -> tuple[ScriptedModel, asyncio.Event, asyncio.Event]:
    """A model whose judge waits for the second event, and sets the first when asked."""
    reached, free = asyncio.Event(), asyncio.Event()

    async def before_piece(call: Call) -> None:
        if kind_of(call.messages) == "judge":
            reached.set()
            await free.wait()

    return ScriptedModel(SPLIT, before_piece=before_piece), reached, free


async def ends_with(handle: RunHandle, kind: type[SStarError]) -> SStarError:
    """The error that a run ends with."""
    with pytest.raises(kind) as caught:
        await handle.wait()
    return caught.value


async def test_a_run_can_be_followed_from_its_first_state_to_its_choice(tmp_path: Path) -> None:
    async with service(tmp_path) as door:
        handle = await door.solve(PAIRS, QUICK, "problem.md")
        states = [state async for state in handle.follow()]
        assert states[-1] == await handle.wait()
        assert handle.is_done
        assert handle.status is Status.CHOSEN
        run_id, opened = await door.open_run("last")
    assert (run_id, opened) == (handle.run_id, states[-1])
    seen = [len(state.candidates) for state in states]
    assert seen == sorted(seen)


async def test_every_follower_sees_the_end(tmp_path: Path) -> None:
    async def last_of(handle: RunHandle) -> RunState:
        return [state async for state in handle.follow()][-1]

    async with service(tmp_path) as door:
        handle = await door.solve(PAIRS, QUICK)
        ends = await asyncio.gather(*(last_of(handle) for _ in range(3)))
        assert [end.decided for end in ends] == [handle.state.decided] * 3
        assert await last_of(handle) == handle.state


async def test_a_cancelled_run_is_kept_says_so_and_can_be_resumed_by_the_same_service(
    tmp_path: Path,
) -> None:
    model, reached, free = held_at_the_judge()
    async with service(tmp_path, model) as door:
        handle = await door.solve(PAIRS, QUICK)
        await reached.wait()
        asked = len(model.calls)
        with pytest.raises(RunError, match="going on"):
            await door.resume(handle.run_id, QUICK)
        await handle.cancel()
        assert handle.is_done
        assert model.cancelled >= 2
        assert (handle.status, (await handle.wait()).stopped) == (Status.CANCELLED, True)
        assert answer_of(handle.run_id, handle.state)["status"] == "cancelled"
        free.set()
        resumed = await door.resume(handle.run_id, QUICK)
        state = await resumed.wait()
        assert state.decided is not None
        assert state.decided.status is Status.CHOSEN
        assert {kind_of(call.messages) for call in model.calls[asked:]} == {"judge"}


async def test_cancelling_a_run_twice_or_after_its_end_does_no_harm(tmp_path: Path) -> None:
    model, reached, _free = held_at_the_judge()
    async with service(tmp_path, model) as door:
        handle = await door.solve(PAIRS, QUICK)
        await reached.wait()
        await asyncio.gather(handle.cancel(), handle.cancel())
        await handle.cancel()
        kinds = [kind for kind, _ in await door.store.load(handle.run_id)]
    assert kinds[-1] == "Stopped"
    assert kinds.count("Stopped") == 1


async def test_leaving_the_service_ends_its_runs_and_keeps_their_journals(tmp_path: Path) -> None:
    model, reached, _free = held_at_the_judge()
    async with service(tmp_path, model) as door:
        handle = await door.solve(PAIRS, QUICK)
        await reached.wait()
    assert handle.is_done
    async with RunStore(tmp_path) as store:
        events = [from_wire(*event) for event in await store.load(handle.run_id)]
        (summary,) = await store.list_runs()
    assert isinstance(events[-1], Stopped)
    assert (summary.status, summary.is_alive) == ("stopped", False)


async def test_two_runs_at_once_keep_apart(tmp_path: Path) -> None:
    right = "def double(x):\n    return 2 * x\n"

    class Both(World):
        def __call__(self, messages, sampling):
            is_double = "double(x)" in messages[0].content
            if is_double and kind_of(messages) == "write":
                return self._said(right)
            return super().__call__(messages, sampling)

    async with service(tmp_path, Both(samples=(RIGHT,))) as door:
        handles = [await door.solve(PAIRS, QUICK), await door.solve(DOUBLE, QUICK)]
        states = [await handle.wait() for handle in handles]
        listed = await door.list_runs()
    assert [answer_of(h.run_id, s)["code"] for h, s in zip(handles, states, strict=True)] == [RIGHT, right]
    assert {run.id for run in listed} == {handle.run_id for handle in handles}


async def test_a_resumed_run_keeps_its_own_search_settings(tmp_path: Path) -> None:
    model, reached, free = held_at_the_judge()
    async with service(tmp_path, model) as door:
        handle = await door.solve(PAIRS, QUICK)
        await reached.wait()
        await handle.cancel()
    free.set()
    async with service(tmp_path, model) as door:
        other = Settings(solve=SolveSettings(samples=9, seed=5))
        state = await (await door.resume(handle.run_id, other)).wait()
    assert state.settings == evolve(QUICK.solve, language="python")
    assert {c.id for c in state.candidates.values()} == {"c1", "c2", "c3"}


# --- what cannot be started -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("problem", "language", "error", "words"),
    [
        (PAIRS, "cobol", UsageError, "known: python, cpp"),
        (DOUBLE, "java", UsageError, "double"),
        (evolve(DOUBLE, entry_point=None), None, ProblemError, "signature"),
    ],
)
async def test_what_cannot_be_solved_is_refused_before_there_is_a_run(
    problem: Problem, language: str | None, error: type[SStarError], words: str, tmp_path: Path
) -> None:
    async with service(tmp_path) as door:
        with pytest.raises(error, match=words):
            await door.solve(problem, evolve(QUICK, solve=evolve(QUICK.solve, language=language)))
        assert await door.list_runs() == []


@pytest.mark.parametrize(("given", "canonical"), [("py3", "python"), ("C++", "cpp"), (None, "python")])
async def test_a_language_may_be_called_by_any_of_its_names(
    given: str | None, canonical: str, tmp_path: Path
) -> None:
    down = ScriptedModel(SPLIT, fault=lambda _call: ModelOverloaded("no"))
    async with service(tmp_path, down) as door:
        handle = await door.solve(PAIRS, evolve(QUICK, solve=evolve(QUICK.solve, language=given)))
        await ends_with(handle, ModelOverloaded)
    assert handle.state.settings.language == canonical


async def test_a_run_that_is_not_there_is_decided_or_damaged_cannot_be_resumed(tmp_path: Path) -> None:
    async with service(tmp_path) as door:
        with pytest.raises(RunError, match="no run"):
            await door.resume("nobody", QUICK)
        handle = await door.solve(PAIRS, QUICK)
        await handle.wait()
        with pytest.raises(RunError, match="is decided"):
            await door.resume(handle.run_id, QUICK)
        await door.store.append(handle.run_id, "FromTheFuture", {})
        with pytest.raises(RunError, match="upgrade"):
            await door.open_run(handle.run_id)
        empty = await door.store.create("never begun", None)
        await door.store.release(empty)
        with pytest.raises(RunError, match="before it began"):
            await door.resume(empty, QUICK)


# --- what fails on the way ------------------------------------------------------------------------


async def test_a_model_that_fails_is_the_runs_error_and_not_the_candidates(tmp_path: Path) -> None:
    model = ScriptedModel(SPLIT, fault=lambda _call: ModelOverloaded("the engine fell over"))
    async with service(tmp_path, model) as door:
        handle = await door.solve(PAIRS, QUICK)
        error = await ends_with(handle, ModelOverloaded)
        answer = answer_of(handle.run_id, handle.state, error)
        (summary,) = await door.list_runs()
    assert (handle.status, answer["status"], answer["code"]) == (Status.FAILED, "failed", None)
    assert "fell over" in str(answer["error"])
    assert summary.status == "stopped"


class Broken:
    """An executor that fails at its own work."""

    def __init__(self, *, in_prepare: bool) -> None:
        self.in_prepare = in_prepare

    async def offering(self, *_arguments: object) -> Offering:
        return Offering()

    async def prepare(
        self,
        source: str,
        language: str,
        entry_point: str | None = None,
        compiler: CompilerOptions | None = None,
    ) -> Program:
        if self.in_prepare:
            raise BrokenSandbox("no compiler for rust here")
        return Program(language, source, entry_point, "digest", None)

    async def run(
        self, program: Program, inputs: list[bytes], *_rest: object, files: object = None
    ) -> AsyncIterator[Execution]:
        for _ in inputs:
            yield Execution(
                Verdict.IE, "the box broke", 0, 0, 0, "none", None, None, b"", False, b"", "t", Mode.ISOLATED
            )


@pytest.mark.parametrize(("in_prepare", "words"), [(True, "no compiler for rust"), (False, "the box broke")])
async def test_a_sandbox_that_fails_ends_the_run_as_such_and_blames_no_candidate(
    in_prepare: bool, words: str, tmp_path: Path
) -> None:
    async with service(tmp_path, executor=Broken(in_prepare=in_prepare)) as door:
        handle = await door.solve(PAIRS, QUICK)
        error = await ends_with(handle, SandboxError)
        events = [from_wire(*event) for event in await door.store.load(handle.run_id)]
    assert words in str(error)
    assert error.exit_code == 5
    assert not any(isinstance(event, Checked) for event in events)
    assert isinstance(events[-1], Stopped)


async def test_no_working_sandbox_is_a_clear_error_and_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(_sandbox: Sandbox) -> Sandbox:
        raise SandboxUnavailable("bubblewrap is missing: apt-get install bubblewrap")

    monkeypatch.setattr(Sandbox, "__aenter__", unavailable)
    model = ScriptedModel(SPLIT)
    async with service(tmp_path, model) as door:
        error = await ends_with(await door.solve(PAIRS, QUICK), SandboxError)
        (listed,) = await door.list_runs()
        (found,) = await door.search_runs("cancel")
    assert "apt-get install bubblewrap" in str(error)
    assert (listed.status, listed.reason, listed.is_alive) == ("refused", str(error), False)
    assert found == listed
    assert model.calls == []


# --- grading --------------------------------------------------------------------------------------


async def test_the_chosen_program_is_graded_on_tests_it_never_saw(tmp_path: Path) -> None:
    tests = [Test("4\n1 1 -1 -1\n", "4\n"), Test("2\n3 -3\n", "1\n")]
    for code, verdicts in ((RIGHT, ["AC", "AC"]), (ALWAYS_ONE, ["WA", "AC"])):
        async with service(tmp_path, World(samples=(code,))) as door:
            state = await (await door.solve(PAIRS, QUICK)).wait()
            assert await door.grade(state, tests) == verdicts


async def test_a_sandbox_that_fails_while_grading_is_not_the_programs_failure(tmp_path: Path) -> None:
    async with service(tmp_path) as door:
        state = await (await door.solve(PAIRS, QUICK)).wait()
    async with service(tmp_path, executor=Broken(in_prepare=True)) as door:
        with pytest.raises(SandboxError):
            await door.grade(state, [Test("1\n5\n", "0\n")])
    async with service(tmp_path, executor=Broken(in_prepare=False)) as door:
        assert await door.grade(state, [Test("1\n5\n", "0\n")]) == ["IE"]


# --- many runs ------------------------------------------------------------------------------------


async def test_a_run_that_has_ended_is_in_the_journal_alone(tmp_path: Path) -> None:
    async with service(tmp_path) as door:
        handle = await door.solve(PAIRS, Settings(solve=SolveSettings(samples=1, rounds=0, inputs=0)))
        run_id, held = handle.run_id, weakref.ref(handle)
        await handle.wait()
        del handle
        gc.collect()
        assert held() is None
        assert (await door.open_run(run_id))[1].decided is not None


async def test_runs_under_way_are_never_forgotten(tmp_path: Path) -> None:
    model, reached, free = held_at_the_judge()
    async with service(tmp_path, model) as door:
        held = await door.solve(PAIRS, QUICK)
        await reached.wait()
        others = [await door.solve(PAIRS, QUICK) for _ in range(3)]
        assert {held.run_id, *(other.run_id for other in others)} == set(door.runs)
        free.set()
        await asyncio.gather(held.wait(), *(other.wait() for other in others))
        assert not door.runs


async def test_many_runs_at_once_leave_no_task_no_open_file_and_no_process(tmp_path: Path) -> None:
    def left() -> tuple[int, int, list[str]]:
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text("utf-8").split()
        return len(asyncio.all_tasks()), len(list(Path("/proc/self/fd").iterdir())), children

    before = left()
    async with open_sandbox(workers=2) as boxes, service(tmp_path, executor=boxes) as door:
        handles = [await door.solve(PAIRS, QUICK) for _ in range(12)]
        await asyncio.gather(*(handle.wait() for handle in handles))
        assert {handle.status for handle in handles} == {Status.CHOSEN}
        cancelled = [await door.solve(PAIRS, QUICK) for _ in range(3)]
        await asyncio.gather(*(handle.cancel() for handle in cancelled))
    assert left() == before


async def test_a_fault_that_nobody_foresaw_is_an_error_of_ours_and_the_run_can_go_on(tmp_path: Path) -> None:
    class Broken(ScriptedModel):
        def stream(self, *_arguments: object, **_more: object) -> AsyncIterator[object]:  # type: ignore[override]
            raise RuntimeError("nobody foresaw this")

    async with service(tmp_path, Broken(SPLIT)) as opened:
        handle = await opened.solve(PAIRS, QUICK)
        assert "nobody foresaw this" in str(await ends_with(handle, InternalError))
    async with service(tmp_path) as opened:
        state = await (await opened.resume(handle.run_id, QUICK)).wait()
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
