"""Parts of the choice that a bench leaves out: named, documented, and really left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from engine.test_human_feedback import run_with
from engine.world import ran

from sstar_lsp.bench.config import words_of
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.policy import POLICY
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.test_inputs.legality import rejected_by_runs
from sstar_lsp.errors import UsageError
from sstar_lsp.records import Style
from sstar_sandbox import Verdict

BENCH_PAGE = Path(__file__).parents[2] / "docs" / "bench.md"


def without(state: RunState, *parts: Part) -> RunState:
    """The same run as if it had been started without these parts."""
    assert state.started is not None
    return evolve(state, started=evolve(state.started, without=parts))


def weight(state: RunState, candidate: str) -> float:
    """Weight of the cluster that a candidate is in."""
    weights = Assessment(state).weights
    return next(weights[group.id] for group in state.clusters if candidate in group.members)


@pytest.mark.parametrize("text", ["smells", "failures,smells", "", " , "])
def test_an_unknown_part_or_none_is_an_error_that_lists_the_known(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        words_of("--without", text, Part)
    assert all(part in str(caught.value) for part in Part)


def test_parts_are_read_in_one_order_without_repeats() -> None:
    assert words_of("--without", "refusals, failures,refusals", Part) == (Part.FAILURES, Part.REFUSALS)


def test_the_page_on_the_bench_names_every_part() -> None:
    page = BENCH_PAGE.read_text("utf-8")
    assert all(f"| `{part}` |" in page for part in Part)


def test_a_failure_weighs_nothing_without_that_part() -> None:
    state = run_with({"c1": ["!", "1"], "c2": ["2", "1"]}, ended=False)
    assert weight(state, "c1") < weight(state, "c2")
    state = without(state, Part.FAILURES)
    assert weight(state, "c1") == weight(state, "c2")


def test_programs_that_almost_agree_are_no_support_without_that_part() -> None:
    state = run_with({"c1": ["1"] * 50, "c2": ["2"] + ["1"] * 49}, ended=False)
    assert weight(state, "c1") > 0
    assert weight(without(state, Part.NEAR_AGREEMENT), "c1") == 0


def test_crashes_and_refusals_reject_no_input_without_these_parts() -> None:
    crash = ran("", Verdict.RE)
    refuses = evolve(crash, error="EOFError: EOF when reading a line\n")
    for runs, part in (([crash, crash, ran("1")], Part.CRASHES), ([refuses, ran("1")], Part.REFUSALS)):
        assert rejected_by_runs(POLICY.legal_otherwise, runs, Style.STDIN) is not None
        assert rejected_by_runs(POLICY.legal_otherwise, runs, Style.STDIN, (part,)) is None
