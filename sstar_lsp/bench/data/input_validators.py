"""A contest package's own input validators: is this made input legal?

Validators are other people's programs, so they are compiled and run in the sandbox. The compiler is shown one
file, with the package's headers in place of their includes. A checktestdata grammar becomes a Python program.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from sstar_lsp.bench.records import BenchProblem, InputValidator
from sstar_lsp.engine.run.executor import encoded, sandbox_failures
from sstar_sandbox import Execution, Program, Sandbox, default_limits
from sstar_sandbox.policy.mounts import Mounts

LEGAL_EXIT = 42
"""Exit code of a validator that takes the input (Kattis), and of a converted grammar."""
LANGUAGES = ("python", "cpp", "checktestdata")
CPU_S = 10.0
"""Of one validator on one input."""
SHOWN = 200
"""Characters of what a validator says."""
EVERY_HEADER = "#include <bits/stdc++.h>\n"
"""Older headers included each other: a validator that names too few is tried again with all."""
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"]+)[>\"].*$", re.MULTILINE)


class NoValidator(Exception):
    """Legality cannot be known here; the message says why."""


@frozen
class Validators:
    """The validators of one problem, compiled."""

    sandbox: Sandbox
    programs: tuple[Program, ...]
    flags: tuple[tuple[str, ...], ...]
    """Sets of command-line words; an input is legal when all programs take it with one of them."""
    _places: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(4))

    @classmethod
    async def prepare(cls, sandbox: Sandbox, problem: BenchProblem) -> Validators:
        """Compile them.

        Raises:
            NoValidator: the problem has none, or one that cannot be run here.
            SandboxError: the sandbox failed.
        """
        if not problem.validators:
            raise NoValidator("it has no validator")
        programs = []
        for validator in problem.validators:
            source, language = standalone(validator)
            with sandbox_failures():
                program = await sandbox.prepare(source, language)
                if program.compile_error is not None and language == "cpp":
                    program = await sandbox.prepare(EVERY_HEADER + source, language)
            if program.compile_error is not None:
                error_line = program.compile_error.strip().splitlines()[:1]
                raise NoValidator(f"{validator.main} does not compile: {' '.join(error_line)[:SHOWN]}")
            programs.append(program)
        return cls(sandbox, tuple(programs), tuple(tuple(shlex.split(f)) for f in problem.validator_flags))

    async def why_illegal(self, text: str) -> str | None:
        """What a validator says against an input; None if it is legal.
        Raises :class:`SandboxError`: the sandbox failed."""
        reason: str | None = None
        for flags in self.flags:
            refusal = await self._refusal(text, flags)
            if refusal is None:
                return None
            reason = reason or refusal
        return reason

    async def _refusal(self, text: str, flags: Sequence[str]) -> str | None:
        for program in self.programs:
            limits = evolve(default_limits(program.language), cpu_s=CPU_S, wall_s=5 * CPU_S)
            with sandbox_failures():
                async with self._places:
                    ended = await self.sandbox.run_with_files(program, flags, Mounts(), encoded(text), limits)
            if ended.exit_code != LEGAL_EXIT:
                return _reason(ended)
        return None


def _reason(ended: Execution) -> str:
    """The validator's last words, or how it ended."""
    lines = (ended.stderr or ended.stdout).decode("utf-8", "backslashreplace").strip().splitlines()
    return lines[-1][:SHOWN] if lines else f"the validator ended with {ended.verdict}, {ended.exit_code}"


def standalone(validator: InputValidator) -> tuple[str, str]:
    """One source that needs no other file, and its language.
    Raises :class:`NoValidator`: that cannot be had, and why."""
    source = validator.files.get(validator.main)
    if source is None:
        raise NoValidator(f"{validator.main} is not among the validator's files")
    if validator.language == "python":
        return source, "python"
    if validator.language == "cpp":
        joined = with_headers(source, validator.files)
        if re.search(r"^[ \t]*#[ \t]*include[ \t]*[<\"]testlib\.h", joined, re.MULTILINE):
            raise NoValidator(
                f"{validator.main} includes testlib.h, which is not among the validator's files"
            )
        return joined, "cpp"
    if validator.language == "checktestdata":
        return _converted(source), "python"
    known = ", ".join(LANGUAGES)
    raise NoValidator(f"{validator.main} is in {validator.language}; known: {known}")


def with_headers(source: str, files: Mapping[str, str]) -> str:
    """The source with the package's headers instead of their first includes."""
    seen: set[str] = set()

    def put(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in files:
            return match.group()
        if name in seen:
            return ""
        seen.add(name)
        return _INCLUDE.sub(put, files[name])

    return _INCLUDE.sub(put, source)


def _converted(grammar: str) -> str:
    try:
        limit = sys.get_int_max_str_digits()
        from checktestdata import parser, tokenizer

        sys.set_int_max_str_digits(limit)  # the package lifts it for the whole process
    except ImportError:
        raise NoValidator("its checktestdata grammar needs: pip install checktestdata") from None
    unreadable = (
        *(parser.ParserException, tokenizer.EOFException, tokenizer.UnexpectedTokenException),
        *(tokenizer.UnknownTokenException, ValueError, RecursionError),
    )
    try:
        return str(parser.parse(tokenizer.tokenize(grammar.encode())).python_code(standalone=True))
    except unreadable as error:
        raise NoValidator(f"its checktestdata grammar cannot be read: {error}") from None
