"""The evidence in sentences, the same in every face: what it rests on, what is not known, where outputs differ."""

from __future__ import annotations

import pytest
from attrs import evolve

from engine.test_evidence import split_run, terminal_of
from engine.world import PAIRS
from sstar_lsp.engine.report.evidence import evidence_of, evidence_page
from sstar_lsp.engine.report.evidence_words import difference
from sstar_lsp.engine.report.result_json import answer_of
from sstar_lsp.engine.run.events import CaseInput, Dueled, HumanVerdict, InputOrigin, InputsProposed, Vote
from sstar_lsp.report.page import report_page

NOBODY = Dueled("A", "B", ("i1",), (Vote("A", None, "?"), Vote("B", None, "?")), None)


@pytest.mark.parametrize(
    ("outputs", "line", "words"),
    [
        ((("A", "4"), ("B", "1")), 1, "they differ first in line 1: A 4, B 1"),
        ((("A", "1\n2\n3"), ("B", "1\n5\n3")), 2, "they differ first in line 2: A 2, B 5"),
        ((("A", "1\n2"), ("B", "1")), 2, "they differ first in line 2: A 2, B ends before it"),
        (
            (("A", "1\n\n"), ("B", "1\nx"), ("C", "1")),
            2,
            "they differ first in line 2: A (empty), B x, C ends before it",
        ),
        ((("A", "1 \n2"), ("B", "1\n2  ")), None, ""),
        ((("A", "same"),), None, ""),
        ((("A", "a\x0cb\n1"), ("B", "a\x0cb\n2")), 2, "they differ first in line 2: A 1, B 2"),
        ((), None, ""),
        ((("A", "x" * 99), ("B", "y")), 1, f"they differ first in line 1: A {'x' * 39}…, B y"),
    ],
)
def test_the_first_line_that_differs_is_found_and_named(
    outputs: tuple[tuple[str, str], ...], line: int | None, words: str
) -> None:
    assert difference(outputs) == (line, words)


def test_it_rests_on_inputs_by_kind_and_on_who_judged() -> None:
    evidence = evidence_of(split_run())
    assert evidence.rests_on == (
        "the survivors were compared on 1 input: 1 proposed by the model for a pair of programs",
        "the judge wise, asked in both orders, settled 1 of 1 question",
    )
    judged = split_run(more=(HumanVerdict("i1", "4\n", 1.0, cluster="A"),))
    assert evidence_of(judged).rests_on[-1] == "you judged i1"


def test_what_is_not_known_is_said() -> None:
    fast = "whether it is fast enough: no input of the full size was run"
    assert fast in evidence_of(split_run()).not_known
    large = InputsProposed((CaseInput("i9", "9\n", InputOrigin.LARGE),))
    assert fast in evidence_of(split_run(more=(large,))).not_known, "it was made and not run"
    lost = evidence_of(split_run(more=(NOBODY,)))
    assert "which of A and B is right on i1: the judge could not tell" in lost.not_known
    no_examples = evidence_of(split_run(problem=evolve(PAIRS, public_tests=())))
    assert "whether it is right on any example: the problem has none" in no_examples.not_known
    alone = evidence_of(split_run(code="print(1)\n"))
    assert "whether another program would differ: no input was compared" in alone.not_known


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (HumanVerdict("i1", "4\n", 1.0), "you: the right output is 4"),
        (HumanVerdict("i1", None, 1.0, illegal=True), "you: this input is not allowed"),
        (HumanVerdict("i1", None, 1.0, unknown=True), "you: unknown"),
    ],
)
def test_a_persons_word_counts_before_the_judges(verdict: HumanVerdict, words: str) -> None:
    state = split_run(more=(verdict,))
    settled = {test.id: test.settled for test in evidence_of(state).deciding_inputs}
    assert settled.get("i1", words) == words
    assert evidence_of(split_run()).deciding_inputs[0].settled == "the judge on A or B: A is right"


def test_every_face_says_the_same_words() -> None:
    state = split_run(more=(NOBODY,))
    evidence = evidence_of(state)
    said = [*evidence.rests_on, *evidence.not_known]
    said += [words for test in evidence.deciding_inputs for words in (test.settled, test.difference)]
    assert len(said) > 5
    faces = {
        "terminal": terminal_of(state),
        "page of editors": evidence_page(state),
        "HTML": report_page(state),
        "JSON, MCP": str(answer_of("r", state)),
    }
    for face, shown in faces.items():
        flat = " ".join(shown.split())
        assert [words for words in said if words not in flat] == [], face
