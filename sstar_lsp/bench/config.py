"""What is measured: the options of one bench, and whether a folder holds that very bench already."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from attrs import field, frozen

from sstar_lsp import __version__
from sstar_lsp.bench.model_source import ModelChoice
from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.errors import UsageError
from sstar_lsp.regular_files import sha256_of

_Word = TypeVar("_Word", bound=StrEnum)

PROBLEMS_AT_ONCE = 4
"""Enough to keep the sandbox busy while one problem is arithmetic; a model server may want more."""


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


def words_of(option: str, text: str, known: type[_Word]) -> tuple[_Word, ...]:
    """``majority,mbr`` as methods, ``near-agreement,failures`` as parts: in their enum's order, without repeats.
    Raises :class:`UsageError`: an unknown one, or none; it lists the known."""
    words = {word for piece in text.split(",") if (word := piece.strip())}
    every = ", ".join(known)
    if unknown := sorted(words - set(known)):
        raise UsageError(f"{option}: unknown {known.__name__.lower()} '{unknown[0]}'. Known: {every}.")
    if not words:
        raise UsageError(f"{option}: name at least one of {every}.")
    return tuple(one for one in known if one in words)


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises :class:`UsageError`: it cannot be read."""
    try:
        return sha256_of(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error


@frozen
class Options:
    """What a person asked for: what decides the rows, and how they are made."""

    data: Path
    out: Path
    methods: tuple[Method, ...]
    pool: Path | None = None
    samples: int = 16
    draws: int = 20
    limit: int | None = None
    seed: int = 0
    rounds: int = 2
    inputs: int = 48
    model: ModelChoice = field(factory=ModelChoice)
    baseline: Method | None = None
    pool_models: tuple[str, ...] = ()
    label: str | None = None
    language: str = "python"
    time_limit_s: float | None = None
    workers: int = 2
    at_once: int = PROBLEMS_AT_ONCE
    """Problems side by side."""
    engine: str = "local"
    """Where programs run: ``local``, or ``ray`` for the nodes of a Ray cluster."""
    cache: Path | None = None
    mixed_only: bool = False
    max_tokens: int = 1024
    temperature: float = 0.7
    half: int | None = None
    """0 or 1: only this half of the problems."""
    without: tuple[Part, ...] = ()
    """Parts of the engine's choice that are left out."""
    inputs_only: bool = False
    """Measure the engine's inputs and no choice."""
    until_quiet: bool = False
    """Inputs only: end the waves as a run does."""
    changed: tuple[str, ...] = ()
    """Settings of the engine that are not the default, as ``key=value``."""

    def __attrs_post_init__(self) -> None:
        """Refuse combinations that mean nothing."""
        if self.until_quiet and not self.inputs_only:
            raise UsageError("--until-quiet is an option of --inputs-only.")
        if not self.inputs_only:
            return
        given = {
            "--pool": self.pool is not None,
            "--methods": self.methods != tuple(Method),
            "--model": not self.model.is_none,
            "--engine ray": self.engine != "local",
            "--without": bool(self.without),
            "--set": bool(self.changed),
        }
        if wrong := [name for name, is_given in given.items() if is_given]:
            raise UsageError(
                f"--inputs-only takes no {', '.join(wrong)}: it runs the programs of --data here, without a model."
            )


_DECIDING = (
    *("samples", "draws", "limit", "seed", "rounds", "inputs", "language", "pool_models", "label"),
    *("time_limit_s", "mixed_only", "max_tokens", "temperature", "half"),
)
"""Options that decide the rows and are kept as they stand."""


def _config_of(options: Options) -> dict[str, Any]:
    """Everything that decides the rows."""
    methods = sorted(method.value for method in options.methods)
    if options.inputs_only:
        methods = ["inputs-only", *(("until-quiet",) if options.until_quiet else ())]
    return {
        "data": digest_of_file(options.data),
        "pool": digest_of_file(options.pool) if options.pool else None,
        "methods": methods,
        **{name: getattr(options, name) for name in _DECIDING},
        "model": options.model.name,
        "without": [part.value for part in options.without],
        "changed": sorted(options.changed),
        "version": __version__,
    }


def claim(options: Options) -> dict[str, Any]:
    """Take the results folder for this bench, by its ``config.json``; it may hold a part of it already.
    Returns what decides the rows, as a summary tells it.
    Raises :class:`UsageError`: it holds another one, or is no folder to write in."""
    folder, config = options.out, _config_of(options)
    path = folder / "config.json"
    wanted = json.dumps(config, indent=1)
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
    return {f"{name}_sha256" if name in ("data", "pool") else name: value for name, value in config.items()}


def _compare(folder: Path, held: dict[str, object], wanted: dict[str, object]) -> None:
    different = sorted(name for name in {*held, *wanted} if held.get(name) != wanted.get(name))
    if different:
        told = "; ".join(f"{name}: {held.get(name)} there, {wanted.get(name)} now" for name in different)
        raise UsageError(
            f"--out {folder} holds a bench of another configuration ({told}). "
            "Name another folder, or repeat the options that it was begun with."
        )
