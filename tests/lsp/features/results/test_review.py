"""Review and everything that shows a run: lenses, diagnostics, hints, hovers, pages, verdicts, samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import define
from engine.world import COUNTS_VALUES, NO_SYNTAX, PRINTS_ZERO, RIGHT, World
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import PROFILES, SPLITTING, STATEMENT, Editor, editor, environment
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import ScriptedServer

READ = "Read: 1 example · tokens"
"""The lens that says what was read."""
HERE = types.Range(types.Position(0, 0), types.Position(200, 0))


@define
class Misled(World):
    """A judge who always names the wrong output."""

    def _judged_by_output(self, prompt: str) -> int:
        right = World._judged_by_output(self, prompt)
        return 3 - right if right else 0


WRONG = Misled(samples=(COUNTS_VALUES, RIGHT, COUNTS_VALUES), inputs=(SPLITTING,), judge={RIGHT: 2})
misled = pytest.mark.model(lambda: ScriptedModel(WRONG))


def right_output(text: str) -> str:
    """Pairs of positions with sum zero."""
    numbers = [int(word) for word in text.split()[1:]]
    return str(sum(a + b == 0 for place, a in enumerate(numbers) for b in numbers[:place]))


def text_of(uri: str) -> str:
    """A page for an editor that opens files."""
    return Path(uri.removeprefix("file://")).read_text("utf-8")


def vars_of(named: Any) -> dict[str, float]:
    """A named tuple as a dictionary."""
    return dict(named._asdict())


def question(answer: Any) -> Any:
    """The test that is asked about."""
    return next(test for test in answer.evidence.deciding_inputs if test.id == answer.question)


@misled
async def test_each_kind_of_verdict_is_absorbed_and_the_right_one_overturns_the_choice(
    vscode: Editor,
) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    before = await vscode.solve(uri)
    assert before.code.strip() == COUNTS_VALUES.strip()
    test = question(before)
    base = {"runId": before.run_id, "inputId": test.id}
    unknown = await vscode.ask("sstar/judge", {**base, "verdict": "unknown"})
    assert unknown.evidence.chosen == before.evidence.chosen
    assert unknown.question != test.id, "what a person does not know is not asked again"
    right = next(o for o in test.outputs if o.output.strip() == right_output(test.input))
    after = await vscode.ask("sstar/judge", {**base, "verdict": {"cluster": right.cluster}})
    assert after.status == "chosen"
    assert after.code.strip() == RIGHT.strip()
    assert getattr(after.verdicts, test.id).expected.strip() == right.output.strip()
    typed = await vscode.ask("sstar/judge", {**base, "verdict": {"expected": right.output + "\n"}})
    assert typed.evidence.chosen == after.evidence.chosen
    illegal = await vscode.ask("sstar/judge", {**base, "verdict": "illegal"})
    assert getattr(illegal.verdicts, test.id) == "illegal"
    again = await vscode.ask("sstar/run", {"runId": before.run_id})
    assert again.evidence.chosen == illegal.evidence.chosen
    assert again.uri == uri
    with pytest.raises(JsonRpcException, match="no test input 'i99'"):
        await vscode.ask("sstar/judge", {**base, "inputId": "i99", "verdict": "illegal"})


@misled
async def test_the_answer_tells_how_the_belief_went(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    before = await vscode.solve(uri)
    test = question(before)
    assert [(moment.after, moment.inputId) for moment in before.moments] == [
        ("start", None),
        ("duel", test.id),
    ]
    last = vars_of(before.moments[-1].beliefs)
    assert last == pytest.approx({c.id: c.belief for c in before.evidence.clusters}, abs=1e-4)
    wrong = before.evidence.cluster
    assert last[wrong] > vars_of(before.moments[0].beliefs)[wrong]
    right = next(o for o in test.outputs if o.output.strip() == right_output(test.input))
    params = {"runId": before.run_id, "inputId": test.id, "verdict": {"cluster": right.cluster}}
    after = await vscode.ask("sstar/judge", params)
    assert [moment.after for moment in after.moments] == ["start", "duel", "verdict"]
    assert vars_of(after.moments[-1].beliefs)[wrong] == 0
    assert vars_of(after.moments[-1].beliefs)[right.cluster] == pytest.approx(after.evidence.belief, abs=1e-4)


async def test_lenses_follow_a_run_from_its_offer_to_its_insertion(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    assert list(await every_editor.lenses(uri)) == ["Solve with S*", READ]
    answer = await every_editor.solve(uri)
    lenses = await every_editor.lenses(uri)
    assert list(lenses) == ["Insert chosen solution", "Review 1 test", "Solve again", READ]
    assert list(lenses["Review 1 test"].arguments or []) == [{"runId": answer.run_id}]
    insert = lenses["Insert chosen solution"]
    if every_editor.has("workspace.applyEdit"):
        assert (await every_editor.run(insert))["applied"] is True
        [edit] = every_editor.heard.edits
        every_editor.apply(edit)
        assert (every_editor.folder / "pairs.py").read_text() == RIGHT
    else:
        with pytest.raises(JsonRpcException, match="insert by the code action"):
            await every_editor.run(insert)
    every_editor.change(uri, STATEMENT.replace("sum zero", "sum one"))
    assert next(iter(await every_editor.lenses(uri))) == "Insert solution of an earlier statement"


async def test_a_document_without_examples_gets_no_lens(vscode: Editor) -> None:
    uri = vscode.open("README.md", "# A project\n\nIt does things.\n")
    assert await vscode.lenses(uri) == {}


async def test_refreshes_are_asked_for_where_advertised_and_nowhere_else(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    await every_editor.solve(uri)
    await every_editor.diagnostics(uri, 1)
    wanted = {
        method
        for method, path in {
            "workspace/codeLens/refresh": "workspace.codeLens.refreshSupport",
            "workspace/inlayHint/refresh": "workspace.inlayHint.refreshSupport",
        }.items()
        if every_editor.has(path)
    }
    assert set(every_editor.heard.refreshed) == wanted


async def test_each_test_is_one_diagnostic_that_leads_to_its_page(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    answer = await every_editor.solve(uri)
    [told] = await every_editor.diagnostics(uri, 1)
    [test] = answer.evidence.deciding_inputs
    assert (told.severity, told.source, told.code) == (types.DiagnosticSeverity.Information, "S*", test.id)
    assert told.range.start.line == 0
    if every_editor.has("textDocument.publishDiagnostics.relatedInformation"):
        messages = [each.message for each in told.related_information or []]
        assert any("(chosen)" in message for message in messages)
        page = (told.related_information or [])[0].location.uri
        if every_editor.has("workspace.textDocumentContent"):
            assert page == f"sstar://run/{answer.run_id}/test/{test.id}.md"
        else:
            assert "# S* test" in text_of(page)
    else:
        assert "(chosen)" in told.message
    every_editor.change(uri, STATEMENT.replace("sum zero", "sum one"))
    assert await every_editor.diagnostics(uri, 0) == [], "they speak of another problem"


@misled
async def test_a_plain_editor_reviews_by_the_actions_of_a_diagnostic(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    answer = await vscode.solve(uri)
    told = await vscode.diagnostics(uri, len(answer.evidence.deciding_inputs))
    found = await vscode.client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(uri), HERE, types.CodeActionContext(told))
    )
    titles = {action.title: action for action in found or []}
    test = question(answer)
    wanted = f'S* test {test.id}: "{right_output(test.input)}" is right'
    assert f"S* test {test.id}: illegal input" in titles
    action = titles[wanted]
    assert isinstance(action, types.CodeAction)
    assert action.command is not None
    judged = await vscode.run(action.command)
    assert judged["status"] == "chosen"
    after = await vscode.ask("sstar/run", {"runId": answer.run_id})
    assert after.code.strip() == RIGHT.strip()


async def test_a_diagnostic_without_its_source_is_known_and_another_tools_is_not(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    await vscode.solve(uri)
    [told] = await vscode.diagnostics(uri, 1)

    async def reviews(source: str | None) -> bool:
        asked = types.Diagnostic(range=told.range, message=told.message, code=told.code, source=source)
        found = await vscode.client.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), HERE, types.CodeActionContext([asked]))
        )
        return any("is right" in action.title for action in found or [])

    assert await reviews(None), "ALE drops it"
    assert not await reviews("another tool")


async def test_a_test_is_saved_as_a_sample_and_read_back(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    answer = await vscode.solve(uri)
    told = await vscode.diagnostics(uri, len(answer.evidence.deciding_inputs))
    found = await vscode.client.text_document_code_action_async(
        types.CodeActionParams(types.TextDocumentIdentifier(uri), HERE, types.CodeActionContext(told))
    )
    [save] = [action for action in found or [] if action.title.startswith("Save S* test")]
    [test] = answer.evidence.deciding_inputs
    assert f'expecting "{right_output(test.input)}"' in save.title
    assert isinstance(save, types.CodeAction)
    resolved = await vscode.client.code_action_resolve_async(save)
    assert resolved.edit is not None
    vscode.apply(resolved.edit)
    assert (vscode.folder / "pairs-sstar-1.in").read_text().split() == test.input.split()
    assert (vscode.folder / "pairs-sstar-1.out").read_text().strip() == right_output(test.input)
    again = await vscode.solve(uri)
    assert again.evidence.examples == 2


async def test_hints_and_hovers_tell_the_evidence_in_the_clients_own_format(every_editor: Editor) -> None:
    uri = every_editor.open("pairs.md", STATEMENT)
    answer = await every_editor.solve(uri)
    target = every_editor.open("pairs.py", "# mine\n\n" + RIGHT + "\nprint()\n", "python")

    async def hints(at: str) -> list[tuple[int, object]]:
        found = await every_editor.client.text_document_inlay_hint_async(
            types.InlayHintParams(types.TextDocumentIdentifier(at), HERE)
        )
        return [(hint.position.line, hint.label) for hint in found or []]

    [(line, label)] = await hints(uri)
    assert line == 0
    assert str(label).startswith("S* chosen: 1/1 examples, belief ")
    assert await hints(target) == [(2, f"S* {answer.evidence.chosen}")]

    async def hover(line: int) -> types.Hover | None:
        return await every_editor.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(target), types.Position(line, 0))
        )

    told = await hover(3)
    assert told is not None
    assert isinstance(told.contents, types.MarkupContent)
    formats = {"vscode-languageclient-11.0.0": "markdown", "neovim-0.11.4": "markdown"}
    assert told.contents.kind == formats.get(every_editor.profile, "plaintext")
    assert f"{answer.evidence.chosen}: S* chosen: 1/1 examples" in told.contents.value
    assert await hover(0) is None


async def test_pages_of_tests_programs_and_outputs_can_be_read(vscode: Editor) -> None:
    uri = vscode.open("pairs.md", STATEMENT)
    answer = await vscode.solve(uri)
    [test] = answer.evidence.deciding_inputs
    base = f"sstar://run/{answer.run_id}"
    page = await vscode.ask("sstar/document", {"uri": f"{base}/test/{test.id}.md"})
    assert test.input in page.text
    assert "chosen" in page.text
    for row in answer.candidates:
        program = await vscode.ask("sstar/document", {"uri": row.uri})
        assert program.languageId == "python"
    assert (await vscode.ask("sstar/document", {"uri": answer.candidates[0].uri})).text == RIGHT
    output = test.outputs[0]
    printed = await vscode.ask("sstar/document", {"uri": f"{base}/output/{test.id}/{output.cluster}.txt"})
    assert printed.text.strip() == output.output.strip()
    for tail in ("test/i99.md", "candidate/c99.py", "output/i1/Z.txt"):
        with pytest.raises(JsonRpcException, match="known:"):
            await vscode.ask("sstar/document", {"uri": f"{base}/{tail}"})


async def test_the_edit_says_where_the_program_will_stand(vscode: Editor) -> None:
    source = '"""' + STATEMENT + '"""\n\nold = 1\n'
    uri = vscode.open("pairs.py", source, "python")
    answer = await vscode.solve(uri)
    made = await vscode.client.protocol.send_request_async("sstar/edit", {"runId": answer.run_id})
    assert made.uri == uri
    runner_up = answer.candidates[1]
    other = await vscode.ask("sstar/edit", {"runId": answer.run_id, "candidateId": runner_up.id})
    assert other.edit is not None
    await vscode.insert(uri)
    lines = vscode.buffers[uri].text.split("\n")
    assert lines[made.range.start.line : made.range.end.line] == RIGHT.rstrip("\n").split("\n")
    with pytest.raises(JsonRpcException, match="has no program c99"):
        await vscode.ask("sstar/edit", {"runId": answer.run_id, "candidateId": "c99"})


REPAIRS = World(samples=(NO_SYNTAX,), repairs={PRINTS_ZERO: (RIGHT,)}, inputs=())


@pytest.mark.model(lambda: ScriptedModel(REPAIRS))
async def test_a_persons_own_program_is_repaired(vscode: Editor) -> None:
    uri = vscode.open("pairs.py", '"""' + STATEMENT + '"""\n\n' + PRINTS_ZERO, "python")
    titles = {a.title: a for a in await vscode.actions(uri)}
    action = titles["Repair this program with S*"]
    assert action.command is not None
    assert action.command.arguments is not None
    assert action.command.arguments[0]["own"] is True
    answer = await vscode.solve(uri, own=True, options={"samples": 1, "rounds": 1, "inputs": 0})
    assert answer.code.strip() == RIGHT.strip()
    assert answer.evidence.chosen == "c1.1"
    statement = vscode.open("other.md", STATEMENT)
    with pytest.raises(JsonRpcException, match="no program to repair"):
        await vscode.solve(statement, own=True)


async def test_runs_survive_a_restart_of_the_editor_and_are_offered_again(
    tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, server.key)
    async with editor(tmp_path / "work", env) as first:
        uri = first.open("pairs.md", STATEMENT)
        answer = await first.solve(uri)
    async with editor(tmp_path / "work", env, PROFILES[1]) as second:
        uri = second.open("pairs.md", STATEMENT)
        assert list(await second.lenses(uri)) == [
            "Insert chosen solution",
            "Review 1 test",
            "Solve again",
            READ,
        ]
        [insert, *_] = await second.actions(uri)
        await second.accept(insert)
        assert (second.folder / "pairs.py").read_text() == RIGHT
        listed = await second.ask("sstar/runs", {"uri": uri})
        assert [(run["id"], run["uri"]) for run in listed] == [(answer.run_id, uri)]
        elsewhere = await second.ask("sstar/runs", {"uri": uri.replace("pairs", "other")})
        assert elsewhere == []


async def test_progress_comes_with_counts_to_clients_that_want_it(
    tmp_path: Path, home: Path, server: ScriptedServer
) -> None:
    env = environment(home, server.base_url, server.key)
    async with editor(tmp_path / "work", env, extras={"progress": True}) as session:
        uri = session.open("pairs.md", STATEMENT)
        answer = await session.solve(uri)
        first, last = session.heard.progress[0], session.heard.progress[-1]
        assert first.status == "running"
        assert (last.status, last.runId, last.uri) == ("chosen", answer.run_id, uri)
        assert last.samples.total == 3
        assert last.survivors == answer.evidence.survivors
        assert last.calls == answer.usage.calls
    async with editor(tmp_path / "work", env) as plain:
        await plain.solve(plain.open("pairs.md", STATEMENT))
        assert plain.heard.progress == []
