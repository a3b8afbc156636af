"""What a stress test found is made smaller a few inputs at a time, however many reductions there are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from unittest.mock import AsyncMock, Mock

import pytest
from attrs import evolve
from engine.world import PAIRS, ran

from sstar_lsp.stress import search as searching
from sstar_lsp.stress.search import TRIES, Difference, Search


async def test_no_more_reductions_are_made_than_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an input of half a megabyte all of them together would not fit into memory."""
    made: list[str] = []

    def endless(_problem: object, text: str) -> Iterator[str]:
        while True:
            made.append(text[:-1])
            yield text[:-1]

    async def first_of(texts: Sequence[str], like: Difference) -> Difference | None:
        assert texts == [like.input[:-1]], "each once"
        if like.input == "12345":
            return evolve(like, input=texts[0])
        search.deadline = -math.inf
        return None

    search = Search(PAIRS, Mock(), Mock(), Mock(), AsyncMock(), math.inf, Mock())
    monkeypatch.setattr(searching, "reductions", endless)
    monkeypatch.setattr(Search, "_first_of", lambda _self, texts, like: first_of(texts, like))
    ended = ran("1")
    smallest = await search._minimised(Difference("12345", ended, ended, True, 5))
    assert smallest.input == "1234"
    assert len(made) == 2 * TRIES
