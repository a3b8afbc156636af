"""A person's word on a test input: what it changes, what it keeps, and which input is asked next."""

from __future__ import annotations

import json
from pathlib import Path

import cattrs
import pytest
from attrs import evolve

from engine.serving import sstar
from engine.world import (
    ALWAYS_ONE,
    COUNTS_VALUES,
    DOUBLE,
    PAIRS,
    QUICK,
    RIGHT,
    RIGHT_TOO,
    World,
    numbered,
    ran,
)
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.choice.decision import decide
from sstar_lsp.engine.choice.human_feedback import judged, read_verdict
from sstar_lsp.engine.clustering.clusters import keep_names
from sstar_lsp.engine.clustering.differential_testing import grouped
from sstar_lsp.engine.report.evidence import evidence_of, evidence_page, is_verified
from sstar_lsp.engine.run.events import (
    CaseInput,
    Checked,
    Cluster,
    Clustered,
    Decided,
    Event,
    HumanVerdict,
    InputOrigin,
    InputRejected,
    InputsProposed,
    Ran,
    RunStarted,
    Sampled,
)
from sstar_lsp.engine.run.state import RunState, apply, fold
from sstar_lsp.errors import RunError, UsageError
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Problem, Status, TestOrigin
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import Service
from sstar_lsp.settings import Settings, SolveSettings
from sstar_sandbox import Sandbox, Verdict


def run_with(
    rows: dict[str, list[str]], problem: Problem = PAIRS, *, ended: bool = True, more: tuple[Event, ...] = ()
) -> RunState:
    """A run whose candidates printed these outputs for i1, i2 …; ``!`` is a crash, ``~`` a time-out."""
    failures = {"!": ran("", Verdict.RE), "~": ran("", Verdict.TLE)}
    events: list[Event] = [RunStarted("r", problem, QUICK, {}, {}, 0.0)]
    count = len(next(iter(rows.values())))
    for name in rows:
        events.append(Sampled(numbered(name, f"print('{name}')\n")))
        events.append(Checked(name, tuple(ran("1\n", Verdict.AC) for _ in problem.public_tests)))
    events.append(
        InputsProposed(tuple(CaseInput(f"i{n}", f"[{n}]", InputOrigin.MUTATION) for n in range(1, count + 1)))
    )
    for name, outputs in rows.items():
        events.append(
            Ran(
                name,
                {f"i{n}": failures.get(o) or ran(o) for n, o in enumerate(outputs, 1)},
            )
        )
    state = fold([*events, *more])
    state = apply(state, Clustered(grouped(state, state.valid_inputs)))
    return apply(state, decide(state, None, 2.0)) if ended else state


def after(state: RunState, input_id: str, said: object) -> RunState:
    for event in judged(state, input_id, said, 1.0):
        state = apply(state, event)
    return state


SPLIT = {"c1": ["4"], "c2": ["4"], "c3": ["1"]}


def test_a_cluster_that_a_person_calls_right_is_chosen_against_the_larger_one() -> None:
    before = run_with(SPLIT)
    assert before.decided.candidate_id == "c1"
    state = after(before, "i1", {"cluster": "B"})
    assert (state.decided.status, state.decided.candidate_id) == (Status.CHOSEN, "c3")
    assert state.decided.beliefs["A"] == 0
    assert "answer of yours" in state.decided.reason
    assert state.decided.seconds == before.decided.seconds
    assert state.calls == before.calls


def test_an_expected_output_is_kept_as_a_public_test_of_the_user() -> None:
    state = after(run_with(SPLIT), "i1", {"expected": "1\n"})
    (test,) = state.user_tests
    assert (test.input, test.expected, test.origin) == ("[1]", "1\n", TestOrigin.USER)
    assert state.decided.candidate_id == "c3"
    assert is_verified(state)


def test_an_output_that_no_program_prints_leaves_the_run_unverified() -> None:
    state = after(run_with(SPLIT), "i1", {"expected": "7"})
    assert state.decided.status is Status.UNVERIFIED
    assert "i1" in state.decided.reason
    assert set(state.decided.beliefs.values()) == {0.0}
    assert not is_verified(state)


def test_an_illegal_input_decides_nothing_and_the_clusters_are_made_again() -> None:
    state = after(run_with({"c1": ["4", "5"], "c2": ["4", "5"], "c3": ["1", "5"]}), "i1", "illegal")
    assert list(state.rejected) == ["i1"]
    assert [(c.id, c.members) for c in state.clusters] == [("A", ("c1", "c2", "c3"))]
    assert "unanimous" in state.decided.reason


def test_letters_mean_the_same_after_an_input_was_called_illegal() -> None:
    rows = {"c1": ["1", "1"], "c2": ["1", "1"], "c3": ["1", "1"], "c4": ["2", "1"], "c5": ["3", "3"]}
    before = run_with(rows)
    assert [c.id for c in before.clusters] == ["A", "B", "C"]
    state = after(before, "i1", "illegal")
    assert {c.id: c.members for c in state.clusters} == {"A": ("c1", "c2", "c3", "c4"), "C": ("c5",)}
    assert after(state, "i2", {"cluster": "C"}).decided.candidate_id == "c5"


