"""``sstar bench`` as a person uses it: files in, table and files out; interrupted, repeated, misused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.world import FUNCTION_ROW, POOL, STDIN_ROW, bench, data_file, pool_file, rows_in

pytestmark = pytest.mark.usefixtures("own_home")
ALL_WITHOUT_MODEL = "zero-shot,first-passing,random-passing,majority,codet,mbr,aces,b4,srank,sstar,oracle"


def arguments(folder: Path, *more: object, methods: str = ALL_WITHOUT_MODEL, draws: int = 2) -> list[object]:
    """The usual ones."""
    return [
        *("--data", data_file(folder), "--pool", pool_file(folder), "--methods", methods),
        *("-n", 6, "--draws", draws, "--out", folder / "out", *more),
    ]


def figures(folder: Path) -> list[dict[str, object]]:
    """The rows without what a clock says."""
    return [{key: value for key, value in row.items() if key != "wall_s"} for row in rows_in(folder)]


def test_every_method_has_a_row_for_every_draw_and_all_files_are_there(tmp_path: Path) -> None:
    done = bench(*arguments(tmp_path))
    assert done.exit_code == 0, done.output
    rows = rows_in(tmp_path / "out")
    assert {(r["problem"], r["draw"], r["method"]) for r in rows} == {
        (problem, draw, method)
        for problem in ("toy/double", "toy/largest")
        for draw in (0, 1)
        for method in ALL_WITHOUT_MODEL.split(",")
    }
    page = (tmp_path / "out" / "table.md").read_text("utf-8")
    assert page in done.stdout
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert summary["methods"]["oracle"]["pass@1"][0] == 1
    assert summary["methods"]["random-passing"]["efficiency"][0] == 0
    assert summary["methods"]["sstar"]["cost"]["calls"] == 0
    assert summary["methods"]["sstar"]["cost"]["executions"] > 0
    assert summary["methods"]["sstar"]["calibration"]["choices"] == 4
    assert summary["methods"]["majority"]["calibration"] is None


def test_all_methods_of_a_draw_see_the_same_programs(tmp_path: Path) -> None:
    bench(*arguments(tmp_path))
    seen: dict[tuple[str, int], set[tuple[float, ...]]] = {}
    for row in rows_in(tmp_path / "out"):
        found = (row["random"], row["oracle"], row["survivors"], row["survivors_right"])
        seen.setdefault((row["problem"], row["draw"]), set()).add(found)
        assert row["survivors"] < 6 or row["problem"] == "toy/largest"
    assert all(len(found) == 1 for found in seen.values())


def test_the_same_seed_measures_the_same_and_another_one_draws_anew(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        bench(*arguments(tmp_path / name, "--seed", seed, draws=4))
    assert figures(tmp_path / "a" / "out") == figures(tmp_path / "b" / "out")
    assert figures(tmp_path / "a" / "out") != figures(tmp_path / "c" / "out")


@pytest.mark.parametrize("cut", [0, 5])
def test_an_interrupted_bench_goes_on_and_ends_with_the_same_rows(tmp_path: Path, cut: int) -> None:
    bench(*arguments(tmp_path))
    whole = figures(tmp_path / "out")
    file = tmp_path / "out" / "runs.jsonl"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    half_a_line = "".join(lines[:cut]) + (lines[cut][:40] if cut < len(lines) else "")
    file.write_text(half_a_line, "utf-8")
    again = bench(*arguments(tmp_path))
    assert again.exit_code == 0, again.output
    assert figures(tmp_path / "out") == whole


def test_a_folder_of_another_bench_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    bench(*arguments(tmp_path, methods="majority"))
    before = (tmp_path / "out" / "runs.jsonl").read_bytes()
    refused = bench(*arguments(tmp_path, "--seed", 7, methods="majority"))
    assert refused.exit_code == 2
    assert "seed: 0 there, 7 now" in refused.output
    assert (tmp_path / "out" / "runs.jsonl").read_bytes() == before
    (tmp_path / "pool.jsonl").write_text("", "utf-8")
    pool_file(tmp_path, *POOL[:-1])
    changed = bench(
        *("--data", tmp_path / "data.jsonl", "--pool", tmp_path / "pool.jsonl", "--methods", "majority"),
        *("-n", 6, "--draws", 2, "--out", tmp_path / "out"),
    )
    assert changed.exit_code == 2
    assert "pool:" in changed.output


def test_an_unknown_method_is_an_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    refused = bench(*arguments(tmp_path, methods="majority,vote"))
    assert refused.exit_code == 2
    assert "unknown method 'vote'" in refused.output
    for name in (*ALL_WITHOUT_MODEL.split(","), "code-judge", "self-debug", "paper-sstar"):
        assert name in refused.output
    assert not (tmp_path / "out").exists()


def test_without_a_model_methods_that_need_one_are_skipped_with_the_reason(tmp_path: Path) -> None:
    done = bench(*arguments(tmp_path, methods="majority,paper-sstar,code-judge,self-debug"))
    assert done.exit_code == 15
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert {s["method"]: s["reason"] for s in summary["skipped"]} == {
        "code-judge": "it asks a model which program is right: name one with --model",
        "self-debug": "the pool holds no recorded repairs of these samples",
        "paper-sstar": "its inputs and its duels are a model's: name one with --model",
    }
    assert {row["method"] for row in rows_in(tmp_path / "out")} == {"majority"}
    for method in ("code-judge", "self-debug", "paper-sstar"):
        assert f"`{method}`" in done.stdout
        assert f"{method} was skipped" in done.stderr


def test_methods_that_nobody_named_may_be_skipped_without_failing(tmp_path: Path) -> None:
    given = arguments(tmp_path)
    at = given.index("--methods")
    done = bench(*given[:at], *given[at + 2 :])
    assert done.exit_code == 0
    assert "Skipped: `paper-sstar`" in done.stdout


def test_the_baseline_must_be_measured(tmp_path: Path) -> None:
    refused = bench(*arguments(tmp_path, "--baseline", "mbr", methods="majority,sstar"))
    assert refused.exit_code == 2
    assert "--baseline mbr" in refused.output
    done = bench(*arguments(tmp_path, "--baseline", "majority", methods="majority,sstar"))
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert done.exit_code == 0
    assert summary["methods"]["sstar"]["mcnemar"]["against"] == "majority"


def test_submissions_that_came_with_the_problems_are_a_pool_and_other_languages_are_counted(
    tmp_path: Path,
) -> None:
    data = data_file(tmp_path, STDIN_ROW, FUNCTION_ROW)
    done = bench(
        "--data", data, "--methods", "random-passing,oracle", "--draws", 1, "--out", tmp_path / "out"
    )
    assert done.exit_code == 0, done.output
    assert "1 cpp programs" in done.stdout
    assert "1 problems without a program in the pool" in done.stdout
    rows = rows_in(tmp_path / "out")
    assert {row["problem"] for row in rows} == {"toy/double"}
    assert {(row["survivors"], row["survivors_right"]) for row in rows} == {(2, 1)}


def test_programs_of_several_languages_stand_in_one_draw_with_lang_any(tmp_path: Path) -> None:
    right_in_cpp = '#include <cstdio>\nint main() { int n; scanf("%d", &n); printf("%d\\n", 2 * n); }\n'
    references = [
        {"language": "cpp", "code": right_in_cpp, "verdict": "accepted"},
        STDIN_ROW["reference_solutions"][0],
    ]
    data = data_file(tmp_path, {**STDIN_ROW, "reference_solutions": references})
    done = bench(
        *("--data", data, "--lang", "any", "--methods", "majority,sstar,oracle", "--draws", 2),
        *("--out", tmp_path / "out"),
    )
    assert done.exit_code == 0, done.output
    assert "Left out" not in done.stdout
    rows = rows_in(tmp_path / "out")
    assert {(row["survivors"], row["survivors_right"]) for row in rows} == {(3, 2)}
    assert {row["method"]: row["clusters"] for row in rows}["sstar"] == 2
    assert all(row["score"] == 1 for row in rows)


def test_a_draw_of_cpp_programs_alone_runs_as_cpp_with_lang_any(tmp_path: Path) -> None:
    program = '#include <cstdio>\nint main() {{ int n; scanf("%d", &n); printf("%d\\n", {}); }}\n'
    right, also_right, wrong = (program.format(formula) for formula in ("2 * n", "n + n", "n * n"))
    references = [{"language": "cpp", "code": code, "verdict": "accepted"} for code in (right, also_right)]
    wrongs = [{"language": "c++", "code": wrong, "verdict": "wrong_answer", "passes_public": True}]
    row = {**STDIN_ROW, "reference_solutions": references, "wrong_solutions": wrongs}
    done = bench(
        *("--data", data_file(tmp_path, row), "--lang", "any", "--methods", "random-passing,sstar,oracle"),
        *("--draws", 1, "--out", tmp_path / "out"),
    )
    assert done.exit_code == 0, done.output
    rows = {row["method"]: row for row in rows_in(tmp_path / "out")}
    assert rows["sstar"]["survivors"] == 3
    assert rows["sstar"]["picked"] is not None
    assert rows["sstar"]["clusters"] == 2
    assert rows["sstar"]["score"] == 1


def test_lang_any_is_refused_where_a_model_writes(tmp_path: Path) -> None:
    refused = bench(
        *(
            "--data",
            data_file(tmp_path, STDIN_ROW),
            "--lang",
            "any",
            "--model",
            "embedded",
            "--out",
            tmp_path / "out",
        )
    )
    assert refused.exit_code == 2
    assert "--lang any" in refused.output


def test_the_rows_are_the_same_however_many_problems_are_side_by_side(tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    for folder, count in ((alone, 1), (together, 8)):
        folder.mkdir()
        done = bench(*arguments(folder, "--at-once", count, methods="majority,sstar"))
        assert done.exit_code == 0, done.output
    assert figures(alone / "out") == figures(together / "out")


def test_limit_takes_the_first_problems_only(tmp_path: Path) -> None:
    bench(*arguments(tmp_path, "--limit", 1, methods="oracle"))
    assert {row["problem"] for row in rows_in(tmp_path / "out")} == {"toy/double"}


def test_mixed_only_measures_where_a_choice_matters(tmp_path: Path) -> None:
    done = bench(*arguments(tmp_path, "--mixed-only", methods="majority,oracle", draws=8))
    assert done.exit_code == 0
    rows = rows_in(tmp_path / "out")
    assert rows
    assert all(0 < row["survivors_right"] < row["survivors"] for row in rows)


def test_recorded_repairs_are_replayed_as_debug_rounds(tmp_path: Path) -> None:
    from bench.world import DOUBLE, ZERO, sample

    seed = sample("toy/double", ZERO, False, public=False, kind="seed", model="fixer")
    still = sample(
        "toy/double", ZERO + "#\n", False, public=False, kind="debugged", model="fixer", debug_round=1
    )
    fixed = sample("toy/double", DOUBLE, True, kind="debugged", model="fixer", debug_round=2)
    given = (
        *("--data", data_file(tmp_path, STDIN_ROW), "--pool", pool_file(tmp_path, fixed, seed, still)),
        *("--pool-model", "fix", "--methods", "zero-shot,self-debug,sstar", "--draws", 1, "--limit", 1),
    )
    done = bench(*given, "--rounds", 2, "--out", tmp_path / "two")
    assert done.exit_code == 0, done.output
    picked = {row["method"]: (row["picked"], row["score"]) for row in rows_in(tmp_path / "two")}
    assert picked == {"zero-shot": ("c1", 0), "self-debug": ("c1.2", 1), "sstar": ("c1.2", 1)}
    bench(*given, "--rounds", 1, "--out", tmp_path / "one")
    assert {row["score"] for row in rows_in(tmp_path / "one")} == {0}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json\n", ["line 1", "JSON"]),
        ("[1]\n", ["line 1", "object"]),
        ('{"problem_id": "toy/double", "kind": "sample", "passed": true}\n', ["line 1", "code"]),
        ('{"problem_id": "toy/double", "code": ""}\n', ["line 1", "passed"]),
        ("", ["no sample"]),
    ],
)
def test_a_damaged_pool_is_an_error_that_names_the_line(tmp_path: Path, line: str, words: list[str]) -> None:
    given = arguments(tmp_path)
    (tmp_path / "pool.jsonl").write_text(line, "utf-8")
    refused = bench(*given)
    assert refused.exit_code == 2
    assert all(word in refused.output for word in words), refused.output


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"id": "x"}, ["no known format", "public_tests"]),
        ({**STDIN_ROW, "io": "pipe"}, ["problem 1", "unknown io 'pipe'"]),
        ({**STDIN_ROW, "checker": "magic"}, ["problem 1", "unknown comparator"]),
        ({k: v for k, v in STDIN_ROW.items() if k != "statement"}, ["no known format"]),
        (
            {**FUNCTION_ROW, "hidden_tests": [{"kind": "odd", "input": "", "output": ""}]},
            ["unknown kind 'odd'"],
        ),
    ],
)
def test_a_damaged_problem_is_an_error_that_names_it(
    tmp_path: Path, row: dict[str, object], words: list[str]
) -> None:
    given = arguments(tmp_path)
    data_file(tmp_path, row)
    refused = bench(*given)
    assert refused.exit_code == 2
    assert all(word in refused.output for word in words), refused.output


def test_files_that_are_not_there_are_errors(tmp_path: Path) -> None:
    missing = bench("--data", tmp_path / "none.jsonl", "--out", tmp_path / "out")
    assert missing.exit_code == 2
    assert "none.jsonl" in missing.output
    alone = bench("--data", data_file(tmp_path, FUNCTION_ROW), "--out", tmp_path / "out")
    assert alone.exit_code == 2
    assert "--pool" in alone.output


def test_a_shared_cache_spares_a_second_bench_every_execution(tmp_path: Path) -> None:
    import sqlite3

    cache = tmp_path / "cache.sqlite"
    bench(*arguments(tmp_path, "--cache", cache, methods="majority"))
    with sqlite3.connect(cache) as db:
        before = db.execute("SELECT count(*) FROM executions").fetchone()
    (tmp_path / "again").mkdir()
    bench(*arguments(tmp_path / "again", "--cache", cache, methods="majority"))
    with sqlite3.connect(cache) as db:
        assert db.execute("SELECT count(*) FROM executions").fetchone() == before
    assert figures(tmp_path / "again" / "out") == figures(tmp_path / "out")


def test_a_setting_of_the_engine_is_part_of_the_configuration(tmp_path: Path) -> None:
    done = bench(*arguments(tmp_path, "--set", "confidence=0.99", methods="sstar", draws=1))
    assert done.exit_code == 0, done.output
    other = bench(*arguments(tmp_path, "--set", "confidence=1", methods="sstar", draws=1))
    assert other.exit_code == 2
    assert "confidence=0.99" in other.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("generator", "say key=value"),
        ("generators=on", "there is no setting"),
        ("generator=yes", "known: auto"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error_that_says_what_can(
    tmp_path: Path, text: str, words: str
) -> None:
    refused = bench(*arguments(tmp_path, "--set", text, methods="sstar"))
    assert refused.exit_code == 2
    assert words in " ".join(refused.output.split())
