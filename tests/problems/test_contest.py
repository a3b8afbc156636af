"""The contest guard: which links are contests, what is refused, and that a confirmation is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_lsp.errors import ContestError, RunError, UsageError
from sstar_lsp.problems.contest import Guard, contests_in, listed
from sstar_lsp.settings import ContestSettings


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("https://codeforces.com/contest/1234/problem/A", ["codeforces.com/contest/1234"]),
        ("http://m1.codeforces.com/contest/7/problem/B?x=1", ["codeforces.com/contest/7"]),
        ("CODEFORCES.COM/contests/99", ["codeforces.com/contest/99"]),
        ("[A](https://atcoder.jp/contests/ABC300/tasks/abc300_a)", ["atcoder.jp/contests/abc300"]),
        ("https://atcoder.jp/contests/ahc040.", ["atcoder.jp/contests/ahc040"]),
        ("// from codeforces.com/contest/1/a and codeforces.com/contest/1/b", ["codeforces.com/contest/1"]),
        ("https://codeforces.com/problemset/problem/4/A", []),
        ("https://atcoder.jp/contests/practice", []),
        ("https://notcodeforces.com/contest/5", []),
        ("https://codeforces.com.example/contest/5", []),
        ("nothing", []),
    ],
)
def test_contests_are_known_by_their_links(text: str, names: list[str]) -> None:
    assert [contest.name for contest in contests_in(text)] == names


def test_a_link_is_found_where_it_stands() -> None:
    [found] = contests_in("see https://codeforces.com/contest/12/problem/A")
    assert "see https://codeforces.com/contest/12/problem/A"[found.offset :][: found.length] == (
        "codeforces.com/contest/12"
    )


def test_a_person_lists_further_contests() -> None:
    prefixes = listed("https://judge.example/round, school.example/c/")
    assert prefixes == ("judge.example/round", "school.example/c/")
    text = "http://judge.example/round7/a and School.example/c/autumn-1/b"
    assert [c.name for c in contests_in(text, prefixes)] == [
        "judge.example/round7",
        "school.example/c/autumn-1",
    ]
    assert listed(" , ") == ()


@given(st.text())
def test_any_text_is_read_without_failing(text: str) -> None:
    for contest in contests_in(text, listed(text[:20])):
        assert text[contest.offset :]


LINK = "https://codeforces.com/contest/1234/problem/A"


ON = ContestSettings()


async def test_what_is_not_confirmed_is_refused_and_what_is_confirmed_is_remembered(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "state" / "practice.json")
    with pytest.raises(ContestError, match=r"codeforces\.com/contest/1234.*--practice") as caught:
        await guard.refuse(LINK, ON)
    assert caught.value.contest == "codeforces.com/contest/1234"
    await guard.remember("codeforces.com/contest/1234")
    later = Guard(guard.path)
    await later.refuse(LINK, ON)
    found = await later.open_contests(f"{LINK} codeforces.com/contest/9", ON)
    assert [contest.name for contest in found] == ["codeforces.com/contest/9"]
    assert await later.remember("codeforces.com/contest/1234", practice=False) == frozenset()
    assert await guard.open_contests(LINK, ON)


async def test_a_person_can_turn_the_guard_off_and_add_contests(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "practice.json")
    await guard.refuse(LINK, ContestSettings(guard=False))
    with pytest.raises(ContestError, match=r"judge\.example/round7"):
        await guard.refuse("judge.example/round7/a", ContestSettings(urls="judge.example/round"))


async def test_a_name_that_is_no_contest_is_refused(tmp_path: Path) -> None:
    for name in ("", "practice", "two words.com/x", "../../etc/passwd"):
        with pytest.raises(UsageError, match="is no contest"):
            await Guard(tmp_path / "p").remember(name)


async def test_a_damaged_file_confirms_nothing_and_says_so(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "practice.json")
    guard.path.write_text("{")
    with pytest.raises(RunError, match="cannot be read"):
        await guard.refuse(LINK, ON)
    await guard.refuse("no link, no need to look", ON)
