"""Output of a program made safe to show on a screen."""

from __future__ import annotations

import pytest

from sstar_sandbox import printable


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (b"plain\n\tkept\xc3\xa9", "plain\n\tkepté"),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07!", "red !"),
        (b"a\x00b\x07c", "a\ufffdb\ufffdc"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("abc\u202edef".encode(), "abc\ufffddef"),
        (b"dos\r\nlines\r\n", "dos\nlines\n"),
        (b"\x1b]8;;http://x\x1b\\link", "link"),
    ],
)
def test_control_sequences_do_not_reach_a_screen(output: bytes, shown: str) -> None:
    assert printable(output) == shown
