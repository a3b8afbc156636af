"""What the sandbox uses here and why: the tier, refused tiers, ten probes, languages with a toolchain."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from sstar_sandbox.backends.backend_selection import complaint_of, possible_backends
from sstar_sandbox.compilation.cache import Cache, default_cache_dir
from sstar_sandbox.conformance.self_test import PROBES, Probe, remember, try_probes
from sstar_sandbox.errors import SandboxError, SandboxUnavailable
from sstar_sandbox.languages import LANGUAGES
from sstar_sandbox.sandbox import Sandbox

__all__ = ["PROBES", "Probe", "Report", "self_test"]


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
    languages: tuple[Probe, ...]
    """Toolchains: which are here, and how to get the others."""
    problem: str
    """Why nothing works, with the remedy; empty when something does."""
    remark: str = ""
    """See :attr:`sstar_sandbox.Sandbox.remark`."""

    @property
    def ok(self) -> bool:
        """Whether there is a tier and every probe held."""
        return self.tier is not None and all(probe.ok for probe in self.probes)

    @property
    def why(self) -> str:
        """One sentence about the tier."""
        if self.tier is None:
            return self.problem
        if not self.refused:
            return f"tier {self.tier}: the strongest that this system has{self.remark}"
        return f"tier {self.tier}: stronger ones do not work here ({', '.join(name for name, _ in self.refused)})"


async def self_test(cache_dir: Path | None = None) -> Report:
    """Find the tier and try the ten probes on it. Never raises if there is none: see ``problem``."""
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
            languages = tuple(_language(sandbox, name) for name in LANGUAGES)
            return Report(
                sandbox.tier, sandbox.memory_fence, tuple(refused), probes, languages, "", sandbox.remark
            )
    except SandboxUnavailable as error:
        return Report(None, "", (), (), (), str(error))


def _language(sandbox: Sandbox, name: str) -> Probe:
    try:
        return Probe(name, True, sandbox.toolchain(name))
    except SandboxError as error:
        return Probe(name, False, str(error))
