"""The tuned numbers of a run: each says where it comes from, and a run goes by those that its journal holds."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any

import attrs
import cattrs
import pytest
from attrs import evolve

from engine.test_exam import GOOD, exam, judged_by
from engine.test_human_feedback import run_with
from engine.world import PAIRS, QUICK
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.decision import decide
from sstar_lsp.engine.choice.judge_pruning import in_play
from sstar_lsp.engine.judging.model_ability import most_verdicts
from sstar_lsp.engine.run import policy
from sstar_lsp.engine.run.events import RunStarted, from_wire, to_wire
from sstar_lsp.engine.run.policy import POLICY_OF_OLD_JOURNALS, Policy
from sstar_lsp.engine.run.state import RunState, apply
from sstar_lsp.errors import RunError

OLD_NUMBERS = {
    "none_of_them": 0.5,
    "none_of_them_untested": 4.0,
    "not_compared": 1.75,
    "calibration_shift": 0.0,
    "calibration_slope": 1.0,
    "calibration_share": 0.0,
    "calibration_level": 8.0,
    "calibrates_votes_alone": False,
    "neighbour": 30.0,
    "failing": 3.0,
    "other_answers": 2.0,
    "brute_force_vote": 2.0,
    "checker_vote": 2.0,
    "legal_by_format": 50.0,
    "legal_otherwise": 1.2,
    "refused": 25.0,
    "crashed": 2.0,
    "small_billions": 4.0,
    "able_judges": 0.4,
    "able_small_judges": 0.05,
    "coin": 8,
    "able_billions": 3.0,
    "usable_form": 0.65,
    "good_judge": 0.8,
    "settled_for_a_good_judge": 0.5,
    "verdicts": 3,
    "exam_agreed": 2.0,
    "exam_right": 1.2,
    "most_trusted": 0.95,
    "tournament": 8,
    "enough_survivors": 2,
    "enough_share": 0.25,
    "fresh_start_round": 3,
    "quiet_waves": 2,
    "enough_inputs": 4,
    "confirmations": 3,
    "screening_batch": 80,
    "screening_batches": 6,
    "quiet_batches": 2,
    "screening_s": 1.0,
    "enumerated_inputs": 0,
    "enumerated_s": 5.0,
    "listed_inputs": 8,
    "pair_inputs": 3,
    "minimize_rounds": 8,
    "minimize_tries": 14,
    "brute_force_inputs": 24,
    "checker_inputs": 12,
    "validators": 3,
    "bounds_refused": 0.75,
    "doubting_programs": 3,
    "doubting_share": 0.75,
    "racers": 4,
    "clearly_slower": 3.0,
    "outran": 0.0,
    "noticed_s": 0.05,
    "large_s": 1.5,
}
"""Of journals that were written before their numbers were."""


def body_of(started: RunStarted) -> dict[str, Any]:
    """A ``RunStarted`` as the journal holds it."""
    return to_wire(started)[1]


def went_by(state: RunState, numbers: Policy) -> RunState:
    """The same run with other numbers."""
    assert state.started is not None
    return evolve(state, started=evolve(state.started, policy=numbers))


def test_every_number_says_where_it_comes_from() -> None:
    (record,) = (node for node in ast.parse(inspect.getsource(policy)).body if isinstance(node, ast.ClassDef))
    told = {
        statement.target.id: after.value.value
        for statement, after in zip(record.body, record.body[1:], strict=False)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    names = [field.name for field in attrs.fields(Policy)]
    assert [name for name in names if not re.search(r"Source:\s+\w", str(told.get(name)))] == []


def test_old_journals_keep_the_numbers_of_their_time() -> None:
    assert cattrs.unstructure(POLICY_OF_OLD_JOURNALS) == OLD_NUMBERS
    body = body_of(RunStarted("r", PAIRS, QUICK, {}, {}, 0.0, policy=Policy(failing=9.0)))
    del body["policy"]
    old = from_wire("RunStarted", body)
    assert isinstance(old, RunStarted)
    assert old.policy == POLICY_OF_OLD_JOURNALS


def test_a_journal_keeps_its_numbers_and_one_that_lacks_a_later_number_gets_it() -> None:
    started = RunStarted("r", PAIRS, QUICK, {}, {}, 0.0, policy=Policy(failing=9.0, tournament=5))
    body = body_of(started)
    assert from_wire("RunStarted", body) == started
    del body["policy"]["tournament"]
    known = from_wire("RunStarted", body)
    assert isinstance(known, RunStarted)
    assert known.policy == Policy(failing=9.0, tournament=POLICY_OF_OLD_JOURNALS.tournament)


def test_numbers_that_are_none_make_a_damaged_event() -> None:
    body = body_of(RunStarted("r", PAIRS, QUICK, {}, {}, 0.0))
    with pytest.raises(RunError, match="damaged 'RunStarted'"):
        from_wire("RunStarted", body | {"policy": {"failing": "a lot"}})
    with pytest.raises(RunError, match="damaged 'RunStarted'"):
        from_wire("RunStarted", body | {"policy": 3})


def test_belief_and_choice_go_by_the_numbers_of_the_run() -> None:
    """Two programs crash on the second input, where one does not: what a failure weighs decides."""
    state = run_with({"c1": ["1", "!"], "c2": ["1", "!"], "c3": ["1", "2"]}, ended=False)
    pools = {weight: went_by(state, evolve(Policy(), failing=weight)) for weight in (0.0, 9.0)}
    chosen = {weight: apply(run, decide(run, None, 1.0)).decided for weight, run in pools.items()}
    assert {weight: each and each.candidate_id for weight, each in chosen.items()} == {0.0: "c1", 9.0: "c3"}
    doubting = went_by(state, evolve(Policy(), none_of_them=100.0))
    assert sum(Assessment(doubting).beliefs.values()) < 0.1 < sum(Assessment(state).beliefs.values())


def test_what_the_judge_may_be_asked_goes_by_the_numbers_of_the_run() -> None:
    state = judged_by(run_with({"c1": ["1"], "c2": ["2"]}, ended=False), exam(GOOD))
    assert (in_play(state), most_verdicts(state)) == (8, 3)
    other = went_by(state, evolve(Policy(), tournament=6, verdicts=5))
    assert (in_play(other), most_verdicts(other)) == (6, 5)
    distrusting = went_by(state, evolve(Policy(), good_judge=0.99))
    assert most_verdicts(distrusting) == 1
