"""Thoughts are never taken for the answer, however they arrive."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from models.servers import MARKS

from sstar_lsp.errors import ContentFiltered
from sstar_lsp.models.client.reasoning import Splitter, sampling_for, thinking_of
from sstar_lsp.models.client.stream_parser import AnswerReader, Expected
from sstar_lsp.records import Sampling, Usage


def split(*pieces: str, reason: str = "stop", opens_in_prompt: bool = False) -> tuple[str, str, str]:
    """Text, thought and reason of an answer that arrives in these pieces."""
    splitter = Splitter(opens_in_prompt=opens_in_prompt)
    parts = [splitter.feed(piece) for piece in pieces]
    last, ended = splitter.end(reason)
    parts.append(last)
    return "".join(p.text for p in parts), "".join(p.thought for p in parts), ended


def test_thoughts_between_marks_are_split_off() -> None:
    assert split("<think>hm</think>\n\nthe answer") == ("the answer", "hm", "stop")


@given(st.integers(1, 7), st.sampled_from(["<think>", "<thinking>", "<THINK>"]))
def test_marks_may_be_cut_anywhere(size: int, mark: str) -> None:
    whole = f"\n{mark}so < it > is{mark.replace('<', '</')}print(1)\n"
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert split(*pieces) == ("print(1)\n", "so < it > is", "stop")


@given(st.integers(1, 40), st.sampled_from(MARKS))
def test_thoughts_between_any_marks_are_split_off_wherever_they_are_cut(
    size: int, marks: tuple[str, str]
) -> None:
    opened, closed = marks
    whole = f"{opened}So `print(0)`, or not.{closed}\nprint(1)\n"
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert split(*pieces, opens_in_prompt=not opened)[::2] == ("print(1)\n", "stop")


def test_an_answer_that_was_cut_while_thinking_says_so() -> None:
    assert split("<think>hm and", " hm", reason="length") == ("", "hm and hm", "thinking")


def test_a_model_that_stops_inside_its_thoughts_has_said_nothing() -> None:
    assert split("<think>hm", reason="stop") == ("", "hm", "thinking")


def test_a_program_that_prints_the_mark_is_left_alone() -> None:
    program = "print('<think>')\n"
    assert split(program) == (program, "", "stop")


@given(st.text(max_size=40), st.integers(1, 9))
def test_what_has_no_marks_arrives_unchanged(text: str, size: int) -> None:
    if "<think" in text.lower():
        return
    assert split(*[text[at : at + size] for at in range(0, len(text), size)])[0] == text


def test_thoughts_that_the_prompt_opened_end_at_their_mark() -> None:
    assert split("hm, ", "so</think>", "done", opens_in_prompt=True) == ("done", "hm, so", "stop")


def test_where_the_prompt_opened_them_and_the_model_did_too_the_mark_is_no_thought() -> None:
    assert split("<think>hm</think>done", opens_in_prompt=True) == ("done", "hm", "stop")


def test_an_answer_without_any_mark_is_the_answer_after_all() -> None:
    text, _, reason = split("print(1)", " and no more", opens_in_prompt=True)
    assert (text, reason) == ("print(1) and no more", "stop")


def test_one_that_was_cut_without_any_mark_was_thinking() -> None:
    assert split("let me see", reason="length", opens_in_prompt=True)[2] == "thinking"


# --- the stream -----------------------------------------------------------------------------------


def chunk(reason: str | None = None, usage: Any = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "finish_reason": reason, "delta": delta}], "usage": usage}


async def read(*chunks: dict[str, Any]) -> tuple[str, str, str | None, Usage | None]:
    async def arriving() -> AsyncIterator[bytes]:
        for one in chunks:
            yield f"data: {json.dumps(one)}\n\n".encode()

    text = thought = ""
    reason = usage = None
    reader = AnswerReader(Expected("here", max_tokens=100))
    async for delta in reader.deltas(arriving()):
        text, thought = text + delta.text, thought + delta.thought
        reason, usage = delta.finish_reason or reason, delta.usage or usage
    return text, thought, reason, usage


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_a_field_of_thoughts_is_no_text(field: str) -> None:
    answer = await read(chunk(**{field: "hm"}), chunk(content="done"), chunk("stop"))
    assert answer == ("done", "hm", "stop", None)


async def test_an_answer_that_is_all_field_of_thoughts_was_cut_while_thinking() -> None:
    assert (await read(chunk(reasoning="hm"), chunk("length")))[2] == "thinking"


async def test_an_answer_that_ended_by_itself_in_the_field_of_thoughts_is_the_answer() -> None:
    assert (await read(chunk(reasoning="print(1)"), chunk("stop")))[::2] == ("print(1)", "stop")


async def test_thoughts_that_the_server_counts_are_counted_so() -> None:
    details = {"reasoning_tokens": 7}
    usage = {"prompt_tokens": 3, "completion_tokens": 10, "completion_tokens_details": details}
    assert (await read(chunk(reasoning="hm"), chunk("stop", usage, content="x")))[3] == Usage(3, 10, 0, 7)


async def test_thoughts_that_it_does_not_count_are_counted_by_their_share() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 10}
    assert (await read(chunk(reasoning="12345"), chunk("stop", usage, content="67890")))[3] == Usage(
        3, 10, 0, 5
    )


async def test_an_answer_that_the_filter_withheld_is_an_error_and_one_that_it_cut_is_not() -> None:
    with pytest.raises(ContentFiltered):
        await read(chunk("content_filter"))
    assert (await read(chunk(content="half"), chunk("content_filter")))[2] == "content_filter"


# --- how to ask -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
        "Qwen/QwQ-32B",
        "o3-mini",
        "gpt-5-mini",
        "openai/gpt-oss-20b",
        "Qwen/Qwen3-8B",
    ],
)
def test_models_that_reason_are_known_by_their_names(name: str) -> None:
    assert thinking_of(name).reasons


@pytest.mark.parametrize(
    "name",
    [
        "Qwen/Qwen2.5-Coder-7B-Instruct",
        "gpt-4o",
        "Qwen/Qwen3-Coder-30B-A3B-Instruct",
        "Qwen/Qwen3-4B-Instruct-2507",
        "scripted",
    ],
)
def test_models_that_do_not_are_asked_as_before(name: str) -> None:
    plain = Sampling(temperature=0.0, max_tokens=100)
    assert sampling_for(thinking_of(name), plain) == plain


def test_a_model_that_reasons_gets_room_for_it_and_is_never_greedy() -> None:
    asked = sampling_for(thinking_of("Qwen/QwQ-32B"), Sampling(temperature=0.0, max_tokens=100))
    assert (asked.temperature, asked.max_tokens) == (0.6, 4196)


def test_a_probe_or_a_setting_says_what_the_name_does_not() -> None:
    assert thinking_of("mine", reasons=True).tokens == 4096
    assert thinking_of("mine", tokens=500).reasons
    assert thinking_of("Qwen/QwQ-32B", tokens=0).tokens == 0


def test_the_o_series_takes_no_temperature() -> None:
    assert thinking_of("o3-mini").fixed_temperature
    assert not thinking_of("Qwen/QwQ-32B").fixed_temperature
