"""How sure a judge was: token alternatives, from the wire to the odds of a vote."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sstar_lsp.engine.judging.judge_parser import LEAST_LIKELY, answer_odds
from sstar_lsp.models.client.openai_errors import Refusal, refusal_of
from sstar_lsp.models.client.openai_model import OpenAIModel
from sstar_lsp.models.client.stream_parser import AnswerReader, Expected
from sstar_lsp.models.protocol import Delta
from sstar_lsp.models.response_cache import RecordedModel, Recording
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Message, Sampling, Token

ASKED = (Message("user", "Which one?"),)


def chunk(text: str, *tops: tuple[str, Any], reason: str | None = None) -> bytes:
    """An event with one token and its alternatives."""
    listed = [{"token": token, "logprob": logprob} for token, logprob in tops]
    content = [{"token": text, "logprob": 0.0, "top_logprobs": listed}]
    choice = {
        "index": 0,
        "finish_reason": reason,
        "delta": {"content": text},
        "logprobs": {"content": content},
    }
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


async def tokens_of(*chunks: bytes) -> list[Token]:
    """Tokens of a stream of these events."""

    async def arriving() -> AsyncIterator[bytes]:
        for one in chunks:
            yield one

    deltas = AnswerReader(Expected("here", max_tokens=100)).deltas(arriving())
    return [token async for delta in deltas for token in delta.tokens]


async def test_alternatives_reach_the_reader_and_malformed_ones_are_left_out() -> None:
    found = await tokens_of(
        chunk("ANSWER:"), chunk(" 1", (" 1", -0.1), (" 2", "no number"), (" 0", 3)), chunk("", reason="stop")
    )
    assert [token.text for token in found] == ["ANSWER:", " 1", ""]
    assert found[1].alternatives == ((" 1", -0.1),)


@pytest.mark.parametrize(
    ("tokens", "odds"),
    [
        (
            [Token("ANSWER", ()), Token(":", ()), Token(" 1", ((" 1", math.log(0.8)), ("2", math.log(0.2))))],
            math.log((0.8 + LEAST_LIKELY) / (0.2 + LEAST_LIKELY)),
        ),
        (
            [Token("ANSWER: 1\nANSWER: ", ()), Token("2", (("2", 0.0),)), Token("\n", ())],
            math.log(LEAST_LIKELY / (1 + LEAST_LIKELY)),
        ),
        ([Token("ANSWER: ", ()), Token("2", ())], None),
        ([Token("I do not know", (("1", -1.0),))], None),
        ([], None),
    ],
)
def test_the_odds_of_an_answer_are_those_at_its_number(tokens: list[Token], odds: float | None) -> None:
    found = answer_odds(tokens)
    assert found == (pytest.approx(odds) if odds is not None else None)


def test_they_are_asked_for_only_where_somebody_wants_them() -> None:
    model = OpenAIModel("http://127.0.0.1:1/v1", "m", "")
    assert "logprobs" not in model.body(ASKED, Sampling())
    body = model.body(ASKED, Sampling(top_logprobs=5))
    assert (body["logprobs"], body["top_logprobs"]) == (True, 5)


async def test_a_server_that_refuses_them_is_asked_without() -> None:
    model = OpenAIModel("http://127.0.0.1:1/v1", "m", "")
    sent: list[dict[str, Any]] = []

    async def opened(body: dict[str, Any]) -> str | Refusal:
        sent.append(body)
        words = "'logprobs' may not be used with reasoning models"
        return (
            refusal_of(400, json.dumps({"error": {"message": words}}), {}) if "logprobs" in body else "stream"
        )

    model.connection.open = opened  # type: ignore[assignment, method-assign]
    assert (await model.open(ASKED, Sampling(top_logprobs=5)))[0] == "stream"  # type: ignore[comparison-overlap]
    assert ["top_logprobs" in body for body in sent] == [True, False]


async def test_a_recording_keeps_them(tmp_path: Path) -> None:
    class Sure(ScriptedModel):
        async def stream(self, *_arguments: Any) -> Any:
            yield Delta("ANSWER: 1", finish_reason="stop", tokens=(Token("1", (("1", -0.5),)),))

    file = tmp_path / "replies.jsonl"
    for model in (Sure(lambda _messages, _sampling: ""), None):
        recorded = RecordedModel(Recording.of(file), model, "scripted")
        deltas = [delta async for delta in recorded.stream(ASKED, Sampling(top_logprobs=5))]
        assert deltas[0].tokens == (Token("1", (("1", -0.5),)),)
