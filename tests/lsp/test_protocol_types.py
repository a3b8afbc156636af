"""One contract: what the server registers, docs/lsp.md lists and the VS Code extension is compiled with."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from sstar_lsp.engine.report.result_json import answer_of
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.errors import ProblemError
from sstar_lsp.lsp import protocol_types as p
from sstar_lsp.lsp.server import create_server
from sstar_lsp.problems.report import report_json
from sstar_lsp.records import Status

ROOT = Path(__file__).parents[2]
NAME = r"`(sstar[/.][\w.]+)`"


def rows(heading: str) -> set[str]:
    """Names in the first column of the tables of a section of docs/lsp.md."""
    page = (ROOT / "docs" / "lsp.md").read_text("utf-8")
    section = re.split(r"^#+ ", page.partition(f"\n{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    cells = re.findall(r"^\| ?(\[?`sstar[^|]*)\|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(NAME, cell)}


def test_the_typescript_of_the_extension_is_what_the_records_say() -> None:
    script = ROOT / "editor" / "vscode" / "scripts" / "protocol.py"
    told = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr


async def test_every_method_and_command_is_read_and_answered() -> None:
    manager = create_server().protocol.fm
    assert {name for name in manager.features if name.startswith("sstar/")} == set(p.REQUESTS)
    assert set(manager.commands) == set(p.COMMANDS)


def test_the_tables_of_the_documentation_list_every_method_and_every_command() -> None:
    assert rows("## Methods") == {*p.REQUESTS, p.SECRET, p.PROGRESS}
    assert rows("### Commands") == set(p.COMMANDS)


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        (p.SolveResult, answer_of("1", RunState(), ProblemError("none"))),
        (p.ProblemReport, report_json(ProblemError("none"))),
    ],
    ids=["sstar solve --json", "sstar check --json"],
)
def test_objects_that_other_faces_print_have_the_keys_of_their_records(
    kind: type, made: dict[str, object]
) -> None:
    assert set(made) == set(kind.__annotations__)


def test_every_status_of_a_run_is_one_of_the_contract() -> None:
    _, *words = get_args(p.Status)
    assert {status.value for status in Status} <= set(words)
