"""What is measured: the options of one bench, and whether a folder holds that very bench already."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path

import cattrs
from attrs import frozen

from sstar_lsp import __version__
from sstar_lsp.errors import UsageError
from sstar_lsp.regular_files import sha256_of


class Method(StrEnum):
    """Ways to choose among sampled programs; docs/bench.md defines each."""

    ZERO_SHOT = "zero-shot"
    FIRST_PASSING = "first-passing"
    RANDOM_PASSING = "random-passing"
    MAJORITY = "majority"
    CODET = "codet"
    MBR = "mbr"
    ACES = "aces"
    B4 = "b4"
    SRANK = "srank"
    CODE_JUDGE = "code-judge"
    SELF_DEBUG = "self-debug"
    PAPER_SSTAR = "paper-sstar"
    SSTAR = "sstar"
    ORACLE = "oracle"


def methods_named(text: str) -> tuple[Method, ...]:
    """``majority,mbr`` as methods, without repeats.
    Raises :class:`UsageError`: an unknown one; it lists the known."""
    found: dict[Method, None] = {}
    for word in (piece.strip() for piece in text.split(",")):
        if not word:
            continue
        try:
            found[Method(word)] = None
        except ValueError:
            known = ", ".join(method.value for method in Method)
            raise UsageError(f"--methods: unknown method '{word}'. Known: {known}.") from None
    if not found:
        raise UsageError(f"--methods: name at least one of {', '.join(method.value for method in Method)}.")
    return tuple(found)


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises :class:`UsageError`: it cannot be read."""
    try:
        return sha256_of(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error


@frozen
class Config:
    """Everything that decides the rows."""

    data: str
    """SHA-256 of the problems."""
    pool: str | None
    """SHA-256 of the pool."""
    methods: tuple[str, ...]
    samples: int
    draws: int
    limit: int | None
    seed: int
    rounds: int
    inputs: int
    model: str
    language: str = "python"
    pool_models: tuple[str, ...] = ()
    label: str | None = None
    time_limit_s: float | None = None
    mixed_only: bool = False
    max_tokens: int = 1024
    temperature: float = 0.7
    half: int | None = None
    """Of the problems, by a hash of their ids."""
    without: tuple[str, ...] = ()
    """Parts of the engine's choice that are left out."""
    changed: tuple[str, ...] = ()
    """Settings of the engine that are not the default."""
    version: str = __version__


def claim(folder: Path, config: Config) -> None:
    """Take a results folder for this bench, by its ``config.json``; it may hold a part of it already.
    Raises :class:`UsageError`: it holds another one, or is no folder to write in."""
    path = folder / "config.json"
    wanted = json.dumps(cattrs.unstructure(config), indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            _compare(folder, json.loads(path.read_text("utf-8")), json.loads(wanted))
        else:
            path.write_text(wanted + "\n", "utf-8")
    except OSError as error:
        raise UsageError(f"--out {folder}: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{path} is damaged ({error}): name another --out.") from error


def _compare(folder: Path, held: dict[str, object], wanted: dict[str, object]) -> None:
    different = sorted(name for name in {*held, *wanted} if held.get(name) != wanted.get(name))
    if different:
        told = "; ".join(f"{name}: {held.get(name)} there, {wanted.get(name)} now" for name in different)
        raise UsageError(
            f"--out {folder} holds a bench of another configuration ({told}). "
            "Name another folder, or repeat the options that it was begun with."
        )
