"""Factory of sandboxes that pass the start-up self-test before their first use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sstar_sandbox.conformance.self_test import ensure_tested
from sstar_sandbox.sandbox import Sandbox


def open_sandbox(
    workers: int = 2,
    tier: str | None = None,
    cache_dir: Path | None = None,
    *,
    libraries: Sequence[str] | None = None,
) -> Sandbox:
    """A sandbox to enter with ``async with``; before its first use on this machine ten probes are tried
    (about a second, then remembered). For arguments and errors see :class:`sstar_sandbox.Sandbox`."""
    return Sandbox(workers, tier, cache_dir, libraries=libraries, self_test=ensure_tested)
