"""Test files of other tools: found where they keep them, read as they stand, never out of bounds."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import zipfile
from pathlib import Path
from random import Random

import msgpack
import pytest

from sstar_lsp.problems import layouts
from sstar_lsp.problems.layouts import archive
from sstar_lsp.problems.layouts.files import MAX_TESTS
from sstar_lsp.problems.reader import read_problem

STATEMENT = "# Gap\n\nRead numbers and print the largest minus the smallest.\n"


@pytest.fixture
def gap(tmp_path: Path) -> Path:
    path = tmp_path / "gap.md"
    path.write_text(STATEMENT)
    return path


def write(folder: Path, *names: str) -> None:
    """Each file holds its own name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def pairs(path: Path) -> list[tuple[str, str]]:
    return [(test.input, test.expected) for test in layouts.tests_beside(path).tests]


def remarks(path: Path) -> str:
    return "\n".join(remark.message for remark in layouts.tests_beside(path).remarks)


@pytest.mark.parametrize(
    ("given", "wanted", "convention"),
    [
        ("gap.in", "gap.out", ""),
        ("1.in", "1.ans", ""),
        ("gap_input0.txt", "gap_output0.txt", "competitest"),
        ("in1.txt", "ans1.txt", "cf-tool"),
        ("in_1.txt", "out_1.txt", "atcoder-tools"),
        ("input.txt", "output.txt", ""),
        ("input1.txt", "output1.txt", ""),
        ("sample_input_1.txt", "sample_output_1.txt", ""),
        ("gap-in.txt", "gap-out.txt", ""),
        ("input/input00.txt", "output/output00.txt", "HackerRank"),
        ("tests/input/input00.txt", "tests/output/output00.txt", "HackerRank"),
        ("in/random_01.txt", "out/random_01.txt", "AtCoder"),
        ("in/random_01", "out/random_01", "AtCoder"),
        ("input/a.in", "output/a.out", ""),
        ("01", "01.a", "Polygon"),
        ("tests/17", "tests/17.a", "Polygon"),
        ("example.01", "example.01.a", "Polygon"),
        ("GAP.INP", "GAP.OUT", ""),
        ("gap1.inp", "gap1.out", ""),
        ("test/sample-1.in", "test/sample-1.out", ""),
        ("gap/case.in", "gap/case.ans", ""),
    ],
)
def test_pairs_are_found_as_the_tools_name_them(gap: Path, given: str, wanted: str, convention: str) -> None:
    write(gap.parent, given, wanted)
    (test,) = layouts.tests_beside(gap).tests
    assert (test.input, test.expected) == (given, wanted)
    assert test.name == (f"{given} ({convention})" if convention else given)
    assert remarks(gap) == ""


@pytest.mark.parametrize(
    "names",
    [
        ("in1.txt", "ans1.txt"),
        ("1.in", "1.out"),
        ("input.txt", "output.txt"),
        ("01", "01.a"),
        ("in/a.txt", "out/a.txt"),
        ("tests/1.in", "tests/1.out"),
    ],
)
def test_tests_without_a_name_belong_to_nobody_among_two_statements_and_are_named(
    gap: Path, names: tuple[str, str]
) -> None:
    (gap.parent / "sum.md").write_text(STATEMENT)
    write(gap.parent, *names)
    assert pairs(gap) == []
    assert f"{names[0]}: looks like a test and was not taken. Begin the name with gap" in remarks(gap)


@pytest.mark.parametrize(
    "names",
    [
        ("sum_input0.txt", "sum_output0.txt"),
        ("sum1.in", "sum1.out"),
        ("SUM.INP", "SUM.OUT"),
        ("sum.testcases",),
    ],
)
def test_the_tests_of_another_statement_are_neither_taken_nor_named(
    gap: Path, names: tuple[str, ...]
) -> None:
    (gap.parent / "sum.md").write_text(STATEMENT)
    write(gap.parent, *names)
    assert pairs(gap) == []
    assert remarks(gap) == ""


def test_many_strangers_are_named_in_one_short_remark(gap: Path) -> None:
    (gap.parent / "sum.md").write_text(STATEMENT)
    write(gap.parent, *(f"{n}.{suffix}" for n in range(1, 10) for suffix in ("in", "out")))
    (remark,) = layouts.tests_beside(gap).remarks
    assert remark.message.startswith("1.in, 2.in, 3.in, 4.in, 5.in and 4 more: look like tests")


