"""What this machine has to run a model on.

Only this module asks ``nvidia-smi``; flags are chosen by the record, so tests can describe any machine.
"""

from __future__ import annotations

import contextlib
import csv
import subprocess
from pathlib import Path

from attrs import frozen

from sstar_lsp.processes import memory_here

MIB = 1 << 20
_QUERY = ("nvidia-smi", "--query-gpu=name,memory.total,memory.used", "--format=csv,noheader,nounits")
_SECONDS = 20.0


@frozen
class Gpu:
    """One accelerator."""

    name: str
    memory_bytes: int
    used_bytes: int = 0
    """By anybody, before we start."""


@frozen
class Hardware:
    """A machine, as the choice of flags sees it."""

    gpus: tuple[Gpu, ...] = ()
    memory_bytes: int = 0
    cpu_has_bfloat16: bool = True
    """Instructions for it; without them float32 is faster on a CPU."""


def look() -> Hardware:
    """This machine. Where ``nvidia-smi`` is not to be had there is no GPU."""
    gpus, cpu_info = "", ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        gpus = subprocess.run(_QUERY, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout
    with contextlib.suppress(OSError):
        cpu_info = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    return Hardware(parse_gpus(gpus), memory_here(), cpu_has_bfloat16(cpu_info))


def parse_gpus(text: str) -> tuple[Gpu, ...]:
    """GPUs from ``nvidia-smi --query-gpu``; lines that are none are passed over."""
    gpus = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        try:
            name, total, used = row
            gpus.append(Gpu(name, int(total) * MIB, int(used) * MIB))
        except ValueError:
            continue
    return tuple(gpus)


def cpu_has_bfloat16(cpu_info: str) -> bool:
    """By the flags of ``/proc/cpuinfo``; True if there are none to read."""
    for line in cpu_info.splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):  # x86, arm
            return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(flags.split()))
    return True
