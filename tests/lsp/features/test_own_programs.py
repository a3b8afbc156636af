"""A person's own program in the editor: tests, stress test, what is kept, and whether it is right."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from engine.world import COUNTS_VALUES, PRINTS_ZERO, RIGHT, RIGHT_TOO, World
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import QUICK, SPLITTING, STATEMENT, Editor
from sstar_lsp.models.testing.scripted import ScriptedModel

FOR_EVER = "while True:\n    pass\n"
RIVALS = World(samples=(COUNTS_VALUES, RIGHT, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 2, RIGHT_TOO: 2})


async def run(vscode: Editor, command: str, argument: Any) -> Any:
    """The answer of a command."""
    return await vscode.run(types.Command("", command, arguments=[argument]))


async def test_the_program_in_the_editor_is_run_on_all_tests_or_on_one(vscode: Editor) -> None:
    vscode.write("pairs.md", STATEMENT)
    vscode.write("pairs-1.in", "2\n0 0\n")
    vscode.write("pairs-1.out", "1\n")
    uri = vscode.open("pairs.py", PRINTS_ZERO, "python")
    listed = await vscode.ask("sstar/ownTests", {"uri": uri})
    assert [test.number for test in listed.tests] == [1, 2]
    assert listed.problemUri.endswith("pairs.md")
    failed = await vscode.ask("sstar/test", {"uri": uri})
    assert (failed.status, failed.passed, failed.compileError) == ("ended", 0, None)
    assert [(test.verdict, test.expected, test.output) for test in failed.tests] == [("WA", "1\n", "0\n")] * 2
    vscode.change(uri, RIGHT)  # not saved
    passed = await vscode.ask("sstar/test", {"uri": uri, "tests": [2]})
    assert [(test.number, test.verdict) for test in passed.tests] == [(2, "AC")]
    assert passed.tests[0].limits.memoryBytes > passed.tests[0].memoryBytes > 0
    with pytest.raises(JsonRpcException, match="there is no test 3"):
        await vscode.ask("sstar/test", {"uri": uri, "tests": [3]})


async def test_a_program_that_talks_with_an_interactor_shows_what_was_said(vscode: Editor) -> None:
    vscode.write("guess.md", "# Guess\n\nThis is an interactive problem. Say the number that was said.\n")
    vscode.write(
        "interactor.py", "print(5, flush=True)\nraise SystemExit(0 if input() == '5' else 'it was 5')\n"
    )
    uri = vscode.open("guess.py", "input()\nprint(6, flush=True)\n", "python")
    [test] = (await vscode.ask("sstar/test", {"uri": uri})).tests
    assert (test.verdict, test.output, test.detail) == ("WA", "< 5\n> 6", "it was 5")


async def test_a_compile_error_stands_at_its_line_until_the_program_changes(vscode: Editor) -> None:
    vscode.write("pairs.md", STATEMENT)
    uri = vscode.open("pairs.cpp", '#include <cstdio>\nint main() {\n  int x = "a";\n}\n', "cpp")
    answer = await vscode.ask("sstar/test", {"uri": uri})
    assert (answer.passed, answer.tests) == (0, [])
    assert "main.cpp:3:11" in answer.compileError
    [told] = await vscode.diagnostics(uri, 1)
    assert (told.range.start.line, told.range.start.character, told.severity) == (2, 10, 1)
    assert told.message.startswith("invalid conversion")
    vscode.change(uri, "int main() {}\n")
    assert await vscode.diagnostics(uri, 0) == []


async def test_testing_is_cancelled_by_its_button_and_by_its_request(vscode: Editor) -> None:
    vscode.write("pairs.md", STATEMENT.replace("1 ≤ n", "Time limit: 60 seconds\n\n1 ≤ n"))
    uri = vscode.open("pairs.py", FOR_EVER, "python")
    vscode.client.progress_reports["bar"] = []
    running = asyncio.ensure_future(vscode.ask("sstar/test", {"uri": uri, "workDoneToken": "bar"}))
    while not vscode.client.progress_reports["bar"]:
        await vscode.ask("sstar/runs", {"limit": 1})
    vscode.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams("bar"))
    assert (await running).status == "cancelled"
    sent = vscode.client.protocol.send_request("sstar/test", {"uri": uri}, msg_id="mine")
    await vscode.ask("sstar/runs", {"limit": 1})
    vscode.client.cancel_request(types.CancelParams("mine"))
    with pytest.raises(JsonRpcException, match=r"[Cc]ancel"):
        await asyncio.wrap_future(sent)


async def test_a_counterexample_is_found_and_kept_only_as_a_person_says(vscode: Editor) -> None:
    vscode.write("pairs.md", STATEMENT)
    mine = vscode.open("pairs.py", "print(0)\n", "python")
    vscode.change(mine, COUNTS_VALUES)  # not saved
    other = vscode.write("brute.py", RIGHT)
    found = await vscode.ask("sstar/stress", {"uri": mine, "other": other, "seconds": 30})
    assert found.status == "differ"
    assert found.a.output != found.b.output
    assert not list(vscode.folder.glob("*sstar*")), "nothing is kept before a person says so"
    asked = {"uri": mine, "input": found.input}
    [given] = (await vscode.ask("sstar/saveTest", asked)).files
    assert given.endswith("pairs-sstar-1.in")
    assert not list(vscode.folder.glob("*sstar*.out"))
    files = (await vscode.ask("sstar/saveTest", {**asked, "expected": found.b.output})).files
    assert [file.rpartition("/")[2] for file in files] == ["pairs-sstar-1.in", "pairs-sstar-1.out"]
    tested = await vscode.ask("sstar/test", {"uri": mine})
    assert [test.verdict for test in tested.tests] == ["AC", "WA"]
    vscode.change(mine, RIGHT)
    same = await vscode.ask("sstar/stress", {"uri": mine, "other": other, "seconds": 1})
    assert (same.status, same.tried > 0) == ("same", True)


async def test_plain_clients_are_told_by_messages(vscode: Editor) -> None:
    vscode.write("pairs.md", STATEMENT)
    uri = vscode.open("pairs.py", PRINTS_ZERO, "python")
    other = vscode.write("other.py", RIGHT)
    await run(vscode, "sstar.test", uri)
    await run(vscode, "sstar.stress", {"uri": uri, "other": other, "seconds": 20})
    told = [message.message for message in vscode.client.messages]
    assert [text for text in told if text.startswith("S*: 0 of 1 tests passed; example 1 (WA) prints '0'")]
    assert [text for text in told if text.startswith("S*: they differ on ")]


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        (
            {"uri": "file:///x/none.py", "other": "file:///x/none.py"},
            "no statement and no tests|no such file",
        ),
        ({"uri": "untitled:1", "other": "untitled:2"}, "is no file"),
        ({"uri": "file:///x.py"}, "other"),
        ({"uri": "file:///x.py", "other": "file:///y.py", "seconds": 0}, "seconds"),
        ({"uri": "file:///x.py", "other": "file:///y.py", "gen": "z"}, "generator"),
    ],
)
async def test_what_cannot_be_compared_is_told_in_words(
    vscode: Editor, params: dict[str, Any], wanted: str
) -> None:
    with pytest.raises(JsonRpcException, match=wanted):
        await vscode.ask("sstar/stress", params)


@pytest.mark.model(lambda: ScriptedModel(RIVALS))
async def test_a_believed_rival_tells_where_ones_own_program_is_wrong(vscode: Editor) -> None:
    uri = vscode.open("pairs.py", f'"""\n{STATEMENT}"""\n{COUNTS_VALUES}', "python")
    answer = await vscode.solve(uri, own=True, options=QUICK)
    own = answer.own
    assert (own.verdict, own.candidate) == ("differs", "c1")
    assert own.rival in ("c2", "c3")
    assert own.output != own.rivalOutput
    assert own.input.endswith("\n")
    vscode.change(uri, f'"""\n{STATEMENT}"""\n{RIGHT}')
    assert (await vscode.solve(uri, own=True, options=QUICK)).own.verdict == "agrees"
    vscode.change(uri, f'"""\n{STATEMENT}"""\n{PRINTS_ZERO}')
    fails = (await vscode.solve(uri, own=True, options=QUICK)).own
    assert (fails.verdict, fails.output, fails.rivalOutput) == ("fails", "0", "1\n")
