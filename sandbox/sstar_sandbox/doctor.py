"""What the sandbox uses here and why: the tier, refused tiers, ten probes."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from sstar_sandbox.backends.backend_selection import complaint_of, possible_backends
from sstar_sandbox.compilation.cache import Cache, default_cache_dir
from sstar_sandbox.conformance.self_test import PROBES, Probe, remember, try_probes
from sstar_sandbox.errors import SandboxUnavailable
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