def test_a_behaviour_that_nobody_has_seen_takes_a_letter_that_was_free() -> None:
    old = (Cluster("A", ("c1", "c2")), Cluster("B", ("c3",)))
    new = (Cluster("A", ("c2",)), Cluster("B", ("c1", "c3")))
    assert [(c.id, c.members) for c in keep_names(old, new)] == [("C", ("c2",)), ("A", ("c1", "c3"))]


def test_the_last_word_about_an_input_counts() -> None:
    state = after(run_with(SPLIT), "i1", {"cluster": "B"})
    state = after(state, "i1", {"cluster": "A"})
    assert state.decided.candidate_id == "c1"
    state = after(state, "i1", "illegal")
    assert len(state.clusters) == 1
    state = after(state, "i1", "unknown")
    assert state.rejected == {}
    assert len(state.clusters) == 2
    assert state.user_tests == ()


def test_a_person_knows_better_than_the_machine_which_input_is_legal() -> None:
    before = run_with(SPLIT, more=(InputRejected("i1", "most crash"),))
    assert len(before.clusters) == 1
    state = after(before, "i1", {"expected": "1"})
    assert state.rejected == {}
    assert state.candidates[state.decided.candidate_id].id == "c3"
    assert after(before, "i1", "unknown").rejected == {"i1": "most crash"}


def test_where_several_answers_are_right_another_output_is_not_rejected_for_differing() -> None:
    state = after(run_with(SPLIT, evolve(PAIRS, several_answers=True)), "i1", {"cluster": "B"})
    assert state.decided.beliefs["A"] > 0


def test_a_run_that_has_not_decided_only_keeps_the_verdict() -> None:
    open_ = run_with(SPLIT, ended=False)
    assert judged(open_, "i1", "unknown", 3.0) == [HumanVerdict("i1", None, 3.0, unknown=True)]


def test_results_of_functions_are_given_as_python_or_as_json() -> None:
    state = run_with({"c1": ["[1, 2]"], "c2": ["null"]}, DOUBLE)
    texts = ("(1, 2)", "[1, 2]", "None", "True")
    found = [read_verdict(state, "i1", {"expected": text}, 0.0).expected for text in texts]
    assert found == ['{"$tuple": [1, 2]}', "[1, 2]", "null", "true"]
    assert after(state, "i1", {"expected": "(1, 2)"}).decided.candidate_id == "c1"
    with pytest.raises(UsageError, match="no value"):
        read_verdict(state, "i1", {"expected": "open('x')"}, 0.0)


@pytest.mark.parametrize(
    ("input_id", "said", "known"),
    [
        ("i9", "illegal", "Known inputs: i1"),
        ("i1", {"cluster": "Q"}, "Known clusters: A, B"),
        ("i1", "maybe", 'Known verdicts: {"expected": text}'),
        ("i1", {}, "Known verdicts"),
        ("i1", {"expected": "1", "cluster": "A"}, "Known verdicts"),
        ("i1", {"expected": 3}, "Known verdicts"),
        ("i1", None, "Known verdicts"),
    ],
)
def test_what_is_no_verdict_is_told_with_what_is(input_id: str, said: object, known: str) -> None:
    with pytest.raises(UsageError) as caught:
        judged(run_with(SPLIT), input_id, said, 0.0)
    assert known in str(caught.value)


def test_a_cluster_that_crashed_cannot_be_called_right() -> None:
    state = run_with({"c1": ["4"], "c2": ["4"], "c3": ["!"]})
    with pytest.raises(UsageError, match="ended with RE"):
        judged(state, "i1", {"cluster": "B"}, 0.0)


# --- the next question ----------------------------------------------------------------------------


def test_the_input_that_splits_belief_most_evenly_is_asked_first() -> None:
    rows = {"c1": ["0", "1", "1"], "c2": ["0", "1", "1"], "c3": ["0", "1", "2"], "c4": ["0", "2", "2"]}
    state = run_with(rows)
    assert Assessment(state).open_question == "i3"
    assert Assessment(after(state, "i3", "unknown")).open_question == "i2"
    settled = after(state, "i3", {"cluster": "A"})
    assert Assessment(settled).open_question is None
    assert settled.decided.candidate_id == "c1"


def test_nothing_is_asked_where_nothing_is_open() -> None:
    assert Assessment(RunState()).open_question is None
    assert Assessment(run_with({"c1": ["1"], "c2": ["1"]})).open_question is None


