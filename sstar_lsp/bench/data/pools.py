"""Recorded pools: programs with known verdicts, drawn instead of generated.

A draw is N of a problem's recorded samples, without replacement and by multiplicity: what a model that was
asked N times could have said. The order is part of the draw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from attrs import evolve

from sstar_lsp.bench.data.jsonl import read_jsonl
from sstar_lsp.bench.records import BenchProblem, PoolProgram
from sstar_lsp.engine.run.model_client import SEED_STRIDE
from sstar_lsp.errors import ModelError, UsageError
from sstar_lsp.models.protocol import Delta
from sstar_lsp.problems.text import code_block
from sstar_lsp.records import Message, Sampling, Usage
from sstar_sandbox import UnknownName, language_named

Pool = Mapping[str, tuple[PoolProgram, ...]]
"""Problem id to its programs."""
ANY = "any"
"""In the place of a language: programs of every language stand in one draw."""


def load_pool(path: Path, wanted: Sequence[str] = (), label: str | None = None) -> Pool:
    """Recorded samples by problem.

    ``wanted``: beginnings of model names; none: the models that were sampled many times (``kind: sample``),
    or, where there are none, every seed. ``label``: the field that says what is right; None: ``passed_plus``
    where a row has it, else ``passed``.

    Raises:
        UsageError: a row that lacks a field, or no row of these models (it lists those there are).
    """
    rows = list(enumerate(read_jsonl(path), 1))
    models = sorted({str(row.get("model", "")) for _, row in rows})
    firsts = [(n, row) for n, row in rows if row.get("kind", "sample") != "debugged"]
    if wanted:
        kept = [(n, row) for n, row in firsts if str(row.get("model", "")).startswith(tuple(wanted))]
    else:
        kept = [(n, row) for n, row in firsts if row.get("kind", "sample") == "sample"] or firsts
    if not kept:
        raise UsageError(
            f"{path}: no sample of {', '.join(wanted) or 'any model'}. Models there: {'; '.join(models)}."
        )
    repairs: dict[tuple[str, str], list[tuple[int, PoolProgram]]] = {}
    for number, row in rows:
        if row.get("kind") == "debugged":
            repair = _program(path, number, row, label)
            key = (str(row["problem_id"]), repair.model)
            repairs.setdefault(key, []).append((int(row["debug_round"]), repair))
    pool: dict[str, list[PoolProgram]] = {}
    for number, row in kept:
        program = _program(path, number, row, label)
        later = repairs.get((str(row["problem_id"]), program.model), ())
        later = sorted(later, key=lambda numbered: numbered[0]) if row.get("kind") == "seed" else ()
        program = evolve(program, repairs=tuple(repair for _, repair in later))
        pool.setdefault(str(row["problem_id"]), []).append(program)
    return {problem: tuple(programs) for problem, programs in pool.items()}


def _program(path: Path, number: int, row: Mapping[str, Any], label: str | None) -> PoolProgram:
    verdict = row.get(label) if label else row.get("passed_plus", row.get("passed"))
    missing = [name for name in ("problem_id", "code") if name not in row]
    if verdict is None:
        missing.append(label or "passed")
    if missing:
        raise UsageError(f"{path}, line {number}: has no field {', '.join(missing)}.")
    return PoolProgram(
        code=str(row["code"]),
        language=str(row.get("language", "python")),
        right=bool(verdict),
        multiplicity=int(row.get("multiplicity_of_100") or 1),
        model=str(row.get("model", "")),
    )


def own_pool(problems: Sequence[BenchProblem]) -> Pool:
    """The pools that came with the problems themselves (real submissions)."""
    return {problem.id: problem.programs for problem in problems if problem.programs}


def runnable(pool: Pool, language: str) -> tuple[Pool, Counter[str]]:
    """The programs of one language (:data:`ANY`: of all), and how many of each other were left out."""
    out: Counter[str] = Counter()
    kept: dict[str, tuple[PoolProgram, ...]] = {}
    for problem, programs in pool.items():
        fits = []
        for program in programs:
            try:
                named, is_known = language_named(program.language), True
            except UnknownName:
                named, is_known = program.language, False
            if named == language or (language == ANY and is_known):
                fits.append(evolve(program, language=named))
            else:
                out[program.language] += 1
        kept[problem] = tuple(fits)
    return kept, out


def draw(
    programs: Sequence[PoolProgram], count: int, seed: int, problem: str, number: int
) -> list[PoolProgram]:
    """Draw ``number`` of a problem: at most ``count`` programs by multiplicity, in random order."""
    random = Random(f"{seed} {problem} {number}")  # noqa: S311 - a draw, no secret
    copies = [program for program in programs for _ in range(program.multiplicity)]
    return random.sample(copies, min(count, len(copies)))


class PoolModel:
    """A draw as a :class:`~sstar_lsp.models.protocol.Model`: sample k is its k-th program, round r that
    program's r-th repair.

    It costs nothing: its usage is zero tokens.
    """

    def __init__(self, drawn: Sequence[PoolProgram]) -> None:
        self.name = drawn[0].model if drawn else "empty pool"
        self._drawn = drawn

    def program(self, sample: int, round_: int) -> PoolProgram:
        """The program of a sample (from 1) in a round. Raises :class:`ModelError`: none is recorded."""
        if not 1 <= sample <= len(self._drawn):
            raise ModelError(f"the draw has no sample {sample}: it holds {len(self._drawn)}.")
        drawn = self._drawn[sample - 1]
        if round_ > len(drawn.repairs):
            raise ModelError(f"no repair of sample {sample} is recorded for round {round_}.")
        return drawn.repairs[round_ - 1] if round_ else drawn

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """The drawn program of the request's seed; what is asked does not matter."""
        del messages
        sample, round_ = divmod((sampling.seed or 0) % SEED_STRIDE, 100)
        program = self.program(sample, round_)
        yield Delta(f"{code_block(program.code, program.language)}\n", finish_reason="stop", usage=Usage())


class AbsentModel:
    """Stands where a run has no model: refuses every request."""

    name = "none"

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """Refuse."""
        del messages, sampling
        raise ModelError("there is no model in this measurement (--model none).")
        yield Delta("")
