"""Whether the box failed or the program is told by the box's own channel, never by what a program says."""

from __future__ import annotations

import asyncio
import threading

import attrs
import pytest

from sstar_sandbox import Limits, Sandbox, Verdict
from sstar_sandbox.compilation.toolchains import toolchain_of
from sstar_sandbox.errors import SandboxError
from sstar_sandbox.verdicts.verdict import COMPARED_AT_ONCE_BYTES

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    "source",
    [
        '#line 1 "bwrap: x"\n#error bwrap\n',
        '#line 1 "Traceback"\n#error x\n',
        '#line 1 "launcher: begun"\n#error x\n',
        "int main( {",
    ],
)
async def test_what_a_compiler_is_made_to_say_is_a_compile_error(sandbox: Sandbox, source: str) -> None:
    for language in ("cpp", "c"):
        program = await sandbox.prepare(source, language)
        assert program.compile_error


@pytest.mark.parametrize("tier", ["bwrap", "bundled-bwrap", "userns", "landlock"])
async def test_a_compile_box_that_fails_before_its_compiler_begins_has_failed(tier: str) -> None:
    try:
        async with Sandbox(workers=1, tier=tier, self_test=None) as opened:
            backend = opened._open()[0]
    except SandboxError as error:
        pytest.skip(f"no {tier} here: {error}")
    toolchain = toolchain_of("c")
    made = await backend.compile(toolchain, b"int main(void) { return 0; }")
    assert made.error is None
    assert made.artifact.startswith(b"\x7fELF")
    refused = attrs.evolve(toolchain, source_name="no/such/folder.c")
    with pytest.raises(SandboxError, match="compile box failed"):
        await backend.compile(refused, b"")
    quiet = attrs.evolve(toolchain, script="exit 99")
    assert "code 99" in str((await backend.compile(quiet, b"")).error)


@pytest.mark.parametrize(
    ("language", "source"), [("python", "print(1)"), ("c", "int main(void) { return 0; }")]
)
async def test_a_limit_that_cannot_be_set_is_our_failure_and_nobody_runs_without_it(
    sandbox: Sandbox, language: str, source: str
) -> None:
    program = await sandbox.prepare(source, language)
    for limits, verdict in ((Limits(open_files=1 << 31), Verdict.IE), (None, Verdict.RAN)):
        found = [one async for one in sandbox.run(program, [b"", b""], limits)]
        assert [one.verdict for one in found] == [verdict] * 2, found


@pytest.mark.parametrize("code", [120, 121, 126])
@pytest.mark.parametrize("language", ["python", "c"])
async def test_a_program_that_ends_with_a_code_of_ours_has_failed_itself(
    sandbox: Sandbox, language: str, code: int
) -> None:
    source = f"import os; os._exit({code})"
    if language == "c":
        source = f"#include <unistd.h>\nint main(void) {{ _exit({code}); }}"
    program = await sandbox.prepare(source, language)
    [found] = [one async for one in sandbox.run(program, [b""])]
    assert (found.verdict, found.detail) == (Verdict.RE, f"exit code {code}")


async def test_a_long_output_is_compared_while_the_event_loop_goes_on(sandbox: Sandbox) -> None:
    program = await sandbox.prepare(f"print('x' * {COMPARED_AT_ONCE_BYTES})", "python")
    loop, goes_on = asyncio.get_running_loop(), threading.Event()

    def check(_stdout: bytes) -> bool:
        loop.call_soon_threadsafe(goes_on.set)
        return goes_on.wait(10)

    [found] = [one async for one in sandbox.run(program, [b""], checks=[check])]
    assert found.verdict is Verdict.AC
