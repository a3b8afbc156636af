"""Cancelling: every way is answered, and closes the stream to the model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attrs import define
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.editor import PROFILES, QUICK, STATEMENT, WORLD, Editor, editor, environment
from sstar_lsp.models.testing.scripted_server import Fault, ScriptedServer, serve_scripted

WITH_PROGRESS = PROFILES[:2]
PATIENCE_S = 60
"""A bound against hanging for ever; nothing is measured by it."""


@define
class Hanging:
    """An editor whose model begins every answer and never goes on."""

    editor: Editor
    model: ScriptedServer
    asked: asyncio.Event

    async def solving(self, msg_id: str | None = None, **more: object) -> asyncio.Future[object]:
        """A solve that waits for the model."""
        uri = self.editor.open("pairs.md", STATEMENT)
        answer = self.editor.solve(uri, msg_id, **more)
        async with asyncio.timeout(PATIENCE_S):
            await self.asked.wait()
        return answer

    async def is_over(self) -> None:
        """The stream was closed, and the run is journaled as stopped."""
        async with asyncio.timeout(PATIENCE_S):
            await self.model.disconnects.wait()
            while True:  # the journal is written right behind the answer
                [run] = await self.editor.ask("sstar/runs", {})
                if run["status"] == "stopped":
                    return

    def click_cancel(self, token: str | int) -> None:
        """The cancel button of a progress bar."""
        self.editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))

    def cancel_request(self, msg_id: str) -> None:
        """``$/cancelRequest``."""
        self.editor.client.cancel_request(types.CancelParams(msg_id))

    def bar(self, token: str | int) -> list[str]:
        """Kinds of what a progress bar was told."""
        return [report.kind for report in self.editor.client.progress_reports[token]]


@pytest.fixture
async def hanging(request: pytest.FixtureRequest, tmp_path: Path, home: Path) -> AsyncIterator[Hanging]:
    """Parametrised (indirectly) by profile."""
    asked = asyncio.Event()

    def hang(_request: object) -> Fault:
        asked.set()
        return Fault.HANG_MIDWAY

    async with (
        serve_scripted(WORLD, faults=hang) as model,
        editor(
            tmp_path / "work",
            environment(home, model.base_url, model.key),
            getattr(request, "param", PROFILES[0]),
        ) as session,
    ):
        yield Hanging(session, model, asked)


every_profile = pytest.mark.parametrize("hanging", PROFILES, indirect=True)
profiles_with_progress = pytest.mark.parametrize("hanging", WITH_PROGRESS, indirect=True)


@every_profile
async def test_a_cancelled_request_is_answered_as_cancelled_and_its_run_ends(hanging: Hanging) -> None:
    answer = await hanging.solving("my request")
    hanging.cancel_request("my request")
    with pytest.raises(JsonRpcException) as raised:
        await answer
    assert raised.value.code == -32800
    await hanging.is_over()
    titles = [a.title for a in await hanging.editor.actions(next(iter(hanging.editor.buffers)))]
    assert titles[0].startswith("Resume S* (0/3 samples")
    assert "Solve with S*" in titles


@profiles_with_progress
async def test_a_bar_that_the_client_made_cancels_and_the_request_is_answered(hanging: Hanging) -> None:
    hanging.editor.client.progress_reports["mine"] = []
    answer = await hanging.solving(workDoneToken="mine")
    hanging.click_cancel("mine")
    cancelled = await answer
    assert cancelled.status == "cancelled"
    assert cancelled.code is None
    assert hanging.bar("mine")[0] == "begin"
    assert hanging.bar("mine")[-1] == "end"
    assert hanging.bar("mine").count("end") == 1
    await hanging.is_over()
    hanging.click_cancel("mine")  # a late click: the token is gone
    assert (await hanging.editor.ask("sstar/cancel", {})).cancelled == []


@profiles_with_progress
async def test_a_bar_that_the_server_made_cancels_and_the_request_is_answered(hanging: Hanging) -> None:
    begun = hanging.editor.client.protocol.wait_for_notification_async(types.PROGRESS)
    answer = await hanging.solving()
    token = (await begun).token
    hanging.click_cancel(token)
    assert (await answer).status == "cancelled"
    assert hanging.bar(token)[-1] == "end"
    await hanging.is_over()


@every_profile
async def test_the_lens_of_a_run_says_where_it_stands_and_cancels_it(hanging: Hanging) -> None:
    answer = await hanging.solving()
    lenses = await hanging.editor.lenses(next(iter(hanging.editor.buffers)))
    assert list(lenses) == ["S*: 0/3 samples, 0 survivors · cancel"]
    [cancel] = lenses.values()
    assert len((await hanging.editor.run(cancel))["cancelled"]) == 1
    assert (await answer).status == "cancelled"
    await hanging.is_over()


@pytest.mark.parametrize("hanging", PROFILES[2:], indirect=True)
async def test_without_progress_nothing_is_created_and_the_menu_cancels(hanging: Hanging) -> None:
    answer = await hanging.solving()
    actions = await hanging.editor.actions(next(iter(hanging.editor.buffers)))
    [cancel] = [action for action in actions if action.title.startswith("Cancel S*")]
    assert cancel.title == "Cancel S* (0/3 samples, 0 survivors)"
    assert cancel.command is not None
    await hanging.editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams(cancel.command.command, cancel.command.arguments)
    )
    assert (await answer).status == "cancelled"
    assert hanging.editor.client.progress_reports == {}
    await hanging.is_over()


async def test_a_run_that_a_command_started_is_cancelled_by_its_bar(hanging: Hanging) -> None:
    uri = hanging.editor.open("pairs.md", STATEMENT)
    begun = hanging.editor.client.protocol.wait_for_notification_async(types.PROGRESS)
    started = await hanging.editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams("sstar.solve", [{"uri": uri, "options": QUICK}])
    )
    async with asyncio.timeout(PATIENCE_S):
        await hanging.asked.wait()
    hanging.click_cancel((await begun).token)
    await hanging.is_over()
    [run] = await hanging.editor.ask("sstar/runs", {})
    assert run["id"] == started["run_id"]
    assert hanging.editor.client.messages == []


async def test_closing_the_document_cancels_its_run_and_it_can_go_on_later(hanging: Hanging) -> None:
    answer = await hanging.solving()
    uri = next(iter(hanging.editor.buffers))
    hanging.editor.client.text_document_did_close(
        types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
    )
    assert (await answer).status == "cancelled"
    await hanging.is_over()
    hanging.editor.open("pairs.md", STATEMENT)
    lenses = await hanging.editor.lenses(uri)
    assert [title.partition(" (")[0] for title in lenses] == [
        "Resume S*",
        "Solve with S*",
        "Read: 1 example · tokens",
    ]


async def test_a_token_that_is_in_use_is_refused_and_can_be_used_again_later(hanging: Hanging) -> None:
    hanging.editor.client.progress_reports["one"] = []
    answer = await hanging.solving(workDoneToken="one")
    uri = next(iter(hanging.editor.buffers))
    with pytest.raises(JsonRpcException, match="'one' is in use"):
        await hanging.editor.solve(uri, workDoneToken="one")
    hanging.click_cancel("one")
    assert (await answer).status == "cancelled"
    again = hanging.editor.solve(uri, workDoneToken="one")
    hanging.click_cancel("one")
    assert (await again).status == "cancelled"


async def test_shutdown_in_the_middle_of_a_run_closes_its_stream(hanging: Hanging) -> None:
    answer = await hanging.solving()
    await hanging.editor.client.shutdown_session()
    with pytest.raises(JsonRpcException):
        await answer
    assert hanging.editor.process.returncode == 0
    async with asyncio.timeout(PATIENCE_S):
        await hanging.model.disconnects.wait()


@profiles_with_progress
async def test_tokens_that_arrive_are_seen_before_any_program_is_there(hanging: Hanging) -> None:
    hanging.editor.client.progress_reports["mine"] = []
    answer = await hanging.solving(workDoneToken="mine")
    async with asyncio.timeout(PATIENCE_S):
        while not any(
            " arriving" in (r.message or "") for r in hanging.editor.client.progress_reports["mine"]
        ):
            await hanging.editor.ask("sstar/runs", {})  # reports come in between
    hanging.click_cancel("mine")
    await answer
    await hanging.is_over()
