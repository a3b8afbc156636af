"""``sstar doctor --model``: one model server, probed, checked and measured.

It asks a server some sixty small questions, which takes a minute, and once the 120 of the judge's exam.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from sstar_lsp.cli.edge import tell
from sstar_lsp.records import JudgeExam
from sstar_lsp.settings import load_settings

if TYPE_CHECKING:
    from sstar_lsp.models.client.openai_model import OpenAIModel
    from sstar_lsp.models.probing.conformance import Report


Examiner = Callable[..., Awaitable[JudgeExam]]
"""Asks a model the judge's exam: :func:`sstar_lsp.engine.judging.exam.examine_judge`."""

_MARKS = {"passed": ("ok     ", "green"), "failed": ("FAILED ", "red"), "lacks": ("lacks  ", "yellow")}


def examine_model(
    where: str, name: str | None, tokens: int, judge: Examiner, *, again: bool, as_json: bool
) -> bool:
    """Examine a server (a URL) or an embedded model (``0.5b``, ``1.5b``), print the report; whether it
    conforms.

    ``judge``: asks the judge's exam, which is made once for an endpoint; ``again``: even where it was made.

    Raises:
        SStarError: no address, no such model, or a server that answers nothing.
    """
    report, exam = asyncio.run(_examine(where, name, tokens, os.environ, judge, again=again))
    if as_json:
        body = {**attrs.asdict(report), "conforms": report.conforms, "exam": attrs.asdict(exam)}
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        _show(report)
        _show_exam(exam)
        click.echo("\nConforms." if report.conforms else "\nDoes not conform: see FAILED.")
    return report.conforms


async def _examine(
    where: str, name: str | None, tokens: int, environ: Mapping[str, str], judge: Examiner, *, again: bool
) -> tuple[Report, JudgeExam]:
    from sstar_lsp.models.client.capability_cache import EMBEDDED, known
    from sstar_lsp.models.probing.conformance import examine

    def say(words: str) -> None:
        tell(f"  {words} …")

    async with _opened(where, name, environ) as model:
        report = await examine(model, tokens=tokens, say=say)
        place = where if "://" in where else EMBEDDED
        exam = None if again else known(environ).exam(place, report.model)
        if exam is None:
            exam = await judge(model, say=say)
            known(environ).put_exam(place, exam)
    if "://" in where:
        known(environ).put(where, report.model, report.capabilities)
    return report, exam


@asynccontextmanager
async def _opened(where: str, name: str | None, environ: Mapping[str, str]) -> AsyncIterator[OpenAIModel]:
    from sstar_lsp.models.client.api_keys import key_for, origin_of
    from sstar_lsp.models.client.openai_model import OpenAIModel
    from sstar_lsp.models.factory import only_model

    if "://" not in where:
        from sstar_lsp.models.embedded import ensure_server

        async with aclosing(await ensure_server(where, lambda words: tell(f"  {words}"))) as lease:
            address = lease.address
            model = OpenAIModel(address.base_url, lease.model, address.key, idle_timeout_s=600)
            async with aclosing(model):
                yield model
        return
    # the key belongs to the configured server; another address that is only looked at gets none
    settings = load_settings(Path.cwd(), environ=environ).model
    configured = [url.strip() for url in (settings.base_url or "").split(",") if url.strip()]
    is_ours = not configured or origin_of(where) in {origin_of(url) for url in configured}
    own = dict(environ) if is_ours else {k: v for k, v in environ.items() if k != "SSTAR_API_KEY"}
    model = OpenAIModel(where, name or "", key_for(where, own), idle_timeout_s=settings.idle_timeout_s)
    async with aclosing(model):
        if name is None and is_ours and settings.model in await model.connection.models():
            name = settings.model
        model.name = name or await only_model(model, "--model-name")
        yield model


def _shown(value: object) -> str:
    if isinstance(value, dict):
        rows = [
            (name, "any" if low is None else low, "any" if high is None else high)
            for name, (low, high) in value.items()
        ]
        return ", ".join(f"{name} from {low} to {high}" for name, low, high in rows) or "none"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return {True: "yes", False: "no"}.get(value, str(value)) if value not in (None, "") else "unknown"  # type: ignore[call-overload]


def _show(report: Report) -> None:
    click.echo(f"{report.model} at {report.endpoint}\n")
    for name, value in attrs.asdict(report.capabilities).items():
        click.echo(f"  {name.replace('_', ' '):<20} {_shown(value)}")
    click.echo()
    for check in report.checks:
        mark, colour = _MARKS[check.outcome.value]
        click.echo(f"  {click.style(mark, fg=colour)} {check.name:<28} {check.detail}")


def _show_exam(exam: JudgeExam) -> None:
    click.echo(
        f"\n  as a judge, {exam.duels} duels with known answers, both orders ({time.strftime('%Y-%m-%d', time.gmtime(exam.at))}):"
    )
    click.echo("  shown      answers right   unreadable   both orders agree   right then   tokens an answer")
    for form in exam.forms:
        click.echo(
            f"  {form.form.value:<10} {form.right:>4} of {form.answers:<5} {form.unreadable:>10} "
            f"{form.agreed:>19} {form.agreed_right:>12} {form.tokens / max(1, form.answers):>18.0f}"
        )
