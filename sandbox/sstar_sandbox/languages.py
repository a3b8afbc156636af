"""The languages, their other names and their default limits."""

from __future__ import annotations

from attrs import frozen

from sstar_sandbox.errors import UnknownName
from sstar_sandbox.records import MIB, Limits


@frozen
class Language:
    """One language that candidates may be written in."""

    id: str
    """Canonical id, as in :data:`LANGUAGES`."""
    title: str
    """For a person."""
    aliases: tuple[str, ...]
    """Other names, lower case."""
    extensions: tuple[str, ...]
    """File name endings, with the dot; the first is the one to write."""
    limits: Limits
    """Defaults: start-up of the runtime is paid from them."""
    startup_s: float = 0.0
    """CPU time that its runtime takes before the program begins, at most: added to the limit of a problem."""
    startup_bytes: int = 0
    """Memory that its runtime takes for itself: added to the limit of a problem."""


_CPP_NAMES = ("c++", "cc", "cxx", "g++", "c++17", "c++20", "cpp17", "cpp20")
_JS_NAMES = ("js", "node", "nodejs", "ecmascript")
_JAVA = Limits(wall_s=20.0, cpu_s=10.0, memory_bytes=1024 * MIB)
_JS = Limits(wall_s=15.0, cpu_s=6.0)
LANGUAGES: dict[str, Language] = {
    language.id: language
    for language in (
        Language("python", "Python", ("py", "py3", "python3", "pypy", "pypy3"), (".py",), Limits()),
        Language("cpp", "C++", _CPP_NAMES, (".cpp", ".cc", ".cxx"), Limits(wall_s=10.0, cpu_s=4.0)),
        Language("c", "C", ("gcc", "c11", "c17"), (".c",), Limits(wall_s=10.0, cpu_s=4.0)),
        Language(
            "java", "Java", ("jdk", "openjdk"), (".java",), _JAVA, startup_s=1.0, startup_bytes=256 * MIB
        ),
        Language("rust", "Rust", ("rs", "rustc"), (".rs",), Limits(wall_s=10.0, cpu_s=4.0)),
        Language("go", "Go", ("golang",), (".go",), Limits(wall_s=10.0, cpu_s=4.0)),
        Language(
            "javascript",
            "JavaScript",
            _JS_NAMES,
            (".js", ".mjs", ".cjs"),
            _JS,
            startup_s=0.3,
            startup_bytes=128 * MIB,
        ),
    )
}
"""Canonical id to language, in the order to show them."""


def language_named(name: str) -> str:
    """Canonical id of a language by any of its names, in any case.
    Raises :class:`UnknownName`: no such language; the message lists the known ones."""
    wanted = name.strip().lower()
    for language in LANGUAGES.values():
        if wanted == language.id or wanted in language.aliases:
            return language.id
    raise UnknownName("language", name, LANGUAGES)


def default_limits(language: str) -> Limits:
    """Limits where neither the problem nor the person said anything."""
    return LANGUAGES[language_named(language)].limits
