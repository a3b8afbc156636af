"""The embedded server as processes: started, shared, gone with its last owner. Needs the real 0.5B."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sstar_lsp.errors import ContextTooLong, EmbeddedModelError, ModelError
from sstar_lsp.models.download import pull
from sstar_lsp.models.embedded import EmbeddedModel, ensure_server, lifecycle
from sstar_lsp.models.embedded.paths import Address, places
from sstar_lsp.records import Message, Sampling, Usage
from tests.models.test_model_ladder import gguf

live = [pytest.mark.live, pytest.mark.timeout(300)]
PATIENCE_S = 60.0

OWNER = """
import asyncio, sys
from pathlib import Path
from sstar_lsp.models.embedded import ensure_server

async def own():
    lease = await ensure_server("0.5b", folder=Path(sys.argv[1]))
    print(lease.address.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(own())
"""


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody reaps does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def told(pid: int, file: str) -> bytes:
    """What the kernel tells others about a process."""
    return Path(f"/proc/{pid}/{file}").read_bytes()


async def until(true: Callable[[], bool]) -> None:
    """Poll what cannot be awaited: processes that are not ours."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  # other processes set no event of ours
            await asyncio.sleep(0.05)


async def say(model: EmbeddedModel, prompt: str, **knobs: object) -> tuple[str, Usage]:
    text, usage = "", Usage()
    async for delta in model.stream((Message("user", prompt),), Sampling(seed=1, **knobs)):  # type: ignore[arg-type]
        text += delta.text
        usage = delta.usage or usage
    return text, usage


@pytest.fixture
async def model(tmp_path: Path) -> AsyncIterator[EmbeddedModel]:
    async with EmbeddedModel("0.5b", folder=tmp_path) as running:
        yield running


@contextlib.asynccontextmanager
async def owner(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Another process that owns the server, and the server's pid."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(folder), stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield process, int(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class TestLive:
    pytestmark = live

    async def test_two_processes_share_one_server_and_it_ends_after_the_last(self, tmp_path: Path) -> None:
        async with owner(tmp_path) as (first, server), owner(tmp_path) as (second, also):
            assert server == also
            workers = children(server)
            assert workers
            first.kill()
            await first.wait()
            lease = await ensure_server("0.5b", folder=tmp_path)  # a third one still finds it
            assert lease.address.pid == server
            second.send_signal(signal.SIGKILL)
            await second.wait()
            assert alive(server)
            await lease.aclose()
            await until(lambda: not alive(server) and not any(map(alive, workers)))
            assert places("qwen2.5-coder-0.5b-instruct", tmp_path).read() is None

    async def test_an_owner_killed_while_the_model_loads_takes_the_server_with_it(
        self, tmp_path: Path
    ) -> None:
        where = places("qwen2.5-coder-0.5b-instruct", tmp_path)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, str(tmp_path))
        await until(lambda: (address := where.read()) is not None and bool(children(address.pid)))
        address = where.read()
        assert address is not None
        workers = children(address.pid)
        process.kill()
        await process.wait()
        await until(lambda: not alive(address.pid) and not any(map(alive, workers)))

    async def test_a_killed_server_takes_its_worker_along_and_is_replaced_at_the_next_request(
        self, model: EmbeddedModel
    ) -> None:
        lease = await model.start()
        workers = children(lease.address.pid)
        os.kill(lease.address.pid, signal.SIGKILL)
        await until(lambda: not any(map(alive, workers)))
        assert (await say(model, "Say hello.", max_tokens=4))[0]
        assert (await model.start()).address.pid != lease.address.pid

    async def test_many_requests_that_find_the_server_gone_share_its_successor(
        self, model: EmbeddedModel
    ) -> None:
        lease = await model.start()
        os.kill(lease.address.pid, signal.SIGKILL)  # nobody has noticed when the requests leave
        said = await asyncio.gather(*(say(model, f"Say {n}.", max_tokens=4) for n in range(8)))
        assert all(text for text, *_ in said)

    async def test_an_idle_server_ends_although_it_is_owned_and_comes_back_when_needed(
        self, tmp_path: Path
    ) -> None:
        async with EmbeddedModel("0.5b", folder=tmp_path, idle_s=2.0) as model:
            lease = await model.start()
            await until(lambda: lease.lost)
            assert (await say(model, "Say hello.", max_tokens=4))[0]

    async def test_a_cancelled_answer_frees_its_place_at_once(self, model: EmbeddedModel) -> None:
        begun = asyncio.Event()

        async def read() -> None:
            asked = (Message("user", "Count from one to a thousand, in words."),)
            async for delta in model.stream(asked, Sampling(max_tokens=4000, temperature=1.0)):
                if delta.text:
                    begun.set()

        readers = [asyncio.create_task(read()) for _ in range(20)]  # more than fit at once: some wait
        await begun.wait()
        for reader in readers:
            reader.cancel()
        ended = await asyncio.gather(*readers, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended)
        async with asyncio.timeout(PATIENCE_S):  # 4000 tokens would take many minutes
            assert (await say(model, "Say hello.", max_tokens=4))[0]

    async def test_answers_to_one_new_prompt_compute_it_once(self, model: EmbeddedModel) -> None:
        asked = (Message("user", "Be careful with the edges. " * 80 + "Now count to three."),)

        async def usage_of(seed: int) -> Usage:
            deltas = [delta async for delta in model.stream(asked, Sampling(max_tokens=2, seed=seed))]
            assert deltas[-1].usage is not None
            return deltas[-1].usage

        usages = await asyncio.gather(*map(usage_of, range(4)))
        assert sum(usage.cached_tokens for usage in usages) >= 3 * (usages[0].prompt_tokens - 64)

    async def test_what_does_not_fit_the_context_is_told(self, model: EmbeddedModel) -> None:
        with pytest.raises(ContextTooLong, match=r"has 40\d\d\d tokens.*32768"):
            await say(model, "word " * 40_000)

    async def test_the_address_is_for_its_user_alone_and_the_key_is_in_no_command_line(
        self, model: EmbeddedModel, tmp_path: Path
    ) -> None:
        lease = await model.start()
        where = places("qwen2.5-coder-0.5b-instruct", tmp_path)
        assert stat.S_IMODE(where.state.stat().st_mode) == 0o600
        for pid in (lease.address.pid, *children(lease.address.pid)):
            for file in ("cmdline", "environ"):
                assert lease.address.key.encode() not in told(pid, file)

    @pytest.mark.parametrize("told_to_end", [signal.SIGTERM, signal.SIGKILL])
    async def test_sstar_serve_keeps_it_until_it_is_ended_and_a_second_window_attaches(
        self, tmp_path: Path, told_to_end: signal.Signals
    ) -> None:
        async def serve() -> tuple[asyncio.subprocess.Process, str]:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "sstar_lsp", "serve", "--engine", "embedded", "0.5b"),
                env={**os.environ, "SSTAR_STATE_DIR": str(tmp_path)},
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            return process, (await process.stdout.readline()).decode().strip()

        first, url = await serve()
        address = places("qwen2.5-coder-0.5b-instruct", tmp_path / "embedded").read()
        assert address is not None
        assert url == address.base_url
        workers = children(address.pid)
        second, also = await serve()
        assert also == url
        second.terminate()
        assert await second.wait() == 143
        assert alive(address.pid), "the first window has it still"
        first.send_signal(told_to_end)
        await first.wait()
        await until(lambda: not alive(address.pid) and not any(map(alive, workers)))


