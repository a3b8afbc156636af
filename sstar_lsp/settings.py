"""The knobs: one typed schema, one precedence, and what a workspace may not touch.

Precedence, highest first: command line, environment, editor, ``sstar.toml`` of the workspace, the
user's own file, defaults. A key that does not exist is an error that lists the known ones. A
workspace file may tune the search and nothing else: endpoints, commands, sandbox tiers and keys in
it are refused, because a cloned repository could carry them. API keys are no settings at all: they
come from the environment (see :mod:`sstar_lsp.models.client.api_keys`).

Caps (:data:`CAPS`) only tighten: a workspace file, an editor's settings and an agent's arguments never raise
one above what the person's own file or environment says, nor above a fixed maximum. Only the command line and
a person's own dialogue lift a cap of that person.
"""

from __future__ import annotations

import math
import os
import tomllib
import types
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import platformdirs
from attrs import field, frozen

from sstar_lsp.budget import Budget, Price, Prices, at_least, parse_budget
from sstar_lsp.errors import UsageError
from sstar_lsp.regular_files import read_regular
from sstar_lsp.validators import are_flags, are_libraries, is_standard

__all__ = ["Budget", "Price", "Prices", "parse_budget"]  # those of the budget, which belong to the settings


class Rule(StrEnum):
    """How the cluster is chosen once the duels are over."""

    BELIEF = "belief"
    """Highest posterior from cluster size and duels: see :mod:`sstar_lsp.engine.choice.posterior`."""
    PAPER = "paper"
    """Most duels won, as Algorithm 1 of arXiv 2502.14382 counts; size breaks ties."""


class Use(StrEnum):
    """Whether a step that needs an able model is taken."""

    AUTO = "auto"
    """If the model is able enough: see :mod:`sstar_lsp.engine.judging.model_ability`."""
    ON = "on"
    OFF = "off"

    @classmethod
    def _missing_(cls, value: object) -> Use | None:
        """``true`` and ``false``, as older settings and journals say it."""
        return {True: cls.ON, False: cls.OFF, "true": cls.ON, "false": cls.OFF}.get(value)


class Diversity(StrEnum):
    """How differently the samples are asked for."""

    OFF = "off"
    """One prompt for all; only the seeds differ (the paper)."""
    VARIANTS = "variants"
    """Samples after the first wave are asked in turn for a plan first, for a named algorithm, as always."""
    CONTRAST = "contrast"
    """As ``variants``, and every second one is shown earlier programs: write something different."""


@frozen
class SolveSettings:
    """How one problem is searched: the paper's N, R and temperature, and ours."""

    language: str | None = None
    """Language of the programs; None: that of the source file, for a statement python."""
    samples: int = field(default=8, validator=at_least(1))
    """N: programs asked for."""
    rounds: int = field(default=2, validator=at_least(0))
    """R: debug rounds after the first attempt, per sample."""
    temperature: float = field(default=0.7, validator=at_least(0))
    top_p: float = field(default=0.95, validator=at_least(0))
    max_tokens: int = field(default=1024, validator=at_least(16))
    """Upper bound of new tokens of one program."""
    inputs: int = field(default=48, validator=at_least(0))
    """Test inputs that the survivors are compared on, at most, per source (changed examples, values of the
    same kinds); fewer where they no longer split. A model is asked for 8 at most, and only where few can be
    had without."""
    clusters_in_play: int = field(default=3, validator=at_least(1))
    """Only the most believed clusters duel."""
    pair_inputs: bool = True
    """Ask the model for an input that separates two clusters (the paper's adaptive input synthesis) where all
    that is known separates them by a failure. False uses only the inputs that the clusters were made with."""
    generator: Use = field(default=Use.AUTO, converter=Use)
    """Test inputs printed by programs that the model writes: for each class of output, for each way in which
    such solutions fail, for a pair of clusters; and, where few inputs can be had without a model, over the
    whole range."""
    validator: Use = field(default=Use.AUTO, converter=Use)
    """Contested: ask the model for programs that refuse illegal inputs, by vote; where several answers may be
    right, for one that refuses wrong outputs, as one more voter; checked on the examples."""
    brute_force: Use = field(default=Use.AUTO, converter=Use)
    """Contested: ask the model for a slow, obvious program as one more voter; checked on the examples."""
    fresh_start: Use = field(default=Use.AUTO, converter=Use)
    """Plans only after direct tries failed, and a new program instead of a sample's third repair."""
    judge_sees_programs: bool = False
    """Show the judge both programs besides their outputs, as the paper does, whatever its exam says."""
    rule: Rule = Rule.BELIEF
    seed: int = 0
    """Same seed and same model: the same requests."""
    adaptive: bool = True
    """Sample in waves that end once the leader is settled, and debug distinct failures where hardly anything
    survives. False: all N samples at once, each through all its rounds, as the paper does."""
    wave: int = field(default=4, validator=at_least(1))
    """Samples of the first wave; each further wave doubles what there is, up to ``samples``."""
    confidence: float = field(default=0.92, validator=at_least(0.5, at_most=1))
    """Adaptive: no more samples once the leading behaviour would lead with this probability in the end."""
    diversity: Diversity = Diversity.OFF
    in_context_examples: int = field(default=0, validator=at_least(0, at_most=3))
    """Worked examples shown to the writer, matched by the pattern of the problem (Python only)."""
    time_multiplier: float = field(default=1.0, validator=at_least(0.1, at_most=100))
    """Multiplies time limits, for a machine slower than a judge's; `sstar doctor` measures it."""
    cpp_standard: str | None = field(default=None, validator=is_standard)
    """C++ standard, such as ``c++17``; None: the newest that the compiler knows well."""
    cpp_flags: tuple[str, ...] = field(default=(), validator=are_flags)
    """Flags for C and C++ besides ``-O2 -DONLINE_JUDGE``, of an allow-list: none that touches files."""
    budget: Budget = field(factory=Budget)


