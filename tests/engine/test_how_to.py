"""The how-tos of docs/design/architecture.md, run as they are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.world import COUNTS_VALUES, RIGHT, UNBOUNDED, Memory, World, settings
from sstar_lsp.engine.run.events import InputOrigin
from sstar_lsp.engine.run.state import RunState, fold
from sstar_lsp.engine.solve import solve
from sstar_lsp.engine.test_inputs import free_inputs
from sstar_lsp.engine.test_inputs.free_inputs import MAKERS, InputMaker, cheap_waves
from sstar_lsp.models.protocol import Delta, Model, Models
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs/design/architecture.md"
SPLITTING = "4\n1 1 -1 -1\n"


def defined_in(heading: str) -> dict[str, object]:
    """What the Python block below a heading of the page defines."""
    section = PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```python\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {
        "re": re,
        "Delta": Delta,
        "InputMaker": InputMaker,
        "InputOrigin": InputOrigin,
    }
    exec(block, names)
    return names


def steps_below(heading: str) -> int:
    """How many numbered lines a how-to has."""
    section = PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return len(re.findall(r"^\d+\. ", section, re.MULTILINE))


async def solved(executor: Sandbox, world: World, judge: Model | None = None) -> RunState:
    """A run of two programs that differ where values repeat."""
    model = ScriptedModel(world)
    models = Models(writer=model, debugger=model, input_writer=model, judge=judge or model)
    journal = Memory()
    wanted = settings(samples=2, judge_sees_programs=False)
    async for _ in solve(UNBOUNDED, wanted, models, executor, journal):
        pass
    return fold(journal.events)


@pytest.mark.parametrize("heading", ["Add a judge", "Add an input maker", "Add an editor feature"])
def test_a_how_to_is_ten_lines(heading: str) -> None:
    assert steps_below(heading) == 10


async def test_a_judge_of_ones_own_is_asked_in_both_orders_and_decides(sandbox: Sandbox) -> None:
    judge = defined_in("Add a judge")["LargerOutput"]()  # type: ignore[operator]  # a class of the page, seen as an object
    state = await solved(sandbox, World(samples=(COUNTS_VALUES, RIGHT), inputs=(SPLITTING,)), judge)
    (duel,) = state.duels
    right = next(group.id for group in state.clusters if state.candidates[group.members[0]].code == RIGHT)
    assert [vote.winner for vote in duel.votes] == [right, right]
    assert state.started is not None
    assert state.started.models["judge"] == "larger-output"
    assert state.decided is not None
    assert state.candidates[state.decided.candidate_id or ""].code == RIGHT


async def test_an_input_maker_is_registered_in_one_place_and_its_inputs_are_run(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, nothing that is made for this problem with three inputs shows what the maker's inputs show."""
    maker = defined_in("Add an input maker")["MAKER"]
    assert isinstance(maker, InputMaker)
    telling = "4\n1 -1 1 -1\n"
    assert telling not in [text for wave in cheap_waves(UNBOUNDED, 3, 0) for _, text in wave]
    monkeypatch.setattr(free_inputs, "MAKERS", (*MAKERS, maker))
    assert (InputOrigin.KIND, telling) in [text for wave in cheap_waves(UNBOUNDED, 3, 0) for text in wave]
    state = await solved(sandbox, World(samples=(COUNTS_VALUES, RIGHT)))
    made = next(item for item in state.valid_inputs if item.text == telling)
    outputs = {group.id: state.outcomes[group.members[0]][made.id].output for group in state.clusters}
    assert sorted(outputs.values()) == ["1\n", "4\n"]
