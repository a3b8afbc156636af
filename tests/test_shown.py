"""What a person can copy is the program that was chosen: the same text from every face, byte for byte."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import threading
import tty
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from engine.serving import SPLIT, SUM, serving, sstar
from engine.test_evidence import split_run
from engine.world import World
from hypothesis import example, given
from hypothesis import strategies as st
from mcp import Client
from pygls.workspace import Workspace
from test_mcp import opening

from sstar_lsp.cli.render import highlighted, show_run
from sstar_lsp.engine.prompts.fences import escaped
from sstar_lsp.engine.report.evidence import evidence_page
from sstar_lsp.lsp.features.results.edits import placed
from sstar_lsp.lsp.features.results.virtual_documents import candidate_uri, run_document
from sstar_lsp.lsp.session.client_capabilities import ClientCapabilities as Editor
from sstar_lsp.lsp.session.documents import uri_of
from sstar_lsp.mcp.tools import create_mcp
from sstar_lsp.records import Candidate
from sstar_lsp.service import Service, answer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sstar_lsp.engine.run.state import RunState

ODD = (
    "a, b = map(int, input().split())   \n"
    "if True:\n"
    "\tnote = '[bold]red[/bold] \U0001f468 :smile: ```` \\\\'  # tab, markup, fences, " + "long " * 60 + "\n"
    "print(a + b)\n"
)
"""A right program for the problem SUM with what faces like to change; all of it is printable."""
CONTROL = "print(1)\r\nx = '\x1b[2J\x1b]0;owned\x07\x9b1m\x00\u202e'\r\n"

PIECES = st.sampled_from(
    ["\t", "   \n", "\r\n", "[bold]", "[/]", "```", "~~~~", "\U0001f600", "\x1b[31m", "\x00", "\u202e", "é", "\ufeff", "x" * 300]
)  # fmt: skip
PROGRAMS = st.lists(st.one_of(PIECES, st.text(max_size=20)), min_size=1, max_size=12).map(
    lambda parts: "".join(parts).strip("\n") + "\n"
)
"""As answers and documents are read: no empty line at the beginning, one newline at the end."""
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def printed(state: RunState, **more: Any) -> tuple[bytes, str]:
    """What redirected streams get: standard output, standard error."""
    out, err = TextIOWrapper(BytesIO(), "utf-8"), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        show_run(state, **more)
        out.flush()
    return out.buffer.getvalue(), err.getvalue()


@contextmanager
def terminal() -> Iterator[tuple[int, list[bytes]]]:
    """The program's end of a pseudo-terminal, and what arrived at the other one once this has ended."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    arrived: list[bytes] = []

    def read() -> None:
        try:
            while block := os.read(ours, 65536):
                arrived.append(block)
        except OSError:
            pass  # the other end was closed

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield theirs, arrived
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)


def on_a_terminal(state: RunState) -> str:
    """What a terminal gets."""
    with (
        terminal() as (fd, arrived),
        open(fd, "w", encoding="utf-8", closefd=False) as out,
        redirect_stdout(out),
    ):
        show_run(state)
    return b"".join(arrived).decode()


@given(PROGRAMS)
@example(ODD)
@example(CONTROL)
def test_a_redirected_program_is_the_candidates_code_byte_for_byte(code: str) -> None:
    out, err = printed(split_run(code=code))
    assert out == code.encode()
    assert "deciding input" in err


@given(PROGRAMS)
@example(ODD)
@example(CONTROL)
def test_a_terminal_shows_the_whole_program_or_says_which_characters_it_escaped(code: str) -> None:
    shown = ANSI.sub("", on_a_terminal(split_run(code=code)))
    assert shown.startswith(escaped(code))
    says_so = "are shown as \\x1b" in shown[len(escaped(code)) :]
    assert says_so == (escaped(code) != code)


@given(PROGRAMS, st.sampled_from(["python", "cpp", "c", "java", "javascript", "rust", "go"]))
@example(ODD, "python")
def test_colours_change_no_character_of_a_program(code: str, language: str) -> None:
    assert ANSI.sub("", highlighted(escaped(code), language)) == escaped(code)