@frozen
class RoleSettings:
    """The model of one role, where it is another one; what is not set is as in :class:`ModelSettings`."""

    base_url: str | None = None
    """Another server."""
    model: str | None = None
    """Another model, there or on the common server."""


@frozen
class ModelSettings:
    """Which model writes. Nothing set: the embedded one."""

    base_url: str | None = None
    """Root of an OpenAI-compatible API, such as ``http://127.0.0.1:8000/v1``; several, separated by commas,
    are replicas of one model: all requests of a problem go to the same one."""
    model: str | None = None
    """Name of the model there, or of an embedded one."""
    device: str = "CPU"
    """What an embedded model computes on, as OpenVINO names it: ``CPU``, ``GPU`` …"""
    idle_timeout_s: float = field(default=120.0, validator=at_least(0.1))
    """Seconds without any token after which a request counts as stalled."""
    patience_s: float = field(default=120.0, validator=at_least(0))
    """Seconds to wait for a server that refuses for now: too many requests, a model that loads."""
    concurrency: int | None = field(default=None, validator=at_least(1))
    """Most requests in flight to one server, all runs together; None: found out while they run."""
    thinking_tokens: int | None = field(default=None, validator=at_least(0))
    """For a reasoning model's thoughts, besides ``solve.max_tokens``; None: 4096 if the model reasons."""
    reasoning_effort: str | None = None
    """Sent as ``reasoning_effort`` where set: ``low``, ``medium`` …"""
    writer: RoleSettings = field(factory=RoleSettings)
    debugger: RoleSettings = field(factory=RoleSettings)
    input_writer: RoleSettings = field(factory=RoleSettings)
    judge: RoleSettings = field(factory=RoleSettings)

    def of_role(self, role: str) -> RoleSettings:
        """A role's own settings: of ``writer``, ``input-writer`` …"""
        own: RoleSettings = getattr(self, role.replace("-", "_"))
        return own


@frozen
class SandboxSettings:
    """Where the programs run."""

    workers: int = field(default=2, validator=at_least(1))
    """Programs run side by side."""
    libraries: tuple[str, ...] | None = field(default=None, validator=are_libraries)
    """What Python programs may import besides the standard library (``atcoder``: C++ programs as well); None:
    what is here of sortedcontainers, numpy, scipy, networkx and atcoder; an empty list: nothing."""


@frozen
class ContestSettings:
    """The contest guard: see :mod:`sstar_lsp.problems.contest`."""

    guard: bool = True
    """Refuse problems of contests that nobody confirmed as practice."""
    urls: str = ""
    """Further contests, by the beginnings of their addresses, separated by commas."""


@frozen
class ProblemSettings:
    """What the problems of a folder have in common, where the document itself says nothing."""

    checker: str | None = None
    """Comparator, or file of a checker program in the folder of the ``sstar.toml`` (else of the document)."""
    checker_style: str | None = None
    """Convention of the program: ``testlib`` or ``kattis``; None: told by its text."""


