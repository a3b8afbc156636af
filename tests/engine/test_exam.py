"""The judge's exam, and what a run makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve

from engine.test_human_feedback import run_with
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.judge_pruning import calls_left, in_play
from sstar_lsp.engine.judging.duels import question
from sstar_lsp.engine.judging.exam import SHOWN_RUNS, examine_judge, known_duels
from sstar_lsp.engine.judging.judge_reliability import verdict_odds
from sstar_lsp.engine.judging.model_ability import forms_of, is_good_judge, usable_forms
from sstar_lsp.engine.run.events import Cluster, Dueled, Vote
from sstar_lsp.engine.run.policy import POLICY
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.selection import is_settled, next_duel
from sstar_lsp.models.client.capability_cache import LEAST, Known
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Candidate, FormExam, JudgeExam, JudgeForm, Message, Sampling
from sstar_sandbox import Mode, Sandbox, Verdict, default_limits

GOOD = FormExam(JudgeForm.OUTPUTS, 40, 38, 0, 19, 18, 900)
COIN = FormExam(JudgeForm.OUTPUTS, 40, 20, 0, 10, 5, 900)
READS = FormExam(JudgeForm.PROGRAMS, 40, 40, 0, 20, 20, 9000)


def exam(*forms: FormExam) -> JudgeExam:
    """An exam of a judge called "judge"."""
    return JudgeExam("judge", 20, forms, 0.0)


def judged_by(state: RunState, found: JudgeExam | None) -> RunState:
    """The run, had its judge that exam."""
    exams = {"judge": found} if found is not None else {}
    settings = evolve(state.settings, judge_sees_programs=False)
    started = evolve(state.started, settings=settings, models={"judge": "judge"}, exams=exams)
    return evolve(state, started=started)


async def test_the_programs_of_the_exam_print_what_it_says(sandbox: Sandbox) -> None:
    for duel in known_duels():
        for code, side in zip(duel.programs, ("first", "second"), strict=True):
            program = await sandbox.prepare(code, "python")
            given = [f"{run.input}\n".encode() for run in duel.runs]
            runs = [
                e async for e in sandbox.run(program, given, default_limits("python"), Mode.BATCH, None, None)
            ]
            assert [run.verdict for run in runs] == [Verdict.RAN] * len(given)
            assert [run.stdout.decode().strip() for run in runs] == [getattr(r, side) for r in duel.runs]


def test_the_exam_has_twenty_duels_and_no_side_is_right_more_often() -> None:
    assert len(known_duels()) == 20
    assert sum(duel.right == 1 for duel in known_duels()) == 10
    assert all(run.first != run.second for duel in known_duels() for run in duel.runs)


async def test_an_exam_counts_single_answers_agreement_and_what_cannot_be_read() -> None:
    right = {}
    for duel in known_duels():
        for one in (duel, duel.swapped()):
            programs = [Candidate("c", code, "python") for code in one.programs]
            for form in JudgeForm:
                right[question(form, one.problem, one.runs[: SHOWN_RUNS[form]], programs)] = one.right

    def script(messages: Sequence[Message], _sampling: Sampling) -> str:
        prompt = messages[-1].content
        if "Program 1:" in prompt:
            return "ANSWER: 1\n"
        return "I cannot say.\n" if "leap year" in prompt else f"ANSWER: {right[prompt]}\n"

    found = await examine_judge(ScriptedModel(script), forms=(JudgeForm.OUTPUTS, JudgeForm.PROGRAMS))
    outputs, programs = found.forms
    assert (outputs.answers, outputs.right, outputs.unreadable) == (40, 38, 2)
    assert (outputs.agreed, outputs.agreed_right) == (19, 19)
    assert (programs.right, programs.agreed) == (20, 0), "a judge that always names the first is a coin"
    assert outputs.tokens > 0
    assert usable_forms(found) == (JudgeForm.OUTPUTS,)


def test_an_exam_is_kept_with_the_endpoint_beside_what_else_is_known(tmp_path: Path) -> None:
    known = Known(tmp_path / "endpoints.json")
    assert known.exam("http://a", "judge") is None
    known.put_exam("http://a", exam(GOOD))
    known.put("http://a", "judge", LEAST)
    assert known.exam("http://a", "judge") == exam(GOOD)
    assert known.get("http://a", "judge") is not None
    assert known.exam("http://b", "judge") is None
    assert (tmp_path / "endpoints.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("forms", "used"),
    [
        ((GOOD,), (JudgeForm.OUTPUTS,)),
        ((COIN,), ()),
        ((GOOD, READS), (JudgeForm.OUTPUTS, JudgeForm.PROGRAMS)),
        ((COIN, READS), (JudgeForm.PROGRAMS,)),
        ((READS, evolve(READS, form=JudgeForm.RUNS)), (JudgeForm.RUNS,)),
    ],
)
def test_a_run_uses_the_forms_that_are_worth_their_tokens(
    forms: tuple[FormExam, ...], used: tuple[JudgeForm, ...]
) -> None:
    assert forms_of(judged_by(run_with({"c1": ["1"], "c2": ["2"]}), exam(*forms))) == used


def test_a_judge_that_its_exam_calls_a_coin_is_not_asked() -> None:
    state = judged_by(run_with({"c1": ["1"], "c2": ["2"]}, ended=False), exam(COIN))
    assert next_duel(Assessment(state)) is None


def test_a_later_form_is_asked_only_after_the_one_before_it() -> None:
    state = judged_by(run_with({"c1": ["1"], "c2": ["2"]}, ended=False), exam(GOOD, READS))
    left, right, _, form = next_duel(Assessment(state))
    assert form is JudgeForm.OUTPUTS
    open_duel = Dueled(left.id, right.id, ("i1",), (), None, (left.members[0], right.members[0]))
    *_, form = next_duel(Assessment(evolve(state, duels=(open_duel,))))
    assert form is JudgeForm.PROGRAMS


def test_a_good_judge_may_meet_more_clusters_and_be_outvoted() -> None:
    rows = {f"c{n}": [str(n), str(n)] for n in range(1, 7)}
    plain, good = (judged_by(run_with(rows, ended=False), found) for found in (None, exam(GOOD)))
    assert is_good_judge(good)
    assert not is_good_judge(plain)
    assert in_play(plain) == 3
    assert in_play(good) == POLICY.tournament
    assert calls_left(good) > calls_left(plain)
    good = judged_by(run_with({"c1": ["1", "1"], "c2": ["2", "2"]}, ended=False), exam(GOOD))
    left, right, inputs, form = next_duel(Assessment(good))
    won = Dueled(left.id, right.id, (inputs[0].id,), (), left.id, (left.members[0], right.members[0]), form)
    again = next_duel(Assessment(evolve(good, duels=(won,))))
    assert {again[0].id, again[1].id} == {left.id, right.id}
    assert again[2][0].id != inputs[0].id


def test_a_good_judge_is_asked_where_another_would_not_be() -> None:
    rows = {f"c{n}": ["1"] for n in range(1, 26)} | {"c30": ["2"]}
    plain, good = (Assessment(judged_by(run_with(rows), found)) for found in (None, exam(GOOD)))
    leader, other = sorted(plain.beliefs.values(), reverse=True)
    assert plain.state.settings.confidence < leader / (leader + other) < POLICY.settled_for_a_good_judge
    assert is_settled(plain)
    assert not is_settled(good)


def test_a_verdict_is_worth_what_the_exam_says_and_graded_answers_lean() -> None:
    left, right = Cluster("A", ("c1",)), Cluster("B", ("c2",))

    def duel(winner: str | None, *odds: float | None) -> Dueled:
        votes = tuple(Vote(side, winner, "", one) for side, one in zip("AB", odds, strict=True))
        return Dueled(left.id, right.id, ("i1",), votes, winner, ("c1", "c2"))

    plain = duel("B", None, None)
    assert verdict_odds(plain, [plain], "judge", exam(GOOD)) < verdict_odds(plain, [plain], "judge", None) < 0
    most = -verdict_odds(plain, [plain], "judge", exam(GOOD))
    assert most < 1 / (1 - POLICY.most_trusted)
    contradicts = duel(None, 0.4, 0.2)  # the side shown first both times: A by 0.4, then B by 0.2
    assert verdict_odds(contradicts, [contradicts], "judge", exam(GOOD)) == pytest.approx(0.1)
    sure = duel("A", 9.0, -9.0)
    assert verdict_odds(sure, [sure], "judge", exam(GOOD)) == pytest.approx(most)


def test_belief_moves_with_the_exam() -> None:
    state = run_with({"c1": ["1"], "c2": ["2"]}, ended=False)
    first, second = (group.members[0] for group in state.clusters)
    duel = Dueled("A", "B", ("i1",), (), "B", (first, second))
    shares = [
        Assessment(judged_by(evolve(state, duels=(duel,)), found)).beliefs["B"]
        for found in (None, exam(GOOD))
    ]
    assert shares[0] < shares[1]
