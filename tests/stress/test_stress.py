"""``sstar stress`` and ``sstar test``, with real programs in the real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sstar_lsp.cli.main import main

STATEMENT = """# Largest sum

Given `n` numbers, print the largest sum of one or more numbers that stand next to each other.

## Input

The first line holds `n` (1 <= n <= 300). The second line holds `n` integers `a_i` (-1000 <= a_i <= 1000).

## Output

One integer.

## Sample Input 1

```
4
3 -5 4 2
```

## Sample Output 1

```
6
```
"""
RIGHT = """input()
best = now = None
for value in map(int, input().split()):
    now = value if now is None or now < 0 else now + value
    best = now if best is None or now > best else best
print(best)
"""
NEVER_NEGATIVE = """input()
best = now = 0
for value in map(int, input().split()):
    now = max(0, now + value)
    best = max(best, now)
print(best)
"""
FAILS_ON_ONE = RIGHT.replace("print(best)", "print(best if now != best or best > 5 else 1 // 0)")
ALL_SUMS = """n = int(input())
a = list(map(int, input().split()))
print(max(sum(a[i:j]) for i in range(n) for j in range(i + 1, n + 1)))
"""
GENERATOR = """import random, sys
random.seed(int(sys.argv[1]))
n = random.randint(1, 6)
print(n)
print(*[random.randint(-9, 9) for _ in range(n)])
"""


@pytest.fixture
def folder(tmp_path: Path, own_home: object) -> Path:
    (tmp_path / "problem.md").write_text(STATEMENT)
    programs = {
        "right": RIGHT,
        "zero": NEVER_NEGATIVE,
        "crash": FAILS_ON_ONE,
        "slow": ALL_SUMS,
        "gen": GENERATOR,
    }
    for name, code in programs.items():
        (tmp_path / f"{name}.py").write_text(code)
    return tmp_path


def run(folder: Path, command: str, *words: str) -> Result:
    """The command, on files of the folder; a word that names one is made its path."""
    paths = [str(folder / word) if (folder / word).exists() else word for word in words]
    return CliRunner().invoke(main, [command, *paths])


def test_a_difference_is_found_made_small_and_kept_with_the_output_of_who_is_right(folder: Path) -> None:
    answer = run(folder, "stress", "right.py", "zero.py", "--right", "a", "--json")
    assert answer.exit_code == 16, answer.output
    told = json.loads(answer.stdout)
    n, row = told["input"].split("\n")[:2]
    assert (n, int(row) < 0) == ("1", True)
    assert (told["a"]["output"].strip(), told["b"]["output"].strip()) == (row, "0")
    given, wanted = map(Path, told["kept"])
    assert (given.read_text(), wanted.read_text()) == (told["input"], told["a"]["output"])
    tested = json.loads(run(folder, "test", "zero.py", "--json").stdout)
    assert [each["passed"] for each in tested["tests"]] == [True, False]


def test_what_is_kept_twice_is_kept_once_and_gets_its_output(folder: Path) -> None:
    first = json.loads(run(folder, "stress", "right.py", "zero.py", "--json").stdout)["kept"]
    second = json.loads(run(folder, "stress", "right.py", "zero.py", "--right", "a", "--json").stdout)["kept"]
    assert (len(first), len(second), first[0]) == (1, 2, second[0])


def test_the_same_seed_finds_the_same_input(folder: Path) -> None:
    found = {
        json.loads(run(folder, "stress", "right.py", "zero.py", "--json", "--no-save").stdout)["input"]
        for _ in range(2)
    }
    assert len(found) == 1
    assert not list(folder.glob("*.in"))


def test_equal_programs_are_told_as_no_difference_and_no_proof(folder: Path) -> None:
    answer = run(folder, "stress", "right.py", "right.py", "--seconds", "2")
    assert answer.exit_code == 0
    assert "No difference on" in answer.output
    assert "proves nothing" in answer.output


def test_a_generator_is_told_its_seed_and_used_without_any_statement(folder: Path) -> None:
    (folder / "problem.md").unlink()
    answer = run(folder, "stress", "right.py", "zero.py", "--gen", "gen.py", "--no-save", "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["legal"]) == (16, "certain")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (GENERATOR.replace("random.seed(int(sys.argv[1]))", ""), "two different inputs for seed 0"),
        ("1 / 0", "failed with seed 0 (RE): ZeroDivisionError"),
        ("pass", "printed nothing with seed 0"),
    ],
)
def test_a_generator_that_cannot_be_used_is_refused_in_words(folder: Path, code: str, words: str) -> None:
    (folder / "gen.py").write_text(code)
    answer = run(folder, "stress", "right.py", "zero.py", "--gen", "gen.py")
    assert answer.exit_code == 2
    assert words in answer.output


def test_a_validator_decides_which_inputs_count(folder: Path) -> None:
    (folder / "no_negative.py").write_text(
        "import sys\nlines = sys.stdin.read().split()\nsys.exit(42 if all(int(w) >= 0 for w in lines) else 43)\n"
    )
    words = ("--validator", "no_negative.py", "--seconds", "3", "--json")
    answer = run(folder, "stress", "right.py", "zero.py", *words)
    assert (answer.exit_code, json.loads(answer.stdout)["illegal"] > 0) == (0, True)


def test_a_crash_is_found_and_the_doubt_about_the_input_told(folder: Path) -> None:
    answer = run(folder, "stress", "right.py", "crash.py", "--seconds", "4")
    assert answer.exit_code == 16, answer.output
    assert "ZeroDivisionError" in answer.output
    assert "check it yourself" in answer.output


def test_a_program_that_takes_longest_on_a_large_input_is_found(folder: Path) -> None:
    answer = run(folder, "stress", "right.py", "slow.py", "--slowest", "--seconds", "5", "--json")
    told = json.loads(answer.stdout)
    assert told["slowest"]["program"] == "slow.py"
    assert told["slowest"]["cpu_s"] > 0.01
    assert len(told["slowest"]["input"]) > 300


def test_an_example_that_a_program_fails_ends_the_search(folder: Path) -> None:
    (folder / "bad.py").write_text("print(5)")
    answer = run(folder, "stress", "right.py", "bad.py")
    assert answer.exit_code == 16
    assert "example 1" in answer.output
    assert not list(folder.glob("*.in"))


def test_a_checker_program_compares_the_second_output_with_the_first(folder: Path) -> None:
    (folder / "any.py").write_text("import sys\nsys.exit(0)\n")
    answer = run(
        folder, "stress", "right.py", "zero.py", "--checker", str(folder / "any.py"), "--seconds", "2"
    )
    assert answer.exit_code == 0, answer.output


def test_a_compile_error_is_shown_with_its_file(folder: Path) -> None:
    (folder / "bad.cpp").write_text("int main() { return x; }")
    answer = run(folder, "stress", "right.py", "bad.cpp")
    assert answer.exit_code == 3
    assert "bad.cpp does not compile" in answer.output
    assert "not declared" in answer.output


def test_a_folder_without_statement_tests_or_generator_says_what_is_missing(folder: Path) -> None:
    (folder / "problem.md").unlink()
    answer = run(folder, "stress", "right.py", "zero.py")
    assert answer.exit_code == 3
    assert "--problem" in answer.output


def test_tests_are_run_one_by_one_and_what_fails_is_shown(folder: Path) -> None:
    assert run(folder, "test", "right.py").exit_code == 0
    (folder / "bad.py").write_text("print(5)")
    answer = run(folder, "test", "bad.py", "--only", "1")
    assert answer.exit_code == 17
    for words in ("WA", "--- right output\n6", "--- its output\n5", "0 of 1 passed"):
        assert words in answer.output
    assert run(folder, "test", "bad.py", "--only", "2").exit_code == 2
