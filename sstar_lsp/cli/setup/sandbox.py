"""``sstar sandbox``: the sandbox alone, for other tools and for the curious."""

from __future__ import annotations

import asyncio
import sys

import click

from sstar_lsp.errors import SandboxError


@click.group()
def sandbox() -> None:
    """Run programs in the sandbox, without any model. See also: sstar doctor --sandbox"""


@sandbox.command("exec")
@click.option("--workers", type=click.IntRange(1, 64), default=2, help="Boxes side by side.")
@click.option("--tier", metavar="NAME", help="Insist on one isolation tier, such as bwrap or landlock.")
def exec_command(workers: int, tier: str | None) -> None:
    """One long-lived sandbox: a JSON object a line in, one a line out for each id, until the input ends.

    \b
    In:  {"id": 1, "language": "python", "source": "print(int(input()) * 2)", "inputs": ["21\\n"]}
         and, where wanted: "expected": ["42\\n"], "checker": "tokens", "mode": "isolated" or "batch",
         "limits": {"wall_s": 4, "cpu_s": 2, "memory_bytes": 268435456, "output_bytes": 1048576},
         "entry_point": "f" (function style: inputs are JSON arrays of arguments, results JSON),
         "files": ["gap.in", "gap.out"] (read and written instead of the streams), "cpp_standard": "c++17"
    Out: {"id": 1, "executions": [{"verdict": "AC", "stdout": "42\\n", "cpu_s": 0.01, …}]}

    \b
    Verdicts: RAN (ended well, nothing expected) AC WA TLE MLE OLE RE CE, and IE when the sandbox itself
    failed. Checkers: exact, tokens (default), tokens-nocase, float:1e-6, yesno, json, json:1e-6 (default with
    an entry point). Answers come as they are ready. A line that cannot be understood is answered with
    "error", and an "id" if it had one.
    """
    from sstar_sandbox import SandboxUnavailable, UnknownName
    from sstar_sandbox.jsonl_server import serve

    # a reader of its own: an interpreter that ends while a thread waits in sys.stdin dies with a fatal error
    stdin = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115  (for as long as the process lives)
    try:
        asyncio.run(serve(stdin, sys.stdout.buffer, workers, tier))
    except (SandboxUnavailable, UnknownName) as error:
        raise SandboxError(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(130)
