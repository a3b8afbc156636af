"""``sstar stress``: find an input on which two programs differ, make it small, keep it as a test."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from sstar_lsp.cli.edge import given, run_to_exit, show_block, tell
from sstar_lsp.errors import UsageError

if TYPE_CHECKING:
    from sstar_lsp.engine.run.executor import Outcome
    from sstar_lsp.stress.opening import Opened, Wish
    from sstar_lsp.stress.search import Difference, Search, Slowest
    from sstar_sandbox import Sandbox

BY_MODEL = "model"
"""Value of ``--brute-force``: the model writes it."""
DIFFER = 16
"""Exit code of ``sstar stress`` when an input was found on which the programs differ."""
OPEN_ENDED = (
    "The statement accepts several answers, so other outputs prove nothing: only crashes and time-outs count. "
    "Name a checker program with --checker."
)

_File = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command()
@click.argument("a", type=_File)
@click.argument("b", type=_File, required=False)
@click.option(
    "--brute-force",
    metavar="FILE|model",
    help="B is this brute force: that it is slow says nothing. model: the model writes it, kept as NAME.brute.py.",
)
@click.option("--model", metavar="NAME", help="Model that writes the brute force.")
@click.option("--base-url", metavar="URL", help="OpenAI-compatible server of that model.")
@click.option(
    "--problem", type=_File, help="The statement. Without: looked for beside A, or in the comment at its top."
)
@click.option("--gen", "generator", type=_File, help="Program that prints an input; its argument is a seed.")
@click.option(
    "--checker",
    metavar="NAME",
    help="Comparator or file of a checker program that compares B's output with A's.",
)
@click.option(
    "--validator", type=_File, help="Program that reads an input and ends with 0 (or 42) if it is legal."
)
@click.option(
    "--slowest",
    is_flag=True,
    help="Use the whole time to find the input on which B takes longest, and keep that.",
)
@click.option(
    "--right",
    type=click.Choice(["a", "b"]),
    help="Whose outputs are right: the kept test then has an output.",
)
@click.option("--seconds", type=click.FloatRange(0.1), default=60.0, help="Time for the search.")
@click.option("--seed", type=click.IntRange(0), default=0, help="The same seed tries the same inputs.")
@click.option("--save/--no-save", default=True, help="Keep the input as a test of the problem.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def stress(**options: Any) -> None:
    """Find an input on which programs A and B print different outputs, or on which one crashes or is too
    slow.

    \b
    Examples:
      sstar stress mine.cpp brute.py
      sstar stress mine.cpp brute.py --right b            keep the test with brute.py's output
      sstar stress mine.py other.py --gen gen.py --seconds 20
      sstar stress mine.py --brute-force model            the model writes the slow, obvious program

    Without --gen, inputs are made from the statement's input format and its examples: boundary values first,
    then patterns, then the largest that is legal. What is found is made as small as it can be and kept beside
    the problem, in the form in which your tests are kept (cph, competitest, oj, or NAME-sstar-N.in). No model
    is asked but for --brute-force model.

    \b
    Exit codes: 0 no difference found, 16 the programs differ, 2 wrong usage, 3 not a problem or a compile
    error, 5 no sandbox, 130 cancelled.
    """
    from sstar_lsp.stress.opening import Wish

    brute = options["brute_force"]
    if (options["b"] is None) == (brute is None):
        raise UsageError("name program B, or --brute-force FILE, or --brute-force model; one of them.")
    if brute != BY_MODEL and (options["model"] or options["base_url"]):
        raise UsageError("--model and --base-url are for --brute-force model.")
    wish = Wish(
        options["a"],
        options["b"] or Path(str(brute)),
        options["problem"],
        options["generator"],
        options["checker"],
        options["validator"],
        options["seed"],
        right_may_be_slow=brute is not None,
    )
    run_to_exit(_stress(wish, options))


async def _stress(wish: Wish, options: dict[str, Any]) -> int:
    from sstar_lsp.engine.run.executor import sandbox_failures
    from sstar_lsp.stress.opening import opened
    from sstar_sandbox import open_sandbox

    try:
        with sandbox_failures():
            async with open_sandbox(2) as sandbox:
                if options["brute_force"] == BY_MODEL:
                    wish = evolve(wish, right=await _by_model(wish, sandbox, options))
                ready = await opened(wish, sandbox)
                if ready.problem.is_open_ended:
                    click.echo(OPEN_ENDED, err=True)
                begun = time.monotonic()
                search = ready.search(begun + options["seconds"], _progress(begun))
                found = await search.on_examples()
                if found is None or options["slowest"]:
                    found = (
                        await search.run(ready.waves(wish.seed), first_only=not options["slowest"]) or found
                    )
    finally:
        if sys.stderr.isatty():
            click.echo("\r\033[K", nl=False, err=True)
    slowest = search.slowest.get(ready.right.name) if options["slowest"] else None
    kept = _kept(ready, found, slowest, options)
    if options["as_json"]:
        click.echo(json.dumps(_answer(ready, search, found, slowest, kept), ensure_ascii=False))
    else:
        _show(ready, search, found, slowest, kept, options)
    return DIFFER if found is not None else 0


async def _by_model(wish: Wish, sandbox: Sandbox, options: dict[str, Any]) -> Path:
    """The file of a brute force that the model writes."""
    from sstar_lsp.cli.choose import with_model
    from sstar_lsp.engine.run.execution.executions import Executions
    from sstar_lsp.models.client.api_keys import Keys
    from sstar_lsp.models.factory import connect
    from sstar_lsp.settings import load_settings
    from sstar_lsp.stress.brute_force import write_brute_force
    from sstar_lsp.stress.opening import problem_of
    from sstar_sandbox import CompilerOptions

    layer = {"model": given(model=options["model"], base_url=options["base_url"])}
    settings = with_model(load_settings(wish.left.parent, command_line=layer, tell=tell))
    problem, _ = problem_of(wish.left, wish.problem)
    executions = Executions(sandbox, problem, CompilerOptions(problem.cpp_standard or ""))
    async with AsyncExitStack() as stack:
        models = await connect(
            settings.model, stack, await Keys(os.environ).environ_for(settings.model), tell
        )
        path = await write_brute_force(wish.left, problem, executions, models.input_writer, wish.seed, tell)
    tell(f"the brute force is {path}: it passes the examples, nobody proved it right")
    return path


def _progress(begun: float) -> Any:
    """A line that a terminal overwrites; nothing if it is redirected."""

    def tell(tried: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{tried} inputs tried · {time.monotonic() - begun:.0f} s", nl=False, err=True)

    return tell


def _kept(
    ready: Opened, found: Difference | None, slowest: Slowest | None, options: dict[str, Any]
) -> list[str]:
    """Files into which the input was written."""
    from sstar_lsp.problems.layouts import save_test
    from sstar_lsp.records import Style

    if not options["save"] or ready.problem.style is not Style.STDIN:
        return []
    right: Outcome | None = None
    if slowest is not None:
        text = slowest.input
    elif found is not None and not found.example:
        text = found.input
        right = {"a": found.left, "b": found.right, None: None}[options["right"]]
    else:
        return []
    if right is not None and not right.ended_well:
        raise UsageError(
            f"--right {options['right']}: that program fails on the input that was found ({right.verdict})."
        )
    expected = right.output if right is not None else None
    return [str(file) for file in save_test(ready.owner, text, expected)]


def _answer(
    ready: Opened, search: Search, found: Difference | None, slowest: Slowest | None, kept: list[str]
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "differ": found is not None,
        "tried": search.tried,
        "illegal": search.illegal,
        "kept": kept,
    }
    if found is not None:
        answer |= {
            "input": found.input,
            "example": found.example or None,
            "expected": found.expected,
            "legal": "certain" if found.is_legal else "likely",
            "a": _outcome(ready.left.name, found.left),
            "b": _outcome(ready.right.name, found.right),
        }
    if slowest is not None:
        answer["slowest"] = {"input": slowest.input, **_outcome(slowest.side, slowest.outcome)}
    return answer


def _outcome(name: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "program": name,
        "verdict": outcome.verdict.value,
        "output": outcome.output,
        "error": outcome.error,
        "cpu_s": round(outcome.cpu_s, 3),
    }


def _show(
    ready: Opened,
    search: Search,
    found: Difference | None,
    slowest: Slowest | None,
    kept: list[str],
    options: dict[str, Any],
) -> None:
    if found is None:
        illegal = f", {search.illegal} more left out as illegal" if search.illegal else ""
        click.echo(
            f"No difference on {search.tried} inputs{illegal}. That proves nothing; it is {ready.judge.name} that made or judged them."
        )
    elif found.example:
        click.echo(f"{found.example}: the statement shows the right output, and not both programs print it.")
        show_block("input", found.input)
        show_block("right output", found.expected or "")
    else:
        smaller = (
            f", made smaller from {found.found_size} characters"
            if found.found_size > len(found.input)
            else ""
        )
        click.echo(f"The programs differ; found among the first {search.tried} inputs{smaller}.")
        show_block("input", found.input)
        sure = (
            f"legal: {ready.judge.name} takes it"
            if found.is_legal
            else (f"legal as far as {ready.judge.name} tells; check it yourself, or name a --validator")
        )
        click.echo(sure)
    if found is not None:
        for side, outcome in ((ready.left, found.left), (ready.right, found.right)):
            show_block(
                f"{side.name}: {_how(outcome)}",
                outcome.output if outcome.ended_well else outcome.error or outcome.detail,
            )
    if slowest is not None:
        click.echo(
            f"{slowest.side} takes longest on an input of {len(slowest.input)} characters: {_how(slowest.outcome)}"
        )
    if kept:
        click.echo(f"kept: {', '.join(kept)}")
        if found is not None and options["right"] is None and slowest is None:
            click.echo(
                "It has no output yet: say who is right with --right a or --right b, or write it yourself."
            )


def _how(outcome: Outcome) -> str:
    words = "prints" if outcome.ended_well else outcome.verdict.value
    return f"{words} ({outcome.cpu_s:.2f} s)"
