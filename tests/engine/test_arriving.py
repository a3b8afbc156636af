"""What is seen of answers under way: tokens and the beginning of the first program, never a part of the run."""

from __future__ import annotations

import pytest

from sstar_lsp.engine.run.arriving import MOST_CHARS, Arriving
from sstar_lsp.engine.run.events import Role


def test_the_tokens_of_answers_under_way_are_counted_until_the_journal_counts_them() -> None:
    changes: list[int] = []
    arriving = Arriving(lambda: changes.append(1))
    for digest, role in (("a", Role.WRITER), ("a", Role.WRITER), ("b", Role.JUDGE)):
        arriving.heard(digest, role, "x")
    assert arriving.tokens == 3
    arriving.ended("a")
    assert arriving.tokens == 1
    assert len(changes) == 4


def test_the_first_program_is_that_of_the_writer_who_began_first() -> None:
    arriving = Arriving()
    arriving.heard("judge", Role.JUDGE, "A is right\n")
    arriving.heard("a", Role.WRITER, "")  # a thought
    for digest, text in (
        ("b", "Sure:\n\n```python\nn = 1\n"),
        ("c", "```python\nother\n"),
        ("b", "print(n)\npri"),
    ):
        arriving.heard(digest, Role.WRITER, text)
    assert arriving.program(9) == ("n = 1", "print(n)", "pri")
    assert arriving.program(1) == ("n = 1",)
    arriving.ended("b")
    assert arriving.program(2) == ("n = 1", "print(n)"), "it stays when its answer is over"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("```\na\n```\nThat is it.", ("a",)),
        ("  ~~~py\na\n\nb", ("a", "", "b")),
        ("print(1)\nprint(2)", ("print(1)", "print(2)")),
        ("", ()),
        ("```python", ("```python",)),
    ],
)
def test_its_lines_are_those_of_the_code(text: str, lines: tuple[str, ...]) -> None:
    arriving = Arriving()
    arriving.heard("a", Role.WRITER, text)
    assert arriving.program(9) == lines


def test_an_answer_without_end_is_not_kept_whole() -> None:
    arriving = Arriving()
    for _ in range(9):
        arriving.heard("a", Role.WRITER, "x" * MOST_CHARS)
    assert sum(map(len, arriving.program(9))) == MOST_CHARS
