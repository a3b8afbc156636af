"""The comparator, checker program or interactor that a person names: in front matter, ``sstar.toml``, an
option or the editor.

A name that is no comparator's is the file of a checker program. A file that a document or a workspace names
must lie in its folder, links followed: a cloned repository must not make us read elsewhere.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from attrs import evolve

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.source.comments import LANGUAGE_OF_SUFFIX, language_of
from sstar_lsp.records import CheckerProgram, Problem, Style
from sstar_lsp.regular_files import read_regular
from sstar_lsp.settings import Settings, workspace_file
from sstar_sandbox import LANGUAGES, CheckerStyle, UnknownName, comparator_named
from sstar_sandbox.verdicts.comparators import KNOWN

LANGUAGES_OF_CHECKERS = ("python", "cpp", "c", "rust", "go")
"""What the sandbox runs with files beside it."""
BESIDE = ("interactor.py", "interactor.cpp")
"""Names by which an interactor is found beside a statement that is told to be interactive."""
LONGEST = 1 << 20
"""Bytes of a checker program, ``testlib.h`` included."""
_ENDINGS = {
    ending: language for language in LANGUAGES_OF_CHECKERS for ending in LANGUAGES[language].extensions
}
_HEADER = re.compile(
    r"^[ \t]*#[ \t]*include[ \t]*(?:[<\"](?P<testlib>testlib\.h)[>\"]|\"(?P<name>[\w.-]+)\").*$", re.MULTILINE
)
"""An include of ``testlib.h`` however it is written, or of another file that lies beside."""


def with_checker(
    problem: Problem,
    named: str,
    folder: Path | None,
    *,
    style: str | None = None,
    flags: str = "",
    is_confined: bool = True,
) -> Problem:
    """The problem with the comparator or checker program of that name.

    ``folder``: where files are looked for; None: the document lies nowhere. ``style``: of the program, None:
    told by its text. ``flags``: further arguments, as a shell splits them. ``is_confined``: the file must lie
    in the folder; only what a person typed themselves may lie elsewhere.

    Raises:
        ProblemError: neither a comparator nor a file that can be taken; says what there is.
    """
    try:
        comparator_named(named)
    except UnknownName:
        program = program_file(named, folder, style, flags, is_confined)
        return evolve(problem, checker_program=program, is_checker_named=True)
    return evolve(
        problem, checker=_for_style(problem.style, named), checker_program=None, is_checker_named=True
    )


def with_settings_checker(problem: Problem, settings: Settings, document: str | None) -> Problem:
    """The problem with the checker of the settings, where a person named none for the problem itself.

    Its file is looked for in the folder of the workspace's ``sstar.toml``, else in that of the document.

    Raises:
        ProblemError: it is neither a comparator nor a file there.
    """
    named = settings.problem.checker
    if named is None or problem.is_checker_named or problem.interactor is not None:
        return problem
    folder = Path(document).parent if document is not None and Path(document).is_absolute() else None
    workspace = workspace_file(folder)
    folder = folder if workspace is None else workspace.parent
    return with_checker(problem, named, folder, style=settings.problem.checker_style)


def interactor_file(
    named: str, folder: Path | None, *, style: str | None = None, is_confined: bool = True
) -> CheckerProgram:
    """The interactor in a file; its convention is told by its text. ``folder``, ``is_confined``: as for a
    checker.
    Raises :class:`ProblemError`: there is no such file, it cannot be taken, or it wants a testlib.h that is
    not there."""
    return program_file(named, folder, style, "", is_confined, what="interactor")


def interactor_beside(path: Path | None) -> CheckerProgram | None:
    """The interactor that lies beside a statement by its name; None if none does.
    Raises :class:`ProblemError`: it cannot be taken."""
    if path is None:
        return None
    name = next((name for name in BESIDE if (path.parent / name).is_file()), None)
    return interactor_file(name, path.parent) if name is not None else None


def program_of(path: Path, text: str | None = None) -> tuple[str, str]:
    """Source and language of a program that a person named, ``testlib.h`` instead of its include.

    ``text``: what stands in an editor, where that is not what is on disk.

    Raises:
        ProblemError: its ending tells no language, or it cannot be read.
    """
    language = language_of(path)
    if language is None:
        raise ProblemError(f"{path}: its ending tells no language; known: {', '.join(LANGUAGE_OF_SUFFIX)}.")
    return _with_headers(_text(path) if text is None else text, path, path.parent, False), language


def _for_style(style: Style, named: str) -> str:
    """A comparator's name as results of functions want it, which are compared as JSON."""
    kind, _, options = named.strip().lower().partition(":")
    if style is Style.STDIN or kind == "json":
        return named.strip().lower()
    if kind == "float":
        return f"json:{options or '1e-6'}"
    known = ", ".join(name for name in KNOWN if name.startswith("json"))
    raise ProblemError(f"checker '{named}': results of functions are compared as JSON; known: {known}.")


