"""The examples of docs/problems.md: each document there is read as the JSON below it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.reader import read_document
from sstar_lsp.problems.report import report_json

PAGE = Path(__file__).parents[2] / "docs" / "problems.md"
EXAMPLE = re.compile(
    r'^````\w+ title="(?P<name>[^"]+)"\n(?P<text>.*?)^````\n\s*^```json\n(?P<json>.*?)^```\n',
    re.MULTILINE | re.DOTALL,
)


def examples() -> list[tuple[str, str, dict[str, Any]]]:
    text = PAGE.read_text("utf-8")
    return [(match["name"], match["text"], json.loads(match["json"])) for match in EXAMPLE.finditer(text)]


def test_every_document_of_the_page_has_its_reading_below_it() -> None:
    assert len(examples()) == len(re.findall(r"^````\w+", PAGE.read_text("utf-8"), re.MULTILINE)) >= 8


@pytest.mark.parametrize(("name", "text", "said"), examples())
def test_a_document_of_the_docs_is_read_as_they_say(name: str, text: str, said: dict[str, Any]) -> None:
    try:
        answer = report_json(read_document(text, Path("/nowhere") / name))
    except ProblemError as error:
        answer = report_json(error)
    assert {key: answer[key] for key in said} == said
