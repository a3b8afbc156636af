"""The memory that an embedded model needs, and what this machine has of it.

Measured with files of the 3B's and the 7B's shape: docs/benchmarks.md.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sstar_lsp.errors import EmbeddedModelError
from sstar_lsp.models.download.registry import REGISTRY
from sstar_lsp.models.download.weights import Weights
from sstar_lsp.models.embedded.gguf import read_layout, why_unreadable

CACHE_BYTES = 1 << 30
"""Keys and values: about 70,000 tokens of the 1.5B model."""
RUNTIME_BYTES = 700_000_000
"""Python, OpenVINO, and what a step computes with."""
WEIGHTS_HELD = 2.0
"""The runtime holds the file and its own order of the weights."""
READABLE_SHARE = 1.1
"""Size of a Q4_K_M file in the form that the runtime reads, to the file's."""


def needed_bytes(weights: Weights, path: Path | None = None) -> int:
    """Memory that a model needs to run; from its file where that is here.

    Raises:
        EmbeddedModelError: the file is no whole GGUF.
    """
    size = read_layout(path).readable_bytes if path is not None else weights.size_bytes * READABLE_SHARE
    return int(WEIGHTS_HELD * size) + CACHE_BYTES + RUNTIME_BYTES


def memory_here() -> int:
    """Bytes that this process and its children may hold: the machine's memory, less where a cgroup or rlimit says so."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *_cgroup_limits()]
    if sys.platform != "win32":
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            limits.append(soft)
    return min(limits)


def _cgroup_limits() -> list[int]:
    """Limits of our cgroup and those around it (versions 2 and 1)."""
    found: list[int] = []
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return found
    for line in lines:
        _, controllers, path = line.split(":", 2)
        root, name = {
            "": (Path("/sys/fs/cgroup"), "memory.max"),
            "memory": (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        }.get(controllers, (None, ""))
        if root is None:
            continue
        here = root / path.lstrip("/")
        for each in (here, *here.parents):
            try:
                found.append(int((each / name).read_text()))
            except (OSError, ValueError):  # "max", or not our cgroup's view
                continue
    return [limit for limit in found if limit > 0]


def require_room(weights: Weights, path: Path) -> None:
    """See before the start that a model can run here.

    Raises:
        EmbeddedModelError: the runtime does not read it, or it needs more memory than there is.
    """
    if (why := why_unreadable(read_layout(path))) is not None:
        raise EmbeddedModelError(
            f"{path} cannot be run here: {why}. Serve it with llama.cpp, Ollama or vLLM and point --base-url and --model there"
        )
    needed, here = needed_bytes(weights, path), memory_here()
    if needed > here:
        smaller = [one.aliases[0] for one in REGISTRY if needed_bytes(one) <= here]
        instead = f"take a smaller model ({', '.join(smaller)})" if smaller else "use a model server"
        raise EmbeddedModelError(
            f"{weights.id} needs {needed / 1e9:.1f} GB of memory and this machine has {here / 1e9:.1f} GB for it: "
            f"{instead}, or point --base-url and --model at a larger machine"
        )