def program_file(
    named: str, folder: Path | None, style: str | None, flags: str, is_confined: bool, what: str = "checker"
) -> CheckerProgram:
    """A program that judges, from its file: as :func:`with_checker` says of its arguments. ``what`` is it,
    for a person.
    Raises :class:`ProblemError`: it is no file that can be taken; says why."""
    language = _ENDINGS.get(Path(named).suffix.lower())
    if language is None:
        endings = ", ".join(_ENDINGS)
        known = f"neither a comparator (known: {', '.join(KNOWN)}) nor" if what == "checker" else "not"
        raise ProblemError(f"{what} '{named}' is {known} the file of a program ({endings}).")
    if folder is None:
        raise ProblemError(f"{what} '{named}': save the document first, the file is looked for beside it.")
    path = _found(folder, named, is_confined, what)
    source = _with_headers(_text(path), path, folder, is_confined, what)
    try:
        convention = CheckerStyle(style.strip().lower()) if style is not None else _style_of(source)
        words = tuple(shlex.split(flags))
    except ValueError as error:
        known = ", ".join(CheckerStyle)
        raise ProblemError(f"{what} '{named}': {error}; known styles: {known}.") from None
    return CheckerProgram(source, language, convention, words, path.name)


def _found(folder: Path, named: str, is_confined: bool, what: str = "checker") -> Path:
    """The file, links followed."""
    path = (folder / named).resolve()
    if is_confined and not path.is_relative_to(folder.resolve()):
        raise ProblemError(
            f"{what} '{named}' lies outside {folder}: put it beside the statement, or name it with --{what}."
        )
    if not path.is_file():
        raise ProblemError(f"{what} '{named}': there is no file {folder / named}.")
    return path


def _text(path: Path) -> str:
    try:
        return read_regular(path, LONGEST).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise ProblemError(f"{path.name} cannot be read: {error.strerror}.") from error


def _with_headers(source: str, path: Path, folder: Path, is_confined: bool, what: str = "checker") -> str:
    """The source with ``testlib.h`` and other files beside it instead of their first includes: the
    sandbox shows the compiler one file.
    Raises :class:`ProblemError`: ``testlib.h`` is not there, or it all is too large."""
    taken: set[str] = set()
    size = len(source)

    def inlined(include: re.Match[str]) -> str:
        name = include["testlib"] or include["name"]
        beside = path.parent / name
        if not beside.is_file():
            if include["testlib"]:
                raise ProblemError(
                    f"{what} {path.name} includes testlib.h, which must lie beside it: put it into {path.parent}."
                )
            return include[0]  # the compiler says that it is not there
        if name in taken:
            return ""
        taken.add(name)
        header = _text(
            _found(folder, str(beside.relative_to(folder.resolve())), True) if is_confined else beside
        )
        nonlocal size
        size += len(header)
        if size > LONGEST:
            raise ProblemError(
                f"{what} {path.name} has more than {LONGEST} bytes with the files that it includes."
            )
        line = source.count("\n", 0, include.end()) + 2
        return f'#line 1 "{name}"\n{header}\n#line {line} "{path.name}"'

    return _HEADER.sub(inlined, source)


def _style_of(source: str) -> CheckerStyle:
    """Kattis' validators end with 42 or 43; all others are taken for testlib's."""
    is_kattis = all(re.search(rf"\b{code}\b", source) for code in (42, 43)) and "testlib" not in source
    return CheckerStyle.KATTIS if is_kattis else CheckerStyle.TESTLIB
