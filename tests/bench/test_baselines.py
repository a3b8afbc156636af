"""Each baseline on a draw small enough to choose by hand."""

from __future__ import annotations

import math
from random import Random

import pytest

from sstar_lsp.bench.records import Contender
from sstar_lsp.bench.selectors.baselines import (
    aces,
    b4,
    codet,
    first_passing,
    majority,
    mbr,
    oracle,
    random_passing,
    self_debug,
    srank,
    zero_shot,
)
from sstar_lsp.bench.selectors.draw_context import Behaviour, Stage


def stage(*parts: str) -> Stage:
    """Contenders in short: ``c1 a +`` has code a, survives and is right; ``-`` survives and is wrong; ``x`` fails."""
    made = []
    for part in parts:
        name, code, mark = part.split()
        sample, _, round_ = name[1:].partition(".")
        survives = mark in "+-"
        passed = 1 if survives else 0
        made.append(
            Contender(name, code, "python", passed, survives, mark == "+", int(sample), int(round_ or 0))
        )
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


def test_aces_gives_no_weight_to_an_input_that_ranks_against_all_others() -> None:
    """On four inputs b, a, e and f stand together; on the last one a stands with c, which is wrong on the others."""
    drawn = stage("c1 c -", "c2 c -", "c3 c -", "c4 b +", "c5 a -", "c6 e +", "c7 f +")
    matrix = behaviours(c="00000", b="11111", a="11110", e="11111", f="11111")
    assert mbr(drawn, matrix).picked == "c5"  # 4 x 4 + 4 agreements against 4 x 4 + 3
    assert aces(drawn, matrix).picked == "c4"


@pytest.mark.parametrize("seed", range(20))
def test_b4_picks_what_its_formula_over_the_whole_matrix_picks(seed: int) -> None:
    random = Random(seed)
    texts = {code: "".join(random.choice(["0", "0", "1", "2", "3!"]) for _ in range(5)) for code in "abcd"}
    matrix = behaviours(**texts)
    programs = [random.choice("abcd") for _ in range(7)]
    drawn = stage(*(f"c{number} {code} +" for number, code in enumerate(programs, 1)))
    tests = [
        (place, matrix[code].classes[place])
        for code in programs
        for place in range(5)
        if matrix[code].ended_well[place]
    ]
    passes = {
        code: [b.ended_well[place] and b.classes[place] == number for place, number in tests]
        for code, b in matrix.items()
    }

    def beta(ones: int, of: int, alpha: float = 1, beta: float = 1) -> float:
        first, second = ones + alpha, of - ones + beta
        return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)

    def score(code: str) -> float:
        group = [other for other in programs if matrix[other].classes == matrix[code].classes]
        rest = [other for other in programs if matrix[other].classes != matrix[code].classes]
        on_own = [passes[other][t] for other in rest for t in range(len(tests)) if passes[code][t]]
        on_rest = [passes[other][t] for other in rest for t in range(len(tests)) if not passes[code][t]]
        prior = beta(sum(passes[code]), len(tests), 1e3) + beta(len(group), len(programs), 1e3)
        return prior + beta(sum(on_own), len(on_own)) + beta(sum(on_rest), len(on_rest), beta=1e4)

    picked = b4(drawn, matrix).picked
    assert picked is not None
    best = max(map(score, programs))
    assert score(programs[int(picked[1:]) - 1]) == pytest.approx(best, abs=1e-6)
    assert min(map(score, programs)) < best or len({matrix[code].classes for code in programs}) == 1


def test_srank_prefers_the_group_that_others_nearly_agree_with() -> None:
    drawn = stage("c1 a -", "c2 a -", "c3 b +", "c4 c -", "c5 d -")
    matrix = behaviours(a="0000", b="1111", c="1112", d="1121")
    assert majority(drawn, matrix).picked == "c1"
    # a: 2/5; b: (1 + 3/4 + 3/4) / 5 = 1/2
    assert srank(drawn, matrix).picked == "c3"
