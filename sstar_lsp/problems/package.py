"""What files of a package say about a problem: limits, comparator, title, kind, interactor.

Kattis and ICPC packages (``problem.yaml``, legacy and 2023-07-draft), ``domjudge-problem.ini``, and cph's
problem file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.checker_files import interactor_file
from sstar_lsp.problems.layouts import reader_for
from sstar_lsp.problems.layouts.cph import prob_of
from sstar_lsp.problems.layouts.files import MAX_YAML_BYTES, Reader, natural, yaml_map
from sstar_lsp.problems.layouts.kattis import SAMPLES, language_of_statement, package_root
from sstar_lsp.problems.layouts.rbx import PACKAGE, rbx_root
from sstar_lsp.problems.statement.refusals import NEEDS_INTERACTOR
from sstar_lsp.problems.text import code_block
from sstar_lsp.records import CheckerProgram, Problem, Remark, Severity, Style, Test, TestOrigin
from sstar_sandbox import CheckerStyle

_MAX_SHOWN_CHARS = 16_000
"""All samples together, as they are shown in the statement."""

VALIDATORS = ("output_validator", "output_validators")
"""Folders of a package in which its interactor lies."""
SECRETS = "data/secret"
MOST_INPUTS = 10
"""Inputs of an interactor that are read from :data:`SECRETS`, where the samples have none."""
MOST_FOLDERS = 100
"""Folders in which validators are looked for."""
_WITHOUT_INPUT = ("multi-pass", "submit-answer")
"""Words of ``type`` and ``validation`` for problems in which one input does not lead to one output."""
DIALOGUE = ".interaction"
"""Ending of a sample that shows what both sides say."""
_VALIDATOR = "the package has an output validator of its own: several answers may be right"
_FLAG_FILES = (
    "data/testdata.yaml",
    "data/test_group.yaml",
    f"{SAMPLES}/testdata.yaml",
    f"{SAMPLES}/test_group.yaml",
)
_FLAG_KEYS = ("validator_flags", "output_validator_flags", "output_validator_args")


@frozen
class PackageFacts:
    """What files beside the statement say; None if they say nothing."""

    time_limit_s: float | None = None
    memory_limit_bytes: int | None = None
    checker: str | None = None
    """Name of a comparator, by the validator's flags."""
    several_answers: bool = False
    """The package has a validator of its own: an output that differs may be right."""
    title: str | None = None
    url: str | None = None
    refused: str | None = None
    """Why the problem cannot be solved here, with the words that told it."""
    interactive: str | None = None
    """The words that tell that the problem is interactive."""
    remarks: tuple[Remark, ...] = ()


def package_facts(path: Path) -> PackageFacts | None:
    """The facts of the package (or of cph's problem file) that the statement at ``path`` belongs to."""
    reader = reader_for(path)
    root = package_root(path)
    facts = None
    if root is not None:
        facts = _kattis_facts(root, language_of_statement(path), reader)
    elif (rbx := rbx_root(path)) is not None:
        facts = _rbx_facts(rbx, reader)
    elif (prob := prob_of(path, reader)) is not None:
        facts = _cph_facts(prob.fields)
    return facts and evolve(facts, remarks=(*facts.remarks, *reader.remarks))


def shown_samples(path: Path) -> str:
    """The samples of the statement's package as Markdown, as the judge shows them; empty without a package.

    ``1.in.statement`` is shown instead of ``1.in`` where it lies there.
    """
    root = package_root(path)
    if root is None or root == path.parent:
        return ""
    reader = reader_for(path)
    parts: list[str] = []
    shown = 0
    files = {file.name: file for file in reader.files(root / SAMPLES)}
    stems = sorted((name.removesuffix(".in") for name in files if name.endswith(".in")), key=natural)
    for number, stem in enumerate(stems, 1):
        for side, suffix in (("Input", ".in"), ("Output", ".ans")):
            file = files.get(f"{stem}{suffix}.statement") or files.get(stem + suffix)
            text = reader.text_of(file) if file is not None else None
            if text is None or shown + len(text) > _MAX_SHOWN_CHARS:
                return "".join(parts)
            shown += len(text)
            parts.append(f"\n## Sample {side} {number}\n\n{code_block(text)}\n")
    dialogues = (file for name, file in sorted(files.items()) if name.endswith(DIALOGUE))
    for number, file in enumerate(dialogues, 1):
        text = reader.text_of(file)
        if text is None or shown + len(text) > _MAX_SHOWN_CHARS:
            break
        shown += len(text)
        parts.append(f"\n## Sample Interaction {number}\n\n{code_block(text)}\n")
    return "".join(parts)


