"""Each baseline on a draw small enough to choose by hand."""

from __future__ import annotations

from random import Random

from sstar_lsp.bench.baselines import (
    codet,
    first_passing,
    majority,
    mbr,
    oracle,
    random_passing,
    self_debug,
    zero_shot,
)
from sstar_lsp.bench.records import Contender
from sstar_lsp.bench.stage import Behaviour, Stage


def stage(*parts: str) -> Stage:
    """Contenders in short: ``c1 a +`` has code a, survives and is right; ``-`` survives and is wrong; ``x`` fails."""
    made = []
    for part in parts:
        name, code, mark = part.split()
        survives = mark in "+-"
        made.append(Contender(name, code, "python", 1 if survives else 0, survives, mark == "+"))
    return Stage(tuple(made))


def behaviours(**classes: str) -> dict[str, Behaviour]:
    """``a="001"``: outputs of program a on three inputs, by number; ``!`` after it: it crashed there."""
    return {
        code: Behaviour(
            tuple(int(char) for char in text.replace("!", "")),
            tuple(f"{text}."[at + 1] != "!" for at, char in enumerate(text) if char != "!"),
        )
        for code, text in classes.items()
    }


def test_zero_shot_is_the_share_of_right_first_attempts() -> None:
    found = zero_shot(stage("c1 a x", "c1.1 b +", "c2 c +", "c3 d -", "c4 e x"))
    assert found.score == 0.25


def test_the_first_and_a_random_passing_one_ignore_what_fails_the_examples() -> None:
    drawn = stage("c1 a x", "c2 b -", "c3 c +", "c4 d +")
    assert first_passing(drawn).picked == "c2"
    assert random_passing(drawn, Random(0)).score == 2 / 3
    assert random_passing(drawn, Random(0)).picked in {"c2", "c3", "c4"}


def test_where_nothing_passes_the_choice_is_among_those_that_pass_the_most() -> None:
    drawn = Stage(
        (Contender("c1", "a", "python", -1, False, False), Contender("c2", "b", "python", 1, False, True))
    )
    assert drawn.random == 1.0
    assert first_passing(drawn).picked == "c2"
    assert majority(drawn, {}).picked == "c2"
    assert first_passing(Stage(())).picked is None


def test_the_oracle_takes_any_right_one_also_among_those_that_fail_the_examples() -> None:
    drawn = Stage(
        (Contender("c1", "a", "python", 0, True, False), Contender("c2", "b", "python", 0, False, True))
    )
    assert oracle(drawn).picked == "c2"
    assert oracle(stage("c1 a -")).score == 0


def test_self_debug_takes_the_best_of_one_samples_history() -> None:
    assert self_debug(stage("c1 a x", "c1.1 b -", "c2 c +")).picked == "c1.1"
    assert self_debug(stage("c1 a x", "c1.1 b x")).picked == "c1.1"


def test_the_majority_agrees_everywhere_and_not_on_one_input() -> None:
    drawn = stage("c1 a -", "c2 b -", "c3 c +", "c4 c +")
    found = majority(drawn, behaviours(a="00", b="01", c="11"))
    assert (found.picked, found.clusters, found.inputs) == ("c3", 3, 2)


def test_mbr_takes_the_one_that_differs_least_though_no_two_agree_everywhere() -> None:
    drawn = stage("c1 a -", "c2 b -", "c3 c +", "c4 d -")
    outputs = behaviours(a="000", b="110", c="100", d="123")
    # equal outputs, itself included: a 6, b 7, c 8, d 5
    assert mbr(drawn, outputs).picked == "c3"


def test_codet_weighs_a_group_by_the_tests_that_all_survivors_wrote_and_it_passes() -> None:
    drawn = stage("c1 a -", "c2 a -", "c3 b +", "c4 b +", "c5 c -", "c6 d -")
    outputs = behaviours(a="00", b="10", c="20", d="11")
    # a: 2 x (2 + 5) = 14; b: 2 x (3 + 5) = 16 because d prints the same on the first input
    assert codet(drawn, outputs).picked == "c3"
    assert majority(drawn, outputs).picked == "c1"


def test_codet_takes_no_test_from_a_crash() -> None:
    drawn = stage("c1 a -", "c2 b -", "c3 c +")
    assert codet(drawn, behaviours(a="0!", b="0!", c="1")).picked == "c3"
