"""``sstar bench --inputs-only``: which made inputs are legal, which wrong programs they expose, which right ones they spare."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from bench.world import DOUBLE, STDIN_ROW, bench, data_file
from sstar_lsp.bench.data.datasets import half_of, load_problems
from sstar_lsp.bench.data.input_validators import NoValidator, Validators
from sstar_lsp.bench.figures.power_summary import power_summary, power_table
from sstar_lsp.bench.tester_power import (
    MadeInput,
    PowerRow,
    RightProgram,
    WrongProgram,
    contradicting,
    exposing,
    waves_of,
)
from sstar_lsp.engine.run.events import CaseInput, Enumerated, InputOrigin, InputsProposed, Ran
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.records import Problem, Test
from sstar_sandbox import Sandbox, Verdict

pytestmark = pytest.mark.usefixtures("own_home")
EVEN_ONLY = "import sys\nn = int(sys.stdin.read())\nsys.exit(42 if 0 <= n <= 100 and n % 2 == 0 else 43)\n"
AT_MOST = (
    "import sys\nn = int(sys.stdin.read())\nsys.exit(42 if n <= int(sys.argv[1].split('=')[1]) else 43)\n"
)
WRONG_ON_ODD = "n = int(input())\nprint(2 * n + n % 2)\n"
"""Passes the example (2), wrong on odd numbers only."""
CRASHES_ON_ZERO_AND_BIG = "n = int(input())\nassert 0 < n < 40\nprint(2 * n)\n"
FAILS_ON_ODD = "n = int(input())\nprint(2 * n if n % 2 == 0 else 1 // 0)\n"


def validator(source: str, language: str = "python", **more: Any) -> dict[str, Any]:
    """A validator as a row has it."""
    main = {"python": "v.py", "cpp": "v.cpp"}.get(language, "v.ctd")
    return {"language": language, "main": main, "files": {main: source}, "testlib": False, **more}


def row(**more: Any) -> dict[str, Any]:
    """The doubling problem with a validator that allows even numbers only."""
    wrong = [
        {"language": "python3", "code": code, "measured": verdict, "verdict": "partially_accepted"}
        for code, verdict in ((WRONG_ON_ODD, "WA"), (CRASHES_ON_ZERO_AND_BIG, "RTE"))
    ]
    right = [{"language": "python3", "code": DOUBLE, "verdict": "accepted"}]
    given = {"reference_solutions": right, "wrong_solutions": wrong, "validator": validator(EVEN_ONLY)}
    return {**STDIN_ROW, **given, **more}


def measured(folder: Path, *rows: dict[str, Any], more: tuple[object, ...] = ()) -> list[dict[str, Any]]:
    """The lines of ``power.jsonl``."""
    done = bench("--data", data_file(folder, *rows), "--inputs-only", "--out", folder / "out", *more)
    assert done.exit_code == 0, done.output
    assert (folder / "out" / "table.md").read_text("utf-8") in done.stdout
    return [json.loads(line) for line in (folder / "out" / "power.jsonl").read_text("utf-8").splitlines()]


def test_only_inputs_that_the_validator_takes_expose_a_program(tmp_path: Path) -> None:
    [found] = measured(tmp_path, row())
    legal = {item["id"] for item in found["made"] if item["legal"]}
    assert legal
    assert {item["id"] for item in found["made"]} > legal
    for item in found["made"]:
        number = int(item["text"])
        assert item["legal"] == (0 <= number <= 100 and number % 2 == 0)
    exposed = {program["verdict"]: program["exposed_by"] for program in found["wrong"]}
    assert exposed["WA"] == []
    assert set(exposed["RTE"]) <= legal
    assert exposed["RTE"]
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert summary["wrong"]["RTE"]["count"] == 1
    assert summary["wrong"]["WA"]["count"] == 0
    assert summary["groups"][0]["exposed"]["share"][0] == 0.5
    assert {item["wave"] for item in found["made"] if item["tier"] in {"mutation", "kind"}} >= {1, 2, 3, 4}


def test_until_quiet_makes_no_more_waves_than_a_run_does(tmp_path: Path) -> None:
    [every] = measured(tmp_path, row())
    (tmp_path / "quiet").mkdir()
    [quiet] = measured(tmp_path / "quiet", row(), more=("--until-quiet",))
    assert max(item["wave"] or 0 for item in quiet["made"]) < max(item["wave"] or 0 for item in every["made"])


def test_a_right_program_that_fails_on_an_illegal_input_is_not_kept_but_it_is_by_the_legal_ones(
    tmp_path: Path,
) -> None:
    right = [{"language": "python3", "code": code, "verdict": "accepted"} for code in (DOUBLE, FAILS_ON_ODD)]
    measured(tmp_path, row(reference_solutions=right))
    everything = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["groups"][0]
    assert (everything["right_kept"]["count"], everything["right_kept"]["of"]) == (1, 2)
    assert everything["right_kept_by_legal"]["count"] == 2


def test_a_problem_without_a_usable_validator_is_left_out_and_said_so(tmp_path: Path) -> None:
    needs_testlib = validator('#include "testlib.h"\nint main() {}\n', "cpp")
    rows = measured(
        tmp_path, row(), row(id="toy/none", validator=None), row(id="toy/lib", validator=needs_testlib)
    )
    assert [bool(found["remark"]) for found in rows] == [False, True, True]
    assert "testlib.h" in rows[2]["remark"]
    assert all(item["legal"] is None for item in rows[1]["made"])
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert (summary["problems"], summary["legality_known"]) == (3, 1)
    assert "Left out: `toy/none`: it has no validator." in (tmp_path / "out" / "table.md").read_text("utf-8")


@pytest.mark.parametrize(
    "given", [("--methods", "sstar"), ("--model", "1.5b"), ("--engine", "ray"), ("--pool", "data.jsonl")]
)
def test_inputs_only_refuses_options_of_a_choice(tmp_path: Path, given: tuple[str, str]) -> None:
    refused = bench("--data", data_file(tmp_path, row()), "--inputs-only", "--out", tmp_path / "out", *given)
    assert refused.exit_code == 2
    assert f"--inputs-only takes no {given[0]}" in refused.output
    alone = bench("--data", tmp_path / "data.jsonl", "--until-quiet", "--out", tmp_path / "out")
    assert alone.exit_code == 2
    assert "--until-quiet" in alone.output


def test_the_halves_share_no_problem_and_leave_none_out(tmp_path: Path) -> None:
    names = [f"toy/{number}" for number in range(12)]
    path = data_file(tmp_path, *(row(id=name) for name in names))
    halves = [[problem.id for problem in load_problems(path, half=half)] for half in (0, 1)]
    assert sorted(halves[0] + halves[1]) == sorted(names)
    assert all(half_of(name) == half for half in (0, 1) for name in halves[half])
    assert all(halves)


# --- validators -----------------------------------------------------------------------------------


async def test_a_header_of_the_package_stands_in_the_place_of_its_include(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    files = {
        "v.cpp": '#include "v.h"\n#include "v.h"\nint main() { return number() > 3 ? 43 : 42; }\n',
        "v.h": '#include <cstdio>\nint number() { int n = 9; scanf("%d", &n); return n; }\n',
    }
    found = validator("", "cpp") | {"files": files}
    [problem] = load_problems(data_file(tmp_path, row(validator=found)))
    validators = await Validators.prepare(sandbox, problem)
    assert await validators.why_illegal("3\n") is None
    assert await validators.why_illegal("4\n") is not None


async def test_an_input_is_legal_when_all_validators_take_it_with_one_set_of_flags(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    given = row(
        validator=validator(AT_MOST, flags=["max=5", "max=50"]), more_validators=[validator(EVEN_ONLY)]
    )
    [problem] = load_problems(data_file(tmp_path, given))
    validators = await Validators.prepare(sandbox, problem)
    legal = [n for n in (4, 5, 50, 51, 52) if await validators.why_illegal(f"{n}\n") is None]
    assert legal == [4, 50]


async def test_a_checktestdata_grammar_is_asked(tmp_path: Path, sandbox: Sandbox) -> None:
    limit = sys.get_int_max_str_digits()
    grammar = "INT(1, 10) NEWLINE EOF\n"
    [problem] = load_problems(data_file(tmp_path, row(validator=validator(grammar, "checktestdata"))))
    validators = await Validators.prepare(sandbox, problem)
    assert await validators.why_illegal("10\n") is None
    assert await validators.why_illegal("11\n") is not None
    [broken] = load_problems(data_file(tmp_path, row(validator=validator("INT(1", "checktestdata"))))
    with pytest.raises(NoValidator, match="cannot be read"):
        await Validators.prepare(sandbox, broken)
    assert sys.get_int_max_str_digits() == limit  # which the package lifts when it is imported


async def test_without_the_reader_of_grammars_the_remark_says_what_to_install(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "checktestdata", None)
    [problem] = load_problems(data_file(tmp_path, row(validator=validator("EOF", "checktestdata"))))
    with pytest.raises(NoValidator, match="pip install checktestdata"):
        await Validators.prepare(sandbox, problem)


# --- what counts ----------------------------------------------------------------------------------


def printed(text: str) -> Outcome:
    """A run that ended well."""
    return Outcome(Verdict.RAN, text)


SLOW = Outcome(Verdict.TLE, "")
SUM = Problem(title="Sum", statement="Add.", public_tests=(Test("1\n", "1\n"),))


def test_where_right_programs_fail_or_differ_nothing_is_exposed() -> None:
    right = [
        {"a": printed("1"), "b": printed("1"), "c": SLOW, "d": printed("1")},
        {"a": printed("1"), "b": printed("2"), "c": printed("1")},
    ]
    wrong = dict.fromkeys("abcd", printed("3"))
    assert exposing(SUM, wrong, right, "abcd") == ("a",)
    assert exposing(SUM, dict.fromkeys("a", SLOW), right, "abcd") == ("a",)
    assert exposing(SUM, dict.fromkeys("a", printed("1")), right, "abcd") == ()


def test_who_breaks_the_limit_and_is_outrun_by_all_right_programs_is_exposed() -> None:
    def after(seconds: float) -> dict[str, Outcome]:
        return {"a": evolve(printed("1"), cpu_s=seconds)}

    right = [after(0.1), after(0.5)]
    assert exposing(SUM, after(1.6), right, "a", 1.0) == ("a",)
    assert exposing(SUM, after(1.4), right, "a", 1.0) == ()
    assert exposing(SUM, after(1.6), right, "a", 2.0) == ()
    assert exposing(SUM, after(1.6), right, "a") == ()
    assert contradicting(SUM, after(1.6), right, "a", 1.0) == ("a",)


def test_where_several_answers_are_right_only_a_failure_exposes() -> None:
    several = Problem(title="Any", statement="Any.", public_tests=SUM.public_tests, several_answers=True)
    right = [{"a": printed("1"), "b": printed("1")}]
    assert exposing(several, {"a": printed("2"), "b": SLOW}, right, "ab") == ("b",)


def test_a_right_program_is_contradicted_by_its_failure_and_by_another_answer() -> None:
    own = {"a": printed("1"), "b": SLOW, "c": printed("1")}
    other = {"a": printed("2"), "b": SLOW, "c": printed("1")}
    assert contradicting(SUM, own, [other], "abcd") == ("a", "b")
    assert contradicting(SUM, own, [], "abcd") == ("b",)


def test_a_wave_begins_after_the_runs_of_the_last_one() -> None:
    def made(name: str, origin: InputOrigin) -> InputsProposed:
        return InputsProposed((CaseInput(name, name, origin),))

    events = [
        made("i1", InputOrigin.MUTATION),
        made("i2", InputOrigin.KIND),
        Ran("c1", {}),
        Ran("c2", {}),
        made("i3", InputOrigin.MUTATION),
        made("i4", InputOrigin.KIND),
        Ran("c1", {}),
        made("i5", InputOrigin.SHRUNK),
    ]
    assert waves_of(events) == {"i1": 1, "i2": 1, "i3": 2, "i4": 2, "i5": None}


def test_figures_are_sums_over_problems_and_by_tier_and_wave() -> None:
    def item(name: str, wave: int, legal: bool, rejected: str = "") -> MadeInput:
        return MadeInput(name, "kind" if wave == 2 else "mutation", wave, legal, "", rejected, "")

    made = (item("i1", 1, True), item("i2", 1, False, "odd"), item("i3", 2, True))
    rows = [
        PowerRow(
            "p",
            "",
            made,
            (WrongProgram("c1", "cpp", "WA", ("i3",)), WrongProgram("c2", "python", "TLE")),
            (RightProgram("c3", "cpp", ("i1",)),),
        ),
        PowerRow(
            "q",
            "",
            (item("i1", 1, False),),
            (),
            (RightProgram("c1", "cpp"),),
            Enumerated(("c1", "c2"), inputs=2604, ran=2604, split=1),
        ),
        PowerRow("r", "it has no validator"),
    ]
    summary = power_summary(rows, 0)
    groups = {group["inputs"]: group for group in summary["groups"]}
    assert groups["all"]["legal"]["share"][0] == 0.5
    assert groups["all"]["legal_of_kept"]["share"][0] == 2 / 3
    assert (groups["all"]["exposed"]["count"], groups["all"]["exposed"]["of"]) == (1, 2)
    assert groups["mutation"]["exposed"]["count"] == groups["to the end of wave 1"]["exposed"]["count"] == 0
    assert groups["to the end of wave 2"]["exposed"]["count"] == groups["kind"]["exposed"]["count"] == 1
    assert (groups["all"]["right_kept"]["count"], groups["kind"]["right_kept"]["count"]) == (1, 2)
    assert (summary["wrong"]["WA"]["count"], summary["wrong"]["TLE"]["count"]) == (1, 0)
    assert summary["left_out"] == [{"problem": "r", "reason": "it has no validator"}]
    assert summary["enumerated"] == [{"problem": "q", "inputs": 2604, "ran": 2604, "split": 1}]
    assert "`q` allows 2,604 inputs: all were run, clusters +1 by them." in power_table(summary)
