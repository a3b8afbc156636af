"""Replies that the embedded models really wrote, and the program in each.

``data/replies.jsonl``: Qwen2.5-Coder-Instruct (Q4_K_M) at temperature 0.7, the 1.5B from journals of runs on the
examples, the 0.5B (``small-…``) asked in ways that invite other forms: no Markdown, a diff, steps. ``begins`` and ``ends`` are the program's first and last line, read by a person; null: no program.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sstar_lsp.models.client.reasoning import Splitter
from sstar_lsp.models.extract import extract_code

REPLIES = [
    json.loads(line) for line in (Path(__file__).parent / "data" / "replies.jsonl").read_text().splitlines()
]


@pytest.fixture(params=REPLIES, ids=lambda reply: reply["name"])
def reply(request: pytest.FixtureRequest) -> dict[str, Any]:
    said: dict[str, Any] = request.param
    return said


def test_the_program_in_a_real_reply_is_found_whole(reply: dict[str, Any]) -> None:
    found = extract_code(reply["reply"], reply["language"])
    if reply["begins"] is None:
        assert found.code is None
        assert found.remark
        return
    assert found.code is not None
    lines = found.code.rstrip().split("\n")
    assert (lines[0], lines[-1], len(lines)) == (reply["begins"], reply["ends"], reply["lines"])
    assert found.code.rstrip() in reply["reply"]
    assert found.truncated == reply["truncated"]


def test_a_reply_that_was_cut_is_never_taken_for_whole(reply: dict[str, Any]) -> None:
    text = reply["reply"]
    begin = text.find("```")
    if begin < 0:
        return
    found = extract_code(text[: begin + (text.find("\n```", begin) - begin) // 2], reply["language"])
    assert found.truncated or found.code is None


def test_line_ends_of_windows_change_nothing(reply: dict[str, Any]) -> None:
    changed = extract_code(reply["reply"].replace("\n", "\r\n"), reply["language"])
    assert changed == extract_code(reply["reply"], reply["language"])


def test_no_real_reply_is_taken_for_thoughts(reply: dict[str, Any]) -> None:
    splitter = Splitter()
    part = splitter.feed(reply["reply"])
    rest, reason = splitter.end("stop")
    assert (part.text + rest.text, reason) == (reply["reply"], "stop")
