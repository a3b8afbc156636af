"""The terminal face: ``sstar``. Options become settings, a run becomes text; no logic of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sstar_lsp.cli.choose import tell_download, with_model
from sstar_lsp.cli.edge import (
    clean,
    given,
    keep_faults,
    run_to_exit,
    tell,
    tell_failure,
    write_exactly,
    write_file,
)
from sstar_lsp.cli.installed import FIRST_STEP, completion, print_version
from sstar_lsp.errors import STATUS_EXIT_CODES, ProblemError, SandboxError, SStarError, UsageError, ours

if TYPE_CHECKING:
    from sstar_lsp.records import Problem, Test
    from sstar_lsp.service import RunHandle, Service
    from sstar_lsp.settings import Settings

HIDDEN_FAILED = 14
"""Exit code of ``sstar solve --hidden`` when the program fails tests that were kept back."""

EXIT_CODES = """\b
Exit codes:
  0  chosen           10  undecided        11  unverified
  12 out of budget    13  no program       14  fails the --hidden tests
  2  wrong usage       3  not a problem     4  model server failed
  5  no sandbox        6  embedded model    7  no such run
  130 cancelled (Ctrl-C); go on with: sstar resume RUN"""


COMMANDS = {
    "bench": "cli.bench:bench",
    "check": "cli.problems.check:check",
    "doctor": "cli.setup.doctor:doctor_command",
    "judge": "cli.judge:judge",
    "listen": "cli.problems.listen:listen",
    "lsp": "cli.lsp:lsp",
    "mcp": "mcp:mcp_command",
    "model": "cli.setup.model:model",
    "new": "cli.problems.new:new",
    "report": "cli.runs:report",
    "runs": "cli.runs:runs",
    "sandbox": "cli.setup.sandbox:sandbox",
    "serve": "cli.setup.serve:serve",
    "stress": "cli.problems.stress:stress",
    "test": "cli.problems.test:test",
}
"""Where the commands are that are not in this file."""


class _Group(click.Group):
    """Imports a command when it is asked for; whatever goes wrong ends with an exit code and one clear line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            module, _, name = COMMANDS[cmd_name].partition(":")
            self.add_command(getattr(import_module(f"sstar_lsp.{module}"), name), cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        keep_faults()
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001  # the outer edge of this face
            failure = ours(error)
            tell_failure(failure)
            ctx.exit(failure.exit_code)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True},
    epilog=f"Start with: {FIRST_STEP}\n\nSet-up in doubt? sstar doctor",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version, and those of what is inside, and exit.",
)
def main() -> None:
    """S*: write many programs, prove which one is right (arXiv 2502.14382).

    sstar reads a programming problem with its examples, lets a language model write many programs, runs
    them in a sandbox, repairs those that fail, finds inputs on which the others disagree, and hands back one
    program with the evidence. With nothing configured it runs an embedded model on this machine.
    """


_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
_output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the program there."
)


def _model_options(command: Any) -> Any:
    command = click.option(
        "--model",
        metavar="NAME",
        help="Model at --base-url; without one an embedded model: 1.5b (default), 0.5b to 32b, or a GGUF file (sstar model list).",
    )(command)
    command = click.option(
        "--device",
        metavar="NAME",
        help="What an embedded model computes on: CPU (default), GPU … (sstar doctor lists those that are here).",
    )(command)
    return click.option(
        "--base-url",
        metavar="URL",
        help="OpenAI-compatible server, such as http://127.0.0.1:8000/v1. Its key comes from SSTAR_API_KEY.",
    )(command)


@main.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path), required=False, metavar="FILE")
@click.option(
    "--lang",
    "language",
    metavar="LANGUAGE",
    help="Language of the programs: python (default), cpp, c, java, rust, go, javascript.",
)
@click.option("-n", "--samples", type=int, metavar="N", help="Programs to ask for (default 8).")
@click.option("--rounds", type=int, metavar="R", help="Debug rounds for each sample (default 2).")
@click.option(
    "--inputs", type=int, metavar="K", help="Inputs to compare survivors on, per source (default 48)."
)
@click.option("--temperature", type=float, help="Of the samples (default 0.7).")
@click.option("--seed", type=int, help="Same seed and same model: same requests (default 0).")
@click.option(
    "--budget",
    metavar="CAPS",
    help="Caps on the run: calls=40,tokens=20000,money=0.5,seconds=300 (any of them).",
)
@click.option(
    "--checker",
    metavar="NAME",
    help="What judges outputs: a comparator (tokens, float:1e-6, lines …) or the file of a checker program.",
)
@click.option(
    "--interactor",
    metavar="FILE",
    help="Program that talks with the solutions of an interactive problem and judges them.",
)
@click.option("--dry-run", is_flag=True, help="Print the most that this run can cost, ask no model, and end.")
@_model_options
@_output_option
@_json_option
@click.option("--practice", is_flag=True, help="Confirm that the contest this problem belongs to is over.")
@click.option(
    "--hidden",
    type=click.Path(path_type=Path),
    help="Grade the chosen program on tests kept back: the problem's folder hidden/ with N.in and N.out, or cases.json. The search never sees them.",
)
def solve(file: Path | None, **options: Any) -> None:
    """Solve the problem in FILE: a statement (.md, .txt) or a source file whose leading comment is one.

    \b
    Examples:
      sstar solve examples/sum-of-pairs/problem.md
      sstar solve problem.md --lang cpp -n 16 --rounds 2 -o solution.cpp
      sstar solve problem.md --base-url http://127.0.0.1:8000/v1 --model qwen --json

    Progress goes to standard error, program and evidence to the terminal. Where standard output is redirected
    it gets the program alone (with --json one object, with -o the evidence), and the evidence goes to
    standard error.
    """
    from sstar_lsp.settings import load_settings

    if file is None:
        raise UsageError(f"name the problem's file: {FIRST_STEP}. Set-up in doubt? sstar doctor")
    output: Path | None = options["output"]
    if output is not None and not output.resolve().parent.is_dir():
        raise UsageError(f"-o {output}: there is no folder {output.parent}.")
    if not file.exists():
        raise ProblemError(f"there is no file {file}.")
    file = file.resolve()
    layer = _layer(options, "language", "samples", "rounds", "inputs", "temperature", "seed")
    settings = load_settings(file.parent, command_line=layer, tell=tell)
    problem = _read(file, settings, options)
    if options["dry_run"]:
        _print_ceiling(problem, settings, options["as_json"])
        return
    settings = with_model(settings)
    tell_download(settings, tell)
    run_to_exit(_solve(problem, file, settings, output, options))


