"""Our embedded server against llama.cpp's own server on S*'s traffic: many answers behind one long shared prompt.

Both have the same GGUF, are up for the whole time, and are asked in turn, so that other work on the machine meets both::

    python -m venv X && X/bin/pip install xllamacpp==2026.10.11549
    python benchmarks/embedded.py --xllamacpp-python X/bin/python --rounds 5
    python benchmarks/embedded.py --xllamacpp-python X/bin/python --rounds 3 --decide lower-median,village-vote

llama.cpp is asked in two ways: by as many requests as answers, which is what S* sends, and by one request with ``n``, the best that
its server has for a shared prompt; nobody can cancel or repeat one answer of those. ``--decide`` takes the time of whole solves, from
the statement to the chosen program, instead. Without ``--xllamacpp-python`` only our server is measured.

A measurement is no test: it says numbers, and nothing fails by them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import click
import httpx2
from attrs import frozen
from traffic import Forgetful, new

from examples import EXAMPLES, statement_of
from sstar_lsp.engine.run.events import Decided
from sstar_lsp.engine.solve import solve
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.download import registry as weights
from sstar_lsp.models.download.pull import pull
from sstar_lsp.models.embedded import EmbeddedModel
from sstar_lsp.models.protocol import Model, Models
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import Message, Sampling, Usage
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import open_sandbox

STATEMENT = """\
You are given a list of n integers and q queries. Each query gives two positions l and r; print the sum
of the elements between them, both included, modulo 1000000007. The list does not change. Think about
the limits: n and q are up to two hundred thousand and each element is up to a billion in absolute value.

Input. The first line holds n and q. The second line holds n integers. Each of the next q lines holds l and r.
Output. For each query print one line with the answer, which must not be negative.
"""

XLLAMACPP = """
import json, os, sys
os.nice(5)  # as our own worker does
import xllamacpp as x
p = x.CommonParams()
p.model.path = sys.argv[1]
p.hostnames = ["127.0.0.1"]
p.port = 0
p.n_parallel = 16
p.n_ctx = 16 * 4096
p.kv_unified = sys.argv[2] == "unified"
p.api_keys = [os.environ["BENCH_KEY"]]
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = os.cpu_count()
s = x.Server(p)
print(json.dumps({"url": s.listening_address}), flush=True)
sys.stdin.read()
"""
KEY = "bench"


@frozen
class Load:
    """One row of the table."""

    title: str
    repeats: int
    """How often the statement stands in the prompt: 4 is some 600 tokens."""
    answers: int
    new_tokens: int


LOADS = (
    Load("1 short prompt", 0, 1, 64),
    Load("8 x short prompt", 0, 8, 64),
    Load("16 x short prompt", 0, 16, 64),
    Load("1 x long prompt", 4, 1, 64),
    Load("8 x one long prompt, short answers", 4, 8, 64),
    Load("8 x one long prompt, long answers", 4, 8, 256),
)
WARM_UP = Load("", 0, 1, 8)
"""The first request compiles kernels."""


@frozen
class Drawn:
    """What one load took."""

    first_s: float
    """Until the first piece of any answer."""
    wall_s: float
    """Until the last piece of the last answer, prompt included."""
    tokens: int
    """New tokens of all answers."""

    @property
    def rate(self) -> float:
        """New tokens a second."""
        return self.tokens / self.wall_s


Draw = Callable[[Load, int], Awaitable[Drawn]]
"""Draws a load; the number makes its prompt new, so that no earlier round is in the cache."""


def messages(load: Load, number: int) -> tuple[Message, Message]:
    """The prompt of a load."""
    task = STATEMENT * load.repeats + "Write a long Python program, with a comment above every line."
    return Message("system", f"You are programmer number {number}."), Message("user", task)


async def separately(model: Model, load: Load, number: int) -> Drawn:
    """A request for each answer."""
    began = time.perf_counter()

    async def one(seed: int) -> tuple[float, int]:
        first, pieces, usage = 0.0, 0, Usage()
        sampling = Sampling(0.8, 0.95, load.new_tokens, seed=seed)
        async for delta in model.stream(messages(load, number), sampling):
            first = first or time.perf_counter() - began
            pieces += bool(delta.text)
            usage = delta.usage or usage
        return first, max(pieces, usage.completion_tokens)

    answers = await asyncio.gather(*(one(number + index) for index in range(load.answers)))
    wall_s = time.perf_counter() - began
    return Drawn(min(first for first, _ in answers), wall_s, sum(tokens for _, tokens in answers))


async def together(url: str, load: Load, number: int) -> Drawn:
    """One request for all answers; each piece is counted as a token, for ``usage`` counts one of the answers only."""
    asked = {
        "messages": [{"role": one.role, "content": one.content} for one in messages(load, number)],
        "n": load.answers,
        "temperature": 0.8,
        "top_p": 0.95,
        "max_tokens": load.new_tokens,
        "seed": number,
        "stream": True,
    }
    began, first_s, tokens = time.perf_counter(), 0.0, 0
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=1800) as client,
        client.stream(
            "POST", f"{url}/v1/chat/completions", json=asked, headers={"authorization": f"Bearer {KEY}"}
        ) as response,
    ):
        response.raise_for_status()
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line.removeprefix("data: ")).get("choices", ())
                said = sum(bool(choice["delta"].get("content")) for choice in choices)
                first_s = first_s or (said and time.perf_counter() - began)
                tokens += said
    return Drawn(first_s, time.perf_counter() - began, tokens)


@contextlib.asynccontextmanager
async def xllamacpp(python: Path, path: Path, cache: str) -> AsyncIterator[str]:
    """llama.cpp's server from its wheel, in a process of the given interpreter; gives its URL."""
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            *(str(python), "-c", XLLAMACPP, str(path), cache),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "BENCH_KEY": KEY},
        )
        assert process.stdout is not None
        try:
            while not (line := await process.stdout.readline()).startswith(b'{"url"'):
                if not line:
                    raise SystemExit("xllamacpp did not start")
            yield json.loads(line)["url"]
        finally:
            process.kill()
            await process.wait()


