"""A problem from a page: read, and kept as a statement only once a person has seen what was read."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from sstar_lsp.companion.clipboard import Flavour
from sstar_lsp.companion.folders import PASTE_HERE, file_name
from sstar_lsp.errors import ProblemError, SStarError, UsageError
from sstar_lsp.problems.reader import read_document
from sstar_lsp.records import Problem
from sstar_lsp.regular_files import replace_file

EXAMPLE = Path(__file__).with_name("example.md")
"""A problem to begin with: one of ``examples/``."""


@frozen
class ReadPage:
    """What was read of a page, and the text to keep."""

    problem: Problem
    text: str
    suffix: str
    """``.md``, or that of the page where Markdown would be read otherwise."""


def read_page(flavours: Sequence[Flavour]) -> ReadPage:
    """The flavour that shows most examples, the first of several; as Markdown where that is read the same.
    Raises :class:`ProblemError`: none of them is a problem (the reason is that of the first)."""
    pages: list[ReadPage] = []
    refused: list[SStarError] = []
    for flavour in flavours:
        try:
            problem = _read(flavour.text, flavour.suffix)
        except SStarError as error:
            refused.append(error)
            continue
        pages.append(_as_markdown(problem) or ReadPage(problem, flavour.text, flavour.suffix))
    if not pages:
        raise refused[0]
    return max(pages, key=lambda page: len(page.problem.public_tests))


def _read(text: str, suffix: str) -> Problem:
    with tempfile.TemporaryDirectory() as folder:  # no tests lie beside it
        return read_document(text, Path(folder) / f"page{suffix}")


def _as_markdown(problem: Problem) -> ReadPage | None:
    heading = "" if problem.statement.lstrip().startswith("#") else f"# {problem.title}\n\n"
    text = f"{heading}{problem.statement.strip()}\n"
    try:
        again = _read(text, ".md")
    except SStarError:
        return None

    def examples(of: Problem) -> list[tuple[str, str]]:
        return [(test.input, test.expected) for test in of.public_tests]

    return ReadPage(problem, text, ".md") if examples(again) == examples(problem) else None


def keep_page(page: ReadPage, folder: Path, into: Path | None = None) -> Path:
    """Write the statement: into the place that waits for it in ``into``, else as a new file of the problem's
    name.

    Raises:
        UsageError: ``into`` does not wait for a statement, or the page cannot be Markdown.
        ProblemError: the file cannot be written.
    """
    try:
        if into is not None:
            before = into.read_text("utf-8")
            if PASTE_HERE not in before:
                raise UsageError(f"{into} does not wait for a statement: it has no line {PASTE_HERE}")
            if page.suffix != ".md":
                raise UsageError(f"this page can be kept as {page.suffix} only: leave out --into.")
            filled = before.replace(PASTE_HERE, _without_heading(page.text), 1)
            replace_file(into, filled.encode("utf-8", "replace"))
            return into
        folder.mkdir(parents=True, exist_ok=True)
        stem = file_name(page.problem.title) or "problem"
        names = (f"{stem}{number}{page.suffix}" for number in ("", *(f"-{n}" for n in range(2, 100))))
        path = next(path for name in names if not (path := folder / name).exists())
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(page.text)
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"the statement cannot be kept: {error}.") from error
    except StopIteration:
        raise ProblemError(f"{folder} holds a hundred problems of this name already.") from None
    return path


def _without_heading(text: str) -> str:
    """The document that waits has the title already."""
    first, _, rest = text.partition("\n")
    return rest.strip() if first.startswith("# ") else text.strip()
