"""One bench from its options to its files: what ``sstar bench`` does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import cattrs
from attrs import evolve, frozen

from sstar_lsp.bench.cluster import RayExecutor
from sstar_lsp.bench.config import Method, Options, claim
from sstar_lsp.bench.data.datasets import load_problems
from sstar_lsp.bench.data.pools import ANY, Pool, load_pool, own_pool, runnable
from sstar_lsp.bench.execution_cache import CachedExecutor, ExecutionStore
from sstar_lsp.bench.figures.power_summary import power_summary, power_table
from sstar_lsp.bench.figures.summary import summarised
from sstar_lsp.bench.figures.tables import table
from sstar_lsp.bench.model_source import models_of
from sstar_lsp.bench.records import BenchProblem, Row
from sstar_lsp.bench.runner import Bench, RowFile, Work
from sstar_lsp.bench.selectors.rows import why_skipped
from sstar_lsp.bench.tester_power import Power
from sstar_lsp.engine.run.executor import Executor, sandbox_failures
from sstar_lsp.errors import UsageError
from sstar_lsp.settings import Layer, SolveSettings, settings_from
from sstar_sandbox import language_named, open_sandbox


@frozen
class Result:
    """What came of it."""

    summary: dict[str, Any]
    table: str
    skipped: tuple[tuple[Method, str], ...] = ()


@frozen
class _Loaded:
    problems: tuple[BenchProblem, ...]
    pool: Pool | None
    """None: the model writes."""
    notes: tuple[str, ...]


def _load(options: Options) -> _Loaded:
    problems = load_problems(options.data, options.limit, options.half)
    language = ANY if options.language == ANY else language_named(options.language)
    if options.pool is None and not options.model.is_none:
        if language == ANY:
            raise UsageError(
                "--lang any: a model is asked for one language; only recorded programs may be of several."
            )
        return _Loaded(tuple(problems), None, ())
    pool = own_pool(problems)
    if options.pool is not None:
        pool = load_pool(options.pool, options.pool_models, options.label)
    elif not pool:
        raise UsageError(
            f"{options.data} holds no programs with verdicts, and there is no model to write any: "
            "name recorded samples with --pool, or a model with --model."
        )
    pool, out = runnable(pool, language)
    with_programs = tuple(problem for problem in problems if pool.get(problem.id))
    notes = _left_out(out, len(problems) - len(with_programs), options.language)
    if not with_programs:
        named = "runnable" if language == ANY else options.language
        raise UsageError(f"no problem of {options.data} has a {named} program in the pool.")
    return _Loaded(with_programs, pool, notes)


def _left_out(out: Counter[str], problems: int, language: str) -> tuple[str, ...]:
    notes = []
    if out:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(out.items()))
        drawn = "known languages are" if language == ANY else f"{language} is"
        notes.append(f"Left out of the pool: {counts} programs (only {drawn} drawn).")
    if problems:
        notes.append(f"Left out: {problems} problems without a program in the pool.")
    return tuple(notes)


def _changed(changed: Sequence[str]) -> SolveSettings:
    """The engine's settings with these changes.
    Raises :class:`UsageError`: no ``key=value``, an unknown key, or a value that it cannot have."""
    values: dict[str, str] = {}
    for text in changed:
        key, is_pair, value = text.partition("=")
        if not is_pair:
            raise UsageError(f"--set {text}: say key=value, such as generator=on.")
        values[key.strip()] = value.strip()
    return settings_from([Layer("--set", {"solve": values})]).solve


def baseline_of(options: Options, methods: Sequence[Method]) -> Method:
    """The method that the others are tested against. Raises :class:`UsageError`: it is not measured."""
    if options.baseline is None:
        return Method.RANDOM_PASSING if Method.RANDOM_PASSING in methods or not methods else methods[0]
    if options.baseline not in methods:
        raise UsageError(f"--baseline {options.baseline.value}: is not among the methods that are measured.")
    return options.baseline


@frozen
class Faces:
    """Whom the bench tells how it stands."""

    begin: Callable[[int], Callable[[int], None]]
    """Told the number of draws; returns what to tell of each further one."""
    say: Callable[[str], None]
    """Told in a few words what is being prepared."""


async def run_bench(options: Options, faces: Faces) -> Result:
    """Measure, write all files of ``--out``, and return what they say.

    Raises:
        UsageError: files or options that do not fit.
        ModelError, EmbeddedModelError: no model; what was measured is kept.
        SandboxError: no sandbox, or it broke; what was measured is kept.
    """
    if options.inputs_only:
        return await _run_inputs_only(options, faces)
    loaded = _load(options)
    reasons = {
        method: reason
        for method in options.methods
        if (reason := why_skipped(method, has_model=not options.model.is_none, pool=loaded.pool)) is not None
    }
    methods = tuple(method for method in Method if method in options.methods and method not in reasons)
    baseline = baseline_of(options, methods)
    config = claim(options)
    settings = evolve(
        _changed(options.changed),
        language=language_named("python" if options.language == ANY else options.language),
        samples=options.samples,
        rounds=options.rounds,
        temperature=options.temperature,
        max_tokens=options.max_tokens,
    )
    work = Work(options, loaded.problems, methods, loaded.pool, settings)
    rows = await _measured(options, work, faces)
    summary = {
        "config": {
            "data": options.data.name,
            "pool": options.pool.name if options.pool else None,
            **config,
        },
        **summarised(rows, baseline.value, options.seed),
        "skipped": [{"method": m.value, "reason": reason} for m, reason in reasons.items()],
        "notes": list(loaded.notes),
    }
    page = table(summary)
    _write(options.out, summary, page)
    return Result(summary, page, tuple(reasons.items()))


async def _run_inputs_only(options: Options, faces: Faces) -> Result:
    """Tester's power: ``power.jsonl`` and its figures."""
    loaded = _load(options)
    assert loaded.pool is not None, "programs of the file, without a model"
    config = claim(options)
    settings = SolveSettings(
        rounds=0, inputs=options.inputs, seed=options.seed, adaptive=False, pair_inputs=False
    )
    store = ExecutionStore(options.cache or options.out / "executions.sqlite")
    with closing(store), sandbox_failures():
        async with open_sandbox(workers=options.workers) as sandbox:
            executor = CachedExecutor(sandbox, store, most_cpu_s=options.time_limit_s)
            power = Power(loaded.pool, executor, sandbox, settings, every_wave=not options.until_quiet)
            progress = faces.begin(len(loaded.problems))
            rows = await power.of_all(loaded.problems, options.at_once, progress)
    lines = (json.dumps(cattrs.unstructure(row), ensure_ascii=False) + "\n" for row in rows)
    (options.out / "power.jsonl").write_text("".join(lines), "utf-8")
    summary = {
        "config": {"data": options.data.name, "until_quiet": options.until_quiet, **config},
        **power_summary(rows, options.seed),
        "notes": list(loaded.notes),
    }
    page = power_table(summary)
    _write(options.out, summary, page)
    return Result(summary, page)


def _write(folder: Path, summary: dict[str, Any], page: str) -> None:
    text = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
    (folder / "summary.json").write_text(text, "utf-8")
    (folder / "table.md").write_text(page, "utf-8")


async def _measured(options: Options, work: Work, faces: Faces) -> list[Row]:
    file = RowFile(options.out)
    store = ExecutionStore(options.cache or options.out / "executions.sqlite")
    with closing(store), sandbox_failures():
        async with AsyncExitStack() as stack:
            below: Executor
            if options.engine == "ray":
                below = await stack.enter_async_context(RayExecutor(boxes=options.workers))
            else:
                below = await stack.enter_async_context(open_sandbox(workers=options.workers))
            models = await models_of(options.model, stack, faces.say)
            progress = faces.begin(len(work.problems) * options.draws)
            executor = CachedExecutor(below, store, most_cpu_s=options.time_limit_s)
            return await Bench(work, executor, file, models, progress).run()