async def in_turn(draws: Mapping[str, Draw], load: Load, rounds: int) -> dict[str, list[Drawn]]:
    """Every way of drawing once a round, every second round the other way round."""
    drawn: dict[str, list[Drawn]] = {title: [] for title in draws}
    for turn in range(rounds):
        for title in list(draws)[:: 1 if turn % 2 == 0 else -1]:
            found = await draws[title](load, time.time_ns() // 1_000_000 % 1_000_000)
            tell(f"{load.title}, round {turn + 1}, {title}: {found.rate:.1f} tokens/s, {found.wall_s:.0f} s")
            drawn[title].append(found)
    return drawn


def tell(line: str) -> None:
    """A line of progress: rounds take minutes."""
    print(line, file=sys.stderr, flush=True)


def shown(values: Sequence[float]) -> str:
    """Median, least and most."""
    return f"**{statistics.median(values):.1f}** ({min(values):.1f}–{max(values):.1f})"


def ratio(above: Sequence[float], below: Sequence[float]) -> str:
    """Median of the rounds' ratios: the two of a round are measured one after the other, in the same company."""
    return f"{statistics.median(a / b for a, b in zip(above, below, strict=True)):.2f}"


async def loads(draws: Mapping[str, Draw], only: str, rounds: int) -> None:
    """New tokens a second of each load, and by how much the first way is faster than each other one: the median of the rounds' ratios."""
    ours, *others = draws
    print("| load | " + " | ".join(draws) + " | " + " | ".join(f"to {other}" for other in others) + " |")
    print("|---" * (1 + len(draws) + len(others)) + "|", flush=True)
    for draw in draws.values():
        await draw(WARM_UP, 0)
    for load in (one for one in LOADS if only in one.title):
        drawn = await in_turn(draws, load, rounds)
        rates = {title: [one.rate for one in found] for title, found in drawn.items()}
        cells = [shown(found) for found in rates.values()]
        cells += [ratio(rates[ours], rates[other]) for other in others]
        firsts = ", ".join(
            f"{statistics.median(one.first_s for one in found):.1f}" for found in drawn.values()
        )
        print(f"| {load.title} | {' | '.join(cells)} | first after {firsts} s |", flush=True)


async def decided_s(model: Model, example: str, number: int) -> float:
    """Seconds of a solve of an example, from its statement to its choice."""
    problem = new(read_problem(statement_of(EXAMPLES / example)), number)
    settings = SolveSettings(samples=8, seed=number)
    async with open_sandbox(workers=2) as sandbox:
        began = time.perf_counter()
        events = solve(problem, settings, Models.all_the_same(model), sandbox, Forgetful())
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, Decided):
                    return time.perf_counter() - began
    raise SystemExit(f"{example} ended without a choice")