def test_other_files_are_no_strangers(gap: Path) -> None:
    write(gap.parent, "config.h.in", "main.txt", "tests.md", "out/app.class", "notes.out", "2024")
    assert remarks(gap) == ""


def test_an_upper_case_name_is_its_own_statement_where_there_is_one(gap: Path) -> None:
    (gap.parent / "GAP.md").write_text(STATEMENT)
    write(gap.parent, "GAP.INP", "GAP.OUT")
    assert pairs(gap) == []
    assert pairs(gap.parent / "GAP.md") == [("GAP.INP", "GAP.OUT")]


def test_half_a_test_is_named_whatever_its_convention(gap: Path) -> None:
    write(gap.parent, "gap_input0.txt", "gap_output1.txt", "tests/2.in")
    assert pairs(gap) == []
    assert "gap_input0.txt has no output file beside it" in remarks(gap)
    assert "gap_output1.txt has no input file beside it" in remarks(gap)
    assert "tests/2.in has no output file beside it" in remarks(gap)


def test_numbers_are_sorted_as_people_count(gap: Path) -> None:
    write(gap.parent, *(f"gap_{side}{n}.txt" for n in (10, 9, 0) for side in ("input", "output")))
    assert [given for given, _ in pairs(gap)] == ["gap_input0.txt", "gap_input9.txt", "gap_input10.txt"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"2\nab\n\n", "2\nab\n\n"),
        (b"\n\n1", "\n\n1"),
        (b"a  \n\tb \n", "a  \n\tb \n"),
        (b"", ""),
        (b"\xef\xbb\xbf1\r\n2\r\n", "1\n2\n"),
        ("\u00a0x\n".encode(), "\u00a0x\n"),
        (b"1\r2\n", "1\r2\n"),
    ],
)
def test_a_test_file_is_kept_as_it_stands(gap: Path, raw: bytes, text: str) -> None:
    (gap.parent / "gap.in").write_bytes(raw)
    (gap.parent / "gap.out").write_bytes(raw)
    assert pairs(gap) == [(text, text)]


@pytest.mark.parametrize("folder", ["hidden", "secret", "data/secret", "gap/hidden", "tests/secret"])
def test_hidden_folders_are_never_looked_at(gap: Path, folder: str) -> None:
    write(gap.parent, f"{folder}/1.in", f"{folder}/1.out")
    assert pairs(gap) == []
    assert remarks(gap) == ""


def test_links_that_leave_the_folder_are_not_followed(
    gap: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere, "secret", "1.in", "1.out")
    write(gap.parent, "gap1.in", "gap1.out", "gap2.out")
    (gap.parent / "gap2.in").symlink_to(elsewhere / "secret")
    (gap.parent / "gap3.in").symlink_to("gap1.in")
    (gap.parent / "gap3.out").symlink_to("gap1.out")
    (gap.parent / "tests").symlink_to(elsewhere)
    (gap.parent / "in").symlink_to("in")
    assert pairs(gap) == [("gap1.in", "gap1.out")] * 2
    assert "gap2.in leads out of the statement's folder" in remarks(gap)
    assert "tests leads out of the statement's folder" in remarks(gap)


def test_pipes_and_devices_are_not_opened(gap: Path) -> None:
    write(gap.parent, "gap.out")
    os.mkfifo(gap.parent / "gap.in")
    assert pairs(gap) == []
    assert "gap.in is no regular file" in remarks(gap)


def test_more_tests_than_are_read_are_said(gap: Path) -> None:
    write(gap.parent, *(f"{n}.{suffix}" for n in range(MAX_TESTS + 1) for suffix in ("in", "out")))
    assert len(pairs(gap)) == MAX_TESTS
    assert f"{MAX_TESTS + 1} tests, only the first {MAX_TESTS} were read" in remarks(gap)


@pytest.mark.skipif(
    os.name != "posix" or os.uname().sysname == "Darwin", reason="such names are no names there"
)
def test_names_that_are_no_utf8_are_shown_all_the_same(gap: Path) -> None:
    for name in (b"gap\xff.in", b"gap\xff.out"):
        (gap.parent / os.fsdecode(name)).write_text("1")
    (test,) = layouts.tests_beside(gap).tests
    assert test.name.encode().decode() == "gap\ufffd.in"


