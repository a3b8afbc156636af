"""Decides the verdict of an execution from what its box measured; no other module does.

Order: our own failure, forbidden call, output, memory, time, crash, then the check. A nonzero exit is RE
even when the output is right.
"""

from __future__ import annotations

import asyncio
import os
import signal

import attrs

from sstar_sandbox.errors import CheckerFailed
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.policy.syscalls import call_name
from sstar_sandbox.records import Check, Execution, Limits, Mode, Verdict
from sstar_sandbox.verdicts.missing_dependency import absent_module
from sstar_sandbox.worker.job import SAID_SHARE, RawResult

_OUT_OF_MEMORY = (
    b"MemoryError",
    b"std::bad_alloc",
    b"std::bad_array_new_length",
    b"java.lang.OutOfMemoryError",
    b"JavaScript heap out of memory",
    b"runtime: out of memory",
    b"memory allocation of",
    b"Cannot allocate memory",
)
_ABORTS = (
    b"terminate called",
    b"Assertion",
    b"free(): ",
    b"malloc(): ",
    b"stack smashing",
    b"double free",
    b"Fatal Python error",
)
COMPARED_AT_ONCE_BYTES = 64 * 1024
"""A longer output is compared on a thread: 16 MiB take seconds, which nobody else should wait for."""

IDLE_SHARE = 0.5
"""A program killed at the wall limit that used less than this share of its CPU limit was waiting."""

FENCED_SHARE = 0.5
"""A program that SIGKILL ended with less than this share of its memory limit had not too much."""


def decide(raw: RawResult, limits: Limits) -> tuple[Verdict, str]:
    """Verdict before any check, with its detail."""
    if (
        raw.status == 0
        and raw.cause == job_protocol.ENDED
        and raw.stdout_size <= limits.output_bytes
        and raw.stderr_size <= limits.output_bytes
        and raw.peak_bytes <= limits.memory_bytes
        and raw.cpu_s <= limits.cpu_s
        and raw.wall_s <= limits.wall_s
    ):
        return Verdict.RAN, ""
    code = os.WEXITSTATUS(raw.status) if os.WIFEXITED(raw.status) else None
    number = _ended_by(raw)
    if raw.cause == job_protocol.BROKEN:
        return Verdict.IE, "the box could not start it"
    if raw.cause == job_protocol.FORBIDDEN:
        return Verdict.RE, f"forbidden call: {call_name(raw.call)}"
    if number == signal.SIGSYS:
        return Verdict.RE, "forbidden call"
    flooded = raw.stdout_size > limits.output_bytes or raw.stderr_size > max(
        limits.output_bytes, limits.stderr_bytes
    )
    if flooded or number == signal.SIGXFSZ:
        return Verdict.OLE, ""
    failed = code != 0
    if raw.peak_bytes > limits.memory_bytes:
        return Verdict.MLE, ""
    if raw.cause == job_protocol.WALL:
        return Verdict.TLE, "idle" if raw.cpu_s < IDLE_SHARE * min(limits.cpu_s, limits.wall_s) else "wall"
    if raw.cause == job_protocol.CPU or number == signal.SIGXCPU or raw.cpu_s > limits.cpu_s:
        return Verdict.TLE, "cpu"
    if raw.wall_s > limits.wall_s + 0.05:
        return Verdict.TLE, "wall"
    # Not our SIGKILL: the group's memory fence sends it, and a program may send it to itself. Words are cheap too.
    fenced = number == signal.SIGKILL and raw.peak_bytes >= FENCED_SHARE * limits.memory_bytes
    says_so = any(word in raw.stderr[-4096:] for word in _OUT_OF_MEMORY)
    if failed and (fenced or (says_so and raw.peak_bytes >= SAID_SHARE * limits.memory_bytes)):
        return Verdict.MLE, ""
    if number is not None:
        return Verdict.RE, _signal_name(number)
    if code:
        return Verdict.RE, f"exit code {code}"
    return Verdict.RAN, ""


def _ended_by(raw: RawResult) -> int | None:
    """The signal that ended it. The first process of a pid namespace cannot end by its own SIGABRT: ``abort``
    then falls through to an illegal instruction, which shows as SIGSEGV and is put right here."""
    if not os.WIFSIGNALED(raw.status):
        return None
    number = os.WTERMSIG(raw.status)
    if number == signal.SIGSEGV and any(word in raw.stderr[-4096:] for word in _ABORTS):
        return int(signal.SIGABRT)
    return number


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


async def _judged(stdout: bytes, check: Check) -> tuple[Verdict, str]:
    """AC; WA with what the check says against it; IE where a checker program failed."""
    try:
        if len(stdout) > COMPARED_AT_ONCE_BYTES:
            answer = await asyncio.to_thread(check, stdout)
        else:
            answer = check(stdout)
        if not isinstance(answer, bool | str):
            answer = await answer
    except CheckerFailed as error:
        return Verdict.IE, str(error)
    return Verdict.AC if answer is True else Verdict.WA, answer if isinstance(answer, str) else ""


async def checked(unchecked: Execution, check: Check | None) -> Execution:
    """An execution that was made without a check, with the verdict of one, if the program ran to its end."""
    if check is None or unchecked.verdict is not Verdict.RAN:
        return unchecked
    verdict, detail = await _judged(unchecked.stdout, check)
    return attrs.evolve(unchecked, verdict=verdict, detail=detail)


async def execution(
    raw: RawResult, limits: Limits, tier: str, memory_source: str, check: Check | None = None
) -> Execution:
    """The record a caller gets; checked here and not by :func:`checked`, which makes it twice: 5 µs each."""
    verdict, detail = decide(raw, limits)
    exit_code = os.WEXITSTATUS(raw.status) if os.WIFEXITED(raw.status) else None
    needs = absent_module(raw.stderr) if verdict is Verdict.RE and exit_code == 1 else ""
    detail = f"needs {needs}" if needs else detail
    if verdict is Verdict.RAN and check is not None:
        verdict, detail = await _judged(raw.stdout, check)
    head = (verdict, detail, raw.cpu_s, raw.wall_s, raw.peak_bytes, memory_source, exit_code, _ended_by(raw))
    output = (raw.stdout, raw.stdout_size > len(raw.stdout), raw.stderr)
    return Execution(*head, *output, tier, raw.mode, needs, raw.fences.memory, raw.fences.missing)


def not_run(
    verdict: Verdict, detail: str, stderr: bytes, tier: str, mode: Mode, needs: str = ""
) -> Execution:
    """An execution that never took place: CE, or IE after the second failure of ours."""
    return Execution(verdict, detail, 0.0, 0.0, 0, "none", None, None, b"", False, stderr, tier, mode, needs)