async def decisions(models: Mapping[str, Model], examples: Sequence[str], rounds: int) -> None:
    """Seconds to the decision, of each example."""
    print("| example | " + " | ".join(f"{title}, s" for title in models) + " | ratio |")
    print("|---" * (2 + len(models)) + "|", flush=True)
    for model in models.values():
        await separately(model, WARM_UP, 0)
    for example in examples:
        times: dict[str, list[float]] = {title: [] for title in models}
        for turn in range(rounds):
            for title in list(models)[:: 1 if turn % 2 == 0 else -1]:
                times[title].append(await decided_s(models[title], example, turn))
                tell(f"{example}, round {turn + 1}, {title}: {times[title][-1]:.0f} s")
        ours, *others = times.values()
        faster = ", ".join(ratio(other, ours) for other in others)
        print(f"| {example} | {' | '.join(map(shown, times.values()))} | {faster} |", flush=True)


async def run(name: str, python: Path | None, rounds: int, only: str, decide: str, cache: str) -> None:
    """Both servers up, and asked in turn."""
    path = await asyncio.to_thread(pull, name)
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = await stack.enter_async_context(EmbeddedModel(name, folder=folder))
        models: dict[str, Model] = {"ours": ours}
        draws: dict[str, Draw] = {"ours": lambda load, number: separately(ours, load, number)}
        if python is not None:
            url = await stack.enter_async_context(xllamacpp(python, path, cache))
            theirs = OpenAIModel(f"{url}/v1", path.name, KEY, idle_timeout_s=1800)
            stack.push_async_callback(theirs.aclose)
            models["llama.cpp"] = theirs
            draws["llama.cpp"] = lambda load, number: separately(theirs, load, number)
            draws["llama.cpp, one request"] = lambda load, number: together(url, load, number)
        if decide:
            await decisions(models, decide.split(","), rounds)
        else:
            await loads(draws, only, rounds)


@click.command()
@click.option("--model", "name", default=weights.DEFAULT)
@click.option(
    "--xllamacpp-python",
    "python",
    type=click.Path(exists=True, path_type=Path),
    help="Of a venv with xllamacpp.",
)
@click.option("--rounds", default=3, show_default=True)
@click.option("--only", default="", help="Loads whose title contains this.")
@click.option(
    "--decide", default="", help="Examples to be solved whole, separated by commas, in place of the loads."
)
@click.option(
    "--cache",
    type=click.Choice(("unified", "apart")),
    default="unified",
    show_default=True,
    help="Whether llama.cpp's sequences share one cache.",
)
def main(name: str, python: Path | None, rounds: int, only: str, decide: str, cache: str) -> None:
    """Measure the embedded server on S*'s own traffic, against llama.cpp's; prints a Markdown table."""
    asyncio.run(run(name, python, rounds, only, decide, cache))


if __name__ == "__main__":
    sys.exit(main())
