"""Programs that add two numbers, run on a few inputs."""

from __future__ import annotations

from sstar_sandbox import FileIO, Mode, Sandbox, Verdict

INPUTS = [b"2\n3\n", b"10\n-4\n", b"0\n0\n"]
SUMS = [b"5", b"6", b"0"]


async def outputs(
    sandbox: Sandbox, source: str, language: str, mode: Mode, files: FileIO | None = None
) -> list[bytes]:
    program = await sandbox.prepare(source, language)
    assert program.compile_error is None, program.compile_error
    found = [one async for one in sandbox.run(program, INPUTS, mode=mode, files=files)]
    assert [(one.verdict, one.detail, one.stderr) for one in found] == [(Verdict.RAN, "", b"")] * 3
    return [one.stdout.strip() for one in found]
