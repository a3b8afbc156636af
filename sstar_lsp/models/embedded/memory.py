"""The memory that an embedded model needs, and whether this machine has it.

Measured with files of the 3B's and the 7B's shape: docs/benchmarks.md.
"""

from __future__ import annotations

from pathlib import Path

from sstar_lsp.errors import EmbeddedModelError
from sstar_lsp.models.download.registry import REGISTRY
from sstar_lsp.models.download.weights import Weights
from sstar_lsp.models.embedded.gguf import read_layout, why_unreadable
from sstar_lsp.processes import memory_here

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
    Raises :class:`EmbeddedModelError`: the file is no whole GGUF."""
    size = read_layout(path).readable_bytes if path is not None else weights.size_bytes * READABLE_SHARE
    return int(WEIGHTS_HELD * size) + CACHE_BYTES + RUNTIME_BYTES


def require_room(weights: Weights, path: Path) -> None:
    """See before the start that a model can run here.
    Raises :class:`EmbeddedModelError`: the runtime does not read it, or it needs more memory than there
    is."""
    if (why := why_unreadable(read_layout(path))) is not None:
        raise EmbeddedModelError(
            f"{path} cannot be run here: {why}. Serve it with llama.cpp, Ollama or vLLM and point --base-url and --model there"
        )
    needed, here = needed_bytes(weights, path), memory_here()
    if here and needed > here:
        smaller = [one.aliases[0] for one in REGISTRY if needed_bytes(one) <= here]
        instead = f"take a smaller model ({', '.join(smaller)})" if smaller else "use a model server"
        raise EmbeddedModelError(
            f"{weights.id} needs {needed / 1e9:.1f} GB of memory and this machine has {here / 1e9:.1f} GB for it: "
            f"{instead}, or point --base-url and --model at a larger machine"
        )
