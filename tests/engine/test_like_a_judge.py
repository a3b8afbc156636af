"""A run treats programs as judges do: files, limits of a slow machine, compilers, and what is not installed."""

from __future__ import annotations

import pytest
from attrs import evolve

from engine.world import PAIRS, RIGHT, Memory, World, finish, settings
from sstar_lsp.engine.repair.feedback import needs_of
from sstar_lsp.engine.report.evidence import evidence_of, evidence_page
from sstar_lsp.engine.run.events import Checked
from sstar_lsp.engine.run.execution.executions import LIMIT_SLACK, files_of, limits_of
from sstar_lsp.engine.run.executor import Executor
from sstar_lsp.errors import SandboxError
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Status
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import Service
from sstar_sandbox import Sandbox, Verdict

WITH_FILES = evolve(PAIRS, file_io=("pairs.in", "pairs.out"))
FILES = "import sys\nsys.stdin, sys.stdout = open('pairs.in'), open('pairs.out', 'w')\n" + RIGHT
NEEDS = "from no_such_library import pairs\n" + RIGHT
CPP = """\
#include <bits/stdc++.h>
int main() {
    int n; std::cin >> n;
    std::vector<int> a(n);
    for (int& x : a) std::cin >> x;
    int pairs = 0;
    for (int i = 0; i < n; i++) for (int j = 0; j < i; j++) pairs += a[i] + a[j] == 0;
    std::cout << (WANTED == __cplusplus ? pairs : -1) << std::endl;
}
"""


@pytest.mark.parametrize("program", [FILES, RIGHT], ids=["files", "streams"])
async def test_a_problem_with_files_is_solved_with_its_files(sandbox: Sandbox, program: str) -> None:
    state = await finish(sandbox, World(samples=(program,)), WITH_FILES, settings(samples=2))
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert all(outcome.ended_well for found in state.outcomes.values() for outcome in found.values())


async def test_without_the_files_of_the_problem_its_program_fails(sandbox: Sandbox) -> None:
    state = await finish(sandbox, World(samples=(FILES,)), PAIRS, settings(samples=1, rounds=0))
    assert state.decided is not None
    assert state.decided.status is Status.UNVERIFIED


async def test_a_chosen_program_is_run_again_with_the_files_of_its_problem(
    sandbox: Sandbox, tmp_path: object
) -> None:
    state = await finish(sandbox, World(samples=(FILES,)), WITH_FILES, settings(samples=1))
    async with Service(RunStore(tmp_path), executor=sandbox) as service:  # type: ignore[arg-type]
        (execution,) = await service.run_again(state, [("2\n1 -1\n", "1")])
    assert execution.verdict is Verdict.AC


def test_files_with_strange_names_are_an_error_that_shows_them() -> None:
    with pytest.raises(SandboxError, match=r"\.\./x.*not the plain name of a file"):
        files_of(evolve(PAIRS, file_io=("../x", "y")))


def test_a_slow_machine_has_more_time() -> None:
    problem = evolve(PAIRS, time_limit_s=2.0)
    assert limits_of(problem, "python").cpu_s == 2.0 * LIMIT_SLACK
    slow = limits_of(problem, "python", 2.5)
    assert slow.cpu_s == 2.0 * LIMIT_SLACK * 2.5
    assert slow.wall_s > slow.cpu_s
    assert limits_of(PAIRS, "python", 2.5) == limits_of(PAIRS, "python")


async def test_the_multiplier_of_the_settings_is_in_force(sandbox: Sandbox) -> None:
    seen: list[float] = []

    class Watched:
        offering, prepare = sandbox.offering, sandbox.prepare

        @staticmethod
        def run(program: object, inputs: object, limits: object, *rest: object, files: object) -> object:
            seen.append(limits.cpu_s)  # type: ignore[attr-defined]
            return sandbox.run(program, inputs, limits, *rest, files=files)  # type: ignore[arg-type]

    executor: Executor = Watched()  # type: ignore[assignment]
    problem = evolve(PAIRS, time_limit_s=1.0)
    await finish(executor, World(), problem, settings(samples=1, time_multiplier=3.0))
    assert set(seen) == {LIMIT_SLACK * 3}


async def test_the_standard_and_the_flags_of_the_settings_are_in_force(sandbox: Sandbox) -> None:
    wanted = settings(
        language="cpp", samples=1, rounds=0, cpp_standard="c++14", cpp_flags=("-DWANTED=201402",)
    )
    state = await finish(sandbox, World(samples=(CPP,)), PAIRS, wanted)
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN


async def test_a_program_that_needs_an_absent_module_is_told_so_and_repaired(sandbox: Sandbox) -> None:
    journal = Memory()
    model = ScriptedModel(World(samples=(NEEDS,), repairs={NEEDS: (RIGHT,)}))
    state = await finish(sandbox, model, PAIRS, settings(samples=2, rounds=1), journal=journal)
    assert state.decided is not None
    assert state.decided.status is Status.CHOSEN
    assert {needs_of(check) for check in journal.of(Checked)} == {"no_such_library", ""}
    repairs = [call.messages[-1].content for call in model.calls if len(call.messages) == 3]
    assert repairs
    for words in repairs:
        assert "It needs `no_such_library`, which is not there: do without it." in words
        assert "standard library" in words
        assert "crashed" not in words
    assert "2 programs need no_such_library, which is not here" in evidence_of(state).remarks


async def test_the_evidence_says_what_a_program_needs(sandbox: Sandbox) -> None:
    state = await finish(sandbox, World(samples=(NEEDS,)), PAIRS, settings(samples=1, rounds=0))
    page = evidence_page(state)
    assert "(needs no_such_library, which is not here)" in page
    assert "1 program needs no_such_library, which is not here" in page


async def test_an_absent_header_is_a_need_as_well(sandbox: Sandbox) -> None:
    source = "#include <no_such/header>\nint main() {}\n"
    wanted = settings(language="cpp", samples=1, rounds=0)
    state = await finish(sandbox, World(samples=(source,)), PAIRS, wanted)
    assert needs_of(state.checks["c1"]) == "no_such/header"
    assert "1 program needs no_such/header, which is not here" in evidence_of(state).remarks
