"""Tests are kept in the form that a person's tool uses, and nothing that is there is lost."""

from __future__ import annotations

import json
from hashlib import md5
from pathlib import Path

import msgpack
import pytest

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems import layouts
from sstar_lsp.problems.layouts import save_test

TEXT, OUTPUT = "2\n1 2\n", "3\n"


def test_cph_keeps_what_it_does_not_know_and_gets_a_free_id(tmp_path: Path) -> None:
    source = tmp_path / "gap.cpp"
    source.write_text("int main() {}")
    prob = tmp_path / ".cph" / f".gap.cpp_{md5(str(source).encode()).hexdigest()}.prob"
    prob.parent.mkdir()
    first = {"input": "1\n", "output": "1\n", "id": 1, "note": "mine"}
    prob.write_text(json.dumps({"name": "Gap", "tests": [first], "later": {"x": 1}}))
    assert save_test(source, TEXT, OUTPUT) == (prob,)
    kept = json.loads(prob.read_text())
    assert kept == {
        "name": "Gap",
        "later": {"x": 1},
        "tests": [first, {"input": TEXT, "output": OUTPUT, "id": 2}],
    }
    assert [(t.input, t.expected) for t in layouts.tests_beside(source).tests][-1] == (TEXT, OUTPUT)


@pytest.mark.parametrize(
    "cases", [{0: {"input": "1\n", "output": "1\n"}}, [{"input": "1\n", "output": "1\n"}]]
)
def test_the_one_file_of_competitest_gets_the_next_number(tmp_path: Path, cases: object) -> None:
    source = tmp_path / "gap.cpp"
    file = tmp_path / "gap.testcases"
    file.write_bytes(msgpack.packb(cases))
    save_test(source, TEXT, OUTPUT)
    assert [(t.input, t.expected) for t in layouts.tests_beside(source).tests] == [
        ("1\n", "1\n"),
        (TEXT, OUTPUT),
    ]


def test_a_file_of_competitest_that_cannot_be_read_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "gap.testcases"
    file.write_bytes(b"\xc1")
    with pytest.raises(ProblemError, match="not added"):
        save_test(tmp_path / "gap.cpp", TEXT, OUTPUT)
    assert file.read_bytes() == b"\xc1"


@pytest.mark.parametrize(
    ("there", "given", "wanted"),
    [
        (["gap_input0.txt", "gap_output0.txt"], "gap_input1.txt", "gap_output1.txt"),
        (["test/sample-1.in", "test/sample-1.out"], "test/sstar-1.in", "test/sstar-1.out"),
        (["gap-sstar-1.in", "gap-sstar-1.out"], "gap-sstar-2.in", "gap-sstar-2.out"),
        ([], "gap-sstar-1.in", "gap-sstar-1.out"),
    ],
)
def test_pairs_are_named_as_those_that_are_there(
    tmp_path: Path, there: list[str], given: str, wanted: str
) -> None:
    for name in there:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1\n")
    save_test(tmp_path / "gap.md", TEXT, OUTPUT)
    assert ((tmp_path / given).read_text(), (tmp_path / wanted).read_text()) == (TEXT, OUTPUT)
    assert all((tmp_path / name).read_text() == "1\n" for name in there)


def test_an_output_that_nobody_confirmed_is_not_written(tmp_path: Path) -> None:
    assert save_test(tmp_path / "gap.md", TEXT, None) == (tmp_path / "gap-sstar-1.in",)
    assert not (tmp_path / "gap-sstar-1.out").exists()