class TestLayout(StrEnum):
    """The form in which tests of a new problem are written."""

    __test__ = False  # not a pytest class

    PAIRS = "pairs"
    """``<stem>-1.in`` and ``<stem>-1.out`` beside the statement."""
    CPH = "cph"
    COMPETITEST = "competitest"
    OJ = "oj"


@frozen
class CompanionSettings:
    """New problems from Competitive Companion, the clipboard or a page: :mod:`sstar_lsp.companion`."""

    port: int = field(default=27124, validator=at_least(0, at_most=65_535))
    """Port of the listener; the extension wants to know it ("custom ports")."""
    layout: TestLayout = TestLayout.PAIRS
    template: str | None = None
    """Path of a new source file below the folder, of ``{judge}``, ``{contest}``, ``{name}``, ``{task}`` and
    ``{ext}``; None: ``{judge}/{contest}/{name}.{ext}``, for ``oj``
    ``{judge}/{contest}/{name}/main.{ext}``."""
    source: str | None = None
    """File that a new source file begins with, such as ``~/cp/template.{ext}``; None: an empty one."""


@frozen
class Settings:
    """All knobs."""

    solve: SolveSettings = field(factory=SolveSettings)
    model: ModelSettings = field(factory=ModelSettings)
    sandbox: SandboxSettings = field(factory=SandboxSettings)
    prices: Prices = field(factory=Prices)
    contest: ContestSettings = field(factory=ContestSettings)
    problem: ProblemSettings = field(factory=ProblemSettings)
    companion: CompanionSettings = field(factory=CompanionSettings)


MAX_FILE_BYTES = 1 << 20
"""A larger file holds no settings."""

WORKSPACE_SECTIONS = frozenset({"solve", "problem"})
"""What ``sstar.toml`` may set."""

ENVIRONMENT: dict[str, tuple[str, str]] = {
    "SSTAR_BASE_URL": ("model", "base_url"),
    "SSTAR_MODEL": ("model", "model"),
    "SSTAR_LANGUAGE": ("solve", "language"),
    "SSTAR_SAMPLES": ("solve", "samples"),
    "SSTAR_ROUNDS": ("solve", "rounds"),
}
"""Environment variables, and the setting each one is."""


CAPS: dict[str, int | None] = {
    "solve.samples": 64,
    "solve.rounds": 8,
    "solve.max_tokens": 16_384,
    "solve.inputs": 512,
    "solve.clusters_in_play": 8,
    "solve.budget.calls": None,
    "solve.budget.tokens": None,
    "solve.budget.money": None,
    "solve.budget.seconds": None,
    "model.thinking_tokens": 65_536,
}
"""Settings that bound what a run costs, and the most that a source may ask for that is not the person; None:
no such maximum, as more than no cap cannot be asked for."""


class Trust(StrEnum):
    """Whose word a source of settings is."""

    FOLDER = "folder"
    """A workspace's file: it tunes the search; caps only tighten."""
    GUEST = "guest"
    """An editor, which may pass on a folder's settings, or an agent: every setting, caps only tighten."""
    OWN = "own"
    """The person's file and environment: their caps bind the sources above."""
    ASKED = "asked"
    """The command line, or what a person chose in a dialogue just now: it may lift the person's own caps."""


@frozen
class Layer:
    """One source of settings."""

    source: str
    """For messages: a path, ``environment``, ``command line``, ``editor``."""
    values: Mapping[str, Any]
    """Nested as the schema is."""
    trust: Trust = Trust.OWN


