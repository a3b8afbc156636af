"""Programs that talk with an interactor: verdicts, transcripts, limits of both sides, and interactors that misbehave."""

from __future__ import annotations

import asyncio
from pathlib import Path

import attrs
import pytest

from sstar_sandbox import (
    CheckerFailed,
    CheckerStyle,
    Execution,
    Limits,
    ProgramInteractor,
    Sandbox,
    Verdict,
    default_limits,
)
from sstar_sandbox.pool.interaction import TRANSCRIPT_BYTES, Transcript

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIMITS = attrs.evolve(default_limits("python"), wall_s=2.0, cpu_s=1.0, output_bytes=1 << 16)

GUESSING = """
import sys
secret = int(open(sys.argv[1]).read())
for tried in range(1, 11):
    line = sys.stdin.readline()
    if not line:
        print("it ended before it knew the number", file=sys.stderr)
        sys.exit(2)
    guess = int(line)
    if guess == secret:
        print("correct", flush=True)
        open(sys.argv[2], "w").write(f"{tried} guesses, the answer file says {open(sys.argv[3]).read().strip()}")
        sys.exit(0)
    print("lower" if guess > secret else "higher", flush=True)
print("more than 10 guesses", file=sys.stderr)
sys.exit(1)
"""
KATTIS = """
import sys
secret = int(open(sys.argv[1]).read())
for line in sys.stdin:
    if int(line) == secret:
        print("correct", flush=True)
        open(sys.argv[3] + "teammessage.txt", "w").write("well done")
        sys.exit(42)
    print("lower" if int(line) > secret else "higher", flush=True)
open(sys.argv[3] + "judgemessage.txt", "w").write("it never said " + str(secret) + " " + open(sys.argv[2]).read())
sys.exit(43)
"""
HALVES = """
import sys
low, high = 1, 1000
while True:
    middle = (low + high) // 2
    print(middle)
    sys.stdout.flush()
    said = sys.stdin.readline().strip()
    if said == "correct":
        break
    low, high = (low, middle - 1) if said == "lower" else (middle + 1, high)
"""
HALVES_CPP = """
#include <iostream>
#include <string>
int main() {
    int low = 1, high = 1000;
    std::string said;
    for (;;) {
        int middle = (low + high) / 2;
        std::cout << middle << std::endl;
        std::cin >> said;
        if (said == "correct") return 0;
        if (said == "lower") high = middle - 1; else low = middle + 1;
    }
}
"""
UNFLUSHED = HALVES.replace("    sys.stdout.flush()\n", "")
UNFLUSHED_CPP = HALVES_CPP.replace(
    "    std::string said;",
    "    std::string said;\n    std::cin.tie(nullptr);\n    std::ios::sync_with_stdio(false);",
).replace("<< std::endl", "<< '\\n'")


