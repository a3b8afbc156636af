"""Runs cases of the suite; after each an honest program must be accepted, canaries untouched."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import define, frozen

from sstar_sandbox.conformance.cases import ROOMY, Case
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.policy.privileges import dropped_privileges
from sstar_sandbox.records import Execution, Mode, Program, Verdict
from sstar_sandbox.sandbox import Sandbox
from sstar_sandbox.verdicts.comparators import comparator_named

INPUT, RIGHT = b"3\n4\n", b"7\n"
CONTROL = "print(int(input()) + int(input()))"


@frozen
class Finding:
    """What came of one case."""

    case: Case
    verdicts: tuple[Verdict, ...]
    problem: str
    """Empty when all is as it must be."""
    escaped: bool = False
    """Whether it got out: the one thing that must never be."""

    @property
    def name(self) -> str:
        """Of the case, with its group."""
        return f"{self.case.group}/{self.case.name}"


@define
class Canaries:
    """Things on the host that nothing in a box may read, change, reach or end."""

    folder: Path
    secret: str
    listener: socket.socket
    victim: subprocess.Popen[bytes]

    def fill(self, source: str) -> str:
        """A case's source with the real paths, port and pid in it."""
        for mark, value in (
            ("@SECRET@", self.folder / "secret.txt"),
            ("@TARGET@", self.folder / "target"),
            ("@PORT@", self.listener.getsockname()[1]),
            ("@VICTIM@", self.victim.pid),
        ):
            source = source.replace(mark, str(value))
        return source

    def complaint(self) -> str:
        """What was touched; empty when nothing was."""
        if (self.folder / "secret.txt").read_text() != self.secret:
            return "the secret file was changed"
        if list((self.folder / "target").iterdir()):
            return "something was written into the host's folder"
        if self.victim.poll() is not None:
            return "a process of the host was ended"
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return ""
        return "a connection reached the host"


@contextmanager
def canaries() -> Iterator[Canaries]:
    """Plant them where only the sandbox stands before them: readable by all, writable by all."""
    folder = Path(tempfile.mkdtemp(prefix="sstar-canary-"))
    folder.chmod(0o755)
    secret = "CANARY-" + secrets.token_hex(16)
    (folder / "secret.txt").write_text(secret)
    (folder / "target").mkdir()
    (folder / "target").chmod(0o777)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    # It reads from us: should this process be killed, its standard input ends and so does it.
    victim = subprocess.Popen(
        ["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd="/", **dropped_privileges()
    )
    os.environ["SSTAR_CANARY"] = secret
    try:
        yield Canaries(folder, secret, listener, victim)
    finally:
        os.environ.pop("SSTAR_CANARY", None)
        victim.kill()
        victim.communicate()
        listener.close()
        shutil.rmtree(folder, ignore_errors=True)


class Runner:
    """Cases on one open sandbox."""

    def __init__(self, sandbox: Sandbox, planted: Canaries) -> None:
        self._sandbox = sandbox
        self._planted = planted
        self._control: Program | None = None

    async def run(self, case: Case, mode: Mode) -> Finding:
        """One case, then the control, then a look at the canaries."""
        tier = self._sandbox.tier
        try:
            program = await self._sandbox.prepare(self._planted.fill(case.source), case.language)
            executions, beside = await asyncio.gather(
                self._executions(program, case, mode), self._beside(case, mode)
            )
            control = await self._honest_control()
        except SandboxError as error:
            return Finding(case, (), f"the sandbox failed: {error}")
        verdicts = tuple(execution.verdict for execution in executions)
        touched = self._planted.complaint()
        told = b"".join(execution.stdout + execution.stderr for execution in executions)
        printed = b"".join(execution.stdout for execution in (*executions, *beside))
        if touched or b"ESCAPED" in printed or self._planted.secret.encode() in told:
            return Finding(case, verdicts, touched or f"it got out: {told[:200]!r}", escaped=True)
        if control is not Verdict.AC:
            return Finding(case, verdicts, f"the honest program after it got {control}")
        wrong = [e for e in executions if e.verdict not in case.allowed(tier)]
        if wrong:
            first = wrong[0]
            right = "/".join(sorted(case.allowed(tier)))
            return Finding(
                case, verdicts,
                f"{first.verdict} ({first.detail}) instead of {right}; {first.cpu_s:.2f} s CPU, {first.wall_s:.2f} s, "
                f"{first.peak_memory_bytes >> 20} MiB; {first.stdout[-80:]!r} {first.stderr[-300:]!r}",
            )  # fmt: skip
        return Finding(case, verdicts, "")

    async def _executions(self, program: Program, case: Case, mode: Mode) -> list[Execution]:
        check = comparator_named("tokens").check(RIGHT)
        inputs = [INPUT, INPUT] if mode is Mode.BATCH else [INPUT]
        run = self._sandbox.run(program, inputs, case.limits, mode, [check] * len(inputs))
        return [execution async for execution in run]

    async def _beside(self, case: Case, mode: Mode) -> list[Execution]:
        """What runs at the same time in another box, where the sandbox has another."""
        if not case.beside:
            return []
        program = await self._sandbox.prepare(case.beside, "python")
        return [execution async for execution in self._sandbox.run(program, [INPUT], case.limits, mode)]

    async def _honest_control(self) -> Verdict:
        if self._control is None:
            self._control = await self._sandbox.prepare(CONTROL, "python")
        check = comparator_named("tokens").check(RIGHT)
        run = self._sandbox.run(self._control, [INPUT], ROOMY, Mode.ISOLATED, [check])
        return [execution.verdict async for execution in run].pop()


async def run_suite(sandbox: Sandbox, cases: Sequence[Case], mode: Mode) -> AsyncIterator[Finding]:
    """Findings in the order of the cases."""
    with canaries() as planted:
        runner = Runner(sandbox, planted)
        for case in cases:
            yield await runner.run(case, mode)
