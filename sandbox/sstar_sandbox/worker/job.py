"""A job for a box, and its raw results before anyone has judged them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from attrs import frozen

from sstar_sandbox.policy.mounts import Mounts
from sstar_sandbox.policy.seccomp import Profile
from sstar_sandbox.records import FileIO, Limits, Mode

SAID_SHARE = 0.25
"""A program that says that it found no memory and had less than this share is not believed. A container that
doubles fails with a third of the limit in use."""


@frozen
class Fences:
    """What was in force around an execution beyond what every box has or else does not start."""

    memory: str
    """What bounded its box's memory: ``cgroup v1`` or ``v2``, ``address space``, ``sampled``, ``none``."""
    missing: tuple[str, ...] = ()
    """What this kernel does not have: ``Landlock``."""


NO_FENCES = Fences("none")
"""Of what never ran."""


class RawResult(NamedTuple):
    """What a box says about one execution, checked for form only. A tuple: thousands are made a second."""

    number: int
    """Of its input among all of the run."""
    cause: int
    status: int
    """Wait status."""
    call: int
    """Number of the forbidden call."""
    wall_s: float
    cpu_s: float
    peak_bytes: int
    stdout: bytes
    stdout_size: int
    stderr: bytes
    stderr_size: int
    mode: Mode
    fences: Fences = NO_FENCES


@frozen
class Job:
    """One job: a program and the inputs it reads."""

    kind: int
    program: bytes
    """Packed by ``job_protocol.pack_program``."""
    inputs: Sequence[bytes]
    limits: Limits
    mode: Mode = Mode.ISOLATED
    first: int = 0
    """Index of the first input among all of its run."""
    executable: int | None = None
    """Sealed memfd with what is executed; stays the caller's."""
    address_limit: bool = True
    """Whether address space is bounded; else writable private memory (a JVM, Go and Node reserve much)."""
    mounts: Mounts | None = None
    """For a new box of its own; None: any box of the profile will do."""
    profile: Profile = Profile.PYTHON
    """Which kind of box it needs."""
    files: FileIO | None = None
    """Names of the files that its box must have; such a job is never a batch."""
    streams: tuple[int, int] | None = None
    """Pipes, the caller's, for its program's standard input and output; never of a batch."""

    @property
    def box_kind(self) -> tuple[Profile, FileIO | None]:
        """Jobs of the same kind may use the same box, unless they have mounts."""
        return self.profile, self.files
