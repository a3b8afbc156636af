"""How a candidate is run whose arguments or result are no plain values: in place, linked lists, trees, objects.

The candidate's own text is what is shown and chosen. To run it, a harness is put behind it
(:mod:`sstar_lsp.engine.run.execution.call_harness`), which builds the arguments, calls the program and reads the result back.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

import cattrs

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.source.signatures import node_attribute
from sstar_lsp.records import Problem, Style

ENTRY = "_sstar_call"
"""What the sandbox calls instead of the program's own entry point."""
STRUCTURES = ("ListNode", "TreeNode", "Node")
"""Names of structures; each also as ``list[…]``."""


@cache
def _harness() -> str:
    return files(__package__).joinpath("call_harness.py").read_text("utf-8")


def node_kind(problem: Problem) -> str:
    """Which class ``Node`` a problem means, by the attribute that it speaks of; empty where it says nothing."""
    return node_attribute(f"{problem.starter_code}\n{problem.statement}")


def why_not_run(problem: Problem) -> str | None:
    """What makes a problem's calls impossible to run, for a person; None where they can be run."""
    form = problem.call_form
    if form is None:
        return None
    for name in (*form.arguments, form.result):
        structure = name.removeprefix("list[").removesuffix("]")
        if structure and structure not in STRUCTURES:
            known = ", ".join(STRUCTURES)
            return f"values of type {name} cannot be built (known: {known}, and lists of them)"
        if structure == "Node" and not node_kind(problem):
            return "there are several classes called Node, and the statement does not show which one is meant"
    return None


def call_note(problem: Problem) -> str:
    """What a writer must know of how its program is called, in a sentence or two; empty for plain calls."""
    form = problem.call_form
    if form is None:
        return ""
    if form.is_object:
        return f"`{problem.entry_point}` is a class: write it whole, with all its methods. Other classes that the statement shows are defined already."
    notes = []
    if form.judged_argument is not None:
        notes.append("It changes its argument in place: what it returns does not count.")
    named = sorted(
        {name.removeprefix("list[").removesuffix("]") for name in (*form.arguments, form.result)} - {""}
    )
    if named:
        notes.append(
            f"{' and '.join(f'`{name}`' for name in named)}: defined already, as the statement shows it."
        )
    return " ".join(notes)


def runnable(problem: Problem, code: str) -> tuple[str, str | None]:
    """What is run for a candidate: source and entry point.

    Raises:
        ProblemError: the problem's calls cannot be run.
    """
    if problem.style is not Style.FUNCTION:
        return code, None
    form = problem.call_form
    if form is None or not (
        any(form.arguments) or form.result or form.is_object or form.judged_argument is not None
    ):
        return code, problem.entry_point
    if reason := why_not_run(problem):
        raise ProblemError(f"{problem.title or 'this problem'} cannot be run: {reason}.")
    told = json.dumps(
        cattrs.unstructure(form) | {"entry": problem.entry_point or "", "node": node_kind(problem)}
    )
    return f"{code.rstrip()}\n\n\n{_harness()}\n\n_sstar_is_called({told!r})\n", ENTRY