# competitest's one file


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ({0: {"input": "1", "output": "2"}, 10: {"input": "5"}, 2: {"input": "3", "output": ""}}, [0, 2]),
        ([{"input": "1", "output": "2"}, {"input": "3", "output": ""}], [1, 2]),
        ({"0": {"input": "1"}}, []),
        ({0: None, 1: {"input": 5, "output": b"x"}}, []),
    ],
)
def test_competitests_file_is_a_map_or_a_list(gap: Path, value: object, numbers: list[int]) -> None:
    (gap.parent / "gap.testcases").write_bytes(msgpack.packb(value))
    tests = layouts.tests_beside(gap).tests
    assert [test.name for test in tests] == [f"gap.testcases {n} (competitest)" for n in numbers]
    assert [(test.input, test.expected) for test in tests] == [("1", "2"), ("3", "")][: len(numbers)]


def test_a_case_of_competitest_without_output_is_said(gap: Path) -> None:
    (gap.parent / "gap.testcases").write_bytes(msgpack.packb({3: {"input": "1\n"}}))
    assert remarks(gap) == "case 3 of gap.testcases has no output and was left out"


@pytest.mark.parametrize(
    "raw", [b"", b"\x00", b"\xc1", b"\x91" * 100_000, b"\x81\x90\x01", b"\xa1\xff", Random(99).randbytes(99)]
)
def test_a_broken_file_of_competitest_is_left_out(gap: Path, raw: bytes) -> None:
    (gap.parent / "gap.testcases").write_bytes(raw)
    assert pairs(gap) == []
    assert "gap.testcases is no file of competitest" in remarks(gap)


# cph


def prob(folder: Path, source: str, expected: str = "7\n", md5: str = "0" * 32, **fields: object) -> Path:
    path = folder / ".cph" / f".{source}_{md5}.prob"
    path.parent.mkdir(exist_ok=True)
    tests = [{"id": 1, "input": "3\r\n4 9 2\n\n", "output": expected}]
    path.write_text(json.dumps({"name": "Gap", "tests": tests, **fields}))
    return path


@pytest.mark.parametrize("source", ["gap.md", "gap.cpp"])
def test_cphs_file_of_the_same_name_is_read(gap: Path, source: str) -> None:
    prob(gap.parent, source)
    (test,) = layouts.tests_beside(gap).tests
    assert (test.input, test.expected, test.name) == ("3\n4 9 2\n\n", "7\n", "cph test 1")


def test_the_file_of_this_very_path_goes_before_one_that_was_moved_here(gap: Path) -> None:
    prob(gap.parent, "gap.md", "wrong\n", md5="f" * 32)
    prob(gap.parent, "gap.md", "right\n", md5=hashlib.md5(str(gap).encode()).hexdigest())
    assert [wanted for _, wanted in pairs(gap)] == ["right\n"]
    assert remarks(gap) == ""


def test_two_files_of_cph_for_one_name_are_said(gap: Path) -> None:
    prob(gap.parent, "gap.cpp", md5="a" * 32)
    prob(gap.parent, "gap.cpp", "other\n", md5="b" * 32)
    assert [wanted for _, wanted in pairs(gap)] == ["7\n"]
    assert "2 problem files of cph are called after gap.md" in remarks(gap)


def test_a_file_of_cph_for_another_source_is_named(gap: Path) -> None:
    path = prob(gap.parent, "main.cpp")
    assert pairs(gap) == []
    assert f".cph/{path.name}: looks like a test and was not taken" in remarks(gap)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"name": "\\ud800"}'])
def test_a_broken_file_of_cph_is_left_out(gap: Path, text: str) -> None:
    prob(gap.parent, "gap.md").write_text(text)
    assert pairs(gap) == []
    assert "is no problem file of cph" in remarks(gap)


def test_tests_of_cph_that_are_none_are_said(gap: Path) -> None:
    prob(gap.parent, "gap.md", tests=[{"input": "1"}, 5, {"input": "1", "output": "2"}])
    assert pairs(gap) == [("1", "2")]
    assert "test 1 of " in remarks(gap)
    assert "test 2 of " in remarks(gap)


