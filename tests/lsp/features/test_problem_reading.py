"""What was read of a document: the request, the marks on examples, and corrections by one action."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import MISREAD, Editor

DOUBTFUL = """\
# Gap

Print the difference between the largest and the smallest of n numbers.

Sample Input 1

3
4 9 2

Sample Output 1

7

The largest is 9, the smallest 2.

Sample Input 2

2
5 5

Sample Output 2

0

5 - 5 = 0.
"""
ANSWER = MISREAD.split("\n").index("1")
SECOND = MISREAD.split("\n").index("5 5")
NO_EXAMPLE, ENDS = "This is not an example (S* example 1)", "The output ends here (S* example 1)"


def at(line: int) -> types.Range:
    """A cursor."""
    return types.Range(types.Position(line, 0), types.Position(line, 0))


async def titles(editor: Editor, uri: str, line: int) -> list[str]:
    return [action.title for action in await editor.actions(uri, span=at(line))]


async def say(editor: Editor, uri: str, line: int, title: str) -> Any:
    """Accept the action of that title."""
    [action] = [a for a in await editor.actions(uri, span=at(line)) if a.title == title]
    assert action.command is not None
    return await editor.run(action.command)


async def read(editor: Editor, uri: str) -> list[tuple[str, str]]:
    answer = await editor.ask("sstar/problem", {"textDocument": {"uri": uri}})
    return [(example.input, example.output) for example in answer.examples]


async def test_a_misread_example_is_corrected_by_one_action_and_solved_right(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", MISREAD)
    answer = await every_editor.solve(uri)
    assert answer.status == "unverified"
    [failed] = answer.evidence.failed_examples
    assert failed.expected == "1\n1 and -1 cancel each other."
    await say(every_editor, uri, ANSWER, ENDS)
    assert (await every_editor.solve(uri)).status == "chosen"
    kept = every_editor.folder / ".sstar" / "pairs" / "corrections.json"
    assert json.loads(kept.read_text())["corrections"][0]["kind"] == "output_ends"


async def test_a_correction_is_seen_at_once_and_can_be_taken_back(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", MISREAD)
    wrong = [("3\n1 -1 2\n", "1\n1 and -1 cancel each other.\n"), ("2\n5 5\n", "0\n")]
    assert await read(vscode, uri) == wrong
    answer = await say(vscode, uri, ANSWER, ENDS)
    assert answer["examples"][0]["output"] == "1\n"
    assert await read(vscode, uri) == [("3\n1 -1 2\n", "1\n"), wrong[1]]
    [told] = await vscode.diagnostics(uri, 1)
    assert told.message == f"the output of example 1 ends at line {ANSWER + 1}, as you said"
    assert (told.range.start.line, told.severity) == (ANSWER, types.DiagnosticSeverity.Information)
    await say(vscode, uri, ANSWER, 'Take back "the output ends here" (S*)')
    assert await read(vscode, uri) == wrong
    await say(vscode, uri, ANSWER, NO_EXAMPLE)
    assert await read(vscode, uri) == wrong[1:]
    await say(vscode, uri, ANSWER, 'Take back "this is not an example" (S*)')
    assert await read(vscode, uri) == wrong
    assert not (vscode.folder / ".sstar" / "pairs" / "corrections.json").exists()


async def test_a_correction_made_elsewhere_is_seen_too(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", MISREAD)
    await say(vscode, uri, ANSWER, NO_EXAMPLE)
    await vscode.diagnostics(uri, 1)
    kept = vscode.folder / ".sstar" / "pairs" / "corrections.json"
    kept.unlink()
    vscode.client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(kept.as_uri(), types.FileChangeType.Deleted)])
    )
    await vscode.diagnostics(uri, 0)
    assert len(await read(vscode, uri)) == 2


async def test_a_correction_of_lines_that_were_typed_over_is_not_applied(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", MISREAD)
    await say(vscode, uri, ANSWER, ENDS)
    vscode.change(uri, MISREAD.replace("1 -1 2", "1 -1 3"))
    answer = await vscode.ask("sstar/problem", {"uri": uri})
    assert answer.examples[0].output == "1\n1 and -1 cancel each other.\n"
    assert any("was not applied" in remark for remark in answer.remarks)


async def test_actions_of_an_example_are_offered_on_its_lines_and_never_unasked(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", MISREAD)
    assert {NO_EXAMPLE, ENDS} <= set(await titles(vscode, uri, ANSWER))
    assert ENDS not in await titles(vscode, uri, ANSWER + 1), "it ends there already"
    assert NO_EXAMPLE.replace("1", "2") in await titles(vscode, uri, SECOND)
    assert not {NO_EXAMPLE, ENDS} & set(await titles(vscode, uri, 0))
    bulb = await vscode.client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            at(ANSWER),
            types.CodeActionContext([], trigger_kind=types.CodeActionTriggerKind.Automatic),
        )
    )
    assert not [action for action in bulb or [] if "example 1" in action.title]


async def test_a_document_without_a_file_has_no_place_for_corrections(vscode: Editor) -> None:
    uri = "untitled:Untitled-1"
    vscode.client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "markdown", 1, MISREAD))
    )
    assert not [title for title in await titles(vscode, uri, ANSWER) if "example 1" in title]
    with pytest.raises(JsonRpcException, match="save the document first"):
        await vscode.run(
            types.Command("", "sstar.correct", arguments=[{"uri": uri, "line": 3, "kind": "output_ends"}])
        )


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({"line": 0, "kind": "not_an_example"}, "no example is read at line 1"),
        ({"line": 0, "kind": "as_read"}, "nothing was corrected at line 1"),
        ({"line": 2, "kind": "right"}, "not_an_example, output_ends, as_read"),
        ({"line": -1, "kind": "as_read"}, "from 0"),
        ({"kind": "as_read"}, "line"),
        ({"line": 0, "kind": "as_read", "colour": 1}, "colour"),
    ],
)
async def test_what_cannot_be_corrected_is_refused_in_words(
    vscode: Editor, argument: Any, words: str
) -> None:
    uri = vscode.open("pairs.md", MISREAD)
    with pytest.raises(JsonRpcException, match=words):
        await vscode.run(types.Command("", "sstar.correct", arguments=[{"uri": uri, **argument}]))
    assert not (vscode.folder / ".sstar").exists()


# --- sstar/problem ---------------------------------------------------------------------------------------


async def test_the_answer_is_that_of_the_command_line_with_the_buffers_version(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", MISREAD)
    vscode.change(uri, MISREAD + "\nThe end.\n")
    answer = await vscode.ask("sstar/problem", {"textDocument": {"uri": uri}})
    assert set(answer._fields) == {
        *("kind", "reason", "title", "function", "comparator", "several_answers", "time_limit_s"),
        *("memory_limit_mib", "file_io", "examples", "remarks", "uri", "version", "pageUri"),
    }
    assert (answer.kind, answer.title, answer.time_limit_s) == ("stdin", "Pairs that cancel", 1.0)
    assert (answer.uri, answer.version) == (uri, 2)
    first, last = answer.examples[0].lines
    assert first <= MISREAD.split("\n").index("3") + 1 < ANSWER + 2 <= last


async def test_the_comparator_is_that_of_the_folders_settings(vscode: Editor) -> None:
    vscode.write("sstar.toml", '[problem]\nchecker = "exact"\n')
    uri = vscode.open("pairs.md", MISREAD)
    assert (await vscode.ask("sstar/problem", {"uri": uri})).comparator == "exact"
    assert "Read: 2 examples · 1 s · exact" in await vscode.lenses(uri)


async def test_a_document_that_is_no_problem_is_an_answer_too(vscode: Editor) -> None:
    uri = vscode.open("guess.md", "# Guess\n\nThis is an interactive problem: ask the judge.\n")
    answer = await vscode.ask("sstar/problem", {"uri": uri})
    assert (answer.kind, len(answer.examples)) == ("refused", 0)
    assert "interactive" in answer.reason
    missing = await vscode.ask("sstar/problem", {"uri": (vscode.folder / "none.md").as_uri()})
    assert (missing.kind, missing.version) == ("refused", None)
    assert "no such file" in missing.reason


# --- in the document -------------------------------------------------------------------------------------


async def test_a_hover_on_an_example_tells_how_it_was_read(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", MISREAD)
    params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(ANSWER, 0))
    hover = await every_editor.client.text_document_hover_async(params)
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    is_markdown = every_editor.profile.startswith(("vscode", "neovim"))
    assert hover.contents.kind == ("markdown" if is_markdown else "plaintext")
    for words in ("example 1: lines ", "borders sure", "input: 3 ⏎ 1 -1 2", "output: 1 ⏎ 1 and -1 cancel"):
        assert words in hover.contents.value
    assert hover.range is not None
    assert hover.range.start.line <= ANSWER <= hover.range.end.line
    above = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(2, 0))
    assert await every_editor.client.text_document_hover_async(above) is None


async def test_a_half_that_was_left_out_is_a_warning_on_its_line(every_editor: Editor) -> None:
    half = MISREAD + "\n## Sample Output 3\n\n```\n7\n```\n"
    uri = every_editor.open("pairs.md", half)
    [told] = await every_editor.diagnostics(uri, 1)
    assert (told.severity, told.source) == (types.DiagnosticSeverity.Warning, "S*")
    assert told.range.start.line == half.split("\n").index("## Sample Output 3")
    assert "left out" in told.message


async def test_the_lens_says_what_was_read_and_opens_the_page(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", MISREAD)
    lens = (await every_editor.lenses(uri))["Read: 2 examples · 1 s · tokens"]
    page = (await every_editor.run(lens))["uri"]
    if every_editor.has("workspace.textDocumentContent"):
        assert page == (await every_editor.ask("sstar/problem", {"uri": uri})).pageUri
        text = (await every_editor.ask("sstar/document", {"uri": page})).text
    else:
        text = Path(page.removeprefix("file://")).read_text("utf-8")  # noqa: ASYNC240 - a small page
    assert text.startswith("# What S* read\n")
    assert "1 and -1 cancel each other." in text


async def test_a_page_of_no_document_is_refused(vscode: Editor) -> None:
    for name in ("%", "_w", "a"):
        with pytest.raises(JsonRpcException, match="names no document"):
            await vscode.ask("sstar/document", {"uri": f"sstar://problem/{name}/read.md"})


async def test_a_refusal_is_told_in_the_document_and_a_readme_is_left_alone(vscode: Editor) -> None:
    readme = vscode.open("README.md", "# A project\n\nhttps://example.org\n")
    uri = vscode.open("guess.md", "# Guess\n\nThis is an interactive problem: ask the judge.\n")
    [told] = await vscode.diagnostics(uri, 1)
    assert (told.severity, told.range.start.line) == (types.DiagnosticSeverity.Information, 0)
    assert "interactive" in told.message
    assert vscode.client.diagnostics.get(readme, []) == []


async def test_a_doubtful_border_is_a_warning_that_two_actions_settle(vscode: Editor) -> None:
    """The explanation below an unfenced sample: where the output ends cannot be told."""
    uri = vscode.open("gap.md", DOUBTFUL)
    answer = await vscode.ask("sstar/problem", {"uri": uri})
    doubtful = [example for example in answer.examples if not example.sure]
    assert doubtful, "the reader is sure of itself"
    line = doubtful[0].lines[1] - 1
    warnings = await vscode.diagnostics(uri, len(doubtful))
    assert {each.severity for each in warnings} == {types.DiagnosticSeverity.Warning}
    bulb = await vscode.client.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            at(line),
            types.CodeActionContext([], trigger_kind=types.CodeActionTriggerKind.Automatic),
        )
    )
    assert [action.title for action in bulb or [] if "not an example" in action.title], "offered unasked"