def _is_choice(kind: Any, value: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(member.value for member in kind)
        raise ValueError(f"unknown value {value!r}; known: {known}") from None


def _typed(kind: Any, value: Any) -> Any:
    """Value as the schema's type; strings come from environment and command line."""
    if get_origin(kind) in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if value is None or value == "" else _typed(options[0], value)
    if get_origin(kind) is tuple:
        items = value.replace(",", " ").split() if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise ValueError(f"wants a list of texts, got {value!r}")
        return tuple(items)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _is_choice(kind, value)
    if kind is bool:
        if isinstance(value, bool):
            return value
        words = {"true": True, "false": False, "1": True, "0": False}
        if isinstance(value, str) and value.lower() in words:
            return words[value.lower()]
        raise ValueError(f"wants true or false, got {value!r}")
    if kind in (int, float):
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError(f"wants a number, got {value!r}")
        try:
            number = kind(value)
            is_exact = kind is float or float(value) == number
        except (ValueError, OverflowError):
            raise ValueError(f"wants a number, got {value!r}") from None
        if not math.isfinite(number):
            raise ValueError(f"wants a number that is finite, got {value!r}")
        if not is_exact:
            raise ValueError(f"wants a whole number, got {value!r}")
        return number
    if not isinstance(value, str):
        raise ValueError(f"wants text, got {value!r}")
    return value


def _merge(base: Any, values: Mapping[str, Any], where: str, layer: Layer) -> Any:
    hints = get_type_hints(type(base))
    known = [attribute.name for attribute in attrs.fields(type(base))]
    changes: dict[str, Any] = {}
    for key, value in values.items():
        path = f"{where}.{key}" if where else key
        if key not in known:
            known_here = f"Known here: {', '.join(sorted(known))}."
            raise UsageError(f"{layer.source}: there is no setting '{path}'. {known_here}", key=path)
        if layer.trust is Trust.FOLDER and not where and key not in WORKSPACE_SECTIONS:
            raise UsageError(
                f"{layer.source}: a workspace file may not set '{path}': it could send your key or your code "
                "elsewhere. Set it in your user file, the environment or the editor's user settings.",
                key=path,
            )
        current = getattr(base, key)
        if attrs.has(type(current)):
            if not isinstance(value, Mapping):
                fault = f"{layer.source}: '{path}' is a section with keys, got {value!r}."
                raise UsageError(fault, key=path)
            changes[key] = _merge(current, value, path, layer)
            continue
        if isinstance(current, Mapping):
            changes[key] = _table(current, get_args(hints[key])[1], value, path, layer)
            continue
        try:
            changes[key] = _typed(hints[key], value)
        except ValueError as error:
            raise UsageError(f"{layer.source}: '{path}': {error}.", key=path) from None
    try:
        return attrs.evolve(base, **changes)
    except ValueError as error:
        raise UsageError(f"{layer.source}: in '{where or 'settings'}': {error}.", key=where) from None


def _table(base: Mapping[str, Any], row: type, value: object, path: str, layer: Layer) -> dict[str, Any]:
    """A section whose keys are names, each with a section of its own; rows of lower layers stay."""
    if not isinstance(value, Mapping) or not all(isinstance(inner, Mapping) for inner in value.values()):
        fault = f"{layer.source}: '{path}' is a table of sections with keys, got {value!r}."
        raise UsageError(fault, key=path)
    rows = {
        name: _merge(base.get(name, row()), inner, f"{path}.{name}", layer) for name, inner in value.items()
    }
    return {**base, **rows}


def _value(nested: Any, path: str) -> Any:
    """What stands at a dotted path of the settings, or of a layer's mappings (None if nothing does)."""
    for key in path.split("."):
        nested = nested.get(key) if isinstance(nested, Mapping) else getattr(nested, key, None)
    return nested


def _is_stated(layer: Layer, path: str) -> bool:
    """Whether the layer has this key, be it with an empty value."""
    section, _, key = path.rpartition(".")
    keys = _value(layer.values, section)
    return isinstance(keys, Mapping) and key in keys


def _replaced(settings: Any, path: str, value: Any) -> Any:
    key, _, rest = path.partition(".")
    inner = _replaced(getattr(settings, key), rest, value) if rest else value
    return attrs.evolve(settings, **{key: inner})


def _own_caps(layers: Iterable[Layer]) -> dict[str, tuple[float, str]]:
    """What the person's own sources say of each cap, the highest one of them, and which source said it."""
    caps: dict[str, tuple[float, str]] = {}
    for layer in layers:
        if layer.trust is Trust.OWN:
            stated = _merge(Settings(), layer.values, "", layer)
            for path in CAPS:
                if _is_stated(layer, path):
                    caps.pop(path, None)
                    if (value := _value(stated, path)) is not None:
                        caps[path] = (value, layer.source)
    return caps


def _capped(
    merged: Settings,
    before: Settings,
    layer: Layer,
    own: Mapping[str, tuple[float, str]],
    tell: Callable[[str], None],
) -> Settings:
    """The settings with this layer's caps no higher than it may set them; a line on each moved one."""
    for path, maximum in CAPS.items():
        if layer.trust is Trust.OWN or not _is_stated(layer, path):
            continue
        asked, previous = _value(merged, path), _value(before, path)
        words = "no cap" if asked is None else f"{asked:.12g}"
        cap, source = own.get(path, (None, ""))
        if layer.trust is Trust.ASKED:
            if cap is not None and (asked is None or asked > cap):
                tell(f"{layer.source}: '{path}' is lifted from {cap:.12g} ({source}) to {words}.")
            continue
        if cap is not None and (asked is None or asked > cap):
            tell(
                f"{layer.source}: '{path}' asks for {words}, above your own {cap:.12g} ({source}): {cap:.12g} it is. "
                "The command line can lift it."
            )
            merged = _replaced(merged, path, cap)
        elif cap is None and maximum is not None and asked is not None and asked > maximum:
            tell(
                f"{layer.source}: '{path}' asks for {words}; {maximum} is the most there: {maximum} it is. "
                "Your own file, the environment or the command line can set more."
            )
            merged = _replaced(merged, path, maximum)
        elif layer.trust is Trust.FOLDER and previous is not None and (asked is None or asked > previous):
            tell(f"{layer.source}: '{path}' is raised from {previous:.12g} to {words} by this folder.")
    return merged


def _silent(_line: str) -> None:
    """Of a caller that only reads settings and spends nothing."""


def settings_from(layers: Iterable[Layer], tell: Callable[[str], None] = _silent) -> Settings:
    """Fold the layers, lowest precedence first, over the defaults.

    Args:
        layers: Caps of a folder or a guest are held under those of the person, wherever in the order these
            stand.
        tell: Gets one line for each cap that was held down, raised by a folder, or lifted by the person.

    Raises:
        UsageError: an unknown key, a value of the wrong type, or a workspace that reaches too far.
    """
    layers = list(layers)
    own = _own_caps(layers)
    settings = Settings()
    for layer in layers:
        settings = _capped(_merge(settings, layer.values, "", layer), settings, layer, own, tell)
    return settings


def user_file() -> Path:
    """The user's own settings file."""
    return platformdirs.user_config_path("sstar") / "sstar.toml"


def _toml_layer(path: Path, trust: Trust) -> Layer | None:
    try:
        values = tomllib.loads(read_regular(path, MAX_FILE_BYTES).decode("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read as TOML: {error}.") from error
    return Layer(str(path), values, trust)


def check_workspace_file(path: Path) -> None:
    """Read a ``sstar.toml`` of a workspace alone.
    Raises :class:`UsageError`: it is no TOML, has an unknown key or a wrong value, or sets what a workspace
    may not set."""
    layer = _toml_layer(path, Trust.FOLDER)
    if layer is not None:
        settings_from([layer])


def environment_layer(environ: Mapping[str, str] = os.environ) -> Layer:
    """What the ``SSTAR_…`` variables set."""
    values: dict[str, dict[str, Any]] = {}
    for name, (section, key) in ENVIRONMENT.items():
        if environ.get(name):
            values.setdefault(section, {})[key] = environ[name]
    return Layer("environment", values)


def workspace_file(start: Path | None) -> Path | None:
    """The nearest ``sstar.toml`` at or above a document's folder."""
    if start is None:
        return None
    for folder in [start, *start.parents]:
        if (folder / "sstar.toml").is_file():
            return folder / "sstar.toml"
    return None


def load_settings(
    folder: Path | None,
    *,
    editor: Mapping[str, Any] | None = None,
    agent: Mapping[str, Any] | None = None,
    command_line: Mapping[str, Any] | None = None,
    asked_by: str = "command line",
    environ: Mapping[str, str] = os.environ,
    tell: Callable[[str], None] = _silent,
) -> Settings:
    """Settings for a document in ``folder``, all layers in their order.

    Args:
        folder: Where the search for a workspace's file begins; None: no workspace counts.
        editor: What an editor sends as settings; caps in it only tighten.
        agent: What a program asks for, as an MCP client does; caps in it only tighten.
        command_line: What the person asks for now; it may lift the person's own caps.
        asked_by: How messages call ``command_line``, where it is a dialogue of an editor.
        environ: The environment with the ``SSTAR_…`` variables.
        tell: See :func:`settings_from`.

    Raises:
        UsageError: a source with an unknown key, a wrong value, or a key that it may not set.
    """
    workspace = workspace_file(folder)
    layers = [
        _toml_layer(user_file(), Trust.OWN),
        _toml_layer(workspace, Trust.FOLDER) if workspace else None,
        Layer("editor", editor, Trust.GUEST) if editor else None,
        environment_layer(environ),
        Layer("agent", agent, Trust.GUEST) if agent else None,
        Layer(asked_by, command_line, Trust.ASKED) if command_line else None,
    ]
    return settings_from((layer for layer in layers if layer is not None), tell)