def _layer(options: Mapping[str, Any], *names: str) -> dict[str, dict[str, Any]]:
    """The model, the caps and these settings of a search, as far as they were given."""
    from sstar_lsp.settings import parse_budget

    budget = parse_budget(options["budget"]) if options["budget"] else None
    return {
        "solve": given(budget=budget, **{name: options[name] for name in names}),
        "model": given(**{name: options[name] for name in ("base_url", "model", "device")}),
    }


def _read(file: Path, settings: Settings, options: Mapping[str, Any]) -> Problem:
    """The problem in a file, judged as the options or the settings say."""
    from sstar_lsp.problems.checker_files import interactor_file, with_checker, with_settings_checker
    from sstar_lsp.problems.reader import read_problem

    checker, named = options["checker"], options["interactor"]
    interactor = interactor_file(named, Path.cwd(), is_confined=False) if named is not None else None
    problem = read_problem(file, interactor=interactor)
    if checker is not None:
        problem = with_checker(problem, checker, Path.cwd(), is_confined=False)
    return with_settings_checker(problem, settings, str(file))


def _print_ceiling(problem: Problem, settings: Settings, as_json: bool) -> None:
    """The dry run: what was read, and what a run could cost at most."""
    import cattrs
    from rich.console import Console

    from sstar_lsp.cli.render import show_ceiling
    from sstar_lsp.cost_estimate import named_models, planned, price_source
    from sstar_lsp.problems.report import report_json, short_text

    found = planned(problem, settings)
    if as_json:
        click.echo(json.dumps({"problem": report_json(problem), "ceiling": cattrs.unstructure(found)}))
    else:
        click.echo(clean(short_text(problem)))
        show_ceiling(found, Console())
        if source := price_source(settings, named_models(settings.model)):
            click.echo(f"Prices: {source}; yours in prices.models win.")


async def _solve(
    problem: Problem, file: Path, settings: Settings, output: Path | None, options: dict[str, Any]
) -> int:
    from sstar_lsp.problems.report import short_text
    from sstar_lsp.service import Service

    click.echo(clean(short_text(problem)), nl=False, err=True)
    graded = _tests_kept_back(options["hidden"]) if options["hidden"] else ()
    async with Service() as service:
        if options["practice"]:
            await service.guard.confirm(problem, settings.contest)
        handle = await service.solve(problem, settings, str(file))
        return await _finish(service, handle, output, options["as_json"], graded)


def _tests_kept_back(folder: Path) -> Sequence[Test]:
    """The tests in a problem's folder ``hidden``, named itself or by what holds it."""
    from sstar_lsp.problems.hidden import hidden_tests

    is_itself = folder.is_dir() and folder.name == "hidden"
    tests = hidden_tests(folder.parent if is_itself else folder)
    if not tests:
        raise UsageError(f"--hidden: no tests in {folder}: it wants a folder hidden/ with N.in and N.out.")
    return tests


