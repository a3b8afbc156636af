"""The interactor of a problem: named by a person, of its package, or beside the statement; and the inputs it is run on.

Like a checker program it is hostile and read by content; unless a person typed its path it must lie in the folder of what
names it. The tests of such a problem are the interactor's inputs: the program sees only what the interactor says.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from attrs import evolve

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.checker_files import program_file
from sstar_lsp.problems.layouts import natural, reader_for
from sstar_lsp.problems.layouts.files import Reader
from sstar_lsp.problems.layouts.kattis import SAMPLES, package_root
from sstar_lsp.problems.statement.refusals import NEEDS_INTERACTOR
from sstar_lsp.records import CheckerProgram, Problem, Remark, Severity, Style, Test, TestOrigin
from sstar_sandbox import CheckerStyle

BESIDE = ("interactor.py", "interactor.cpp")
"""Names by which an interactor is found beside a statement that is told to be interactive."""
VALIDATORS = ("output_validator", "output_validators")
"""Folders of a package in which its interactor lies."""
SECRETS = "data/secret"
MOST_INPUTS = 10
"""Inputs of an interactor that are read from :data:`SECRETS`, where the samples have none."""


def interactor_file(
    named: str, folder: Path | None, *, style: str | None = None, is_confined: bool = True
) -> CheckerProgram:
    """The interactor in a file; its convention is told by its text. ``folder``, ``is_confined``: as for a checker.

    Raises:
        ProblemError: there is no such file, it cannot be taken, or it wants a testlib.h that is not there.
    """
    return program_file(named, folder, style, "", is_confined, what="interactor")


def interactor_beside(path: Path | None) -> CheckerProgram | None:
    """The interactor that lies beside a statement by its name; None where none does.

    Raises:
        ProblemError: it cannot be taken.
    """
    if path is None:
        return None
    name = next((name for name in BESIDE if (path.parent / name).is_file()), None)
    return interactor_file(name, path.parent) if name is not None else None


def packaged_interactor(path: Path) -> CheckerProgram | None:
    """The output validator of the package that a statement belongs to, for a package that says that it is interactive.

    Raises:
        ProblemError: there are several programs, or the one cannot be taken.
    """
    root = package_root(path)
    if root is None:
        return None
    found: list[Path] = []
    for folder in (root / name for name in VALIDATORS):
        inner = sorted(entry for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []
        for place in (folder, *inner):
            found += [
                file for file in reader_for(path).files(place) if file.suffix in {".py", ".cpp", ".cc", ".c"}
            ]
    if len(found) > 1:
        names = ", ".join(str(file.relative_to(root)) for file in found[:5])
        raise ProblemError(
            f"{path.name}: the package has several output validators ({names}): {NEEDS_INTERACTOR}"
        )
    kattis = CheckerStyle.KATTIS
    return interactor_file(str(found[0].relative_to(root)), root, style=kattis) if found else None


def with_interactor(problem: Problem, interactor: CheckerProgram, path: Path | None) -> Problem:
    """The problem judged by an interactor, with the interactor's inputs for tests.

    These are files of tests where there are any, else the examples of the statement, else one empty input.

    Raises:
        ProblemError: the problem asks for a function.
    """
    if problem.style is Style.FUNCTION:
        raise ProblemError(
            f"the interactor {interactor.name} talks with a program, and this problem asks for a function: add "
            "'kind: stdin' to the front matter, or leave the interactor out."
        )
    files = tuple(test for test in problem.public_tests if test.origin is TestOrigin.FILE)
    found, remarks = ((), ()) if files or path is None else _inputs(path)
    tests = files or found or problem.public_tests or (Test("", "", name="the empty input"),)
    told = f"programs talk with the interactor {interactor.name}, which judges them"
    return evolve(
        problem,
        interactor=interactor,
        public_tests=tests,
        several_answers=False,
        file_io=None,
        remarks=(*problem.remarks, *remarks, Remark(Severity.INFO, told)),
    )


def _inputs(path: Path) -> tuple[tuple[Test, ...], tuple[Remark, ...]]:
    """Inputs of an interactor that lie without outputs: a package's, else ``*.in`` beside the statement and in ``tests``."""
    root = package_root(path)
    folders = [path.parent, path.parent / "tests"] if root is None else [root / SAMPLES, root / SECRETS]
    reader = reader_for(path)
    for folder in folders:
        if tests := _inputs_in(folder, reader):
            return tests, tuple(reader.remarks)
    return (), tuple(reader.remarks)


def _inputs_in(folder: Path, reader: Reader) -> tuple[Test, ...]:
    if not folder.is_dir():
        return ()
    names = sorted(
        (file.name for file in islice(folder.iterdir(), 5000) if file.suffix == ".in"), key=natural
    )
    tests = []
    for name in names[:MOST_INPUTS]:
        file = folder / name
        answer = file.with_suffix(".ans")
        text = reader.text_of(file)
        if text is not None:
            right = (reader.text_of(answer) if answer.is_file() else None) or ""
            tests.append(Test(text, right, TestOrigin.FILE, reader.shown(file)))
    return tuple(tests)
