"""``sstar judge``: a person's verdict on a test input (:mod:`sstar_lsp.engine.choice.human_feedback`)."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sstar_lsp.cli.edge import run_to_exit
from sstar_lsp.errors import STATUS_EXIT_CODES, UsageError


@click.command()
@click.argument("run")
@click.argument("input_id", metavar="INPUT")
@click.option("--expected", metavar="FILE-OR-TEXT", help="The right output: a file that holds it, or itself.")
@click.option("--cluster", metavar="ID", help="The programs of this cluster are right there: A, B …")
@click.option("--illegal", is_flag=True, help="The problem does not allow this input: it decides nothing.")
@click.option("--unknown", is_flag=True, help="You cannot tell; this input is not asked again.")
@click.option("--json", "as_json", is_flag=True, help="Print the object that solve --json prints.")
def judge(
    run: str,
    input_id: str,
    expected: str | None,
    cluster: str | None,
    illegal: bool,
    unknown: bool,
    as_json: bool,
) -> None:
    """Say what is right for test input INPUT (i1, i2 … in the evidence) of RUN; the choice is made again.

    \b
    Examples:
      sstar judge last i3 --cluster B
      sstar judge last i3 --expected "4"
      sstar judge last i3 --illegal

    No model is asked. Exit codes are those of solve.
    """
    given: list[str | dict[str, str]] = []
    if expected is not None:
        given.append({"expected": _text(expected)})
    if cluster is not None:
        given.append({"cluster": cluster})
    given += ["illegal"] * illegal + ["unknown"] * unknown
    if len(given) != 1:
        raise UsageError("say exactly one of --expected, --cluster, --illegal, --unknown.")
    run_to_exit(_judge(run, input_id, given[0], as_json))


def _text(given: str) -> str:
    """The output itself, or what the file of that name holds."""
    path = Path(given)
    try:
        return path.read_text("utf-8") if path.is_file() else given
    except (OSError, ValueError) as error:
        raise UsageError(f"--expected {given}: cannot be read as text: {error}.") from error


async def _judge(run: str, input_id: str, said: str | dict[str, str], as_json: bool) -> int:
    from sstar_lsp.cli.render import show_run
    from sstar_lsp.service import Service, answer_of

    async with Service() as service:
        run_id, _ = await service.open_run(run)
        state = await service.judge(run_id, input_id, said)
    if as_json:
        click.echo(json.dumps(answer_of(run_id, state), ensure_ascii=False))
    elif state.decided is not None:
        show_run(state)
    else:
        click.echo(f"kept; run {run_id} is not decided yet: go on with sstar resume {run_id}")
    return STATUS_EXIT_CODES[state.decided.status.value] if state.decided else 0
