"""The start-up self-test: ten probes that a box does what it says, before the first program of a model runs
in it.

Passing is remembered in the cache folder, by everything that could change the answer (kernel, our code, tier,
interpreter, user), so that later starts only look; failing is never remembered and never excused.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

from sstar_sandbox.backends.backend_selection import complaint_of, possible_backends
from sstar_sandbox.backends.builder import digest_of
from sstar_sandbox.backends.protocol import Backend
from sstar_sandbox.compilation.cache import Cache, default_cache_dir
from sstar_sandbox.conformance import catalogue
from sstar_sandbox.conformance.runner import run_suite
from sstar_sandbox.errors import SandboxUnavailable
from sstar_sandbox.records import Mode
from sstar_sandbox.sandbox import Sandbox

PROBES: Mapping[str, str] = {
    "plain": "an honest program is accepted",
    "tcp-loopback": "no network",
    "reads-a-secret": "the host's files cannot be read",
    "environment": "the environment cannot be read",
    "writes-outside": "nothing can be written",
    "forks": "no second process",
    "kills-a-victim": "other processes cannot be signalled",
    "sleeps": "the wall limit ends a program",
    "twice-its-limit": "the memory limit holds",
    "floods-stdout": "the output limit ends a program",
}
"""Case of the suite to what it shows."""


@frozen
class Probe:
    """One thing that was tried."""

    name: str
    ok: bool
    detail: str
    """What went wrong; empty when nothing did."""


async def try_probes(sandbox: Sandbox) -> tuple[Probe, ...]:
    """The ten on an open sandbox, in their order; what went wrong without an escape is tried once more."""
    cases = {case.name: case for case in catalogue.CASES}
    findings = {}
    wanted = [cases[name] for name in PROBES]
    for _ in range(2):
        async for finding in run_suite(sandbox, wanted, Mode.ISOLATED):
            findings[finding.case.name] = finding
        wanted = [found.case for found in findings.values() if found.problem and not found.escaped]
        if not wanted:
            break
    return tuple(
        Probe(what, not findings[name].problem, findings[name].problem) for name, what in PROBES.items()
    )


def passed_before(backend: Backend, cache: Cache) -> bool:
    """Whether this very box passed on this very machine."""
    return cache.get(_stamp(backend)) is not None


def remember(backend: Backend, cache: Cache, probes: Sequence[Probe]) -> None:
    """Keep that all was well, or forget it."""
    stamp = _stamp(backend)
    if all(probe.ok for probe in probes):
        cache.put(stamp, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode())
    else:
        cache.path(stamp).unlink(missing_ok=True)


async def ensure_tested(sandbox: Sandbox, backend: Backend, cache: Cache) -> None:
    """Nothing when it passed before; else the ten probes, about a second.
    Raises :class:`SandboxUnavailable`: one failed; which, how, and what to do."""
    if passed_before(backend, cache):
        return
    probes = await try_probes(sandbox)
    remember(backend, cache, probes)
    failed = [probe for probe in probes if not probe.ok]
    if failed:
        remedy = (
            "  `sstar doctor --sandbox` (or python -m sstar_sandbox.conformance) tries all of it and may be repeated; where "
            "one tier fails, another can be asked for by name. Please report it."
        )
        head = f"the self-test of the sandbox failed on tier {backend.name}; programs are never run without a working one."
        said = [f"  {probe.name}: it did not hold: {probe.detail}" for probe in failed]
        raise SandboxUnavailable("\n".join([head, *said, remedy]))


@frozen
class Report:
    """What the self-test found."""

    tier: str | None
    """None: no isolation works here and nothing will be run."""
    memory_fence: str
    """What bounds the memory of a whole box; empty without a tier."""
    refused: tuple[tuple[str, str], ...]
    """Stronger tiers that do not work here, each with its reason."""
    probes: tuple[Probe, ...]
    why: str
    """One sentence about the tier; without one: why nothing works, with the remedy."""

    @property
    def ok(self) -> bool:
        """Whether there is a tier and every probe held."""
        return self.tier is not None and all(probe.ok for probe in self.probes)


async def self_test(cache_dir: Path | None = None) -> Report:
    """Find the tier and try the ten probes on it. Never raises if there is none: see ``why``."""
    try:
        async with Sandbox(workers=1, cache_dir=cache_dir, self_test=None) as sandbox:
            refused: list[tuple[str, str]] = []
            chosen = None
            for other in possible_backends():
                if other.name == sandbox.tier:
                    chosen = other
                    break
                why = await complaint_of(other) or "works now; it did not a moment ago"
                refused.append((other.name, why))
            probes = await try_probes(sandbox)
            if chosen is not None:
                remember(chosen, Cache(cache_dir or default_cache_dir()), probes)
            why = f"the strongest that this system has{sandbox.remark}"
            if refused:
                why = f"stronger ones do not work here ({', '.join(name for name, _ in refused)})"
            why = f"tier {sandbox.tier}: {why}"
            return Report(sandbox.tier, sandbox.memory_fence, tuple(refused), probes, why)
    except SandboxUnavailable as error:
        return Report(None, "", (), (), str(error))


def _stamp(backend: Backend) -> str:
    """Name of the remembered result, by code, kernel, machine, user, interpreter and bubblewrap."""
    package = Path(__file__).parents[1]
    system = platform.uname()
    parts = [_identity(path) for path in sorted((*package.rglob("*.py"), *package.rglob("*.c")))]
    parts += ["self-test", backend.name, str(getattr(os, "geteuid", int)())]
    parts += [system.node, system.release, system.version, system.machine]
    parts += [_identity(path) for path in backend.binaries]
    return digest_of(*parts)


def _identity(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return f"{path} is not there"
    return f"{path} {found.st_size} {found.st_mtime_ns}"