async def _finish(
    service: Service, handle: RunHandle, output: Path | None, as_json: bool, graded: Sequence[Test]
) -> int:
    """Watch a run to its end, print its result; the exit code."""
    from rich.console import Console

    from sstar_lsp.cli.render import show_run
    from sstar_lsp.cli.watch import watch
    from sstar_lsp.engine.report.evidence import best_candidate
    from sstar_lsp.service import answer_of

    loop = asyncio.get_running_loop()
    cancelling: list[asyncio.Task[None]] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: cancelling.append(asyncio.ensure_future(handle.cancel())))
    await watch(handle, Console(stderr=True))
    failure: SStarError | None = None
    try:
        state = await handle.wait()
    except SStarError as error:
        failure, state = error, handle.state
    candidate = best_candidate(state)
    code = failure.exit_code if failure else STATUS_EXIT_CODES[handle.status.value]
    verdicts = await service.grade(state, graded) if candidate is not None and graded else []
    passed = sum(verdict == "AC" for verdict in verdicts)
    if code == 0 and passed < len(verdicts):
        code = HIDDEN_FAILED if passed + verdicts.count("IE") < len(verdicts) else SandboxError.exit_code
    if output is not None and candidate is not None:
        write_file(output, candidate.code, " See the program: sstar show")
    if as_json:
        answer = answer_of(handle.run_id, state, failure)
        if graded:
            answer["hidden"] = {"passed": passed, "tests": len(graded)}
        click.echo(json.dumps(answer, ensure_ascii=False))
    elif state.decided is not None:
        is_aside = show_run(state, with_program=output is None)
        if output is not None and candidate is not None:
            click.echo(f"written to {output}")
        if graded:
            click.echo(
                f"hidden tests: {passed} of {len(graded)} passed ({', '.join(verdicts)})", err=is_aside
            )
    if failure is not None:
        tell_failure(failure)
    if handle.state.decided is None and handle.state.started is not None:
        click.echo(f"sstar: run {handle.run_id} is kept; go on with: sstar resume {handle.run_id}", err=True)
    return code


@main.command()
@click.argument("run", default="last")
@click.option("--json", "as_json", is_flag=True, help="Print the object that solve --json prints.")
@click.option("--page", is_flag=True, help="Print the evidence page (Markdown).")
@click.option(
    "--input", "input_id", metavar="ID", help="Print test input ID (i1, i2 … in the evidence), whole."
)
def show(run: str, as_json: bool, page: bool, input_id: str | None) -> None:
    """Show RUN (an id, its beginning, or "last"): program and evidence, from the journal alone.

    Redirected, standard output gets the program alone, byte for byte: sstar show last > solution.py
    """

    async def work() -> int:
        from sstar_lsp.cli.render import show_run
        from sstar_lsp.cli.watch import progress_line
        from sstar_lsp.engine.prompts.fences import escaped
        from sstar_lsp.engine.report.evidence import evidence_page
        from sstar_lsp.service import Service, answer_of

        async with Service() as service:
            run_id, state = await service.open_run(run)
        if as_json:
            click.echo(json.dumps(answer_of(run_id, state), ensure_ascii=False))
        elif input_id is not None:
            if input_id not in state.inputs:
                raise UsageError(f"--input {input_id}: run {run_id} has {', '.join(state.inputs) or 'none'}.")
            text = state.inputs[input_id].text
            write_exactly(escaped(text) if sys.stdout.isatty() else text)
        elif page and state.started is not None:
            text = evidence_page(state)
            write_exactly(escaped(text) if sys.stdout.isatty() else text)
        else:
            if state.decided is None:
                stands = f"is not decided: {progress_line(state, '', state.seconds_before)}"
                refused = f"was refused before it began: {state.refused}" if state.refused else ""
                click.echo(f"run {run_id} {refused or stands}", err=True)
                if state.started is not None:
                    click.echo(f"go on with: sstar resume {run_id}", err=True)
            if state.started is not None:
                show_run(state)
        return 0

    run_to_exit(work())


def _continue_options(command: Any) -> Any:
    """Of the commands that begin a session of the engine from an earlier run."""
    for option in (
        _json_option,
        _output_option,
        _model_options,
        click.option("--budget", metavar="CAPS", help="Caps: seconds=600,calls=80,tokens=20000 …"),
    ):
        command = option(command)
    return command


def _continue(start: Callable[[Service, Settings], Awaitable[RunHandle]], **options: Any) -> None:
    """Follow what ``start`` starts to its end; no folder adds to an earlier run's caps."""
    from sstar_lsp.settings import load_settings

    settings = with_model(load_settings(None, command_line=_layer(options), tell=tell))

    async def work() -> int:
        from sstar_lsp.service import Service

        async with Service() as service:
            handle = await start(service, settings)
            return await _finish(service, handle, options["output"], options["as_json"], ())

    run_to_exit(work())


@main.command(epilog=EXIT_CODES)
@click.argument("run", default="last")
@_continue_options
def resume(run: str, **options: Any) -> None:
    """Go on with RUN after Ctrl-C, a crash, or a budget: nothing already paid is asked again.

    The model server is the configured one, or the one named here; the run's own search settings stay. New
    caps count earlier sessions too.
    """
    _continue(lambda service, settings: service.resume(run, settings), **options)


@main.command(epilog=EXIT_CODES)
@click.argument("run", default="last")
@click.option("--lang", required=True, metavar="LANGUAGE", help="To which language: cpp, java, rust, go …")
@_continue_options
def translate(run: str, lang: str, **options: Any) -> None:
    """Write the program of RUN in another language, and check that it does the same.

    What is handed back passes the examples and prints what the program of RUN prints on every test input of
    that run; a translation that differs is repaired with the difference. It is a run of its own.
    """
    _continue(lambda service, settings: service.translate(run, lang, settings), **options)


main.add_command(completion)
