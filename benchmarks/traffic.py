"""How much of the embedded server's speed S*'s own traffic uses.

    python benchmarks/traffic.py --example village-vote

In one run, against one server: the first stage of a solve with N=8, and then eight endless streams of one prompt (a stream that ends is
asked again at once) for as long. A solve has gaps that those have not: samples end at different times, repairs begin with
prompts of their own, programs run on the same cores. Both begin with a prompt that the server has not seen.

A measurement is no test: it says numbers, and nothing fails by them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path

import click
from attrs import Factory, define, evolve, field

from sstar_lsp.engine.run.events import Event, SamplingEnded
from sstar_lsp.engine.sampling.sample import writing_prompt
from sstar_lsp.engine.solve import solve
from sstar_lsp.models.download import registry as weights
from sstar_lsp.models.embedded import EmbeddedModel
from sstar_lsp.models.protocol import Delta, Model, Models
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import Message, Problem, Sampling
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import open_sandbox

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
STREAMS = 8


class Forgetful:
    """A journal that keeps nothing: the disk is not what is measured."""

    async def record(self, event: Event) -> None:
        """Forget it."""


@define
class Metered:
    """A model that notes when each piece came, and how many requests were under way."""

    model: Model
    pieces: list[float] = Factory(list)
    changes: list[tuple[float, int]] = Factory(list)
    """Moments when a request began (+1) or ended (-1)."""
    name: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.name = self.model.name

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncIterator[Delta]:
        """As the model's; a piece is a token but where a character needs several."""
        self.changes.append((time.perf_counter(), 1))
        try:
            async with aclosing(self.model.stream(messages, sampling)) as deltas:
                async for delta in deltas:
                    if delta.text:
                        self.pieces.append(time.perf_counter())
                    yield delta
        finally:
            self.changes.append((time.perf_counter(), -1))

    def rate(self, begin: float, end: float) -> float:
        """Tokens a second between two moments."""
        return sum(begin <= at <= end for at in self.pieces) / (end - begin)

    def under_way(self, begin: float, end: float) -> float:
        """Requests under way, on average over the time."""
        total, level, last = 0.0, 0, begin
        for at, change in sorted(self.changes):
            if at > end:
                break
            total += level * max(0.0, at - last)
            level, last = level + change, max(at, begin)
        return (total + level * (end - last)) / (end - begin)

    def first_end(self) -> float:
        """When the first request ended."""
        return min(at for at, change in self.changes if change < 0)

    def first_piece(self) -> float:
        """When the first token came."""
        return min(self.pieces)


async def endless(model: Model, prompt: str, seconds: float) -> Metered:
    """Eight streams of one prompt, asked again whenever one ends, for so long."""
    metered, seeds = Metered(model), itertools.count(1)

    async def one() -> None:
        while True:
            async for _ in metered.stream(
                (Message("user", prompt),), Sampling(0.7, 0.95, 1024, seed=next(seeds))
            ):
                pass

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for _ in range(STREAMS):
                group.create_task(one())
    return metered


def row(title: str, metered: Metered, begin: float, end: float, full: float | None = None) -> float:
    """Print one line; its rate."""
    rate = metered.rate(begin, end)
    share = "" if full is None else f"{rate / full:.0%}"
    tokens, under_way = rate * (end - begin), metered.under_way(begin, end)
    print(
        f"| {title} | {under_way:.1f} | {end - begin:.1f} | {tokens:.0f} | {rate:.1f} | {share} |", flush=True
    )
    return rate


async def stage_1(
    model: Model, problems: Sequence[Problem], settings: SolveSettings, most_s: float
) -> tuple[float, float]:
    """Solves side by side, until one has its samples written and repaired; begin and end."""
    async with open_sandbox(workers=2) as sandbox:
        begin = time.perf_counter()

        async def one(problem: Problem) -> None:
            events = solve(problem, settings, Models.all_the_same(model), sandbox, Forgetful())
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, SamplingEnded):
                        raise TimeoutError  # that is enough

        with contextlib.suppress(TimeoutError, BaseExceptionGroup):
            async with asyncio.timeout(most_s), asyncio.TaskGroup() as group:
                for problem in problems:
                    group.create_task(one(problem))
        return begin, time.perf_counter()


def new(problem: Problem, number: int) -> Problem:
    """The same problem with a first line of its own, so that no earlier prompt is in the cache."""
    return evolve(problem, statement=f"(Problem {number}.)\n\n{problem.statement}")


async def run(name: str, example: str, solves: int, most_s: float, seed: int, folder: Path | None) -> None:
    """The solves, and then the endless streams for as long."""
    problem = read_problem(EXAMPLES / example / "problem.md")
    settings = SolveSettings(samples=STREAMS, adaptive=False, seed=seed)
    stamp = int(time.time()) % 1_000_000
    async with EmbeddedModel(name, folder=folder) as model:
        async for _ in model.stream((Message("user", "Say hello."),), Sampling(max_tokens=8)):
            pass  # the first request compiles kernels
        ours = Metered(model)
        problems = [new(problem, stamp + number) for number in range(solves)]
        begin, end = await stage_1(ours, problems, settings, most_s)
        again = time.perf_counter()
        theirs = await endless(model, writing_prompt(new(problem, stamp + solves), "python"), end - begin)
    print("| traffic | requests under way | s | new tokens | new tokens/s | of the endless streams |")
    print("|---|---|---|---|---|---|")
    part = ours.first_end() - begin
    who = f"{solves} solve{'s' * (solves > 1)} of N={STREAMS}"
    for title, length in (("until a sample is whole", part), ("until all are repaired", end - begin)):
        full = row(f"{STREAMS} endless streams for as long", theirs, again, again + length)
        row(f"{who}, {title}", ours, begin, begin + length, full)
    row(f"{STREAMS} endless streams, after the prompt", theirs, theirs.first_piece(), again + end - begin)
    row(f"{who}, until all are repaired, after the prompt", ours, ours.first_piece(), end)


@click.command()
@click.option("--model", "name", default=weights.DEFAULT)
@click.option("--example", default="village-vote", show_default=True)
@click.option("--solves", default=1, show_default=True, help="Side by side.")
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Of a server that runs already; default: the user's."
)
@click.option(
    "--most", "most_s", default=300.0, show_default=True, help="Seconds after which the solves are cut off."
)
def main(name: str, example: str, solves: int, most_s: float, seed: int, folder: Path | None) -> None:
    """Measure how much of the server's speed a solve uses; prints a Markdown table."""
    asyncio.run(run(name, example, solves, most_s, seed, folder))


if __name__ == "__main__":
    main()
