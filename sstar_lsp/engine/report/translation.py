"""Translates the chosen program into another language and checks it on every input of its run.

A translation is a solve whose examples are the statement's and what the chosen program printed on the run's
valid inputs, so compile errors and different outputs are repaired as in any run.
"""

from __future__ import annotations

from attrs import evolve

from sstar_lsp.engine.prompts.fences import fenced
from sstar_lsp.engine.report.evidence import best_candidate
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.errors import RunError, UsageError
from sstar_lsp.records import Candidate, Problem, Test, TestOrigin
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import LANGUAGES

SAMPLES, ROUNDS = 2, 3


def translation_of(run_id: str, state: RunState, language: str) -> Problem:
    """The problem whose solutions are programs in ``language`` that print what the run's chosen program
    prints.

    Raises:
        RunError: the run has no chosen program.
        UsageError: the language that the program has already.
    """
    chosen = best_candidate(state)
    if chosen is None:
        raise RunError(f"run {run_id} has no program to translate.")
    if chosen.language == language:
        raise UsageError(f"the program of run {run_id} is written in {LANGUAGES[language].title} already.")
    names = [LANGUAGES[name].title for name in (chosen.language, language)]
    asked = f"This {names[0]} program solves it. Write the same program in {names[1]}.\n\n"
    return evolve(
        state.problem,
        title=f"{state.problem.title} ({names[1]})",
        statement=f"{state.problem.statement.rstrip()}\n\n{asked}{fenced(chosen.code, chosen.language)}\n",
        public_tests=(*state.problem.public_tests, *outputs_as_tests(run_id, state, chosen)),
        language=None,
        header="",
    )


def outputs_as_tests(run_id: str, state: RunState, chosen: Candidate) -> tuple[Test, ...]:
    """What the chosen program printed on the valid inputs on which it ended well."""
    outcomes = state.outcomes.get(chosen.id, {})
    return tuple(
        Test(item.text, outcome.output, TestOrigin.RUN, f"{item.id} of run {run_id}")
        for item in state.valid_inputs
        if (outcome := outcomes.get(item.id)) is not None and outcome.ended_well
    )


def translation_settings(settings: SolveSettings, language: str) -> SolveSettings:
    """Few samples with many rounds: the program is there already."""
    return evolve(settings, language=language, samples=SAMPLES, rounds=ROUNDS)
