"""A run that goes on, on a terminal: what is seen while one waits, and what it costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from io import StringIO
from pathlib import Path

import pytest
from engine.serving import serving
from engine.test_evidence import split_run
from engine.world import PAIRS, World, kind_of
from rich.console import Console
from test_service import QUICK, SPLIT, service

from sstar_lsp.cli.watch import LiveView, news, watch
from sstar_lsp.engine.run.events import CallFailed, Event, Role
from sstar_lsp.engine.run.state import RunState, apply
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.service import RunHandle
from sstar_lsp.settings import Price, Prices, Settings

PRICED = Settings(solve=QUICK.solve, prices=Prices(models={"scripted": Price(prompt=1, completion=2)}))


def drawn(view: LiveView, width: int = 80, height: int = 24) -> list[str]:
    """The lines of the live view on such a terminal."""
    out = StringIO()
    Console(file=out, width=width, height=height, force_terminal=True, color_system=None).print(view)
    return out.getvalue().splitlines()


async def test_programs_are_seen_while_they_are_written_and_tokens_are_counted(tmp_path: Path) -> None:
    pieces, reached, free = 0, asyncio.Event(), asyncio.Event()

    async def hold(call: Call) -> None:
        nonlocal pieces
        if kind_of(call.messages) == "write":
            pieces += 1
            if pieces > 60:
                reached.set()
                await free.wait()

    async with service(tmp_path, ScriptedModel(SPLIT, before_piece=hold, piece_tokens=1)) as door:
        handle = await door.solve(PAIRS, QUICK)
        await asyncio.wait_for(reached.wait(), 30)
        assert not handle.state.candidates
        assert handle.arriving.tokens > 20
        view = LiveView(handle, 0)
        lines = drawn(view)
        assert "samples 0/3" in lines[1]
        assert "tokens arriving" in lines[2]
        assert "the first program:" in lines
        assert any("input()" in line for line in lines)
        free.set()
        await handle.wait()
    assert handle.arriving.tokens == 0


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 10), (200, 60)])
def test_the_live_view_fits_the_terminal_whatever_a_model_writes(width: int, height: int) -> None:
    handle = RunHandle("1129-abcdef", split_run())
    handle.arriving.heard("a", Role.WRITER, "```python\n" + "\x1b[2J\tx = '長い'" * 40 + "\n" + "line\n" * 99)
    view = LiveView(handle, 0)
    view.news += [f"c{number} passes all 2 examples {'long ' * 40}" for number in range(99)]
    lines = drawn(view, width, height)
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert "\x1b[2J" not in "".join(lines)
    assert view.news[-1][:20] in lines[-1]


def test_the_news_say_what_happened_to_each_program_and_who_decided() -> None:
    lines = list(news(RunState(), split_run()))
    assert "c1 passes the example" in lines
    assert any(line.startswith("the survivors behave in 2 ways on 1 input: A (2), B (1)") for line in lines)
    assert any("the judge says" in line for line in lines)
    failed = apply(split_run(), CallFailed("d", Role.WRITER, "sample 4", "no credit\nmore"))
    assert list(news(split_run(), failed)) == ["a request failed (sample 4): no credit"]
    assert list(news(split_run(), split_run())) == []


async def test_without_a_terminal_a_line_for_each_event_that_matters_is_logged(tmp_path: Path) -> None:
    out = StringIO()
    async with service(tmp_path) as door:
        handle = await door.solve(PAIRS, QUICK)
        await watch(handle, Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert all(line.startswith(f"S* {handle.run_id} · ") for line in lines)
    assert sum("passes" in line for line in lines) == 3
    assert len(lines) < 14
    assert "samples 3/3" in lines[-1]
    assert "at most" not in out.getvalue(), "nothing costs money here"


async def test_the_most_that_a_paid_run_can_cost_is_said_before_it_and_what_it_cost_so_far_while_it_goes_on(
    tmp_path: Path,
) -> None:
    begun: list[tuple[str, ...]] = []

    async def look(_call: Call) -> None:
        begun.append(handle.details)

    out = StringIO()
    async with service(tmp_path, ScriptedModel(SPLIT, before_piece=look)) as door:
        handle = await door.solve(PAIRS, PRICED)
        await watch(handle, Console(file=out, width=80))
    assert handle.ceiling is not None
    first = out.getvalue().splitlines()[0]
    assert f"at most {handle.ceiling.tokens:,} tokens and {handle.ceiling.money:.4g} USD" in first
    assert any(detail.startswith("at most ") for detail in begun[0])
    assert handle.details == (f"{handle.state.money:.4g} USD of at most {handle.ceiling.money:.4g} USD",)
    assert 0 < handle.state.money < (handle.ceiling.money or 0)


async def test_the_usual_time_is_the_median_of_three_runs_with_the_same_writer(tmp_path: Path) -> None:
    seconds: list[float] = []
    async with service(tmp_path) as door:
        for _ in range(3):
            handle = await door.solve(PAIRS, QUICK)
            await handle.wait()
            assert handle.usual_seconds is None
            assert handle.state.decided is not None
            seconds.append(handle.state.decided.seconds)
        handle = await door.solve(PAIRS, QUICK)
        await handle.wait()
        assert handle.usual_seconds == sorted(seconds)[1]
    async with service(tmp_path, ScriptedModel(World(samples=SPLIT.samples), name="another")) as door:
        handle = await door.solve(PAIRS, QUICK)
        await handle.wait()
        assert handle.usual_seconds is None


def test_the_command_says_the_ceiling_where_prices_are_known(
    statement: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_home / "config" / "sstar"
    folder.mkdir(parents=True)
    (folder / "sstar.toml").write_text('[prices.models."scripted"]\nprompt = 1.0\ncompletion = 2.0\n')
    with serving(monkeypatch, SPLIT) as (_, solve):
        result = solve(statement)
    assert result.exit_code == 0, result.output
    assert "USD; most runs cost far less" in result.stderr


async def test_a_phase_that_is_told_again_and_again_is_one_line_of_the_log() -> None:
    handle = RunHandle("r1", RunState())

    async def loading() -> AsyncGenerator[Event, None]:
        for words in ["loading the model"] * 3:
            handle.enter(words)
            await asyncio.sleep(0)
        return
        yield

    out = StringIO()
    handle.start(loading())
    await watch(handle, Console(file=out))
    assert out.getvalue().count("loading the model") == 1


def test_a_phase_tells_how_long_it_has_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    handle = RunHandle("r1", RunState())
    handle.enter("loading the model")
    assert handle.details == ()
    now = 103.7
    handle.enter("loading the model")
    assert (handle.phase_seconds, handle.details) == (3, ("for 3 s",))
    handle.enter("")
    assert (handle.phase_seconds, handle.details) == (0, ())