def test_the_evidence_holds_the_question_the_verdicts_and_what_each_cluster_printed() -> None:
    state = run_with(SPLIT)
    assert evidence_of(state).next_question == "i1"
    state = after(state, "i1", {"cluster": "B"})
    body = json.loads(json.dumps(cattrs.unstructure(evidence_of(state))))
    assert body["next_question"] is None
    assert body["verdicts"] == [
        {"id": "i1", "input": "[1]", "expected": "1", "cluster": "B", "illegal": False, "unknown": False}
    ]
    assert [o["output"] for o in body["deciding_inputs"][0]["outputs"]] == ["4", "1"]
    page = evidence_page(state)
    assert "## What you said" in page
    assert "i1: the right output is 1" in page


# --- through the door -----------------------------------------------------------------------------

WORLD = World(samples=(COUNTS_VALUES, COUNTS_VALUES, RIGHT), inputs=("4\n1 1 -1 -1\n",))
SETTINGS = Settings(solve=SolveSettings(samples=3, rounds=0, inputs=4, pair_inputs=False, adaptive=False))


def right_answer(text: str) -> str:
    """To the problem of pairs."""
    numbers = [int(token) for token in text.split()[1:]]
    return str(sum(a + b == 0 for place, a in enumerate(numbers) for b in numbers[:place]))


def door(folder: Path, sandbox: Sandbox, model: ScriptedModel | None = None) -> Service:
    models = Models.all_the_same(model or ScriptedModel(WORLD))
    return Service(RunStore(folder), models=models, executor=sandbox)


async def test_a_finished_run_is_judged_through_the_service_and_stays_judged(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    model = ScriptedModel(WORLD)
    async with door(tmp_path, sandbox, model) as service:
        handle = await service.solve(PAIRS, SETTINGS)
        await handle.wait()
        asked = len(model.calls)
        wrong = handle.state.candidates[handle.state.decided.candidate_id].code
        question = Assessment(handle.state).open_question
        right = {"expected": right_answer(handle.state.inputs[question].text)}
        state = await service.judge(handle.run_id, question, right)
        assert handle.state == state
        assert len(model.calls) == asked
        assert (wrong, state.candidates[state.decided.candidate_id].code) == (COUNTS_VALUES, RIGHT)
    async with door(tmp_path, sandbox) as service:
        run_id, opened = await service.open_run("last")
        assert opened == state
        again = await service.judge(run_id, question, "illegal")
        assert again.decided.candidate_id != state.decided.candidate_id
        assert await service.open_run("last") == (run_id, again)
        kinds = [kind for kind, _ in await service.store.load(run_id)]
    assert kinds.count(Decided.__name__) == 3


async def test_verdicts_given_at_once_are_both_kept(tmp_path: Path, sandbox: Sandbox) -> None:
    import asyncio

    async with door(tmp_path, sandbox) as service:
        handle = await service.solve(PAIRS, SETTINGS)
        await handle.wait()
        ids = list(handle.state.inputs)
        await asyncio.gather(*(service.judge(handle.run_id, input_id, "unknown") for input_id in ids))
        assert set(handle.state.verdicts) == set(ids)


async def test_a_run_under_way_is_not_judged(tmp_path: Path, sandbox: Sandbox) -> None:
    async with door(tmp_path, sandbox) as service:
        handle = await service.solve(PAIRS, SETTINGS)
        with pytest.raises(RunError, match="still searching"):
            await service.judge(handle.run_id, "i1", "illegal")
        await handle.cancel()
        with pytest.raises(RunError, match="no run has the id"):
            await service.judge("nothing", "i1", "illegal")


@pytest.mark.usefixtures("own_home")
@pytest.mark.slow
def test_a_run_is_judged_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.serving import STATEMENT, serving

    file = tmp_path / "problem.md"
    file.write_text(STATEMENT)
    world = World(samples=(COUNTS_VALUES, ALWAYS_ONE, RIGHT_TOO), inputs=("4\n1 1 -1 -1\n",))
    with serving(monkeypatch, world) as (_server, solve):
        run_id = json.loads(solve(file, "--json").stdout)["run_id"]
    answer = json.loads(sstar("show", run_id, "--json").stdout)
    right = tmp_path / "right.txt"
    while (asked := answer["evidence"]["next_question"]) is not None:
        items = {item["id"]: item["input"] for item in answer["evidence"]["deciding_inputs"]}
        right.write_text(f"{right_answer(items[asked])}\n")
        told = sstar("judge", run_id, asked, "--expected", right, "--json")
        answer, last = json.loads(told.stdout), asked
    assert told.exit_code == 0, told.output
    assert answer["code"] == RIGHT_TOO
    assert json.loads(sstar("show", run_id, "--json").stdout) == answer
    shown = sstar("judge", run_id, last, "--expected", right.read_text()).stderr
    assert "of yours" in " ".join(shown.split())
    for wrong, known in ((("i99", "--illegal"), "Known inputs"), (("i1",), "exactly one of")):
        refused = sstar("judge", run_id, *wrong)
        assert refused.exit_code == 2
        assert known in refused.stderr
