"""Recorded replies: asked once, replayed alike, whole or not at all."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path

import pytest

from sstar_lsp.errors import ModelError, ModelStalled, UsageError
from sstar_lsp.models.protocol import Delta
from sstar_lsp.models.response_cache import RecordedModel, Recording, ReplyMissing
from sstar_lsp.models.testing.scripted import Rule, ScriptedModel
from sstar_lsp.records import Message, Sampling

ASKED = (Message("user", "Say something secret-prompt-text."),)
RULES = (Rule((), ("first answer of several words, long enough for many pieces", "second answer")),)


async def said(model: RecordedModel, seed: int = 0) -> list[Delta]:
    """All pieces."""
    return [delta async for delta in model.stream(ASKED, Sampling(seed=seed))]


async def test_what_was_recorded_comes_back_piece_by_piece_without_the_model(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "replies.jsonl"
    live = ScriptedModel(RULES)
    first = RecordedModel(Recording.of(path), live)
    heard = await said(first)
    assert await said(first) == heard
    assert len(live.calls) == 1
    replay = RecordedModel(Recording.of(path), None, "scripted")
    assert await said(replay) == heard
    assert heard[-1].usage is not None
    assert "secret-prompt-text" not in path.read_text("utf-8")


async def test_other_seeds_and_models_are_other_requests(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    model = RecordedModel(Recording.of(path), ScriptedModel(RULES))
    await said(model, 0)
    await said(model, 1)
    other = RecordedModel(Recording.of(path), ScriptedModel(RULES, name="other"))
    await said(other, 0)
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len({row["key"] for row in rows}) == 3
    assert Recording.of(path).models == ("other", "scripted")


async def test_who_asks_the_same_meanwhile_waits_and_pays_nothing(tmp_path: Path) -> None:
    live = ScriptedModel(RULES)
    model = RecordedModel(Recording.of(tmp_path / "r.jsonl"), live)
    heard = await asyncio.gather(*(said(model) for _ in range(5)))
    assert all(found == heard[0] for found in heard)
    assert len(live.calls) == 1


async def test_a_reader_who_has_enough_closes_and_the_part_is_the_reply(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    model = RecordedModel(Recording.of(path), ScriptedModel(RULES))
    async with aclosing(model.stream(ASKED, Sampling(seed=0))) as deltas:
        async for delta in deltas:
            piece = delta
            break
    assert await said(RecordedModel(Recording.of(path), None, "scripted")) == [piece]


async def test_a_cancelled_or_failed_reply_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    begun, forever = asyncio.Event(), asyncio.Event()

    async def hold(_call: object) -> None:
        if begun.is_set():
            await forever.wait()
        begun.set()

    held = RecordedModel(Recording.of(path), ScriptedModel(RULES, before_piece=hold))
    task = asyncio.create_task(said(held))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    failing = RecordedModel(
        Recording.of(path), ScriptedModel(RULES, fault=lambda _: ModelStalled("no token"))
    )
    with pytest.raises(ModelError):
        await said(failing)
    assert not path.exists()
    assert len(await said(RecordedModel(Recording.of(path), ScriptedModel(RULES)))) > 1


async def test_a_missing_reply_is_no_failure_of_a_model_that_a_run_could_go_on_without(
    tmp_path: Path,
) -> None:
    with pytest.raises(ReplyMissing, match=r"r\.jsonl.*no reply of scripted.*seed 3"):
        await said(RecordedModel(Recording.of(tmp_path / "r.jsonl"), None, "scripted"), 3)
    assert not issubclass(ReplyMissing, ModelError)


async def test_a_line_that_a_crash_cut_off_is_dropped_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    model = RecordedModel(Recording.of(path), ScriptedModel(RULES))
    await said(model, 0)
    whole = path.read_text("utf-8")
    path.write_text(whole + whole[:30], "utf-8")
    assert len(Recording.of(path).replies) == 1
    await said(RecordedModel(Recording.of(path), ScriptedModel(RULES)), 1)
    assert len(Recording.of(path).replies) == 2
    path.write_text("{}\n" + whole, "utf-8")
    with pytest.raises(UsageError, match="line 1"):
        Recording.of(path)
