"""The self-test: which tier is in force and why, and ten probes that it does what it says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from sstar_sandbox.errors import SandboxError, SandboxUnavailable
from sstar_sandbox.languages import LANGUAGES
from sstar_sandbox.records import Mode
from sstar_sandbox.sandbox import Sandbox
from sstar_sandbox.suite import CASES
from sstar_sandbox.suite.runner import run_suite
from sstar_sandbox.tiers import complaint_of, possible_tiers
from sstar_sandbox.toolchains import toolchain_of

PROBES: Mapping[str, str] = {
    "plain": "an honest program is accepted",
    "tcp-loopback": "no network",
    "reads-a-secret": "the host's files cannot be read",
    "environment": "the environment cannot be read",
    "writes-outside": "nothing can be written",
    "forks": "no second process",
    "kills-a-victim": "other processes cannot be signalled",
    "sleeps": "the wall limit ends a program",
    "one-shot": "the memory limit ends a program",
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


@frozen
class Report:
    """What the self-test found."""

    tier: str | None
    """None: no isolation works here and nothing will be run."""
    refused: tuple[tuple[str, str], ...]
    """Stronger tiers that do not work here, each with its reason."""
    probes: tuple[Probe, ...]
    languages: tuple[Probe, ...]
    """Toolchains: which are here, and how to get the others."""
    problem: str
    """Why nothing works, with the remedy; empty when something does."""

    @property
    def ok(self) -> bool:
        """Whether there is a tier and every probe held."""
        return self.tier is not None and all(probe.ok for probe in self.probes)


async def self_test(tier: str | None = None, cache_dir: Path | None = None) -> Report:
    """Find the tier and try the ten probes on it. Never raises for a machine that cannot sandbox: see ``problem``."""
    languages = tuple(_language(name) for name in LANGUAGES)
    refused = []
    try:
        async with Sandbox(workers=1, tier=tier, cache_dir=cache_dir) as sandbox:
            for other in possible_tiers():
                if other.name == sandbox.tier or tier is not None:
                    break
                refused.append(
                    (other.name, await complaint_of(other) or "works now; it did not a moment ago")
                )
            cases = sorted(
                (case for case in CASES if case.name in PROBES),
                key=lambda case: list(PROBES).index(case.name),
            )
            probes = [
                Probe(PROBES[finding.case.name], not finding.problem, finding.problem)
                async for finding in run_suite(sandbox, cases, Mode.ISOLATED)
            ]
            return Report(sandbox.tier, tuple(refused), tuple(probes), languages, "")
    except SandboxUnavailable as error:
        return Report(None, (), (), languages, str(error))


def _language(name: str) -> Probe:
    if name == "python":
        return Probe(name, True, "")
    try:
        toolchain_of(name)
    except SandboxError as error:
        return Probe(name, False, str(error))
    return Probe(name, True, "")