def packaged_interactor(path: Path) -> CheckerProgram | None:
    """The output validator of the package that a statement belongs to, for a package that says that it is
    interactive.
    Raises :class:`ProblemError`: there are several programs, or the one cannot be taken."""
    root = package_root(path)
    if root is None:
        return None
    found: list[Path] = []
    for folder in (root / name for name in VALIDATORS):
        inner = sorted(islice(folder.glob("*/"), MOST_FOLDERS))
        files = [file for place in (folder, *inner) for file in reader_for(path).files(place)]
        found += [file for file in files if file.suffix in {".py", ".cpp", ".cc", ".c"}]
    if len(found) > 1:
        names = ", ".join(str(file.relative_to(root)) for file in found[:5])
        raise ProblemError(
            f"{path.name}: the package has several output validators ({names}): {NEEDS_INTERACTOR}"
        )
    kattis = CheckerStyle.KATTIS
    return interactor_file(str(found[0].relative_to(root)), root, style=kattis) if found else None


def with_interactor(problem: Problem, interactor: CheckerProgram, path: Path | None) -> Problem:
    """The problem judged by an interactor, with the interactor's inputs for tests.

    These are pairs of test files where there are any, else inputs without outputs (in a package the samples',
    else the first secret ones), else the examples of the statement, else one empty input.

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
    remarks = (*problem.remarks, *remarks, Remark(Severity.INFO, told))
    problem = evolve(problem, interactor=interactor, public_tests=tests, remarks=remarks)
    return evolve(problem, several_answers=False, file_io=None)


def _inputs(path: Path) -> tuple[tuple[Test, ...], tuple[Remark, ...]]:
    """An interactor's inputs without outputs: a package's, else ``*.in`` beside the statement or in
    ``tests``."""
    root = package_root(path)
    folders = [path.parent, path.parent / "tests"] if root is None else [root / SAMPLES, root / SECRETS]
    reader = reader_for(path)
    for folder in folders:
        if tests := _inputs_in(folder, reader):
            return tests, tuple(reader.remarks)
    return (), tuple(reader.remarks)


def _inputs_in(folder: Path, reader: Reader) -> tuple[Test, ...]:
    files = [file for file in reader.files(folder, dotted=True) if file.suffix == ".in"]  # ".in" has none
    tests = []
    for file in sorted(files, key=lambda file: natural(file.name))[:MOST_INPUTS]:
        answer = file.with_suffix(".ans")
        text = reader.text_of(file)
        if text is not None:
            right = (reader.text_of(answer) if answer.is_file() else None) or ""
            tests.append(Test(text, right, TestOrigin.FILE, reader.shown(file)))
    return tuple(tests)


def _kattis_facts(root: Path, language: str, reader: Reader) -> PackageFacts:
    settings = yaml_map(root / "problem.yaml", reader)
    given = settings.get("limits")
    limits: dict[Any, Any] = given if isinstance(given, dict) else {}
    memory = _positive(limits.get("memory"))
    flags = [word for key in _FLAG_KEYS for word in _words(settings.get(key))]
    for name in _FLAG_FILES:
        group = yaml_map(root / name, reader)
        flags += [word for key in _FLAG_KEYS for word in _words(group.get(key))]
    validators = (root / "output_validator", root / "output_validators")
    if "validation" in settings:
        is_custom = "custom" in _words(settings["validation"])
    else:
        is_custom = any(folder.is_dir() for folder in validators)
    return PackageFacts(
        time_limit_s=_positive(limits.get("time_limit")) or _time_beside(root, reader),
        memory_limit_bytes=int(memory * (1 << 20)) if memory else None,
        checker=_checker(flags),
        several_answers=is_custom,
        title=_title(settings.get("name"), language),
        refused=_refused(settings),
        interactive=(interactive := _interactive(settings, root, reader)),
        remarks=(Remark(Severity.INFO, _VALIDATOR),) if is_custom and interactive is None else (),
    )


def _refused(settings: dict[str, Any]) -> str | None:
    for key in ("validation", "type"):
        words = _words(settings.get(key))
        if found := [word for word in words if word in _WITHOUT_INPUT]:
            return (
                f"problem.yaml says {key}: {' '.join(words)[:60]}; {found[0]} problems are not supported yet"
            )
    return None


def _interactive(settings: dict[str, Any], root: Path, reader: Reader) -> str | None:
    """The words of the package that tell that it is interactive."""
    for key in ("validation", "type"):
        words = _words(settings.get(key))
        if "interactive" in words:
            return f"problem.yaml says {key}: {' '.join(words)[:60]}"
    dialogues = (file for file in reader.files(root / SAMPLES) if file.suffix == DIALOGUE)
    return next((f"{reader.shown(file)} shows a dialogue" for file in dialogues), None)


def _rbx_facts(root: Path, reader: Reader) -> PackageFacts:
    """Limits in milliseconds and MiB. A checker of the package's own may accept several answers."""
    settings = yaml_map(root / PACKAGE, reader)
    time, memory = _positive(settings.get("timeLimit")), _positive(settings.get("memoryLimit"))
    checker = settings.get("checker")
    file = checker.get("path") if isinstance(checker, dict) else checker
    is_custom = isinstance(file, str) and (root / file).is_file()
    talks = str(settings.get("type", "")).lower() == "communication" or "interactor" in settings
    titles = settings.get("titles")
    return PackageFacts(
        time_limit_s=time / 1000 if time else None,
        memory_limit_bytes=int(memory * (1 << 20)) if memory else None,
        several_answers=is_custom,
        title=_title(titles, "en") if isinstance(titles, dict) else None,
        interactive=f"{PACKAGE} names an interactor" if talks else None,
        remarks=(Remark(Severity.INFO, _VALIDATOR),) if is_custom else (),
    )


