"""From a document to a Problem: text, blocks, examples, facts, in this order.

Decides what kind of problem it is, says what is missing, and refuses what cannot be solved here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from sstar_lsp.errors import ProblemError, RefusedProblem
from sstar_lsp.problems.checker_files import interactor_beside, interactor_file, with_checker
from sstar_lsp.problems.corrections import corrected
from sstar_lsp.problems.front_matter import FrontMatter, front_matter
from sstar_lsp.problems.functions import Page, function_problem
from sstar_lsp.problems.layouts import tests_beside
from sstar_lsp.problems.metadata import Facts, facts_of
from sstar_lsp.problems.package import (
    PackageFacts,
    package_facts,
    packaged_interactor,
    shown_samples,
    with_interactor,
)
from sstar_lsp.problems.pages.block_reader import blocks_of, is_html
from sstar_lsp.problems.pages.blocks import Block, Code, Line, Table, rendered
from sstar_lsp.problems.pages.html_blocks import page_text, page_title
from sstar_lsp.problems.report import kinds_of_tests
from sstar_lsp.problems.source.document import Document, text_of
from sstar_lsp.problems.statement import refusals
from sstar_lsp.problems.statement.copied_formulas import with_single_formulas
from sstar_lsp.problems.statement.examples import Examples, examples_of
from sstar_lsp.problems.statement.prose import is_drawing, searchable
from sstar_lsp.problems.statement.refusals import NEEDS_INTERACTOR
from sstar_lsp.problems.statement.titles import title_of
from sstar_lsp.problems.tex import TexStatement, tex_to_markdown
from sstar_lsp.records import CheckerProgram, Problem, Remark, Severity, Style, Test, TestOrigin, counted
from sstar_sandbox.compilation.compiler_options import standard_named
from sstar_sandbox.verdicts.comparators import comparator_named

_WORD = re.compile(r"[^\W\d_]{2,}")
_FRACTION = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
_FILE_NAME = re.compile(r"[\w-][\w.-]{0,59}")
_SETS = re.compile(
    r"\b(?:group(?:s|ed|ing)?|subsets?|combinations?|anagrams|triplets?|quadruplets?|teams?|components?)\b",
    re.IGNORECASE,
)
"""What an answer is made of: the order inside of such a thing means nothing."""
_SEQUENCES = re.compile(
    r"\b(?:permutations?|paths?|sequences?|subsequences?|intervals?|arrangements?|strings? of)\b",
    re.IGNORECASE,
)
_MIN_WORDS = 3
"""Fewer words than this are no statement (a file name, an author) unless examples stand with them."""


def read_problem(path: Path, *, interactor: CheckerProgram | None = None) -> Problem:
    """The problem in a file, with the tests that lie beside it. ``interactor``: as for :func:`read_document`.

    Raises:
        ProblemError: the file is missing, empty, binary or too large, holds no statement or contradicts
            itself.
        RefusedProblem: it is of a kind that cannot be solved here (SQL, interactive without an interactor …).
    """
    return read_document(text_of(path), path, interactor=interactor)


def read_document(
    text: str,
    path: Path | None,
    *,
    selection: tuple[int, int] | None = None,
    interactor: CheckerProgram | None = None,
) -> Problem:
    """The problem in a text, saved or not. ``path`` tells the language, and where tests lie beside it.

    ``selection`` is the line range (zero-based, end exclusive) that holds the problem; None for the whole
    text. ``interactor``: that a person named; None: the one that front matter, package or folder give, if
    any.

    Raises:
        ProblemError: as :func:`read_problem`.
    """
    name = path.name if path is not None else "the document"
    if "\0" in text:
        raise ProblemError(f"{name} is a binary file; paste the statement as text into a .md file")
    document = Document.of(text, path, selection)
    if not document.text.strip():
        where = "the selection" if selection is not None else name
        raise ProblemError(f"{where} is empty; paste the statement into it")
    statement = document.text if document.language is None else document.header.statement
    matter = front_matter(statement)
    if matter is not None:  # its lines stay, empty, so that line numbers stay
        statement = "\n".join([""] * matter.end + statement.split("\n")[matter.end :])
    offset = document.first_line + (0 if document.language is None else document.header.offset)
    package = package_facts(path) if path is not None else None
    if package is not None and package.refused is not None:
        raise RefusedProblem(f"{name}: {package.refused}", "interactive")
    said = matter.values if matter is not None else {}
    if interactor is None and "interactor" in said:
        interactor = interactor_file(said["interactor"], path.parent if path is not None else None)
    tex = tex_to_markdown(statement) if path is not None and path.suffix.lower() == ".tex" else None
    if tex is not None:
        if tex.title is not None and tex.further_titles:
            titles = ", ".join((tex.title, *tex.further_titles[:4]))
            raise RefusedProblem(
                f"{name} holds several problems ({titles}); give each a file", "two problems"
            )
        statement = tex.markdown
    suffix = path.suffix if path is not None and document.language is None else ""
    blocks = blocks_of(statement, indented_code=document.language is None, suffix=suffix)
    title = None
    shown = statement
    if is_page := is_html(statement, suffix):
        title, shown, statement = page_title(statement), page_text(statement), rendered(blocks)
    examples = examples_of(blocks)
    shown = searchable(shown)
    facts = facts_of(_with_tables(shown, blocks), document.language or "python")
    if interactor is None:
        interactor = _interactor(name, path, shown, package, examples)
    _refuse(shown, blocks, examples, name)
    problem = None
    if said.get("kind", "function") == "function":
        page = Page(document, statement, blocks, examples, name, said.get("function"))
        problem = function_problem(page)
    if problem is None and said.get("kind") == "function":
        raise ProblemError(
            f"{name}: no function was found; give its signature, as in def name(n): below the statement"
        )
    if problem is None:
        _demand_statement(name, document, statement, blocks, examples)
        # The examples of a page are fenced by now, and have lines of its source.
        ranges = [] if is_page else [(pair.line, pair.end) for pair in examples.pairs]
        problem = _stdin_problem(with_single_formulas(statement, ranges), examples)
    else:
        problem = evolve(problem, statement=with_single_formulas(problem.statement))
    problem = evolve(
        problem,
        title=title or title_of(statement, problem.entry_point, path.stem if path else "untitled"),
        language=document.language,
        header=document.header.text,
        remarks=_shifted(problem.remarks, offset),
        public_tests=tuple(_moved(test, offset) for test in problem.public_tests),
    )
    problem = _with_facts(problem, facts)
    if tex is not None:
        problem = _of_tex(problem, tex)
    if package is not None:
        problem = _of_package(problem, package)
    if matter is not None:
        problem = _of_front_matter(problem, matter, path)
    if path is not None and not problem.public_tests:
        problem = evolve(problem, statement=problem.statement + shown_samples(path))
    if path is not None and problem.style is Style.STDIN:
        beside = tests_beside(path)
        tests = (*problem.public_tests, *beside.tests)
        has_own_inputs = interactor is not None and not beside.tests  # they need no outputs
        remarks = problem.remarks if has_own_inputs else (*problem.remarks, *beside.remarks)
        problem = evolve(problem, public_tests=tests, remarks=remarks)
    if interactor is not None:
        problem = with_interactor(problem, interactor, path)
    if path is not None:
        problem = corrected(problem, text, path)
    return _summed_up(_without_repeats(problem, name))


def _with_tables(shown: str, blocks: Sequence[Block]) -> str:
    """The text, and the heads of its tables, where names of files may stand."""
    heads = ["\t".join(block.header) for block in blocks if isinstance(block, Table)]
    return "\n".join([shown, *heads]) if heads else shown


def _interactor(
    name: str, path: Path | None, shown: str, package: PackageFacts | None, examples: Examples
) -> CheckerProgram | None:
    """The interactor of a problem that is told to be interactive, by its package, its words or its samples.

    One that lies beside a statement without examples is taken as well: nothing else could judge it.
    """
    told = package.interactive if package is not None else None
    if told is not None and path is not None and (packaged := packaged_interactor(path)) is not None:
        return packaged
    refusal = refusals.interactive(shown) or refusals.talking_samples(
        [pair.output for pair in examples.pairs]
    )
    is_told = told is not None or refusal is not None
    if (is_told or not examples.pairs) and (beside := interactor_beside(path)) is not None:
        return beside
    if told is not None:
        raise RefusedProblem(f"{name}: {told}; {NEEDS_INTERACTOR}", "interactive")
    if refusal is not None:
        raise RefusedProblem(refusal.message(name), refusal.kind)
    return None


def _refuse(shown: str, blocks: Sequence[Block], examples: Examples, name: str) -> None:
    refusal = refusals.sql(shown)
    if refusal is None:
        refusal = refusals.two_problems(examples.order)
    if refusal is None and not examples.pairs:
        refusal = refusals.no_statement(shown, blocks)
    if refusal is not None:
        raise RefusedProblem(refusal.message(name), refusal.kind)


def _stdin_problem(statement: str, examples: Examples) -> Problem:
    tests = tuple(
        Test(p.input, p.output, TestOrigin.SAMPLE, f"example {n}", (p.line, p.end), p.is_sure)
        for n, p in enumerate(examples.pairs, 1)
    )
    return Problem(
        title="", statement=statement.strip("\n") + "\n", public_tests=tests, remarks=examples.remarks
    )


def _demand_statement(
    name: str, document: Document, statement: str, blocks: Sequence[Block], examples: Examples
) -> None:
    if document.language is not None and not statement.strip():
        raise ProblemError(
            f"{name} holds only code, no statement; write the statement into a comment at its top, "
            "or a docstring with examples into the function"
        )
    prose = "\n".join(block.text for block in blocks if isinstance(block, Line))
    words = len(_WORD.findall(re.sub(r"https?://\S+", "", prose)))
    if words >= _MIN_WORDS or examples.pairs:
        return
    if re.search(r"https?://\S+", statement):
        raise ProblemError(f"{name} holds only a link; paste the statement itself, links are never fetched")
    if document.language is not None:
        raise ProblemError(
            f"{name}: the comment at its top is no statement; write what the program must do into it"
        )
    if any(isinstance(block, Code) for block in blocks):
        raise ProblemError(f"{name} holds only code, no statement; say in words what the program must do")
    raise ProblemError(f"{name} holds no statement; say in words what the program must do")


def _with_facts(problem: Problem, facts: Facts) -> Problem:
    is_stdin = problem.style is Style.STDIN
    return evolve(
        problem,
        checker=_stdin_checker(problem, facts) if is_stdin else _function_checker(problem, facts),
        time_limit_s=facts.time_limit_s,
        memory_limit_bytes=facts.memory_limit_bytes,
        url=facts.url,
        several_answers=facts.accepts_others,
        file_io=facts.file_io if is_stdin else None,
    )


def _stdin_checker(problem: Problem, facts: Facts) -> str:
    if facts.checker is not None:
        return facts.checker
    outputs = [test.expected for test in problem.public_tests]
    if facts.spaces_matter or any(map(is_drawing, outputs)):
        return "lines"
    has_fractions = any(_FRACTION.fullmatch(word) for output in outputs for word in output.split())
    return "numbers" if has_fractions and not facts.has_fixed_digits else problem.checker


def _function_checker(problem: Problem, facts: Facts) -> str:
    """``json`` with the freedom of order and the tolerance that the prose gives."""
    tolerance = problem.checker.partition(":")[2]
    if facts.checker is not None and facts.checker.startswith("float:"):
        tolerance = facts.checker.removeprefix("float:")
    order = facts.any_order if not facts.several_answers else ""
    if order and _SETS.search(problem.statement) and not _SEQUENCES.search(problem.statement):
        order = "any-order-nested"
    options = ",".join(filter(None, (order, tolerance)))
    return f"json:{options}" if options else "json"


def _of_front_matter(problem: Problem, matter: FrontMatter, path: Path | None) -> Problem:
    """What a person says at the top of the document goes before what its prose says."""
    values = matter.values
    limits = facts_of(
        f"time limit: {values.get('time_limit', '')}\nmemory limit: {values.get('memory_limit', '')}"
    )
    remarks = list(matter.remarks)
    for key, value, wanted in (
        ("time_limit", limits.time_limit_s, "2 s, 500 ms"),
        ("memory_limit", limits.memory_limit_bytes, "256 MB"),
    ):
        if key in values and value is None:
            words = f"front matter: {key} '{values[key]}' is no limit; write it as {wanted}"
            remarks.append(Remark(Severity.WARNING, words))
    names = values.get("input_file", "input.txt"), values.get("output_file", "output.txt")
    names_files = "input_file" in values or "output_file" in values
    if names_files and not all(_FILE_NAME.fullmatch(each) for each in names):
        raise ProblemError(
            f"front matter: '{' and '.join(names)}' must be plain names of files, such as gap.in"
        )
    if standard := values.get("cpp_standard"):
        try:
            standard_named(standard)
        except ValueError as error:
            raise ProblemError(f"front matter: cpp_standard: {error}") from error
    problem = evolve(
        problem,
        time_limit_s=limits.time_limit_s or problem.time_limit_s,
        memory_limit_bytes=limits.memory_limit_bytes or problem.memory_limit_bytes,
        file_io=names if names_files else problem.file_io,
        cpp_standard=standard,
        remarks=(*problem.remarks, *remarks),
    )
    if "checker" not in values:
        return problem
    folder = path.parent if path is not None else None
    style, flags = values.get("checker_style"), values.get("checker_flags", "")
    return with_checker(problem, values["checker"], folder, style=style, flags=flags)


def _of_tex(problem: Problem, tex: TexStatement) -> Problem:
    """Lines of the Markdown are none of the document; what TeX says beside its text counts."""
    remarks = [evolve(remark, line=None) for remark in problem.remarks]
    if tex.figures:
        words = f"{counted(tex.figures, 'picture')} of the statement cannot be shown"
        remarks.append(Remark(Severity.INFO, words))
    tests = tuple(evolve(test, lines=None) for test in problem.public_tests)
    return evolve(problem, public_tests=tests, file_io=tex.file_io or problem.file_io, remarks=tuple(remarks))


def _of_package(problem: Problem, package: PackageFacts) -> Problem:
    """What the package says goes before what the prose says."""
    checker = package.checker if problem.style is Style.STDIN else None
    return evolve(
        problem,
        title=package.title or problem.title,
        url=problem.url or package.url,
        checker=checker or problem.checker,
        time_limit_s=package.time_limit_s or problem.time_limit_s,
        memory_limit_bytes=package.memory_limit_bytes or problem.memory_limit_bytes,
        several_answers=package.several_answers or problem.several_answers,
        remarks=(*problem.remarks, *package.remarks),
    )


def _moved(test: Test, offset: int) -> Test:
    """A test whose lines are those of the document."""
    if test.lines is None:
        return test
    first, end = test.lines
    return evolve(test, lines=(first + offset, end + offset))


def _shifted(remarks: Sequence[Remark], offset: int) -> tuple[Remark, ...]:
    """Line numbers of the statement as line numbers of the document."""

    def shifted(remark: Remark) -> Remark:
        if remark.line is None:
            return remark
        line = remark.line + offset
        message = remark.message.replace(f"(line {remark.line + 1})", f"(line {line + 1})")
        return evolve(remark, line=line, message=message)

    return tuple(map(shifted, remarks))


def _without_repeats(problem: Problem, name: str) -> Problem:
    """Each test once. Two different answers to one input are an error, unless any answer may be printed."""
    same = comparator_named(problem.checker).same
    seen: dict[str, Test] = {}
    remarks: list[Remark] = []
    kept: list[Test] = []
    for test in problem.public_tests:
        key = test.input if problem.style is Style.FUNCTION else re.sub(" +", " ", test.input).rstrip(" ")
        before = seen.setdefault(key, test)
        if before is test:
            kept.append(test)
        elif same(before.expected.encode(), test.expected.encode()):
            continue
        elif problem.several_answers:
            words = f"{before.name} and {test.name} show two answers to one input; the first is kept"
            remarks.append(Remark(Severity.INFO, words))
        else:
            raise ProblemError(
                f"{name}: {before.name} and {test.name} contradict each other: the same input "
                f"{_short(test.input)} gives {_short(before.expected)} and {_short(test.expected)}; "
                "correct one of them"
            )
    return evolve(problem, public_tests=tuple(kept), remarks=(*problem.remarks, *remarks))


def _short(text: str) -> str:
    flat = text.strip()
    return repr(flat if len(flat) <= 60 else flat[:57] + "…")


def _summed_up(problem: Problem) -> Problem:
    """The first remark says how many tests there are; a missing one is a warning."""
    if parts := kinds_of_tests(problem):
        first = Remark(Severity.INFO, f"{' and '.join(parts)} found")
    else:
        first = Remark(Severity.WARNING, "no example: the choice will rest on agreement alone")
    more: list[Remark] = []
    if problem.is_open_ended:
        words = "several answers may be right: a difference between programs is no proof"
        more.append(Remark(Severity.INFO, words))
    if problem.file_io is not None:
        given, written = problem.file_io
        more.append(Remark(Severity.INFO, f"the judge wants the files {given} and {written}"))
    return evolve(problem, remarks=(first, *problem.remarks, *more))