# zip


def zipped(path: Path, members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["gap.zip", "gap_tests.zip", "tests.zip", "data.zip", "samples.ZIP"])
def test_pairs_in_a_zip_are_read(gap: Path, name: str) -> None:
    zipped(
        gap.parent / name,
        {"2.in": "3 \n\n", "2.out": "4", "deep/10.in": "5", "deep/10.ans": "6", "notes.txt": "x"},
    )
    tests = layouts.tests_beside(gap).tests
    assert [(test.name, test.input, test.expected) for test in tests] == [
        (f"{name}/2.in", "3 \n\n", "4"),
        (f"{name}/deep/10.in", "5", "6"),
    ]


def test_a_zip_of_nobody_is_named(gap: Path) -> None:
    (gap.parent / "sum.md").write_text(STATEMENT)
    zipped(gap.parent / "tests.zip", {"1.in": "1", "1.out": "2"})
    assert pairs(gap) == []
    assert "tests.zip: looks like a test" in remarks(gap)


@pytest.mark.parametrize("name", ["../1", "/1", "secret/1", "a/hidden/1", "__MACOSX/1", ".x/../1", "a/.1"])
def test_members_that_climb_or_are_hidden_are_left_out(gap: Path, name: str) -> None:
    zipped(gap.parent / "gap.zip", {f"{name}.in": "1", f"{name}.out": "2"})
    assert pairs(gap) == []


def test_a_bomb_is_not_unpacked(gap: Path) -> None:
    zipped(gap.parent / "gap.zip", {"1.in": bytes(50 << 20), "1.out": "2", "2.in": "1", "2.out": "2"})
    assert pairs(gap) == [("1", "2")]
    assert "gap.zip/1.in is larger than 4 MiB" in remarks(gap)


def test_many_large_members_are_stopped(gap: Path) -> None:
    members: dict[str, str | bytes] = {}
    for number in range(1, 18):
        members |= {f"{number:02}.in": bytes(4 << 20), f"{number:02}.out": "2"}
    zipped(gap.parent / "gap.zip", members)
    assert len(pairs(gap)) == 15
    assert "all test files together are larger than 64 MiB" in remarks(gap)


def test_a_zip_with_too_many_members_is_left_out(gap: Path) -> None:
    zipped(
        gap.parent / "gap.zip", {f"{n}.in": "" for n in range(archive.MAX_MEMBERS + 1)}, zipfile.ZIP_STORED
    )
    assert pairs(gap) == []
    assert "gap.zip is no zip, or has more than 2000 members" in remarks(gap)


def broken_zips() -> dict[str, bytes]:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("1.in", "1" * 1000)
        file.writestr("1.out", "2" * 1000)
    good = stream.getvalue()
    encrypted = bytearray(good)
    for at in range(len(good)):
        if good.startswith(b"PK\x03\x04", at):
            encrypted[at + 6] |= 1
        elif good.startswith(b"PK\x01\x02", at):
            encrypted[at + 8] |= 1
    other_method = good.replace(struct.pack("<HH", 0, 8), struct.pack("<HH", 0, 77))
    return {
        "empty": b"",
        "text": b"no zip",
        "cut": good[:-30],
        "garbled": good[:40] + b"\xff" * 8 + good[48:],
        "encrypted": bytes(encrypted),
        "other method": other_method,
        "only an end": b"PK\x05\x06" + bytes(18),
    }


@pytest.mark.parametrize("kind", sorted(broken_zips()))
def test_a_broken_zip_never_stops_the_reading(gap: Path, kind: str) -> None:
    (gap.parent / "gap.zip").write_bytes(broken_zips()[kind])
    assert pairs(gap) == []
    assert kind == "only an end" or "gap.zip" in remarks(gap)


def test_tests_of_two_tools_count_once(gap: Path) -> None:
    for name in ("gap_input0.txt", "1.in"):
        (gap.parent / name).write_text("3\n")
    for name in ("gap_output0.txt", "1.out"):
        (gap.parent / name).write_text("7\n")
    assert [(test.input, test.expected) for test in read_problem(gap).public_tests] == [("3\n", "7\n")]