def _cph_facts(fields: dict[str, Any]) -> PackageFacts:
    time, memory = _positive(fields.get("timeLimit")), _positive(fields.get("memoryLimit"))
    name, url = fields.get("name"), fields.get("url")
    told = "cph's problem file says that it is interactive"
    return PackageFacts(
        time_limit_s=time / 1000 if time else None,
        memory_limit_bytes=int(memory * (1 << 20)) if memory else None,
        title=name.strip()[:200] if isinstance(name, str) and name.strip() else None,
        url=url if isinstance(url, str) and re.fullmatch(r"https?://\S{4,300}", url) else None,
        interactive=told if fields.get("interactive") is True else None,
    )


def _time_beside(root: Path, reader: Reader) -> float | None:
    """Seconds in ``.timelimit``, else in ``domjudge-problem.ini``."""
    readers: tuple[tuple[str, Callable[[str], str | None]], ...] = (
        (".timelimit", str.strip),
        ("domjudge-problem.ini", _ini_time),
    )
    for name, seconds_in in readers:
        file = root / name
        text = reader.text_of(file) if file.is_file() else None
        if text is not None and (seconds := _positive(seconds_in(text))):
            return seconds
    return None


def _ini_time(text: str) -> str | None:
    match = re.search(r"^\s*timelimit\s*=\s*['\"]?([\d.]{1,12})", text[:MAX_YAML_BYTES], re.MULTILINE)
    return match[1] if match else None


def _positive(value: Any) -> float | None:
    """The number, or the text of one, if it is above zero and finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 < number < 1e12 else None


def _words(value: Any) -> list[str]:
    """Words of a text or of a list of texts."""
    parts = value if isinstance(value, list) else [value]
    return [word for part in parts if isinstance(part, str) for word in part[:1000].split()]


def _checker(flags: list[str]) -> str | None:
    """The comparator that the flags of Kattis' default validator ask for; None without flags.

    Its tolerances hold if the absolute *or* the relative error is small enough, so the wider one is taken.
    """
    tolerances = [
        number
        for flag, value in pairwise(flags)
        if re.fullmatch(r"float_(?:absolute_|relative_)?tolerance", flag) and (number := _positive(value))
    ]
    if tolerances:
        return f"float:{max(tolerances):g}".replace("e-0", "e-")
    if "space_change_sensitive" in flags:
        return "exact"
    return "tokens" if "case_sensitive" in flags else None


def _title(name: Any, language: str) -> str | None:
    if isinstance(name, dict):
        name = name.get(language) or name.get("en") or next(iter(name.values()), None)
    return name.strip()[:200] if isinstance(name, str) and name.strip() else None
