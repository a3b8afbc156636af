"""The conformance-and-escape suite on each tier and in each mode, as whoever runs the tests and as an ordinary user."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import attrs
import pytest
from matrix import Combination, Row, run, table

import sstar_sandbox
from sstar_sandbox import Mode, Sandbox
from sstar_sandbox.backends.interpreter import find_interpreter, readable_by_all
from sstar_sandbox.conformance.cases import Case
from sstar_sandbox.conformance.catalogue import CASES
from sstar_sandbox.conformance.runner import Finding, run_suite

GROUPS = sorted({case.group for case in CASES})
COSTLY = {"time", "memory", "compile"}
"""Groups that take seconds; they run where tier and mode make a difference to them."""


async def findings(sandbox: Sandbox, cases: Sequence[Case], mode: Mode) -> list[Finding]:
    async def some(part: Sequence[Case]) -> list[Finding]:
        return [finding async for finding in run_suite(sandbox, part, mode)]

    halves = await asyncio.gather(some(cases[::2]), some(cases[1::2]))
    return [finding for half in halves for finding in half]


def test_the_suite_has_sixty_hostile_programs_and_honest_ones_beside_them() -> None:
    hostile = [case for case in CASES if case.group != "legitimate"]
    assert len(hostile) >= 60
    assert len(CASES) - len(hostile) >= 20
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.asyncio(loop_scope="session")
async def test_no_program_gets_out_and_each_gets_its_verdict(
    each_tier: Sandbox, group: str, mode: Mode
) -> None:
    if group in COSTLY and (each_tier.tier, mode) not in {("bwrap", Mode.ISOLATED), ("landlock", Mode.BATCH)}:
        pytest.skip(
            "this group runs isolated on bwrap and as batch on landlock: python -m sstar_sandbox.conformance runs all"
        )
    if each_tier.tier == "userns" and mode is Mode.BATCH:
        pytest.skip("other walls around the same process: batch was seen on bwrap")
    cases = [case for case in CASES if case.group == group]
    found = await findings(each_tier, cases, mode)
    assert not [finding for finding in found if finding.escaped]
    assert {finding.case.name: finding.problem for finding in found if finding.problem} == {}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_tier_that_is_no_jail_is_found_out_by_the_suite(sandbox: Sandbox) -> None:
    """The suite can fail: a case with a wrong idea of its verdict is reported."""
    plain = next(case for case in CASES if case.name == "plain")
    wrong = attrs.evolve(plain, verdicts=frozenset())
    found = await findings(sandbox, [wrong, wrong], Mode.ISOLATED)
    assert all("AC" in finding.problem for finding in found)


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests already ran as an ordinary user")
@pytest.mark.parametrize(("tier", "mode"), [("bwrap", "batch"), ("landlock", "isolated")])
@pytest.mark.asyncio(loop_scope="session")
async def test_as_an_ordinary_user_the_suite_holds_too(each_tier: Sandbox, tier: str, mode: str) -> None:
    if each_tier.tier != tier:
        pytest.skip("once for each tier")
    interpreter = find_interpreter().executable
    places = [Path(sstar_sandbox.__file__).parents[1], Path(attrs.__file__).parents[1]]
    if not all(readable_by_all(place / "attr" / "__init__.py") or place == places[0] for place in places):
        pytest.skip("an ordinary user cannot read the installed packages")
    home = Path(tempfile.mkdtemp(prefix="sstar-user-"))
    os.chown(home, 65534, 65534)
    groups = [group for group in GROUPS if group not in COSTLY | {"native"}]
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            [interpreter, "-m", "sstar_sandbox.conformance", "--tier", tier, "--mode", mode, "--cache-dir", home, *groups],
            env={"PYTHONPATH": os.pathsep.join(map(str, places)), "HOME": str(home), "PATH": "/usr/bin:/bin"},
            user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True,
        )  # fmt: skip
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if "ModuleNotFoundError" in done.stderr or "requires-python" in done.stderr:
        pytest.skip("the system's Python cannot load this package")
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_row_of_the_matrix_is_the_suite_in_a_process_of_its_own() -> None:
    user = "root" if os.geteuid() == 0 else "ordinary"
    row = run(Combination(user, "landlock", Mode.BATCH), ["os-read", "walks-the-frames"])
    if row.unavailable:
        pytest.skip(row.said)
    assert row.ok, row.said
    assert row.outcome is not None
    assert row.outcome["cases"] == row.outcome["right"] > 0
    assert row.outcome["verdicts"] == {"AC": 2, "WA": 2}


def test_a_tier_that_does_not_work_is_a_row_and_no_failure() -> None:
    user = "root" if os.geteuid() == 0 else "ordinary"
    row = run(Combination(user, "seatbelt", Mode.ISOLATED), ["os-read"])
    assert row.unavailable
    assert not row.ok
    assert row.cells()[-1] == "not available here"


def test_the_matrix_names_every_program_that_was_handled_wrongly() -> None:
    outcome = {
        "cases": 3, "right": 2, "escapes": ["files/x"], "wrong": ["files/x: it got out"], "seconds": 1.2,
        "verdicts": {"AC": 3},
    }  # fmt: skip
    text = table([Row(Combination("ordinary", "bwrap", Mode.BATCH), outcome, "")])
    assert "| ordinary | bwrap | batch | 2/3 | 1 | 1 s | AC 3 |" in text
    assert "ordinary bwrap batch: files/x: it got out" in text
    assert not Row(Combination("root", "bwrap", Mode.BATCH), None, "Traceback …").unavailable
