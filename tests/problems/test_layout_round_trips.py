"""What is kept is read back as it was, in every form, and nothing that was there is lost. Forms that are only read: cph-ng, rbx."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems import layouts
from sstar_lsp.problems.layouts import cph_ng, save_test
from sstar_lsp.problems.package import package_facts

FORMS = ("cph", "testcases", "competitest", "oj", "ours")
KEPT = "kept before\n"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(
    lambda text: "\r\n" not in text and not text.startswith("\ufeff")
)
tests = st.dictionaries(texts.filter(lambda text: text != KEPT), texts, max_size=4)
stems = st.sampled_from(["gap", "Größte Lücke", "差 (1)", "a+b", "x{}[1]", "C. O'Brien & co"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=5,
)
foreign = st.dictionaries(
    texts.filter(lambda key: key not in {"tests", "input", "output", "id"}), json_values, max_size=3
)


def prob_file(source: Path) -> Path:
    digest = md5(str(source).encode(), usedforsecurity=False).hexdigest()
    return source.parent / ".cph" / f".{source.name}_{digest}.prob"


def begin(source: Path, form: str, extra: dict[str, Any]) -> None:
    """A program with one test in the form."""
    folder, stem = source.parent, source.stem
    source.write_text("int main() {}\n")
    match form:
        case "cph":
            prob_file(source).parent.mkdir()
            first = {"input": KEPT, "output": KEPT, "id": 7, **extra}
            prob_file(source).write_text(json.dumps({"name": "Gap", **extra, "tests": [first]}))
        case "testcases":
            content = {0: {"input": KEPT, "output": KEPT, **extra}}
            source.with_suffix(".testcases").write_bytes(msgpack.packb(content))
        case "competitest":
            (folder / f"{stem}_input0.txt").write_text(KEPT)
            (folder / f"{stem}_output0.txt").write_text(KEPT)
        case "oj":
            (folder / "test").mkdir()
            (folder / "test" / "sample-1.in").write_text(KEPT)
            (folder / "test" / "sample-1.out").write_text(KEPT)


@contextmanager
def program(form: str, stem: str = "gap", extra: dict[str, Any] | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder).resolve() / f"{stem}.cpp"
        begin(source, form, extra or {})
        yield source


def read(path: Path) -> dict[str, str]:
    return {test.input: test.expected for test in layouts.tests_beside(path).tests}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None)
@given(stem=stems, added=tests)
def test_what_is_kept_is_read_back(form: str, stem: str, added: dict[str, str]) -> None:
    with program(form, stem) as source:
        before = read(source)
        assert before == ({} if form == "ours" else {KEPT: KEPT})
        for text, expected in added.items():
            assert save_test(source, text, expected)
        assert read(source) == {**before, **added}


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=10, deadline=None)
@given(added=tests)
def test_keeping_what_is_there_changes_no_file(form: str, added: dict[str, str]) -> None:
    with program(form) as source:
        for text, expected in added.items():
            save_test(source, text, expected)
        before = tree(source.parent)
        for text, expected in read(source).items():
            assert save_test(source, text, expected)
        assert tree(source.parent) == before


@settings(max_examples=25, deadline=None)
@given(extra=foreign, added=tests)
def test_cph_keeps_foreign_keys(extra: dict[str, Any], added: dict[str, str]) -> None:
    with program("cph", extra=extra) as source:
        before = json.loads(prob_file(source).read_text())
        for text, expected in added.items():
            save_test(source, text, expected)
        after = json.loads(prob_file(source).read_text())
        assert after["tests"][:1] == before["tests"]
        assert {**after, "tests": []} == {**before, "tests": []}
        ids = [test["id"] for test in after["tests"] if isinstance(test.get("id"), int)]
        assert len(ids) == len(set(ids))


@settings(max_examples=25, deadline=None)
@given(extra=foreign, added=tests)
def test_competitest_keeps_foreign_keys(extra: dict[str, Any], added: dict[str, str]) -> None:
    with program("testcases", extra=extra) as source:
        for text, expected in added.items():
            save_test(source, text, expected)
        after = msgpack.unpackb(source.with_suffix(".testcases").read_bytes(), strict_map_key=False)
        assert after[0] == {"input": KEPT, "output": KEPT, **extra}
        assert list(after) == list(range(len(added) + 1))


@pytest.mark.parametrize("form", FORMS)
def test_an_input_kept_without_an_output_gets_it_later(form: str) -> None:
    with program(form) as source:
        save_test(source, "2\n", None)
        assert "2\n" not in read(source)
        count = len(tree(source.parent))
        save_test(source, "2\n", None)
        assert len(tree(source.parent)) == count
        save_test(source, "2\n", "4\n")
        assert read(source)["2\n"] == "4\n"


@pytest.mark.parametrize("form", FORMS[:-1])
def test_a_second_output_for_the_same_input_is_refused(form: str) -> None:
    with program(form) as source:
        before = tree(source.parent)
        with pytest.raises(ProblemError, match="another output"):
            save_test(source, KEPT, "other\n")
        assert tree(source.parent) == before


@pytest.mark.parametrize("form", FORMS)
def test_bytes_that_are_no_utf8_are_kept_in_a_pair(form: str) -> None:
    with program(form) as source:
        given, wanted = save_test(source, "\udcff\n", "1\n")
        assert (given.read_bytes(), wanted.read_bytes()) == (b"\xff\n", b"1\n")


@pytest.mark.parametrize("form", FORMS)
def test_text_that_no_file_can_hold_is_refused(form: str) -> None:
    with program(form) as source:
        before = tree(source.parent)
        with pytest.raises(ProblemError, match="no file can hold"):
            save_test(source, "\ud800", "1\n")
        assert tree(source.parent) == before


@pytest.mark.parametrize("fault", [{"id": [1]}, {"id": {"a": 1}}, {"id": None}])
def test_a_strange_id_of_cph_is_no_obstacle(fault: dict[str, Any]) -> None:
    with program("cph", extra=fault) as source:
        save_test(source, "2\n", "4\n")
        assert read(source) == {KEPT: KEPT, "2\n": "4\n"}


def test_a_moved_program_finds_its_tests_and_keeps_new_ones_there(tmp_path: Path) -> None:
    with program("cph") as source:
        moved = tmp_path / "elsewhere"
        shutil.move(source.parent, moved)
        source.parent.mkdir()
        assert read(moved / "gap.cpp") == {KEPT: KEPT}
        (file,) = save_test(moved / "gap.cpp", "2\n", "4\n")
        assert file.parent == moved / ".cph"
        assert read(moved / "gap.cpp") == {KEPT: KEPT, "2\n": "4\n"}


def test_a_problem_file_named_by_windows_is_found(tmp_path: Path) -> None:
    source = tmp_path / "gap.cpp"
    source.write_text("")
    digest = md5(b"c:\\contest\\gap.cpp", usedforsecurity=False).hexdigest()
    file = tmp_path / ".cph" / f".gap.cpp_{digest}.prob"
    file.parent.mkdir()
    case = {"input": "1\r\n2\r\n", "output": "3\r\n", "id": 1}
    file.write_text(json.dumps({"srcPath": "c:\\contest\\gap.cpp", "tests": [case]}))
    assert read(source) == {"1\n2\n": "3\n"}
    save_test(source, "5\n", "5\n")
    after = json.loads(file.read_text())
    assert (after["srcPath"], after["tests"][0]) == ("c:\\contest\\gap.cpp", case)


# --- cph-ng ------------------------------------------------------------------------------------------


def ng(path: Path, fields: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(fields).encode()))


def inline(text: str) -> dict[str, Any]:
    return {"useFile": False, "data": text}


@pytest.mark.parametrize("name", ["gap.bin", "gap.cpp.bin"])
@settings(max_examples=10, deadline=None)
@given(cases=tests)
def test_cph_ng_is_read_in_its_order(name: str, cases: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "round 1" / "gap.cpp"
        source.parent.mkdir()
        source.write_text("")
        tcs = {f"id{n}": {"stdin": inline(a), "answer": inline(b)} for n, (a, b) in enumerate(cases.items())}
        order = sorted(tcs, reverse=True)
        file = Path(folder) / ".cph-ng" / "round 1" / name
        ng(file, {"version": "0.4.8", "tcs": tcs, "tcOrder": order})
        before = tree(Path(folder))
        assert list(read(source).items()) == list(cases.items())[::-1]
        assert tree(Path(folder)) == before


def test_cph_ng_of_the_first_versions_is_a_list_and_tests_may_be_in_files(tmp_path: Path) -> None:
    source = tmp_path / "gap.cpp"
    source.write_text("")
    (tmp_path / "big.in").write_text("1\n")
    outside = tmp_path.parent / "outside.txt"
    outside.write_text("secret")
    cases = [
        {"stdin": {"useFile": True, "data": str(tmp_path / "big.in")}, "answer": inline("1\n")},
        {"stdin": {"path": str(outside)}, "answer": {"data": "1\n"}},
    ]
    ng(tmp_path / ".cph-ng" / "gap.bin", {"tcs": cases})
    loaded = layouts.tests_beside(source)
    assert [(t.input, t.expected, t.name) for t in loaded.tests] == [("1\n", "1\n", "cph-ng test 1")]
    assert any("leads out" in remark.message for remark in loaded.remarks)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no gzip",
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b"{", mtime=0),
        gzip.compress(b'{"tcs": []}', mtime=0)[:-4],
        gzip.compress(b'{"tcs": "x"}', mtime=0),
        gzip.compress(b"[" * 100_000, mtime=0),
    ],
)
def test_what_is_no_problem_file_of_cph_ng_is_named(tmp_path: Path, raw: bytes) -> None:
    source = tmp_path / "gap.cpp"
    source.write_text("")
    file = tmp_path / ".cph-ng" / "gap.bin"
    file.parent.mkdir()
    file.write_bytes(raw)
    loaded = layouts.tests_beside(source)
    assert not loaded.tests
    assert ".cph-ng/gap.bin" in "".join(remark.message for remark in loaded.remarks)


def test_a_small_file_that_unpacks_to_much_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "gap.cpp"
    source.write_text("")
    ng(tmp_path / ".cph-ng" / "gap.bin", {"tcs": [{"stdin": inline("1" * 5000), "answer": inline("1")}]})
    assert len(read(source)) == 1
    monkeypatch.setattr(cph_ng, "MAX_UNPACKED_BYTES", 4000)
    assert not read(source)


# --- rbx ---------------------------------------------------------------------------------------------

RBX = """\
name: gap
titles: {en: Largest gap}
timeLimit: 1500
memoryLimit: 128
testcases:
  - name: samples
    %s
  - name: main
    testcaseGlob: tests/main/*.in
"""


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ("testcaseGlob: tests/samples/*.in", {"2\n": "4\n", "3\n": "9\n"}),
        ("testcases: [{inputPath: tests/samples/2.in}]", {"2\n": "4\n"}),
        (
            "testcases: [{inputPath: tests/samples/2.in, outputPath: tests/samples/10.ans}]",
            {"2\n": "9\n"},
        ),
        ("testcases: [{inputPath: ../outside.in}]", {}),
    ],
)
def test_rbx_gives_its_samples_and_limits_and_no_secret_tests(
    tmp_path: Path, samples: str, expected: dict[str, str]
) -> None:
    root = tmp_path / "gap"
    for name, text in {
        "problem.rbx.yml": RBX % samples,
        "statement/gap.md": "# Gap\n\nPrint the square of n.\n",
        "tests/samples/2.in": "2\n",
        "tests/samples/2.ans": "4\n",
        "tests/samples/10.in": "3\n",
        "tests/samples/10.ans": "9\n",
        "tests/main/1.in": "secret\n",
        "tests/main/1.ans": "secret\n",
        "../outside.in": "outside\n",
        "../outside.ans": "outside\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    path = root / "statement" / "gap.md"
    assert list(read(path).items()) == list(expected.items())
    facts = package_facts(path)
    assert facts is not None
    assert (facts.time_limit_s, facts.memory_limit_bytes, facts.title) == (1.5, 128 << 20, "Largest gap")


def test_an_interactor_of_rbx_is_refused(tmp_path: Path) -> None:
    (tmp_path / "problem.rbx.yml").write_text("name: guess\ntype: COMMUNICATION\n")
    (tmp_path / "statement.md").write_text("# Guess\n")
    facts = package_facts(tmp_path / "statement.md")
    assert facts is not None
    assert "names an interactor" in (facts.interactive or "")


# --- the real tool -----------------------------------------------------------------------------------


OJ = Path(sys.executable).with_name("oj")


def oj(folder: Path, *arguments: str) -> str:
    """What the tool says; it looks for a newer version of itself, and finds no network."""
    environ = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "HOME": str(folder)}
    done = subprocess.run(
        [OJ, *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stderr + done.stdout


def test_the_real_oj_runs_what_is_kept_and_what_it_writes_is_read() -> None:
    with program("oj") as source:
        save_test(source, "2\n", "2\n")
        save_test(source, "3\n", None)
        assert "3 cases" in oj(source.parent, "test", "-c", "cat")
        oj(source.parent, "generate-output", "-c", "cat")
        assert read(source) == {KEPT: KEPT, "2\n": "2\n", "3\n": "3\n"}
