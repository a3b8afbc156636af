"""``sstar serve``: the command."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Coroutine
from contextlib import aclosing

import click

from sstar_lsp.errors import UsageError

ENGINES = ("vllm", "embedded")
_EMBEDDED_IDLE_S = 24 * 3600.0
"""Who starts it by hand wants it to stay; with editors it ends after ten idle minutes."""


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Then, in another terminal: sstar solve problem.md --base-url http://127.0.0.1:8000/v1",
)
@click.argument("model", required=False)
@click.argument("extra", nargs=-1, type=click.UNPROCESSED)
@click.option("--engine", type=click.Choice(ENGINES), default="vllm", help="What runs the model.")
@click.option("--host", default="127.0.0.1", help="Another one wants SSTAR_API_KEY to be set.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="Where vLLM answers.")
@click.option("--dry-run", is_flag=True, help="Print the command that would be run, and why.")
def serve(
    model: str | None, extra: tuple[str, ...], engine: str, host: str, port: int, dry_run: bool
) -> None:
    """Serve MODEL (a name of the model hub, or a folder) with vLLM, with flags that fit this machine.

    \b
    Examples:
      sstar serve Qwen/Qwen2.5-Coder-7B-Instruct
      sstar serve Qwen/Qwen2.5-Coder-32B-Instruct-AWQ --dry-run
      sstar serve ./model -- --served-model-name mine --max-model-len 8192
      sstar serve --engine embedded 1.5b

    What follows -- is handed to vLLM as it is. A server that answers there already is used and left alone.
    Ends with Ctrl-C, and then nothing of it is left. vLLM: pip install 'sstar-lsp[vllm]', or
    SSTAR_VLLM=/path/to/vllm.
    """
    if engine == "embedded":
        if extra:
            raise UsageError(f"--engine embedded takes no further arguments, got: {' '.join(extra)}")
        work = _embedded(model, dry_run=dry_run)
    elif model is None:
        raise UsageError(
            "name a model: sstar serve Qwen/Qwen2.5-Coder-7B-Instruct, or sstar serve --engine embedded"
        )
    else:
        work = _vllm(model, extra, host, port, dry_run=dry_run)
    try:
        asyncio.run(_until_told_to_end(work))
    except KeyboardInterrupt:  # before there was a handler
        sys.exit(130)


async def _vllm(model: str, extra: tuple[str, ...], host: str, port: int, *, dry_run: bool) -> None:
    from sstar_lsp.models.vllm import launch
    from sstar_lsp.models.vllm.flags import choose
    from sstar_lsp.models.vllm.hardware import look

    hardware = await asyncio.to_thread(look)
    if dry_run:
        choice = choose(model, hardware, extra)
        command = shlex.join(launch.serve_command("vllm", model, host, port, choice))
        click.echo(" ".join([*(f"{k}={v}" for k, v in choice.environment.items()), command]))
        for line in choice.why:
            click.echo(f"# {line}")
        return
    async with launch.serve(model, extra, hardware, host=host, port=port, say=_say) as served:
        if served.process is None:
            owner = f"of sstar serve (pid {served.pid})" if served.pid else "that is not ours"
            _say(f"a server {owner} answers already; it is used, and left alone")
        click.echo(served.base_url)
        if served.process is not None:
            await served.process.wait()
            raise UsageError(f"vLLM ended; see {launch.files_of(model, os.environ).log}")


async def _embedded(model: str | None, *, dry_run: bool) -> None:
    from sstar_lsp.models.download.registry import DEFAULT, known
    from sstar_lsp.models.embedded import ensure_server

    asked = model or DEFAULT
    name = known(asked).id
    if dry_run:
        click.echo(f"the embedded server of {name}: on loopback, a port and a key of its own")
        return
    told: set[str] = set()

    def say_once(words: str) -> None:
        if words not in told:
            told.add(words)
            _say(words)

    async with aclosing(await ensure_server(asked, say_once, idle_s=_EMBEDDED_IDLE_S)) as lease:
        _say(f"ready: {name}; sstar solve and editors find it by themselves")
        click.echo(lease.address.base_url)
        await lease.gone()
        _say("it ended, for nobody asked it anything for some time")


async def _until_told_to_end(work: Coroutine[None, None, None]) -> None:
    """SIGINT, SIGTERM and SIGHUP cancel the work, and are waited for."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    told: list[int] = []

    def end(number: int) -> None:
        told.append(number)
        if len(told) == 1:  # a second cancel would interrupt the clean-up
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    try:
        await task
    except asyncio.CancelledError:
        if told:
            sys.exit(128 + told[0])
        raise


def _say(words: str) -> None:
    click.echo(f"sstar serve: {words}", err=True)