def open_files() -> int:
    """Descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def talk(
    sandbox: Sandbox,
    source: str,
    language: str = "python",
    interactor: str = GUESSING,
    style: CheckerStyle = CheckerStyle.TESTLIB,
    limits: Limits = LIMITS,
    answer: bytes = b"7\n",
) -> Execution:
    """One program against one interactor that thinks of 37."""
    judge = await ProgramInteractor.prepare(sandbox, interactor, "python", style)
    return await judge.run(await sandbox.prepare(source, language), b"37\n", answer, limits)


@pytest.mark.parametrize(("source", "language"), [(HALVES, "python"), (HALVES_CPP, "cpp")])
async def test_a_right_program_is_accepted_and_both_sides_are_kept(
    sandbox: Sandbox, source: str, language: str
) -> None:
    execution = await talk(sandbox, source, language)
    assert (execution.verdict, execution.detail) == (Verdict.AC, "")
    lines = execution.transcript.splitlines()
    assert lines[:4] == ["> 500", "< lower", "> 250", "< lower"]
    assert lines[-2:] == ["> 37", "< correct"]
    assert execution.stdout == b"10 guesses, the answer file says 7"
    assert execution.peak_memory_bytes > 0


@pytest.mark.parametrize(("source", "language"), [(UNFLUSHED, "python"), (UNFLUSHED_CPP, "cpp")])
async def test_a_program_that_does_not_flush_is_ended_and_the_deadlock_is_named(
    sandbox: Sandbox, source: str, language: str
) -> None:
    execution = await talk(sandbox, source, language)
    assert (execution.verdict, execution.detail) == (Verdict.TLE, "idle: both sides waited")
    assert execution.transcript == ""


@pytest.mark.parametrize(
    ("source", "verdict", "detail"),
    [
        ("while True:\n    print(1, flush=True)\n    input()", Verdict.WA, "more than 10 guesses"),
        ("print(5, flush=True)\ninput()", Verdict.WA, "it ended before it knew the number"),
        ("print(5, flush=True)\ninput()\n1 // 0", Verdict.RE, "exit code 1"),
        ("import time\ntime.sleep(60)", Verdict.TLE, "idle: both sides waited"),
        ("import time\nprint(37, flush=True)\ntime.sleep(60)", Verdict.TLE, "idle"),
        ("print(37, flush=True)\nraise SystemExit(3)", Verdict.RE, "exit code 3"),
        ("import sys\nwhile True:\n    sys.stdout.write('1' * 4096)", Verdict.OLE, ""),
    ],
)
async def test_what_a_wrong_program_did_is_told(
    sandbox: Sandbox, source: str, verdict: Verdict, detail: str
) -> None:
    execution = await talk(sandbox, source)
    assert (execution.verdict, execution.detail) == (verdict, detail)


async def test_a_flood_from_both_sides_at_once_ends_the_program_and_blocks_nobody(sandbox: Sandbox) -> None:
    flood = "#include <unistd.h>\nchar x[65536];\nint main() { for (;;) write(1, x, sizeof x); }\n"
    reads = "import os\nos.set_blocking(0, False)\nwhile True:\n    os.write(1, b'x' * 512)\n"
    talking = asyncio.create_task(talk(sandbox, flood, "cpp", reads))
    other = await sandbox.prepare("print(1)", "python")
    assert [each.verdict async for each in sandbox.run(other, [b""])] == [Verdict.RAN]
    assert (await talking).verdict is Verdict.OLE


async def test_a_program_that_crashes_on_what_a_refusing_interactor_said_is_wrong(sandbox: Sandbox) -> None:
    refuses = (
        "import sys\ninput()\nprint('no', flush=True)\nprint('a bad query', file=sys.stderr)\nsys.exit(1)\n"
    )
    execution = await talk(sandbox, "print(1, flush=True)\nint(input())", interactor=refuses)
    assert (execution.verdict, execution.detail) == (Verdict.WA, "a bad query")
    assert execution.transcript == "> 1\n< no"


async def test_kattis_convention_is_followed_with_its_feedback_folder(sandbox: Sandbox) -> None:
    kattis = CheckerStyle.KATTIS
    right = await talk(sandbox, HALVES, interactor=KATTIS, style=kattis)
    wrong = await talk(sandbox, "print(1, flush=True)", interactor=KATTIS, style=kattis)
    assert (right.verdict, right.detail) == (Verdict.AC, "")
    assert (wrong.verdict, wrong.detail) == (Verdict.WA, "it never said 37 7")


async def test_an_accepted_program_must_still_end_by_itself_under_kattis_convention(sandbox: Sandbox) -> None:
    execution = await talk(
        sandbox,
        "print(37, flush=True)\nwhile True:\n    pass",
        interactor=KATTIS,
        style=CheckerStyle.KATTIS,
    )
    assert execution.verdict is Verdict.TLE


@pytest.mark.parametrize(
    ("interactor", "words"),
    [
        ("import sys\nprint('no such input', file=sys.stderr)\nsys.exit(3)", "exit code 3): no such input"),
        ("import os\nos.kill(os.getpid(), 11)\nos.abort()", "the interactor failed (RE"),
        ("while True:\n    print('x' * 4096)", "the interactor failed (OLE"),
        ("import socket\nsocket.socket()", "the interactor failed (RE forbidden call: socket"),
        ("import time\nwhile True:\n    pass", "the interactor failed (TLE"),
    ],
)
async def test_an_interactor_that_misbehaves_is_our_failure_and_not_the_programs(
    sandbox: Sandbox, interactor: str, words: str
) -> None:
    execution = await talk(sandbox, "", interactor=interactor)
    assert execution.verdict is Verdict.IE
    assert words in execution.detail
    assert (await talk(sandbox, HALVES)).verdict is Verdict.AC


async def test_an_interactor_does_not_see_the_machine(sandbox: Sandbox) -> None:
    looks = (
        "import os, sys\nfound = [p for p in ('/etc/passwd', '/proc', '/home', '/root') if os.path.exists(p)]\n"
        "print(found, sorted(os.environ), file=sys.stderr)\nsys.exit(1)\n"
    )
    execution = await talk(sandbox, "input()", interactor=looks)
    assert execution.detail.startswith("[] ")
    assert not {"USER", "SSH_AUTH_SOCK"} & set(execution.detail)


async def test_many_conversations_at_once_do_not_wait_for_each_other_and_leave_nothing_open() -> None:
    async with Sandbox(1, self_test=None) as sandbox:
        await talk(sandbox, HALVES)
        before = open_files()
        ended = await asyncio.gather(*(talk(sandbox, HALVES) for _ in range(4)))
        assert [execution.verdict for execution in ended] == [Verdict.AC] * 4
        assert open_files() == before


async def test_a_cancelled_conversation_leaves_the_sandbox_usable(sandbox: Sandbox) -> None:
    waits = "import sys\nsys.stdin.readline()\n"
    judge = await ProgramInteractor.prepare(sandbox, waits, "python", CheckerStyle.TESTLIB)
    program = await sandbox.prepare("input()", "python")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await judge.run(program, b"", b"", LIMITS)
    assert (await talk(sandbox, HALVES)).verdict is Verdict.AC


async def test_an_interactor_that_does_not_compile_is_told_at_once(sandbox: Sandbox) -> None:
    with pytest.raises(CheckerFailed, match="the interactor does not compile"):
        await ProgramInteractor.prepare(sandbox, "int main( {", "cpp", CheckerStyle.TESTLIB)


async def test_a_program_that_does_not_compile_meets_no_interactor(sandbox: Sandbox) -> None:
    assert (await talk(sandbox, "def (")).verdict is Verdict.CE


async def test_a_long_transcript_keeps_its_beginning_and_its_end() -> None:
    transcript = Transcript()
    for number in range(10_000):
        transcript.add("><"[number % 2], f"{number}\n".encode())
    lines = transcript.text().splitlines()
    assert lines[:2] == ["> 0", "< 1"]
    assert lines[-1] == "< 9999"
    assert sum("bytes]" in line for line in lines) == 1
    assert len("\n".join(lines)) < 6 * TRANSCRIPT_BYTES


async def test_what_one_side_writes_in_pieces_is_one_line() -> None:
    transcript = Transcript()
    transcript.add(">", b"1 2")
    transcript.add(">", b" 3\n4\n")
    transcript.add("<", b"\xff")
    assert transcript.text() == "> 1 2 3\n> 4\n< \\xff"
