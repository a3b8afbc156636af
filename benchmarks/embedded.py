"""Which runtime draws S*'s samples faster here: many answers behind one long shared prompt.

Head to head on the same GGUF, one after the other, through the same client on the same wire::

    python benchmarks/embedded.py                                    # our embedded server
    python -m venv X && X/bin/pip install xllamacpp==2026.10.11549
    python benchmarks/embedded.py --xllamacpp-python X/bin/python    # and llama.cpp's own server

A measurement is no test: it says numbers, and nothing fails by them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import click
from attrs import frozen

from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.download import registry as weights
from sstar_lsp.models.download.pull import pull
from sstar_lsp.models.embedded import embedded_model
from sstar_lsp.models.protocol import Model
from sstar_lsp.records import Message, Sampling, Usage

STATEMENT = """\
You are given a list of n integers and q queries. Each query gives two positions l and r; print the sum
of the elements between them, both included, modulo 1000000007. The list does not change. Think about
the limits: n and q are up to two hundred thousand and each element is up to a billion in absolute value.

Input. The first line holds n and q. The second line holds n integers. Each of the next q lines holds l and r.
Output. For each query print one line with the answer, which must not be negative.
"""

XLLAMACPP = """
import json, os, sys, time
os.nice(5)  # as our own worker does
import xllamacpp as x
p = x.CommonParams()
p.model.path = sys.argv[1]
p.hostnames = ["127.0.0.1"]
p.port = 0
p.n_parallel = 16
p.n_ctx = 16 * 2048
p.api_keys = [os.environ["BENCH_KEY"]]
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = os.cpu_count()
s = x.Server(p)
print(json.dumps({"url": s.listening_address}), flush=True)
sys.stdin.read()
"""


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


@frozen
class Row:
    """What one load took."""

    first_s: float
    """Until the first piece of any answer."""
    wall_s: float
    usage: Usage
    tokens_per_s: float
    """New tokens of all answers by the wall clock, prompt included."""


async def measure(model: Model, load: Load, number: int) -> Row:
    """Draw the load once. ``number`` makes the prompt new, so that no earlier run is in the cache."""
    asked = (
        Message("system", f"You are programmer number {number}."),
        Message(
            "user", STATEMENT * load.repeats + "Write a long Python program, with a comment above every line."
        ),
    )
    began = time.perf_counter()

    async def one(seed: int) -> tuple[float, int, Usage]:
        first, pieces, usage = 0.0, 0, Usage()
        async for delta in model.stream(asked, Sampling(0.8, 0.95, load.new_tokens, seed=seed)):
            first = first or time.perf_counter() - began
            pieces += bool(delta.text)
            usage = delta.usage or usage
        return first, pieces, usage

    answers = await asyncio.gather(*(one(number + index) for index in range(load.answers)))
    wall = time.perf_counter() - began
    first, pieces = min(answer[0] for answer in answers), sum(answer[1] for answer in answers)
    usage = sum((answer[2] for answer in answers), Usage())
    return Row(first, wall, usage, max(usage.completion_tokens, pieces) / wall)


@contextlib.asynccontextmanager
async def xllamacpp(python: Path, path: Path) -> AsyncIterator[str]:
    """llama.cpp's server from its wheel, in a process of the given interpreter; gives its URL."""
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            str(python),
            "-c",
            XLLAMACPP,
            str(path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "BENCH_KEY": "bench"},
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


async def table(title: str, model: Model, loads: tuple[Load, ...], repeat: int) -> None:
    """Print one runtime's rows."""
    await measure(model, Load("", 0, 1, 8), 0)  # the first request compiles kernels
    for load in loads:
        for turn in range(repeat):
            row = await measure(model, load, int(time.time() * 1000) % 1_000_000)
            print(
                f"| {title} | {load.title} | {turn + 1} | {row.usage.prompt_tokens // max(1, load.answers)} | "
                f"{row.usage.completion_tokens} | {row.first_s:.1f} | {row.wall_s:.1f} | {row.tokens_per_s:.1f} |",
                flush=True,
            )


async def run(name: str, python: Path | None, repeat: int, threads: int | None, only: str) -> None:
    """Both runtimes in turn."""
    loads = tuple(load for load in LOADS if only in load.title)
    path = await asyncio.to_thread(pull, name)
    print("| runtime | load | run | prompt tokens | new tokens | first s | wall s | new tokens/s |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        async with embedded_model(name, folder=Path(folder), threads=threads) as ours:
            print(f"| openvino-genai | start | | | | | {time.perf_counter() - began:.1f} | |", flush=True)
            await table("openvino-genai", ours, loads, repeat)
    if python is None:
        return
    began = time.perf_counter()
    async with xllamacpp(python, path) as url:
        print(f"| xllamacpp | start | | | | | {time.perf_counter() - began:.1f} | |", flush=True)
        client = OpenAIModel(f"{url}/v1", path.name, "bench", idle_timeout_s=900)
        await table("xllamacpp, n requests", client, loads, repeat)
        await client.aclose()


@click.command()
@click.option("--model", "name", default=weights.DEFAULT)
@click.option(
    "--xllamacpp-python",
    "python",
    type=click.Path(exists=True, path_type=Path),
    help="A venv with xllamacpp.",
)
@click.option("--repeat", default=1, help="Runs of each load.")
@click.option("--threads", type=int, help="Of our server; default: one a core.")
@click.option("--only", default="", help="Loads whose title contains this.")
def main(name: str, python: Path | None, repeat: int, threads: int | None, only: str) -> None:
    """Measure the embedded runtimes on S*'s own traffic; prints a Markdown table."""
    asyncio.run(run(name, python, repeat, threads, only))


if __name__ == "__main__":
    sys.exit(main())
