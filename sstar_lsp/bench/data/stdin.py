"""Problems that read standard input: the one way in which every reader makes them."""

from __future__ import annotations

from collections.abc import Sequence

from sstar_lsp.bench.records import BenchProblem
from sstar_lsp.problems.metadata import facts_of
from sstar_lsp.problems.source.call_examples import renamed
from sstar_lsp.records import Problem, Test, TestOrigin
from sstar_sandbox import comparator_named


def stdin_style(
    name: str,
    title: str,
    statement: str,
    public: Sequence[Test],
    hidden: Sequence[Test],
    checker: str,
    time_limit_s: float | None,
) -> BenchProblem:
    """The problem, with the examples that its statement does not show added to it.
    Raises :class:`UnknownName`: no such checker."""
    comparator_named(checker)
    problem = Problem(
        title=title,
        statement=with_examples(statement, public),
        public_tests=renamed(public),
        checker=checker,
        time_limit_s=time_limit_s,
        several_answers=facts_of(statement).accepts_others,
    )
    return BenchProblem(name, problem, renamed(hidden, TestOrigin.HIDDEN), checker)


def with_examples(statement: str, public: Sequence[Test]) -> str:
    """The statement with the examples that it does not show itself."""
    flat = " ".join(statement.split())
    missing = [test for test in public if " ".join(test.input.split()) not in flat]
    shown = (
        f"Input:\n\n```\n{t.input.rstrip()}\n```\n\nOutput:\n\n```\n{t.expected.rstrip()}\n```"
        for t in missing
    )
    return "\n\n".join([statement.rstrip(), *shown]) + "\n"
