"""Evidence: what a person is shown, whatever the programs print."""

from __future__ import annotations

import io
import json

import cattrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from engine.world import DOUBLE, PAIRS, QUICK, numbered, ran
from sstar_lsp.cli.edge import clean
from sstar_lsp.cli.render import show_evidence
from sstar_lsp.cli.watch import progress_line
from sstar_lsp.engine.choice.decision import decide
from sstar_lsp.engine.prompts.fences import escaped
from sstar_lsp.engine.report.evidence import (
    belief_words,
    evidence_of,
    evidence_page,
    is_verified,
)
from sstar_lsp.engine.run.events import (
    CaseInput,
    Checked,
    Cluster,
    Clustered,
    Dueled,
    Event,
    InputOrigin,
    InputsProposed,
    NoProgram,
    Ran,
    RunStarted,
    Sampled,
    Vote,
    Warned,
)
from sstar_lsp.engine.run.state import RunState, apply, fold
from sstar_lsp.records import Problem, Remark, Severity
from sstar_lsp.service import answer_of
from sstar_sandbox import Verdict

CONTROL = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\x00\x9b1m\u202e"
"""Sequences that retitle, clear, colour, overwrite and turn around what a terminal shows."""


def split_run(
    first: str = "4\n",
    second: str = "1\n",
    *,
    code: str = "print(4)\n",
    reason: str = "because",
    problem: Problem = PAIRS,
    text: str = "4\n1 1 -1 -1\n",
    more: tuple[Event, ...] = (),
) -> RunState:
    """A decided run of two clusters that differ on one input."""
    events: list[Event] = [RunStarted("0101-abcdef", problem, QUICK, {"judge": "wise"}, {}, 0.0)]
    for name, source in (("c1", code), ("c2", "print(1)\n"), ("c3", code)):
        events += [
            Sampled(numbered(name, source)),
            Checked(name, tuple(ran("1\n", Verdict.AC) for _ in problem.public_tests)),
        ]
    outputs = {"c1": first, "c2": second, "c3": first}
    events.append(InputsProposed((CaseInput("i1", text, InputOrigin.PAIR),)))
    events += [Ran(name, {"i1": ran(output)}) for name, output in outputs.items()]
    events += [
        Clustered((Cluster("A", ("c1", "c3")), Cluster("B", ("c2",)))),
        Dueled("A", "B", ("i1",), (Vote("A", "A", reason), Vote("B", "A", reason)), "A"),
        *more,
    ]
    state = fold(events)
    return apply(state, decide(state, None, 2.0))


def fences(page: str) -> list[str]:
    """Contents of the page's code blocks, as a Markdown reader sees them."""
    return [token.content for token in MarkdownIt().parse(page) if token.type == "fence"]


def headings(page: str) -> list[str]:
    tokens = MarkdownIt().parse(page)
    return [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]


def test_the_page_shows_the_deciding_input_each_output_the_judge_and_the_program() -> None:
    page = evidence_page(split_run())
    assert fences(page) == ["4\n1 1 -1 -1\n", "4\n", "1\n", "print(4)\n"]
    assert headings(page) == [
        "S* evidence: Pairs that cancel",
        "Behaviours among the survivors",
        "Deciding input i1 (proposed by the model for a pair of programs)",
        "The program",
    ]
    assert "**chosen**" in page
    assert "examples passed: 1 of 1" in page
    assert "both orders: **cluster A**" in page
    assert "> because" in page


def test_the_input_of_the_duel_that_was_won_comes_first_with_the_judges_words() -> None:
    """The first duel, on the smallest input, held in neither order; the second one, on a larger one, decided."""
    larger = "6\n1 1 -1 -1 2 3\n"
    second = (
        InputsProposed((CaseInput("i2", larger, InputOrigin.MUTATION),)),
        *(Ran(name, {"i2": ran(output)}) for name, output in (("c1", "4\n"), ("c2", "1\n"), ("c3", "4\n"))),
        Dueled("A", "B", ("i2",), (Vote("A", "B", "two"), Vote("B", "B", "two")), "B"),
    )
    state = split_run(more=second)
    open_duel = evolve(state.duels[0], winner=None)
    found = evidence_of(evolve(state, duels=(open_duel, state.duels[1]))).deciding_inputs
    assert [(shown.id, [judged.winner for judged in shown.judged]) for shown in found] == [
        ("i2", ["B"]),
        ("i1", [None]),
    ]


HOSTILE = "```\n# The program\n\n```python\nprint('not the program')\n`````\n~~~~\n"


@pytest.mark.parametrize("place", ["output", "program", "input", "reason", "title", "remark"])
def test_nothing_hostile_breaks_out_of_its_place_on_the_page(place: str) -> None:
    problem = PAIRS
    if place == "title":
        problem = evolve(PAIRS, title=HOSTILE)
    elif place == "remark":
        problem = evolve(PAIRS, remarks=(Remark(Severity.INFO, HOSTILE),))
    state = split_run(
        first=HOSTILE if place == "output" else "4\n",
        code=HOSTILE if place == "program" else "print(4)\n",
        text=HOSTILE if place == "input" else "4\n1 1 -1 -1\n",
        reason=HOSTILE if place == "reason" else "because",
        problem=problem,
    )
    page = evidence_page(state)
    assert headings(page)[1:] == [
        "Behaviours among the survivors",
        "Deciding input i1 (proposed by the model for a pair of programs)",
        "The program",
    ]
    blocks = fences(page)
    assert len(blocks) == 4
    expected = {"input": 0, "output": 1, "program": 3}.get(place)
    if expected is not None:
        assert blocks[expected].strip() == HOSTILE.strip()


