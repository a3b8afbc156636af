"""A server with many models and none named: the editor's person is asked, and the answer counts for the session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pygls.exceptions import JsonRpcException

from lsp.editor import PROFILES, STATEMENT, WORLD, editor, environment
from sstar_lsp.lsp.session.model_choice import SHOWN
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.models.testing.scripted_server import ScriptedServer, serve_scripted

NAMES = (
    "acme/coder-large",
    *(f"acme/{kind}-{number}" for kind in ("embed", "plain") for number in range(200)),
)


@pytest.fixture
async def many() -> AsyncIterator[ScriptedServer]:
    """A server with 402 models."""
    async with serve_scripted(ScriptedModel(WORLD), more_names=NAMES) as running:
        yield running


@pytest.mark.parametrize("profile", PROFILES)
async def test_the_best_few_are_offered_once_and_the_chosen_one_is_used_for_the_session(
    tmp_path: Path, home: Path, many: ScriptedServer, profile: str
) -> None:
    env = environment(home, many.base_url, many.key)
    choices = ["acme/coder-large", "never asked"]
    async with editor(tmp_path / "work", env, profile, choices=choices) as session:
        uri = session.open("pairs.md", STATEMENT)
        for _ in range(2):
            assert (await session.solve(uri)).status == "chosen"
        [question] = session.heard.questions
    offered = [action.title for action in question.actions or ()]
    assert offered[0] == "acme/coder-large"
    assert len(offered) == SHOWN
    assert not [name for name in offered if "embed" in name]
    assert "397" in question.message
    assert max(map(len, question.message.split("\n"))) < 80
    assert {request["model"] for request in many.requests} == {"acme/coder-large"}


async def test_a_question_that_is_closed_leaves_the_error_with_the_list_and_is_asked_again(
    tmp_path: Path, home: Path, many: ScriptedServer
) -> None:
    env = environment(home, many.base_url, many.key)
    async with editor(tmp_path / "work", env, choices=[None, "scripted"]) as session:
        uri = session.open("pairs.md", STATEMENT)
        with pytest.raises(JsonRpcException, match=r"has these models: acme/coder-large, .* and 390 more"):
            await session.solve(uri)
        assert (await session.solve(uri)).status == "chosen"
        assert len(session.heard.questions) == 2


async def test_nobody_is_asked_where_a_model_is_named_or_there_is_only_one(
    tmp_path: Path, home: Path, many: ScriptedServer, server: ScriptedServer
) -> None:
    named = environment(home, many.base_url, many.key, SSTAR_MODEL="scripted")
    for env in (named, environment(home, server.base_url, server.key)):
        async with editor(tmp_path / "work", env) as session:
            assert (await session.solve(session.open("pairs.md", STATEMENT))).status == "chosen"
            assert session.heard.questions == []
