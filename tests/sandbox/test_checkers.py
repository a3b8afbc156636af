"""Checker programs of both conventions, honest and hostile."""

from __future__ import annotations

import pytest

from sstar_sandbox import CheckerFailed, CheckerStyle, Execution, ProgramChecker, Sandbox, Verdict

pytestmark = pytest.mark.asyncio(loop_scope="session")
TESTLIB = """
#include <fstream>
#include <iostream>
int main(int c, char **v) {
    int n, a, b, right; std::ifstream in(v[1]), out(v[2]), ans(v[3]);
    in >> n; ans >> right;
    if (!(out >> a >> b)) { std::cerr << "wrong output format\\n"; return 2; }
    if (a + b != n) { std::cerr << "wrong answer " << a << "+" << b << " is not " << n << "\\n"; return 1; }
    return right == n ? 0 : 3;
}
"""
KATTIS = """
import sys
n, feedback = int(open(sys.argv[1]).read()), sys.argv[3]
try: a, b = map(int, sys.stdin.read().split())
except ValueError:
    open(feedback + "judgemessage.txt", "w").write("not two numbers")
    sys.exit(43)
sys.exit(42 if a + b == n and sys.argv[4:] == ["strict"] else 43)
"""


async def judged(
    sandbox: Sandbox, checker: ProgramChecker, answer: bytes, *outputs: bytes
) -> list[Execution]:
    program = await sandbox.prepare("print(open(0).read())", "python")
    text = b"5"
    found = []
    for output in outputs:
        check = checker.check(text, answer)
        found += [e async for e in sandbox.run(program, [output], checks=[check])]
    return found


async def test_a_testlib_checker_accepts_any_right_answer(sandbox: Sandbox) -> None:
    checker = await ProgramChecker.prepare(sandbox, TESTLIB, "cpp", CheckerStyle.TESTLIB)
    found = await judged(sandbox, checker, b"5", b"2 3", b"4 1", b"2 2", b"x")
    assert [e.verdict for e in found] == [Verdict.AC, Verdict.AC, Verdict.WA, Verdict.WA]
    assert found[2].detail == "wrong answer 2+2 is not 5"


async def test_a_kattis_validator_reads_the_output_and_may_write_its_feedback(sandbox: Sandbox) -> None:
    checker = await ProgramChecker.prepare(sandbox, KATTIS, "python", CheckerStyle.KATTIS, ("strict",))
    found = await judged(sandbox, checker, b"", b"2 3", b"2 2", b"nonsense")
    assert [e.verdict for e in found] == [Verdict.AC, Verdict.WA, Verdict.WA]


@pytest.mark.parametrize("body", ["return 3;", "for(;;);", "abort();", "return 7;"])
async def test_a_checker_that_breaks_is_never_the_candidates_fault(sandbox: Sandbox, body: str) -> None:
    source = "#include <cstdlib>\nint main(){%s}" % body  # noqa: UP031
    checker = await ProgramChecker.prepare(sandbox, source, "cpp", CheckerStyle.TESTLIB)
    found = await judged(sandbox, checker, b"", b"1")
    assert found[0].verdict is Verdict.IE
    assert "the checker ended" in found[0].detail


async def test_a_checker_is_as_locked_in_as_a_candidate(sandbox: Sandbox) -> None:
    source = (
        "import sys\ntry: open('/etc/passwd'); sys.exit(42)\nexcept OSError: pass\n"
        "try: open('/judge/answer', 'w'); sys.exit(42)\nexcept OSError: pass\n"
        "try:\n    import socket\n    socket.socket()\nexcept OSError: sys.exit(43)\nsys.exit(42)"
    )
    checker = await ProgramChecker.prepare(sandbox, source, "python", CheckerStyle.KATTIS)
    found = await judged(sandbox, checker, b"", b"1")
    assert found[0].verdict is Verdict.IE
    assert "forbidden call: socket" in found[0].detail


async def test_a_checker_that_does_not_compile_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(CheckerFailed, match="does not compile"):
        await ProgramChecker.prepare(sandbox, "int main({", "cpp", CheckerStyle.TESTLIB)
