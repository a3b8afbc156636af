"""The two kinds of tier and of box, for those that do not care which: Linux's own, and the one that is watched (macOS)."""

from __future__ import annotations

from typing import TypeAlias

from sstar_sandbox.backends.linux.backend import Tier
from sstar_sandbox.backends.macos.backend import SeatbeltTier
from sstar_sandbox.backends.macos.polling_worker import SampledWorker
from sstar_sandbox.worker.worker import Worker

AnyTier: TypeAlias = Tier | SeatbeltTier
Box: TypeAlias = Worker | SampledWorker