@given(PROGRAMS)
@example(ODD)
@example(CONTROL)
def test_the_page_holds_the_program_in_a_fence_that_it_cannot_end(code: str) -> None:
    shown = evidence_page(split_run(code=code))
    ticks, body = re.search(r"## The program\n\n(`{3,})python\n(.*)", shown, re.DOTALL).groups()
    assert ticks not in code
    assert body == f"{code}{ticks}\n"


@given(PROGRAMS)
@example(ODD)
@example(CONTROL)
def test_the_json_of_command_line_and_agents_holds_the_program(code: str) -> None:
    answer = answer_of("0101-abcdef", split_run(code=code))
    assert json.loads(json.dumps(answer, ensure_ascii=False))["code"] == code


@given(PROGRAMS)
@example(ODD)
@example(CONTROL)
def test_the_edit_of_an_editor_inserts_the_program(code: str) -> None:
    wanted = uri_of(Path("/nowhere/problem.md")), Candidate("c1", code, "python")
    [[edit]] = (placed(Workspace(None), Editor(), *wanted).edit.changes or {}).values()
    assert edit.new_text == code


def test_an_edit_takes_the_line_ends_of_the_file_and_doubles_none(tmp_path: Path) -> None:
    (tmp_path / "problem.py").write_bytes(b"old\r\n")
    candidate = Candidate("c1", "a\r\nb\nc\n", "python")
    edits = placed(Workspace(None), Editor(), uri_of(tmp_path / "problem.md"), candidate).edit
    [[edit]] = (edits.changes or {}).values()
    assert edit.new_text == "a\r\nb\r\nc\r\n"


@pytest.mark.usefixtures("own_home")
def test_one_odd_program_is_the_same_from_every_face_of_a_real_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = tmp_path / "sum.md", tmp_path / "out.py"
    file.write_text(SUM)
    world = World(samples=(f"`````python\n{ODD}`````\n",))
    with serving(monkeypatch, world) as (_server, solve):
        assert solve(file).stdout == ODD
        assert json.loads(solve(file, "--json").stdout)["code"] == ODD
        assert "written to" in solve(file, "-o", out).stdout
    assert out.read_bytes() == ODD.encode()
    assert sstar("show").stdout == ODD
    assert f"`````python\n{ODD}`````\n" in sstar("show", "--page").stdout

    async def document() -> dict[str, Any]:
        async with Service() as service:
            run_id, state = await service.open_run("last")
            assert state.decided is not None
            return await run_document(
                service, candidate_uri(run_id, str(state.decided.candidate_id), "python")
            )

    async def agent() -> str:
        async with Client(create_mcp(opening(tmp_path / "agent", world))) as client:
            answer = (
                await client.call_tool("sstar_solve", {"statement": SUM, "samples": 1})
            ).structured_content
        assert answer is not None
        return answer["code"]

    assert asyncio.run(document())["text"] == ODD
    assert asyncio.run(agent()) == ODD


# --- inputs and outputs ---------------------------------------------------------------------------


def test_a_long_input_is_shown_whole_and_on_one_line() -> None:
    long = " ".join(map(str, range(400)))
    for shown in (
        printed(split_run(text=f"400\n{long}\n"))[1],
        on_a_terminal(split_run(text=f"400\n{long}\n")),
    ):
        assert long in shown.splitlines()


def test_tabs_of_an_output_are_not_made_spaces() -> None:
    assert "1\t2" in on_a_terminal(split_run(first="1\t2\n")).splitlines()


def test_an_output_that_is_cut_says_so_and_how_to_see_the_whole() -> None:
    _, err = printed(split_run(first="7" * 100_000))
    assert "characters left out" in err
    assert "sstar show 0101-abcdef --input i1" in err


@pytest.mark.usefixtures("own_home")
def test_an_input_can_be_had_whole(statement: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, World(**SPLIT)) as (_server, solve):
        run_id = json.loads(solve(statement, "--json").stdout)["run_id"]

    async def text() -> str:
        async with Service() as service:
            return (await service.open_run(run_id))[1].inputs["i1"].text

    assert sstar("show", run_id, "--input", "i1").stdout_bytes == asyncio.run(text()).encode()
    unknown = sstar("show", run_id, "--input", "i99")
    assert (unknown.exit_code, "has i1" in unknown.stderr) == (2, True)
