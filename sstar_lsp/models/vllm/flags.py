"""Chooses over how many GPUs vLLM splits a model and how many copies run; the rest is vLLM's own choice.

Whole models on many GPUs (data parallel) beat one model split over them; tensor parallelism is only for a
model that does not fit one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from sstar_lsp.errors import UsageError
from sstar_lsp.models.vllm.hardware import Hardware

GIB = 1 << 30

UTILIZATION = 0.90
"""Of a GPU's memory."""
RESERVED_BYTES = int(2.5 * GIB)
"""On each GPU: activations, CUDA graphs, and keys and values of a few requests."""

_BILLIONS = re.compile(r"(?i)(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?![a-z])")
"""``7B``, or ``8x7B`` of a mixture of experts."""
_BYTES_PER_WEIGHT: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"(?i)awq|gptq|int4|4bit|w4a16|mxfp4|gpt-oss|nvfp4"), 0.6),
    (re.compile(r"(?i)fp8|int8|w8a8|8bit"), 1.05),
)
ROUNDED_DOWN = 1.08
"""Names round: a "7B" has 7.6 billion weights."""
COMMON = (
    *("--max-model-len", "auto"),
    "--enable-prompt-tokens-details",
    *("--generation-config", "vllm"),
)
"""The longest context that fits, cached tokens in the usage, and no sampling defaults of the model's own."""


@frozen
class Choice:
    """What to start."""

    arguments: tuple[str, ...]
    """After ``vllm serve MODEL``, without host and port."""
    why: tuple[str, ...] = ()
    """For a person, a line each."""
    environment: Mapping[str, str] = field(factory=dict)


def weight_bytes(model: str) -> int | None:
    """Size of the weights: of a folder's files, else estimated from the name; None if that does not tell it.
    Raises :class:`UsageError`: a folder without weights."""
    if (folder := Path(model)).is_dir():
        sizes = [path.stat().st_size for kind in ("*.safetensors", "*.bin") for path in folder.glob(kind)]
        if not sizes:
            raise UsageError(f"{folder} has no weights that vLLM reads (*.safetensors).")
        return sum(sizes)
    named = _BILLIONS.search(model)
    if named is None:
        return None
    per_weight = next((size for pattern, size in _BYTES_PER_WEIGHT if pattern.search(model)), 2.0)
    return int(int(named[1] or 1) * float(named[2]) * ROUNDED_DOWN * 1e9 * per_weight)


def choose(model: str, hardware: Hardware, extra: Sequence[str] = ()) -> Choice:
    """The flags; ``extra`` comes last and so wins.
    Raises :class:`UsageError` where the model does not fit, saying what would."""
    weights = weight_bytes(model)
    here = _on_gpus if hardware.gpus else _on_cpu
    choice = here(model, weights or 0, hardware)
    why = choice.why
    if weights is None:
        why += ("its name does not say how large it is: whether it fits is not known before it is loaded",)
    return Choice((*choice.arguments, *COMMON, *extra), why, choice.environment)


def _on_gpus(model: str, weights: int, hardware: Hardware) -> Choice:
    gpus = hardware.gpus
    smallest = min(gpus, key=lambda gpu: gpu.memory_bytes)
    room = smallest.memory_bytes * UTILIZATION - RESERVED_BYTES
    splits = [split for split in (1, 2, 4, 8, 16) if split <= len(gpus) and weights <= room * split]
    if not splits:
        needed = (weights + RESERVED_BYTES) / UTILIZATION / GIB
        raise UsageError(
            f"{model} has {weights / GIB:.1f} GiB of weights and needs about {needed:.0f} GiB of GPU memory; "
            f"here are {len(gpus)} x {smallest.name} with {smallest.memory_bytes / GIB:.0f} GiB each. "
            "Take a smaller model, or one with 4-bit weights (AWQ)."
        )
    copies = len(gpus) // splits[0]
    arguments = ["--gpu-memory-utilization", f"{UTILIZATION:.2f}"]
    why = [f"{copies} x {splits[0]} of {len(gpus)} GPUs ({smallest.name})"]
    if splits[0] > 1:
        arguments += ["--tensor-parallel-size", str(splits[0])]
        why.append(f"split over {splits[0]} GPUs: its {weights / GIB:.0f} GiB do not fit one")
    if copies > 1:
        arguments += ["--data-parallel-size", str(copies)]
        why.append(f"{copies} copies, each with its own prefix cache")
    return Choice(tuple(arguments), tuple(why))


def _on_cpu(model: str, weights: int, hardware: Hardware) -> Choice:
    dtype, held = ("bfloat16", 2) if hardware.cpu_has_bfloat16 else ("float32", 3)
    needed = held * weights + 3 * GIB  # weights are held twice while they load
    if hardware.memory_bytes and needed > hardware.memory_bytes:
        raise UsageError(
            f"{model} has {weights / GIB:.1f} GiB of weights and needs about {needed / GIB:.0f} GiB of memory on a CPU; "
            f"here are {hardware.memory_bytes / GIB:.0f}. Take a smaller model, or the embedded one: "
            "sstar serve --engine embedded"
        )
    why = ["no GPU here: vLLM on the CPU"]
    if not hardware.cpu_has_bfloat16:
        why.append("float32: this CPU has no instructions for bfloat16")
    # vLLM would take nine tenths of the memory, or not start where so much is not free
    cache = max(1, min(8, (hardware.memory_bytes - needed) // 4 // GIB))
    return Choice(("--dtype", dtype, "--enforce-eager"), tuple(why), {"VLLM_CPU_KVCACHE_SPACE": str(cache)})
