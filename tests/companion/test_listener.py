"""The listener takes problems from browser extensions on this machine, and nothing from anybody else."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping

import pytest

from sstar_lsp.companion.listener import LONGEST_BODY, Listener, PortTaken, listen_for_ever, listening
from sstar_lsp.companion.payload import CompanionProblem
from sstar_lsp.errors import ProblemError

EXTENSION = f"chrome-extension://{'abcdefghijklmnop' * 2}"
POSTED = {
    "name": "A. Sum",
    "group": "Judge - Round 7",
    "url": "https://judge.example/7/A",
    "interactive": False,
    "memoryLimit": 256,
    "timeLimit": 2000,
    "tests": [{"input": "1 2\n", "output": "3\n"}],
    "testType": "single",
    "input": {"type": "stdin"},
    "output": {"type": "stdout"},
    "languages": {"java": {"mainClass": "Main", "taskClass": "ASum"}},
    "batch": {"id": "b", "size": 1},
}


class Kept:
    """What was taken, in its order."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def take(self, posted: CompanionProblem) -> None:
        self.names.append(posted.name)


async def said(
    listener: Listener,
    body: bytes = json.dumps(POSTED).encode(),
    *,
    head: str = "POST / HTTP/1.1",
    fields: Mapping[str, str] = {},
    address: str = "127.0.0.1",
) -> int:
    """The status of the answer to one request; 0 where the connection is closed without one."""
    standard = {"Host": f"localhost:{listener.port}", "Content-Length": str(len(body)), "Origin": EXTENSION}
    lines = [head, *(f"{name}: {value}" for name, value in {**standard, **fields}.items() if value)]
    reader, writer = await asyncio.open_connection(address, listener.port)
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    answer = await reader.readline()
    writer.close()
    return int(answer.split()[1]) if answer else 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Origin": ""},
        {"Origin": "moz-extension://0fd3e0a4-9f2a-4b8e-8c4b-1c2d3e4f5a6b"},
        {"Host": "127.0.0.1:PORT"},
        {"Host": "[::1]:PORT"},
    ],
)
async def test_an_extension_or_a_program_of_this_machine_is_taken(fields: dict[str, str]) -> None:
    kept = Kept()
    async with listening(0, kept.take) as listener:
        fields = {name: value.replace("PORT", str(listener.port)) for name, value in fields.items()}
        assert await said(listener, fields=fields) == 200
    assert kept.names == ["A. Sum"]


@pytest.mark.parametrize(
    ("status", "head", "fields"),
    [
        (403, "POST / HTTP/1.1", {"Origin": "https://evil.example"}),
        (403, "POST / HTTP/1.1", {"Origin": "null"}),
        (403, "POST / HTTP/1.1", {"Origin": f"{EXTENSION}.evil.example"}),
        (403, "POST / HTTP/1.1", {"Origin": "http://localhost:27124"}),
        (421, "POST / HTTP/1.1", {"Host": "evil.example"}),
        (421, "POST / HTTP/1.1", {"Host": "localhost"}),
        (421, "POST / HTTP/1.1", {"Host": "localhost.evil.example:27124"}),
        (404, "POST /other HTTP/1.1", {}),
        (405, "GET / HTTP/1.1", {}),
        (405, "OPTIONS / HTTP/1.1", {}),
        (413, "POST / HTTP/1.1", {"Content-Length": str(LONGEST_BODY + 1)}),
        (0, "POST / HTTP/1.1", {"Content-Length": "-1"}),
        (0, "nonsense", {}),
    ],
)
async def test_everybody_else_is_refused(status: int, head: str, fields: dict[str, str]) -> None:
    kept = Kept()
    async with listening(0, kept.take) as listener:
        assert await said(listener, head=head, fields=fields) == status
    assert kept.names == []


async def test_a_body_in_pieces_that_grows_too_large_is_refused() -> None:
    kept = Kept()
    async with listening(0, kept.take) as listener:
        piece = b"%x\r\n%s\r\n" % (1 << 20, b" " * (1 << 20))
        fields = {"Content-Length": "", "Transfer-Encoding": "chunked"}
        assert await said(listener, piece * 5 + b"0\r\n\r\n", fields=fields) in (413, 0)
    assert kept.names == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"name": 3}', b"[" * 200_000, b"\xff"])
async def test_what_is_no_problem_is_refused_and_the_listener_goes_on(body: bytes) -> None:
    kept = Kept()
    async with listening(0, kept.take) as listener:
        assert await said(listener, body) == 400
        assert await said(listener) == 200
    assert kept.names == ["A. Sum"]


async def test_it_listens_on_both_loopback_addresses() -> None:
    kept = Kept()
    async with listening(0, kept.take) as listener:
        statuses = [await said(listener, address=address) for address in ("127.0.0.1", "::1")]
    assert statuses == [200, 200]


async def test_fifty_posts_at_once_are_all_kept() -> None:
    kept = Kept()
    bodies = [json.dumps({**POSTED, "name": f"Problem {n}"}).encode() for n in range(50)]
    async with listening(0, kept.take) as listener:
        statuses = await asyncio.gather(*(said(listener, body) for body in bodies))
    assert statuses == [200] * 50
    assert sorted(kept.names) == sorted(f"Problem {n}" for n in range(50))


async def test_a_second_window_waits_and_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sstar_lsp.companion.listener.RETRY_S", 0.01)
    first, second, waits = Kept(), Kept(), []
    began: asyncio.Queue[Listener] = asyncio.Queue()
    async with listening(0, first.take) as listener:
        port = listener.port
        with pytest.raises(PortTaken, match=f"port {port} is taken"):
            async with listening(port, second.take):
                pass
        waiting = asyncio.create_task(listen_for_ever(port, second.take, began.put_nowait, waits.append))
        assert await said(listener) == 200
    after = await began.get()
    assert await said(after) == 200
    await after.drained()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert (first.names, second.names) == (["A. Sum"], ["A. Sum"])
    assert len(waits) == 1


async def test_it_is_not_reachable_from_another_machine() -> None:
    async with listening(0, Kept().take) as listener:
        with socket.socket() as other:
            other.bind(("127.0.0.2", 0))
            assert other.connect_ex(("127.0.0.2", listener.port)) != 0


async def test_a_problem_that_cannot_be_kept_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    names: list[str] = []

    async def take(posted: CompanionProblem) -> None:
        names.append(posted.name)
        if len(names) == 1:
            raise ProblemError("the disk is full")

    async with listening(0, take) as listener:
        assert [await said(listener), await said(listener)] == [200, 200]
    assert len(names) == 2
    assert "the disk is full" in caplog.text
