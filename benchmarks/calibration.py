"""Is belief as often right as it says, and which two numbers would make it so?

    python benchmarks/calibration.py fit results/mbpp/runs.jsonl
    python benchmarks/calibration.py score results/humaneval/runs.jsonl --sharpness 1.5 --none 0.5
    python benchmarks/calibration.py judge results/mbpp-judged/runs.jsonl

Belief in cluster c is m_c^s / (sum of all m^s + n): m is its mass as the engine has it, its own sharpness included (docs/design/engine.md), s a further sharpness, n the weight of "none of
them". ``s`` turns no order round, so whatever it is the same program is chosen. ``fit`` finds s and n of greatest likelihood on the
choices of a finished bench (rows of ``sstar``; problems weigh alike), with the score of five-fold cross-fitting
over problems beside it. ``score`` gives Brier scores of rows that had no part in the fit. ``judge`` counts, over the duels in which
exactly one side was right, how often the judge's single answers were right, how often both orders agreed, and how
often they were right then.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import defaultdict
from pathlib import Path

import cattrs
from attrs import frozen

from sstar_lsp.bench.records import Judgement, Row
from sstar_lsp.engine.run.policy import POLICY

FOLDS = 5
SHARPNESS = 1.0
"""The engine's belief as it is."""
FLOOR = 1e-6


@frozen
class Choice:
    """One choice: how heavy the groups were, and whether the heaviest was right."""

    problem: str
    masses: tuple[float, ...]
    right: bool

    def belief(self, sharpness: float, none: float) -> float:
        """In the heaviest group."""
        sharp = [mass**sharpness for mass in self.masses]
        return sharp[0] / (sum(sharp) + none)


def choices(path: Path) -> list[Choice]:
    """Those of a bench's ``runs.jsonl``; masses are what its beliefs come from."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["method"] == "sstar" and row["beliefs"]:
            total = POLICY.none_of_them / max(FLOOR, 1 - sum(row["beliefs"]))
            masses = tuple(belief * total for belief in row["beliefs"] if belief > 0)
            found.append(Choice(row["problem"], masses, bool(row["score"])))
    return found


def weights(found: list[Choice]) -> list[float]:
    """Problems weigh alike."""
    counts: dict[str, int] = defaultdict(int)
    for choice in found:
        counts[choice.problem] += 1
    return [1 / counts[choice.problem] for choice in found]


def mean(found: list[Choice], values: list[float]) -> float:
    """Over problems."""
    weighed = weights(found)
    return sum(w * v for w, v in zip(weighed, values, strict=True)) / sum(weighed)


def loss(found: list[Choice], sharpness: float, none: float) -> float:
    """Negative log-likelihood a problem."""
    values = []
    for choice in found:
        belief = min(1 - FLOOR, max(FLOOR, choice.belief(sharpness, none)))
        values.append(-math.log(belief if choice.right else 1 - belief))
    return mean(found, values)


def fitted(found: list[Choice]) -> tuple[float, float]:
    """Sharpness and weight of none: the best of a grid."""
    grid = [(s / 20, n / 20) for s in range(10, 81) for n in range(1, 41)]
    return min(grid, key=lambda pair: loss(found, *pair))


def scored(found: list[Choice], beliefs: list[float]) -> str:
    """Brier score beside that of the base rate, over choices and over problems."""
    right = [float(choice.right) for choice in found]
    squares = [(b - r) ** 2 for b, r in zip(beliefs, right, strict=True)]
    rate, by_problem = sum(right) / len(right), mean(found, right)
    return (
        f"Brier {sum(squares) / len(squares):.3f} over {len(found)} choices (base rate {rate * (1 - rate):.3f}), "
        f"{mean(found, squares):.3f} over problems ({by_problem * (1 - by_problem):.3f}); "
        f"mean belief {sum(beliefs) / len(beliefs):.3f}, right {rate:.3f}"
    )


def cross_fitted(found: list[Choice]) -> list[float]:
    """Beliefs with numbers that were fitted on the other folds of problems."""
    problems = sorted({choice.problem for choice in found})
    random.Random(0).shuffle(problems)
    fold = {problem: number % FOLDS for number, problem in enumerate(problems)}
    numbers = [fitted([c for c in found if fold[c.problem] != number]) for number in range(FOLDS)]
    return [choice.belief(*numbers[fold[choice.problem]]) for choice in found]


def judged(path: Path) -> str:
    """What the judge of each method was worth."""
    duels: dict[str, list[Judgement]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        row = cattrs.structure(json.loads(line), Row)
        duels[row.method] += [duel for duel in row.duels if sorted(map(bool, duel.right)) == [False, True]]
    return "\n".join(f"{method}: {told(found)}" for method, found in duels.items() if found)


def told(duels: list[Judgement]) -> str:
    """Duels that have one right side, in a line."""
    single = [duel.right[vote] for duel in duels for vote in duel.votes if vote is not None]
    agreed = [duel.right[duel.winner] for duel in duels if duel.winner is not None]
    first = sum(vote == order for duel in duels for order, vote in enumerate(duel.votes))
    return (
        f"{len(duels)} duels; {sum(map(bool, single))} of {len(single)} answers right, {first} for the output shown first; "
        f"both orders agree in {len(agreed)}, right in {sum(map(bool, agreed))} of them"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("act", choices=["fit", "score", "judge"])
    parser.add_argument("runs", type=Path, help="runs.jsonl of a bench with the method sstar")
    parser.add_argument("--sharpness", type=float, default=SHARPNESS)
    parser.add_argument("--none", type=float, default=POLICY.none_of_them)
    asked = parser.parse_args()
    if asked.act == "judge":
        print(judged(asked.runs))
        return
    found = choices(asked.runs)
    print(
        f"s = {SHARPNESS:g}, n = {POLICY.none_of_them:g}: {scored(found, [c.belief(SHARPNESS, POLICY.none_of_them) for c in found])}"
    )
    if asked.act == "fit":
        sharpness, none = fitted(found)
        print(f"fitted: s = {sharpness:g}, n = {none:g}")
        print(f"cross-fitted: {scored(found, cross_fitted(found))}")
        asked.sharpness, asked.none = sharpness, none
    beliefs = [c.belief(asked.sharpness, asked.none) for c in found]
    print(f"s = {asked.sharpness:g}, n = {asked.none:g}: {scored(found, beliefs)}")


if __name__ == "__main__":
    main()
