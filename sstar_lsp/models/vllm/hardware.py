"""What this machine has to run a model on, and which processes hold it.

Only this module asks ``nvidia-smi``; flags are chosen by the record, so tests can describe any machine.
"""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from sstar_lsp.processes import memory_here

MIB = 1 << 20
Ask = Callable[[Sequence[str]], str]
"""Runs ``nvidia-smi`` with these arguments; its output, empty if there is none."""

_GPU_FIELDS = "index,name,memory.total,memory.used,compute_cap"
_PROCESS_FIELDS = "gpu_uuid,pid,process_name,used_memory"
_SECONDS = 20.0


@frozen
class Gpu:
    """One accelerator."""

    name: str
    memory_bytes: int
    used_bytes: int = 0
    """By anybody, before we start."""
    capability: float = 8.0
    """CUDA compute capability; bfloat16 wants 8.0."""


@frozen
class Holder:
    """A process that holds GPU memory."""

    pid: int
    name: str
    used_bytes: int


@frozen
class Hardware:
    """A machine, as the choice of flags sees it."""

    gpus: tuple[Gpu, ...] = ()
    cores: int = 1
    memory_bytes: int = 0
    holders: tuple[Holder, ...] = ()
    """Of GPU memory."""
    cpu_has_bfloat16: bool = True
    """Instructions for it; without them float32 is faster on a CPU."""


def look(ask: Ask | None = None) -> Hardware:
    """This machine. Where ``nvidia-smi`` is not to be had there is no GPU."""
    ask = ask or _nvidia_smi
    gpus = parse_gpus(ask([f"--query-gpu={_GPU_FIELDS}", "--format=csv,noheader,nounits"]))
    holders: tuple[Holder, ...] = ()
    if gpus:
        holders = parse_holders(
            ask([f"--query-compute-apps={_PROCESS_FIELDS}", "--format=csv,noheader,nounits"])
        )
    return Hardware(gpus, _cores(), memory_here(), holders, cpu_has_bfloat16(_cpu_info()))


def parse_gpus(text: str) -> tuple[Gpu, ...]:
    """GPUs from ``nvidia-smi --query-gpu``; lines that are none are passed over."""
    gpus = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        try:
            _, name, total, used, capability = row
            gpus.append(Gpu(name, int(total) * MIB, int(used) * MIB, float(capability)))
        except ValueError:
            continue
    return tuple(gpus)


def parse_holders(text: str) -> tuple[Holder, ...]:
    """Processes from ``nvidia-smi --query-compute-apps``."""
    holders = []
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        try:
            _, pid, name, used = row
            holders.append(Holder(int(pid), name, int(used) * MIB if used.isdigit() else 0))
        except ValueError:
            continue
    return tuple(holders)


def cpu_has_bfloat16(cpu_info: str) -> bool:
    """By the flags of ``/proc/cpuinfo``; True if there are none to read."""
    for line in cpu_info.splitlines():
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):  # x86, arm
            return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(flags.split()))
    return True


def _cpu_info() -> str:
    try:
        return Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return ""


def _nvidia_smi(arguments: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            ["nvidia-smi", *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
