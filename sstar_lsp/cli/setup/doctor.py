"""``sstar doctor``: what works on this machine, and what to do about what does not.

It changes nothing. Each check is one finding, and a failed check never hides the others. What can be tried is
tried: the sandbox runs a program, compilers compile one, a configured server is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import attrs
import click
from attrs import frozen

from sstar_lsp.cli.installed import FIRST_STEP
from sstar_lsp.errors import EmbeddedModelError, SStarError, UsageError
from sstar_lsp.settings import ModelSettings, Settings, load_settings, user_file, workspace_file
from sstar_sandbox import LANGUAGES, Mode, Sandbox, Verdict, open_sandbox
from sstar_sandbox import SandboxError as BoxError
from sstar_sandbox.speed import REFERENCE_S, measured_round, proposed_multiplier

PROGRAMS = {
    "python": "print(int(input()) * 2)",
    "cpp": "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n * 2; }",
    "c": '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d", n * 2); return 0; }',
    "java": (
        "import java.util.*;\nclass Main { public static void main(String[] a) { "
        "System.out.println(new Scanner(System.in).nextInt() * 2); } }"
    ),
    "rust": (
        "use std::io;\nfn main() { let mut s = String::new(); io::stdin().read_line(&mut s).unwrap(); "
        'println!("{}", s.trim().parse::<i32>().unwrap() * 2); }'
    ),
    "go": 'package main\nimport "fmt"\nfunc main() { var n int; fmt.Scan(&n); fmt.Println(n * 2) }',
    "javascript": "console.log(parseInt(require('fs').readFileSync(0, 'utf8')) * 2)",
}
"""Language to a program that doubles a number."""
SLOW = ("java", "rust", "go", "javascript")
"""Languages whose compilers take seconds: tried by the self-test, only looked for otherwise."""


@frozen
class Finding:
    """One look at this machine."""

    name: str
    """What was looked at: ``sandbox``, ``language cpp`` …"""
    ok: bool
    detail: str
    """What was found."""
    what_to_do: str = ""
    """One sentence or command; empty if all is well."""
    needed: bool = True
    """Whether no run can start while this is not ok."""


def can_solve(findings: list[Finding]) -> bool:
    """Whether a run could start: everything that is needed is there."""
    return all(finding.ok for finding in findings if finding.needed)


def _refused(name: str, error: BoxError | EmbeddedModelError, *, needed: bool) -> Finding:
    """Finding of a check that ended in an error."""
    return Finding(name, False, error.problem, error.remedy, needed=needed)


async def examine(
    folder: Path, environ: Mapping[str, str] = os.environ, *, only_sandbox: bool = False
) -> list[Finding]:
    """Look at what a run of a problem in ``folder`` would need, in the order to show it; takes seconds.

    ``only_sandbox``: the sandbox and nothing else, but that thoroughly, with its self-test; takes minutes.
    """
    settings, settings_findings = _settings(folder, environ)
    sandbox = await _sandbox(settings, thorough=only_sandbox)
    if only_sandbox:
        return [*sandbox, *await _self_test()]
    models = await _models(settings.model, environ)
    python = Finding("python", True, f"{platform.python_version()} at {sys.executable}")
    return [python, *settings_findings, *sandbox, *models, *_folders(environ)]


def _settings(folder: Path, environ: Mapping[str, str]) -> tuple[Settings, list[Finding]]:
    """The settings in force (the defaults where they cannot be read), and where they come from."""
    workspace = workspace_file(folder)
    files = [str(path) for path in (user_file(), workspace) if path is not None and path.is_file()]
    sources = ", ".join(files) or f"defaults (no {user_file()}, no sstar.toml)"
    try:
        settings = load_settings(folder, environ=environ)
    except SStarError as error:
        remedy = "correct or remove what the message names"
        return Settings(), [Finding("settings", False, str(error), remedy)]
    return settings, [Finding("settings", True, sources)]


# --- sandbox --------------------------------------------------------------------------------------


async def _sandbox(settings: Settings, *, thorough: bool) -> list[Finding]:
    try:
        async with open_sandbox(workers=1, libraries=settings.sandbox.libraries) as sandbox:
            quick = [language for language in PROGRAMS if thorough or language not in SLOW]
            python, *others = [await _language(sandbox, language) for language in quick]
            detail = f"tier {sandbox.tier}{sandbox.remark}; {python.detail}"
            others += [_toolchain(sandbox, language) for language in PROGRAMS if language not in quick]
            others += [await _fences(sandbox), await _libraries(sandbox, settings)]
            others += [await _speed(sandbox, settings), *await _bubblewrap(sandbox.tier)]
            return [attrs.evolve(python, name="sandbox", detail=detail, needed=True), *others]
    except BoxError as error:
        remedy = "do what it says, then: sstar doctor --sandbox (programs never run without a sandbox)"
        return [Finding("sandbox", False, str(error), remedy)]


async def _fences(sandbox: Sandbox) -> Finding:
    """What was in force around a program that ran just now."""
    program = await sandbox.prepare(PROGRAMS["python"], "python")
    (execution,) = [one async for one in sandbox.run(program, [b"21\n"])]
    detail = f"memory of a box is bounded by {execution.memory_fence}"
    if not execution.missing:
        return Finding("fences", True, f"{detail}; nothing is missing", needed=False)
    missing = ", ".join(execution.missing)
    remedy = (
        f"boot a kernel that has {missing} (for Landlock: lsm=landlock,…); programs run without it until then"
    )
    return Finding("fences", False, f"{detail}; not in this kernel: {missing}", remedy, needed=False)


async def _libraries(sandbox: Sandbox, settings: Settings) -> Finding:
    """What programs may use besides the standard library, and of which standard C++ is."""
    from sstar_lsp.engine.run.execution.executions import compiler_of

    python = await sandbox.offering("python")
    cpp = await sandbox.offering("cpp", compiler_of(settings.solve))
    shown = [f"Python: {', '.join(python.libraries) or 'the standard library only'}"]
    if cpp.standard:
        shown.append(f"{cpp.standard}: {', '.join(cpp.libraries) or 'the standard library only'}")
    return Finding("libraries", True, "; ".join(shown), needed=False)


async def _bubblewrap(tier: str) -> list[Finding]:
    """The bubblewrap of the tier in force, with its known faults; nothing if there is none."""
    from sstar_sandbox.backends.linux.bwrap import bubblewrap_at, bwrap_candidates

    paths = [path for name, path in bwrap_candidates() if name == tier]
    found = [await asyncio.to_thread(bubblewrap_at, path) for path in paths]
    return [
        Finding("bubblewrap", not one.warnings, one.title, "; ".join(one.warnings), needed=False)
        for one in found
    ]


async def _speed(sandbox: Sandbox, settings: Settings) -> Finding:
    """How much slower than the reference this machine is, and the line for the settings file."""
    seconds, multiplier = await measured_round(sandbox), settings.solve.time_multiplier
    proposed = proposed_multiplier(seconds)
    detail = f"{seconds / REFERENCE_S:.2f} times the time of the reference; time_multiplier is {multiplier:g}"
    remedy = f"in {user_file()} under [solve]: time_multiplier = {proposed:g}"
    return Finding("speed", True, detail, remedy if proposed > multiplier else "", needed=False)


def _toolchain(sandbox: Sandbox, language: str) -> Finding:
    """Whether a compiler is there; nothing is compiled."""
    name = f"language {language}"
    try:
        return Finding(name, True, f"{sandbox.toolchain(language)} (not tried)", needed=False)
    except BoxError as error:
        return _refused(name, error, needed=False)


async def _language(sandbox: Sandbox, language: str) -> Finding:
    """Whether a program in that language compiles and runs."""
    name, title = f"language {language}", LANGUAGES[language].title
    try:
        program = await sandbox.prepare(PROGRAMS[language], language)
        if program.compile_error is not None:
            remedy = f"the {title} compiler is broken"
            return Finding(name, False, program.compile_error, remedy, needed=False)
        (execution,) = [one async for one in sandbox.run(program, [b"21\n"])]
    except BoxError as error:
        return _refused(name, error, needed=False)
    if execution.verdict is Verdict.RAN and execution.stdout.strip() == b"42":
        return Finding(name, True, f"a {title} program ran in {execution.wall_s:.2f} s", needed=False)
    said = f"{execution.verdict.value} {execution.detail} {execution.stderr[-300:].decode(errors='replace')}"
    detail = f"a {title} program did not run: {said.strip()}"
    return Finding(name, False, detail, "please report this", needed=False)


async def _self_test() -> list[Finding]:
    """The tier and why, ten probes, then every hostile and honest program of the suite in both modes."""
    from sstar_sandbox.conformance.self_test import self_test

    report = await self_test()
    remedy = "" if report.ok else "please report this; nothing is run until it holds"
    fence = f"; memory of a box: {report.memory_fence}" if report.tier else ""
    findings = [Finding("tier", report.tier is not None, report.why + fence, remedy)]
    for name, reason in report.refused:
        findings.append(Finding(f"tier {name}", False, f"refused: {reason}", needed=False))
    for number, probe in enumerate(report.probes, 1):
        detail = probe.name if probe.ok else f"{probe.name}: it did not hold: {probe.detail}"
        findings.append(Finding(f"probe {number}", probe.ok, detail, "" if probe.ok else remedy))
    if report.tier is not None:
        findings += [await _escape_suite(mode) for mode in Mode]
    return findings


async def _escape_suite(mode: Mode) -> Finding:
    """Whether every program of the suite was handled as it must be in one mode."""
    from sstar_sandbox.conformance.catalogue import cases_for
    from sstar_sandbox.conformance.runner import run_suite

    name = f"escape suite, {mode}"
    try:
        async with Sandbox(workers=1, self_test=None) as sandbox:
            tier = sandbox.tier
            cases = cases_for(has_linux_calls=sandbox.has_linux_calls)
            findings = [found async for found in run_suite(sandbox, cases, mode)]
    except BoxError as error:
        return Finding(name, False, str(error), "see sandbox")
    wrong = [f"{found.name}: {found.problem}" for found in findings if found.problem]
    escapes = sum(found.escaped for found in findings)
    detail = f"{len(cases) - len(wrong)} of {len(cases)} programs handled as they must be on {tier}, {escapes} escapes"
    groups = Counter(found.case.group for found in findings)
    counts = ", ".join(f"{group} {count}" for group, count in groups.items())
    remedy = "please report this; do not solve with a model you distrust" if wrong else ""
    return Finding(name, not wrong, "\n".join([f"{detail} ({counts})", *wrong]), remedy)


# --- models ---------------------------------------------------------------------------------------


async def _models(settings: ModelSettings, environ: Mapping[str, str]) -> list[Finding]:
    """The configured server, or else the embedded model."""
    found = await _found(environ, is_configured=settings.base_url is not None)
    if settings.base_url is not None:
        server = await _server(settings.base_url, settings.model, environ)
        return [server, *_embedded(None, settings.device, environ, needed=False), *found]
    return [*_embedded(settings.model, settings.device, environ, needed=True), *found]


async def _found(environ: Mapping[str, str], *, is_configured: bool) -> list[Finding]:
    """Servers and keys that could be used, and are not unless a person says so."""
    from sstar_lsp.models.found_servers import found_servers, found_words, keys_found, use_words

    try:
        servers = await found_servers(environ)
    except UsageError as error:
        return [Finding("found servers", False, str(error), "correct or unset it", needed=False)]
    keys = keys_found(environ)
    details = found_words(servers, keys)
    remedy = "" if is_configured else use_words(servers, keys)
    return [Finding("found servers", True, "\n".join(details), remedy, needed=False)] if details else []


async def _server(base_url: str, wanted: str | None, environ: Mapping[str, str]) -> Finding:
    from sstar_lsp.models.client.api_keys import NO_KEY, key_for, shown
    from sstar_lsp.models.client.openai_errors import listed
    from sstar_lsp.models.client.openai_http import Connection

    address = shown(base_url)
    try:
        key = key_for(base_url, environ)
        async with contextlib.aclosing(Connection(base_url, key)) as server:
            names = await server.models()
    except SStarError as error:
        remedy = "start it, or correct model.base_url (SSTAR_BASE_URL)"
        return Finding("model server", False, str(error), remedy)
    detail = f"{address} has {listed(names)}; {'no key' if key == NO_KEY else 'a key'} is sent"
    if wanted is None and len(names) != 1:
        return Finding("model server", False, detail, "name one with --model or SSTAR_MODEL")
    if wanted is not None and wanted not in names:
        return Finding("model server", False, detail, f"it lists no '{wanted}': name one that it has")
    return Finding("model server", True, detail)


def _devices(wanted: str, *, needed: bool) -> Finding:
    """What an embedded model can compute on, and whether the one that the settings name is there."""
    from sstar_lsp.models.embedded.lifecycle import devices

    found = ", ".join(here := devices())
    if wanted in here:
        return Finding("devices", True, f"{found}; {wanted} is used", needed=needed)
    return Finding(
        "devices", False, f"{found}; no {wanted}", "set model.device to one of these", needed=needed
    )


def _embedded(wanted: str | None, device: str, environ: Mapping[str, str], *, needed: bool) -> list[Finding]:
    from sstar_lsp.models.download import registry as weights
    from sstar_lsp.models.embedded.lifecycle import require_runtime

    findings = []
    try:
        require_runtime()
        findings.append(Finding("embedded runtime", True, "openvino-genai is installed", needed=needed))
        findings.append(_devices(device, needed=needed))
    except EmbeddedModelError as error:
        findings.append(_refused("embedded runtime", error, needed=needed))
    try:
        chosen = weights.known(wanted or weights.DEFAULT).id
    except SStarError as error:
        findings.append(Finding("embedded model", False, str(error), "name one of these", needed=needed))
        chosen = ""
    for model, path in weights.list_models(environ):
        if path is None and model.id not in (chosen, weights.DEFAULT):
            continue  # sstar model list shows all
        name, size = f"weights {model.aliases[0]}", f"{model.size_bytes / 1e9:.1f} GB"
        pull = f"sstar model pull {model.aliases[0]}"
        if model.id == chosen and needed:
            pull += " (or let the first run do it)"
        detail = str(path) if path is not None else f"not here yet ({size})"
        findings.append(Finding(name, path is not None, detail, "" if path else pull, needed=False))
    return findings


# --- folders --------------------------------------------------------------------------------------


def _folders(environ: Mapping[str, str]) -> list[Finding]:
    from sstar_lsp.models.download.weights import CACHE_DIR_VARIABLE, folder
    from sstar_lsp.private_files import STATE_DIR_VARIABLE, state_folder

    return [
        _writable("journals", state_folder(environ), STATE_DIR_VARIABLE, needed=True),
        _writable("cache", folder(environ), CACHE_DIR_VARIABLE, needed=False),
    ]


def _writable(name: str, folder: Path, variable: str, *, needed: bool) -> Finding:
    """Whether files can be made in ``folder``, which need not exist yet."""
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding(name, True, str(folder), needed=needed)
    remedy = f"set {variable} to a folder that can"
    return Finding(name, False, f"{folder} cannot be written", remedy, needed=needed)


# --- the command ----------------------------------------------------------------------------------


def _line(finding: Finding, width: int) -> str:
    if finding.ok:
        mark = click.style("ok     ", fg="green")
    elif finding.needed:
        mark = click.style("FAILED ", fg="red", bold=True)
    else:
        mark = click.style("missing", fg="yellow")
    detail = finding.detail.replace("\n", "\n" + " " * (width + 10))
    text = f"{mark}  {finding.name:<{width}} {detail}"
    return f"{text}\n{' ' * (width + 10)}-> {finding.what_to_do}" if finding.what_to_do else text


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: can_solve, findings.")
@click.option(
    "--sandbox",
    "only_sandbox",
    is_flag=True,
    help="The sandbox only: tier and why, ten probes, languages, the escape suite in both modes; takes minutes.",
)
@click.option(
    "--model",
    "server",
    metavar="URL",
    help="Examine that model server instead (or an embedded model, such as 0.5b): capabilities, conformance, speed.",
)
@click.option("--model-name", metavar="NAME", help="With --model: which of the server's models.")
@click.option(
    "--tokens",
    type=click.IntRange(min=1),
    default=64,
    help="With --model: new tokens of each measured stream.",
)
@click.option(
    "--exam",
    "again",
    is_flag=True,
    help="With --model: ask the judge's exam again; it is asked once for an endpoint and then kept.",
)
def doctor_command(
    as_json: bool, only_sandbox: bool, server: str | None, model_name: str | None, tokens: int, again: bool
) -> None:
    """Look whether this machine can solve: sandbox, languages, model, settings, folders.

    Changes nothing. Exit code 0 if a run could start, else 1; with --sandbox also 1 if anything was not as it
    must be. With --model: 0 if the server does all that a run needs, else 1.
    """
    if server is not None:
        from sstar_lsp.cli.setup.doctor_model import examine_model
        from sstar_lsp.engine.judging.exam import examine_judge

        if not examine_model(server, model_name, tokens, examine_judge, again=again, as_json=as_json):
            sys.exit(1)
        return
    if model_name is not None or again:
        named = "--model-name says which model of the server" if model_name else "--exam is of the model"
        raise UsageError(f"{named} that --model URL names: name that too.")
    findings = asyncio.run(examine(Path.cwd(), only_sandbox=only_sandbox))
    ready = can_solve(findings)
    if as_json:
        body = {"can_solve": ready, "findings": [attrs.asdict(finding) for finding in findings]}
        click.echo(json.dumps(body, ensure_ascii=False))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            click.echo(_line(finding, width))
        good = "\nThe sandbox holds." if only_sandbox else f"\nReady: {FIRST_STEP}"
        click.echo(good if ready else "\nNot ready: mend what FAILED.")
    if not ready:
        sys.exit(1)