@pytest.mark.slow
async def test_weights_that_cannot_be_loaded_are_an_error_with_the_end_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(gguf())  # one tensor, and no tokenizer

    async def pulled(_name: str, _say: object) -> Path:
        return broken

    monkeypatch.setattr(pull, "pull_for_use", pulled)
    with pytest.raises(EmbeddedModelError, match="did not start") as raised:
        await ensure_server("0.5b", folder=tmp_path / "state")
    assert "The end of" in str(raised.value)
    assert "Traceback" in str(raised.value)
    assert "--base-url" in str(raised.value)


async def test_a_stale_address_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_to_be_had(_name: str, _say: object) -> Path:
        raise EmbeddedModelError("asked to start a server of our own")

    monkeypatch.setattr(pull, "pull_for_use", not_to_be_had)
    where = places("qwen2.5-coder-0.5b-instruct", tmp_path)
    where.make()

    async def somebody_else(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(somebody_else, "127.0.0.1", 0)
    where.write(Address(1, server.sockets[0].getsockname()[1], "old key"))
    with pytest.raises(EmbeddedModelError, match="a server of our own"):
        await ensure_server("0.5b", folder=tmp_path)
    server.close()
    with pytest.raises(EmbeddedModelError, match="a server of our own"):  # and nobody at all
        await ensure_server("0.5b", folder=tmp_path)


async def test_without_the_runtime_the_user_is_told_what_to_install_or_configure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle, "missing_runtime", lambda: ["openvino_genai"])
    with pytest.raises(EmbeddedModelError, match=r"pip install 'sstar-lsp\[local\]'.*--base-url and --model"):
        await ensure_server(folder=tmp_path)


async def test_a_worker_that_dies_is_an_error_of_the_model_not_a_hang(tmp_path: Path) -> None:
    from sstar_lsp.models.embedded.engine import WorkerEngine

    engine = WorkerEngine(["m"], tmp_path / "missing.gguf")
    with pytest.raises(ModelError, match="could not be loaded"):
        await engine.start()
    assert engine.gone.is_set()
