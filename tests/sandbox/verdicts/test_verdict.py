"""From a wait status to a verdict, where the status alone does not say it."""

from __future__ import annotations

import signal

import pytest

from sstar_sandbox import Limits, Mode, Verdict
from sstar_sandbox.inside import job_protocol
from sstar_sandbox.verdicts.verdict import decide
from sstar_sandbox.worker.job import RawResult

LIMITS = Limits(memory_bytes=256 << 20)


def ended(status: int, peak_bytes: int, stderr: bytes = b"") -> RawResult:
    return RawResult(
        0, job_protocol.ENDED, status, 0, 0.01, 0.01, peak_bytes, b"", 0, stderr, len(stderr), Mode.ISOLATED
    )


@pytest.mark.parametrize(
    ("peak_bytes", "wanted"),
    [
        (13 << 20, (Verdict.RE, "SIGKILL")),  # it found its own pid
        (250 << 20, (Verdict.MLE, "")),  # the fence around the box
        (300 << 20, (Verdict.MLE, "")),
    ],
)
def test_a_sigkill_that_is_not_ours_is_about_memory_only_where_memory_was_used(
    peak_bytes: int, wanted: tuple[Verdict, str]
) -> None:
    assert decide(ended(signal.SIGKILL, peak_bytes), LIMITS) == wanted


def test_a_program_that_says_that_it_found_no_memory_is_believed_where_it_used_much_and_failed() -> None:
    assert decide(ended(1 << 8, 86 << 20, b"MemoryError"), LIMITS) == (Verdict.MLE, "")
    assert decide(ended(1 << 8, 13 << 20, b"MemoryError"), LIMITS) == (Verdict.RE, "exit code 1")
    assert decide(ended(0, 13 << 20, b"MemoryError"), LIMITS) == (Verdict.RAN, "")
