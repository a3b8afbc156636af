"""The two kinds of tier and of box, for those that do not care which: Linux's own, and the one that is watched (macOS)."""

from __future__ import annotations

from typing import TypeAlias

from sstar_sandbox.box import Tier
from sstar_sandbox.macos import SeatbeltTier
from sstar_sandbox.sampled import SampledWorker
from sstar_sandbox.worker import Worker

AnyTier: TypeAlias = Tier | SeatbeltTier
Box: TypeAlias = Worker | SampledWorker