@given(st.text(max_size=60))
def test_any_output_stays_inside_its_fence(output: str) -> None:
    page = evidence_page(split_run(first=output, second=output + "x"))
    assert len(fences(page)) == 4
    assert headings(page)[-1] == "The program"


@pytest.mark.parametrize("place", ["first", "reason", "text"])
def test_a_page_holds_no_control_sequences_but_those_of_the_program(place: str) -> None:
    page = evidence_page(split_run(**{place: f"{CONTROL}\n"}))
    assert page == "".join(c for c in page if c in "\n\t" or c.isprintable())
    assert "\\x1b" in page


@given(st.text())
def test_escaped_text_is_printable_and_keeps_what_was(text: str) -> None:
    shown = escaped(text)
    assert all(c in "\n\t" or c.isprintable() for c in shown)
    if all(c in "\n\t" or c.isprintable() for c in text):
        assert shown == text


# --- the terminal ---------------------------------------------------------------------------------


def terminal_of(state: RunState) -> str:
    out = io.StringIO()
    show_evidence(state, Console(file=out, width=120, force_terminal=True, color_system=None))
    return out.getvalue()


@pytest.mark.parametrize("place", ["first", "text", "title", "remark", "reason"])
def test_a_terminal_is_shown_control_sequences_and_does_not_obey_them(place: str) -> None:
    problem, kept = PAIRS, {}
    if place == "title":
        problem = evolve(PAIRS, title=CONTROL)
    elif place == "remark":
        problem = evolve(PAIRS, remarks=(Remark(Severity.INFO, CONTROL),))
    else:
        kept = {place: f"{CONTROL}\n"}
    shown = terminal_of(split_run(problem=problem, **kept))
    assert "\x1b]0;" not in shown
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown


def test_a_failure_that_quotes_a_reply_is_cleaned_too() -> None:
    events = [RunStarted("r", PAIRS, QUICK, {}, {}, 0.0), NoProgram("c1", CONTROL)]
    state = fold(events)
    assert "\x1b]0;" not in terminal_of(apply(state, decide(state, None, 0.0)))


def test_the_terminal_shows_the_deciding_input_with_each_clusters_output() -> None:
    shown = terminal_of(split_run())
    assert "deciding input i1" in shown
    assert "A (chosen): 2 programs" in shown
    assert "1 1 -1 -1" in shown
    assert "the judge on A or B: A is right; they differ first in line 1: A 4, B 1" in shown


def test_square_brackets_of_a_title_are_no_markup() -> None:
    shown = terminal_of(split_run(problem=evolve(PAIRS, title="[bold]Array[/] [link=x]")))
    assert "[bold]Array[/] [link=x]" in shown


@given(st.text())
def test_clean_text_has_no_control_characters(text: str) -> None:
    assert all(c == "\n" or c.isprintable() for c in clean(text))


def test_the_progress_line_counts_samples_repairs_survivors_and_clusters() -> None:
    line = progress_line(split_run(), "", 3)
    assert "samples 3/3" in line
    assert "survivors 3" in line
    assert "clusters 2" in line
    assert progress_line(RunState(), "loading the model", 1).startswith("loading the model")


# --- JSON -----------------------------------------------------------------------------------------


def test_the_answer_is_json_with_the_documented_keys() -> None:
    answer = json.loads(json.dumps(answer_of("0101-abcdef", split_run())))
    assert set(answer) == {
        "status",
        "run_id",
        "language",
        "code",
        "verified",
        "evidence",
        "usage",
        "wall_s",
    }
    assert answer["status"] == "chosen"
    assert answer["code"] == "print(4)\n"
    assert answer["verified"] is True
    assert answer["wall_s"] == 2.0


def test_the_evidence_as_json_names_clusters_inputs_and_judgements() -> None:
    body = json.loads(json.dumps(cattrs.unstructure(evidence_of(split_run()))))
    assert [(c["id"], c["size"], c["duels_won"]) for c in body["clusters"]] == [("A", 2, 1), ("B", 1, 0)]
    (deciding,) = body["deciding_inputs"]
    assert deciding["outputs"] == [
        {"cluster": "A", "output": "4", "verdict": "RAN"},
        {"cluster": "B", "output": "1", "verdict": "RAN"},
    ]
    assert deciding["judged"][0]["winner"] == "A"


def test_what_was_missing_and_what_went_wrong_is_in_the_remarks() -> None:
    problem = evolve(PAIRS, remarks=(Remark(Severity.WARNING, "no example"),))
    found = evidence_of(split_run(problem=problem, more=(Warned("1 of 3 samples was lost"),)))
    assert found.remarks == ("no example", "1 of 3 samples was lost")


def test_without_examples_nothing_is_verified() -> None:
    assert is_verified(split_run())
    assert not is_verified(split_run(problem=evolve(PAIRS, public_tests=())))


def test_a_belief_that_rests_on_no_comparison_says_so() -> None:
    compared = evidence_of(split_run())
    assert compared.inputs_compared == 1
    assert belief_words(evolve(compared, belief=0.92)) == "belief 92%"
    one_text = evidence_of(split_run(code="print(1)\n"))
    assert one_text.inputs_compared == 0, "a program beside its copies is compared with nothing"
    assert belief_words(evolve(one_text, belief=0.5)) == "belief 50% (no input was compared)"
    assert belief_words(evolve(one_text, belief=None)) == ""


def test_a_run_under_way_has_evidence_without_a_choice() -> None:
    found = evidence_of(fold([RunStarted("r", PAIRS, QUICK, {}, {}, 0.0)]))
    assert (found.chosen, found.belief, found.deciding_inputs) == (None, None, ())


def test_function_style_inputs_are_shown_as_calls() -> None:
    (deciding,) = evidence_of(split_run(problem=DOUBLE, text="[-3]")).deciding_inputs
    assert deciding.input == "double(-3)"
