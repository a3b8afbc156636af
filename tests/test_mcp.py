"""The face for agents, through the SDK's own client: in memory with a scripted model, and as a process."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from engine.world import COUNTS_VALUES, PAIRS, RIGHT, RIGHT_TOO, World, kind_of
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import ElicitResult

from sstar_lsp.mcp.tools import OpenService, create_mcp, verdict_of
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import Call, ScriptedModel
from sstar_lsp.runs.store import RunStore
from sstar_lsp.service import Service

MISLED = World(samples=(COUNTS_VALUES, RIGHT, COUNTS_VALUES), inputs=("4\n1 1 -1 -1\n",))
"""Most programs are wrong where values repeat, and the judge abstains."""
ASKED = {"statement": PAIRS.statement, "samples": 3}


def opening(folder: Path, model: World | ScriptedModel) -> OpenService:
    """A service with a scripted model."""
    scripted = ScriptedModel(model) if isinstance(model, World) else model
    return lambda: Service(RunStore(folder), models=Models.all_the_same(scripted))


async def one_who_declines(_context: object, _params: Any) -> ElicitResult:
    """A person who goes away."""
    return ElicitResult(action="decline")


async def one_who_knows(_context: object, params: Any) -> ElicitResult:
    """A person who counts the pairs of the input they are shown."""
    numbers = [int(token) for token in params.message.split("\n\n")[1].split()[1:]]
    right = sum(a + b == 0 for place, a in enumerate(numbers) for b in numbers[:place])
    return ElicitResult(action="accept", content={"verdict": str(right)})


async def test_an_agent_finds_two_tools(tmp_path: Path) -> None:
    async with Client(create_mcp(opening(tmp_path, MISLED))) as client:
        tools = (await client.list_tools()).tools
    assert sorted(tool.name for tool in tools) == ["sstar_judge", "sstar_solve"]
    assert all(tool.description for tool in tools)


async def test_an_agent_solves_and_is_told_progress_and_evidence(tmp_path: Path) -> None:
    world = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=("4\n1 1 -1 -1\n",), judge={RIGHT: 1})
    told: list[str | None] = []

    async def progress(_done: float, _total: float | None, message: str | None) -> None:
        told.append(message)

    async with Client(create_mcp(opening(tmp_path, world))) as client:
        result = await client.call_tool("sstar_solve", ASKED, progress_callback=progress)
    assert not result.is_error
    answer = result.structured_content
    assert answer is not None
    assert answer["status"] == "chosen"
    assert answer["code"].strip() in (RIGHT.strip(), RIGHT_TOO.strip())
    assert answer["evidence"]["deciding_inputs"][0]["outputs"]
    assert any(message and "pass the examples" in message for message in told)


async def test_only_the_person_overturns_a_choice(tmp_path: Path) -> None:
    server = create_mcp(opening(tmp_path, MISLED))
    async with Client(server, elicitation_callback=one_who_knows) as client:
        before = (await client.call_tool("sstar_solve", ASKED)).structured_content
        assert before is not None
        test = before["evidence"]["deciding_inputs"][0]["id"]
        call = {"run_id": before["run_id"], "input_id": test}
        after = (await client.call_tool("sstar_judge", call)).structured_content
    assert after is not None
    assert before["code"].strip() == COUNTS_VALUES.strip()
    assert after["code"].strip() == RIGHT.strip()


async def test_where_nobody_can_be_asked_no_verdict_is_taken(tmp_path: Path) -> None:
    async with Client(create_mcp(opening(tmp_path, MISLED))) as client:
        before = (await client.call_tool("sstar_solve", ASKED)).structured_content
        assert before is not None
        test = before["evidence"]["deciding_inputs"][0]["id"]
        with pytest.raises(MCPError, match="elicitation"):
            await client.call_tool("sstar_judge", {"run_id": before["run_id"], "input_id": test})


async def test_a_person_who_declines_changes_nothing(tmp_path: Path) -> None:
    server = create_mcp(opening(tmp_path, MISLED))
    async with Client(server, elicitation_callback=one_who_declines) as client:
        before = (await client.call_tool("sstar_solve", ASKED)).structured_content
        assert before is not None
        test = before["evidence"]["deciding_inputs"][0]["id"]
        refused = await client.call_tool("sstar_judge", {"run_id": before["run_id"], "input_id": test})
    assert refused.is_error
    assert "no verdict" in refused.content[0].text


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("sstar_solve", {"statement": ""}, "empty"),
        ("sstar_solve", {**ASKED, "language": "cobol"}, "cobol"),
        ("sstar_solve", {"statement": f"https://atcoder.jp/contests/abc400\n{PAIRS.statement}"}, "practice"),
        ("sstar_judge", {"run_id": "nowhere", "input_id": "i1"}, "nowhere"),
        ("sstar_solve", {**ASKED, "sample": 2}, "no argument 'sample'. Known: statement, language, samples"),
        ("sstar_judge", {"run_id": "r", "input_id": "i", "verdict": "1"}, "no argument 'verdict'"),
    ],
)
async def test_what_is_wrong_is_said(
    tmp_path: Path, tool: str, arguments: dict[str, Any], words: str
) -> None:
    async with Client(create_mcp(opening(tmp_path, MISLED))) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert words in result.content[0].text


async def test_an_agent_lifts_no_cap_of_the_person_and_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSTAR_SAMPLES", "2")
    async with Client(create_mcp(opening(tmp_path, MISLED))) as client:
        result = await client.call_tool("sstar_solve", {**ASKED, "samples": 9})
    assert result.structured_content is not None
    assert len(result.structured_content["remarks"]) == 1
    assert (
        "'solve.samples' asks for 9, above your own 2 (environment)"
        in result.structured_content["remarks"][0]
    )


async def test_a_cancelled_call_ends_its_run(tmp_path: Path) -> None:
    reached = asyncio.Event()

    async def hold(call: Call) -> None:
        assert kind_of(call.messages) == "write"
        reached.set()
        await asyncio.Event().wait()

    model = ScriptedModel(MISLED, before_piece=hold)
    async with Client(create_mcp(opening(tmp_path, model))) as client:
        call = asyncio.create_task(client.call_tool("sstar_solve", ASKED))
        await reached.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    async with RunStore(tmp_path) as store:
        assert [run.status for run in await store.list_runs(5)] == ["stopped"]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("illegal", "illegal"),
        (" Unknown ", "unknown"),
        ("4", {"expected": "4\n"}),
        ("4\n", {"expected": "4\n"}),
    ],
)
def test_words_of_a_person_are_verdicts(said: str, verdict: object) -> None:
    assert verdict_of(said) == verdict


async def test_sstar_mcp_speaks_over_standard_input_and_output(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SSTAR_")}
    process = StdioServerParameters(
        command=str(Path(sys.executable).parent / "sstar"),
        args=["mcp"],
        env={**environment, "SSTAR_STATE_DIR": str(tmp_path)},
    )
    async with Client(stdio_client(process)) as client:
        tools = (await client.list_tools()).tools
        refused = await client.call_tool("sstar_solve", {"statement": " "})
    assert {tool.name for tool in tools} == {"sstar_judge", "sstar_solve"}
    assert refused.is_error
