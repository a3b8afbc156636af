"""Problems with their hidden tests: the one way in which every reader makes them."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from sstar_lsp.bench.records import BenchProblem
from sstar_lsp.problems.metadata import facts_of
from sstar_lsp.problems.source.call_examples import renamed
from sstar_lsp.records import Problem, Style, Test, TestOrigin
from sstar_sandbox import comparator_named


def graded(name: str, problem: Problem, hidden: Sequence[Test], checker: str = "") -> BenchProblem:
    """The problem with its examples numbered; a statement of a whole program that does not show them gets them.

    ``checker``: of the hidden tests; empty: the problem's own.
    Raises :class:`UnknownName`: no such checker.
    """
    comparator_named(problem.checker)
    public, statement = problem.public_tests, problem.statement
    several = facts_of(statement).accepts_others
    if problem.style is Style.STDIN:
        statement, hidden = with_examples(statement, public), renamed(hidden, TestOrigin.HIDDEN)
    problem = evolve(problem, statement=statement, public_tests=renamed(public), several_answers=several)
    return BenchProblem(name, problem, tuple(hidden), checker or problem.checker)


def with_examples(statement: str, public: Sequence[Test]) -> str:
    """The statement with the examples that it does not show itself."""
    flat = " ".join(statement.split())
    missing = [test for test in public if " ".join(test.input.split()) not in flat]
    shown = (
        f"Input:\n\n```\n{t.input.rstrip()}\n```\n\nOutput:\n\n```\n{t.expected.rstrip()}\n```"
        for t in missing
    )
    return "\n\n".join([statement.rstrip(), *shown]) + "\n"
