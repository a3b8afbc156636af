"""Runs every problem, draw and method; the same seed gives the same rows.

Rows are appended as they are made, so an interrupted bench can go on, and sorted at the end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cattrs
from attrs import define, evolve, frozen

from sstar_lsp.bench.config import Method, Options
from sstar_lsp.bench.data.pools import Pool, draw
from sstar_lsp.bench.execution_cache import CachedExecutor
from sstar_lsp.bench.records import BenchProblem, Row
from sstar_lsp.bench.selectors.draw_context import Stage, Workbench
from sstar_lsp.bench.selectors.rows import Draw, rows_of
from sstar_lsp.engine.concurrency import together
from sstar_lsp.models.protocol import Models
from sstar_lsp.regular_files import replace_file
from sstar_lsp.settings import SolveSettings


class RowFile:
    """``runs.jsonl`` of a results folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "runs.jsonl"

    def read(self) -> list[Row]:
        """The whole rows that are there; a last line that was cut off is dropped from the file."""
        if not self._path.exists():
            return []
        text = self._path.read_text("utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            self._path.write_text(whole, "utf-8")
        return [cattrs.structure(json.loads(line), Row) for line in whole.splitlines()]

    def append(self, rows: Iterable[Row]) -> None:
        """Add rows at the end."""
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(_line(row) for row in rows)

    def sort(self, rows: Sequence[Row]) -> None:
        """Replace the file by these rows."""
        replace_file(self._path, "".join(map(_line, rows)).encode())


def _line(row: Row) -> str:
    return json.dumps(cattrs.unstructure(row), ensure_ascii=False) + "\n"


@frozen
class Work:
    """What is measured."""

    options: Options
    problems: tuple[BenchProblem, ...]
    methods: tuple[Method, ...]
    """Those that can run."""
    pool: Pool | None
    """None: a model writes."""
    settings: SolveSettings
    """Of the engine, as far as all methods share them."""


def is_mixed(stage: Stage) -> bool:
    """Whether there are right and wrong survivors: only then a choice matters."""
    return len({bool(c.right) for c in stage.survivors}) > 1


@define
class Bench:
    """A bench under way."""

    work: Work
    executor: CachedExecutor
    file: RowFile
    models: Models | None
    progress: Callable[[int], None]
    """Told of each draw that is done."""

    async def run(self) -> list[Row]:
        """All rows, made or found, in order.

        Raises:
            ModelError: a live model wrote nothing at all; what was made is kept.
            SandboxError: the sandbox failed; what was made is kept.
        """
        found = {row.key: row for row in self.file.read()}
        places = asyncio.Semaphore(self.work.options.at_once)

        async def one(problem: BenchProblem) -> None:
            async with places:
                await self._problem(problem, found)

        await together(one(problem) for problem in self.work.problems)
        rows = self._in_order(found)
        self.file.sort(rows)
        return rows

    async def _problem(self, problem: BenchProblem, found: dict[tuple[str, int, str], Row]) -> None:
        """Add the rows of a problem that are not there yet."""
        options = self.work.options
        bench = Workbench.of(problem, self.executor, options.inputs, options.seed)
        for number in range(options.draws):
            missing = [m for m in self.work.methods if (problem.id, number, m.value) not in found]
            if missing:
                taken = await self._draw(bench, number)
                is_wanted = is_mixed(taken.stage) or not options.mixed_only
                rows = await rows_of(taken, missing) if is_wanted else []
                self.file.append(rows)
                found.update((row.key, row) for row in rows)
            self.progress(1)

    async def _draw(self, bench: Workbench, number: int) -> Draw:
        options, pool = self.work.options, self.work.pool
        programs = None
        if pool is not None:
            name = bench.problem.id
            programs = tuple(draw(pool[name], options.samples, options.seed, name, number))
        taken = await Draw.of(bench, number, options.seed, self.work.settings, programs, self.models)
        return evolve(taken, without=options.without)

    def _in_order(self, found: dict[tuple[str, int, str], Row]) -> list[Row]:
        places = {problem.id: at for at, problem in enumerate(self.work.problems)}
        ranks = {method.value: at for at, method in enumerate(Method)}
        kept = [row for row in found.values() if row.problem in places and row.method in ranks]
        return sorted(kept, key=lambda row: (places[row.problem], row.draw, ranks[row.method]))
