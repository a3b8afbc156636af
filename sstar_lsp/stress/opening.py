"""What a stress test needs: the problem, the two programs compiled, generator and validator."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path

from attrs import evolve, field, frozen

from sstar_lsp.engine.run.execution.executions import Executions, limits_of
from sstar_lsp.errors import CompileFailed, ProblemError, UsageError
from sstar_lsp.problems.checker_files import program_of, with_checker
from sstar_lsp.problems.layouts import tests_beside
from sstar_lsp.problems.layouts.owners import STATEMENT_NAMES
from sstar_lsp.problems.reader import read_document
from sstar_lsp.problems.source.document import text_of
from sstar_lsp.records import CheckerProgram, Problem, Style
from sstar_lsp.stress.legality import GENERATOR, Judge, statement, validator
from sstar_lsp.stress.search import Search, Side
from sstar_lsp.stress.sources import Generator, Wave, made_waves
from sstar_sandbox import CompilerOptions, Limits, Program, Sandbox, default_limits

HELPER_S = 10.0
"""CPU seconds of a generator or validator, each run."""
BRUTE_FORCE_S = 1.0
"""CPU seconds of a brute force, each run: it is there for small inputs."""
Texts = Mapping[Path, str]
"""What stands in an editor and is perhaps not saved, by path."""
STATEMENT_SUFFIXES = (".md", ".markdown", ".txt", ".html", ".htm", ".tex")


@frozen
class Wish:
    """What a person asked for; paths as they gave them."""

    left: Path
    right: Path
    problem: Path | None = None
    generator: Path | None = None
    checker: str | None = None
    validator: Path | None = None
    seed: int = 0
    texts: Texts = field(factory=dict)
    right_may_be_slow: bool = False
    """The right program is a brute force."""


@frozen
class Opened:
    """All that the search needs."""

    problem: Problem
    owner: Path
    """The file whose tests they are: the statement, else the first program."""
    executions: Executions
    left: Side
    right: Side
    judge: Judge
    generator: Generator | None

    def search(self, deadline: float, tell: Callable[[int], None]) -> Search:
        """The search, until a time of :func:`time.monotonic`; ``tell``: told the number of inputs tried."""
        return Search(self.problem, self.executions, self.left, self.right, self.judge, deadline, tell)

    def waves(self, seed: int) -> AsyncGenerator[Wave, None]:
        """Inputs to try."""
        return made_waves(self.problem, seed) if self.generator is None else self.generator.waves(seed)


def problem_of(
    program: Path,
    named: Path | None,
    texts: Texts | None = None,
    *,
    interactor: CheckerProgram | None = None,
) -> tuple[Problem, Path]:
    """The problem that a program is for, and the file that its tests belong to.

    ``named``, else the comment at the program's top, the statement that has its name, ``problem.*`` or
    ``statement.*`` beside it, else tests alone that lie beside it.

    Raises:
        ProblemError: a statement is there and cannot be read; or there is none, and no tests.
    """
    open_texts = texts or {}

    def read(path: Path) -> Problem:
        text = open_texts[path] if path in open_texts else text_of(path)
        return read_document(text, path, interactor=interactor)

    if named is not None:
        return read(named), named
    stems = dict.fromkeys([program.stem, *sorted(STATEMENT_NAMES)])
    names = [program.with_name(stem + suffix) for stem in stems for suffix in STATEMENT_SUFFIXES]
    for path in names:
        if path.is_file():
            return read(path), path
    try:
        return read(program), program
    except ProblemError as error:
        tests = tests_beside(program).tests
        if not tests:
            raise ProblemError(
                f"no statement and no tests were found for {program.name}: put the statement beside it as {program.stem}.md, "
                f"or name it (in a terminal: --problem). {error}"
            ) from error
        return Problem(program.stem, "", public_tests=tests), program


async def opened(wish: Wish, sandbox: Sandbox) -> Opened:
    """Read the problem and make all programs ready.

    Raises:
        UsageError: a generator for a function-style problem.
        ProblemError: the problem cannot be read, or a program does not compile.
        SandboxError: the sandbox failed.
    """
    problem, owner = _problem(wish)
    if problem.interactor is not None:
        raise UsageError(
            "this problem is interactive: programs are not compared by what they print; use sstar test."
        )
    if wish.checker is not None:
        problem = with_checker(problem, wish.checker, Path.cwd(), is_confined=False)
    if wish.generator is not None and problem.style is Style.FUNCTION:
        raise UsageError("--gen: a generator prints standard input, and this is a function-style problem.")
    executions = Executions(sandbox, problem, CompilerOptions(problem.cpp_standard or ""))
    left, right = [
        await made_ready(executions, path, wish.texts.get(path)) for path in (wish.left, wish.right)
    ]
    if wish.right_may_be_slow:
        short = evolve(right.limits, cpu_s=BRUTE_FORCE_S, wall_s=3 * BRUTE_FORCE_S)
        right = evolve(right, may_be_slow=True, limits=short)
    generator = Generator(sandbox, *await _helper(sandbox, wish.generator)) if wish.generator else None
    if wish.validator is not None:
        judge = validator(sandbox, *await _helper(sandbox, wish.validator))
    else:
        judge = statement(problem) if generator is None else GENERATOR
    return Opened(problem, owner, executions, left, right, judge, generator)


def _problem(wish: Wish) -> tuple[Problem, Path]:
    try:
        return problem_of(wish.left, wish.problem, wish.texts)
    except ProblemError:
        if wish.generator is None or wish.problem is not None:
            raise
        return Problem(wish.left.stem, ""), wish.left


async def made_ready(executions: Executions, path: Path, text: str | None = None) -> Side:
    """A person's program, compiled, with its limits; ``text``: what stands in an editor.
    Raises :class:`ProblemError`: it cannot be read or does not compile."""
    source, language = program_of(path, text)
    program = _compiled(path, await executions.prepare(source, language))
    return Side(path.name, program, limits_of(executions.problem, language))


async def _helper(sandbox: Sandbox, path: Path) -> tuple[Program, Limits]:
    """A generator or validator, and the limits of one run."""
    source, language = program_of(path)
    limits = evolve(default_limits(language), cpu_s=HELPER_S, wall_s=3 * HELPER_S)
    return _compiled(path, await sandbox.prepare(source, language)), limits


def _compiled(path: Path, program: Program) -> Program:
    if program.compile_error is not None:
        raise CompileFailed(str(path), program.compile_error)
    return program
