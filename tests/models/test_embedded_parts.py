"""The pure parts of the embedded server: who waits for whom, tokens to text, a file format."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sstar_lsp.engine.run.events import Role
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.errors import EmbeddedModelError
from sstar_lsp.models.embedded import EmbeddedModel, gguf
from sstar_lsp.models.embedded import worker_protocol as pipe
from sstar_lsp.models.embedded.lifecycle import ROOM, devices
from sstar_lsp.models.embedded.paths import places
from sstar_lsp.models.embedded.prefix_scheduler import Prefill, shared
from sstar_lsp.models.embedded.worker import Answer
from sstar_lsp.models.protocol import Models
from sstar_lsp.models.testing.scripted import ScriptedModel
from sstar_lsp.records import Message, Sampling, Usage

LONG = tuple(range(600))


async def test_a_device_that_is_not_here_is_refused_with_those_that_are(tmp_path: Path) -> None:
    assert "CPU" in devices()
    with pytest.raises(EmbeddedModelError, match=r"no device 'TPU' .*finds .*CPU.* here.*--device"):
        await EmbeddedModel("0.5b", folder=tmp_path, device="TPU").start()
    assert not places("qwen2.5-coder-0.5b-instruct", tmp_path).log.exists(), "nothing was started"


def test_a_model_has_one_server_for_each_device(tmp_path: Path) -> None:
    cpu, gpu = places("m", tmp_path), places("m", tmp_path, "GPU")
    assert {cpu.lock, cpu.state, cpu.log}.isdisjoint({gpu.lock, gpu.state, gpu.log})
    assert cpu.lock.name == "m.lock", "as before there were devices"


def test_of_requests_with_the_same_new_prompt_one_starts_and_the_others_wait_for_its_first_token() -> None:
    queue: Prefill[str] = Prefill()
    for key in ("a", "b", "c"):
        queue.add(key, LONG)
    assert queue.start() == ["a"]
    assert queue.start() == []
    queue.first_token("a")
    assert queue.start() == ["b", "c"]
    assert [queue.cached_tokens(key) for key in ("a", "b", "c")] == [0, 576, 576]


def test_requests_that_share_little_start_together() -> None:
    queue: Prefill[str] = Prefill()
    queue.add("a", LONG)
    queue.add("b", (*LONG[:40], *range(1000, 1500)))
    assert queue.start() == ["a", "b"]


def test_a_follower_leads_when_its_leader_is_cancelled() -> None:
    queue: Prefill[str] = Prefill()
    queue.add("a", LONG)
    queue.add("b", LONG)
    assert queue.start() == ["a"]
    queue.end("a")
    assert queue.start() == ["b"]
    assert queue.cached_tokens("b") == 0


def test_a_waiting_request_that_is_cancelled_never_starts() -> None:
    queue: Prefill[str] = Prefill()
    queue.add("a", LONG)
    queue.add("b", LONG)
    queue.start()
    queue.end("b")
    queue.first_token("a")
    assert queue.start() == []


def test_a_prompt_that_continues_an_earlier_answer_does_not_wait() -> None:
    queue: Prefill[str] = Prefill()
    queue.add("a", LONG)
    queue.start()
    queue.first_token("a")
    queue.end("a", (*LONG, *range(2000, 2100)))
    queue.add("b", (*LONG, *range(2000, 2100), 5, 6))
    queue.add("c", (*LONG, *range(2000, 2100), 7, 8))
    assert queue.start() == ["b", "c"]
    assert queue.cached_tokens("b") == 672


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.integers(0, 2), max_size=50), st.lists(st.integers(0, 2), max_size=50))
def test_the_shared_beginning_is_as_long_as_counted_one_by_one(one: list[int], other: list[int]) -> None:
    count = 0
    for x, y in zip(one, other, strict=False):
        if x != y:
            break
        count += 1
    assert shared(one, other) == count


def _answer() -> Answer:
    return Answer(lambda tokens: bytes(tokens).decode(errors="replace"))


def test_a_character_of_several_tokens_is_shown_when_it_is_whole() -> None:
    answer = _answer()
    assert [answer.push([byte]) for byte in "aé€".encode()] == ["a", "", "é", "", "", "€"]


def test_an_incomplete_character_at_the_end_is_shown_as_it_is() -> None:
    answer = _answer()
    assert answer.push(["é".encode()[0]]) == ""
    assert answer.end() == "�"


def test_lines_of_the_pipe_survive_packing_and_any_cut() -> None:
    lines: list[pipe.Line] = [
        pipe.Ask(
            1,
            (Message("user", "ein\nZeilenumbruch \u2028"),),
            Sampling(seed=3),
        ),
        pipe.Cancel(1),
        pipe.Ready(10, 1.5),
        pipe.Piece(1, "é", "stop", Usage(1, 2, 3)),
        pipe.Refused(1, "context", "too long"),
    ]
    data = b"".join(pipe.pack(line) for line in lines)
    buffer, found = pipe.LineBuffer(), []
    for at in range(0, len(data), 7):
        found += [pipe.unpack(raw) for raw in buffer.feed(data[at : at + 7])]
    assert found == lines


def _dequantised(kind: int, rows: np.ndarray) -> np.ndarray:
    """Independent of the code under test: the two formulas of ggml's reference."""
    out = []
    for row in rows:
        scale = row[:2].view(np.float16)[0].astype(np.float64)
        if kind == 8:
            out.append(scale * row[2:].view(np.int8))
            continue
        (high,) = struct.unpack("<I", row[2:6].tobytes())
        low = [int(byte) & 15 for byte in row[6:]] + [int(byte) >> 4 for byte in row[6:]]
        out.append(np.array([scale * ((q | ((high >> i & 1) << 4)) - 16) for i, q in enumerate(low)]))
    return np.array(out)


def test_q5_as_q8_changes_no_weight() -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 256, (50, 22), dtype=np.uint8)
    rows[:, :2] = rng.normal(size=50).astype(np.float16).reshape(-1, 1).view(np.uint8)
    np.testing.assert_array_equal(_dequantised(6, rows), _dequantised(8, gguf.q5_0_as_q8_0(rows)))


def _of_q6_k(row: np.ndarray) -> list[float]:
    """Weight by weight, as ggml's reference walks through the block."""
    scale = float(row[208:210].view(np.float16)[0])
    scales = row[192:208].view(np.int8)
    weights = [0.0] * 256
    for half in range(2):
        low, high = row[64 * half :][:64], row[128 + 32 * half :][:32]
        for i in range(32):
            for quarter, nibble in enumerate((low[i] & 15, low[i + 32] & 15, low[i] >> 4, low[i + 32] >> 4)):
                q = (int(nibble) | (int(high[i]) >> 2 * quarter & 3) << 4) - 32
                of = int(scales[8 * half + 2 * quarter + i // 16])
                weights[128 * half + 32 * quarter + i] = scale * of * q
    return weights


def test_q6_k_as_q8_moves_no_weight_by_more_than_half_a_step() -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(0, 256, (20, 210), dtype=np.uint8)
    rows[:, 208:] = rng.normal(scale=0.01, size=20).astype(np.float16).reshape(-1, 1).view(np.uint8)
    rows[3, 192:208] = 0  # a block of nothing but zeros
    before = np.array([_of_q6_k(row) for row in rows]).reshape(-1, 32)
    made = gguf.q6_k_as_q8_0(rows)
    after = _dequantised(8, made)
    steps = made[:, :2].copy().view(np.float16).astype(float)
    assert made.shape == (160, 34)
    # the step itself is rounded to 11 bits, which the largest of 127 steps feels most
    assert (np.abs(before - after) <= steps * (0.5 + 127 * 2**-11)).all()
    assert not after[24:32].any()


def _gguf(tensors: list[tuple[str, tuple[int, ...], int, bytes]]) -> bytes:
    key = b"general.architecture"
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), 2)
    head += struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, 5) + b"qwen2"
    head += struct.pack("<Q", 1) + b"a" + struct.pack("<IIQ", 9, 4, 3) + struct.pack("<3I", 1, 2, 3)
    data = b""
    for name, shape, kind, content in tensors:
        head += struct.pack("<Q", len(name)) + name.encode()
        head += struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, len(data))
        data += content + b"\0" * (-len(content) % 32)
    return head + b"\0" * (-len(head) % 32) + data


def test_a_file_with_q5_is_rewritten_once_and_everything_else_in_it_stays(tmp_path: Path) -> None:
    q5 = bytes(range(22)) * 4
    floats = struct.pack("<3f", 1, 2, 3)
    path = tmp_path / "m.gguf"
    path.write_bytes(_gguf([("f", (3,), 0, floats), ("q", (32, 4), 6, q5), ("g", (3,), 0, floats[::-1])]))
    made = gguf.readable(path)
    layout = gguf.read_layout(made)
    assert made != path
    assert [(tensor.name, tensor.shape, tensor.kind) for tensor in layout.tensors] == [
        (b"f", (3,), 0),
        (b"q", (32, 4), 8),
        (b"g", (3,), 0),
    ]
    content = made.read_bytes()
    at = [layout.data_start + tensor.offset for tensor in layout.tensors]
    assert content[at[0] : at[0] + 12] == floats
    assert content[at[2] : at[2] + 12] == floats[::-1]
    rows = np.frombuffer(q5, dtype=np.uint8).reshape(4, 22)
    assert content[at[1] : at[1] + 4 * 34] == gguf.q5_0_as_q8_0(rows).tobytes()
    stamp = made.stat().st_mtime_ns
    assert gguf.readable(path) == made
    assert made.stat().st_mtime_ns == stamp


def test_a_file_that_needs_nothing_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(_gguf([("f", (3,), 0, b"\0" * 12)]))
    assert gguf.readable(path) == path


def test_what_a_killed_process_had_written_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(_gguf([("q", (32,), 6, bytes(22))]))
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    dead, alive = (tmp_path / f"m.as-q8.gguf.{pid}.part" for pid in (ended.pid, os.getppid()))
    dead.touch()
    alive.touch()
    made = gguf.readable(path)
    assert sorted(tmp_path.iterdir()) == sorted((path, made, alive))


def test_where_nothing_can_be_written_what_can_be_read_is_taken_and_what_cannot_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(gguf, "_widen", full)
    slow, unreadable = tmp_path / "slow.gguf", tmp_path / "unreadable.gguf"
    slow.write_bytes(_gguf([("q", (256,), 14, bytes(210))]))
    unreadable.write_bytes(_gguf([("q", (32,), 6, bytes(22))]))
    assert gguf.readable(slow) == slow
    with pytest.raises(EmbeddedModelError, match=r"No space left on device.*make room"):
        gguf.readable(unreadable)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF\3\0\0\0" + b"\xff" * 30, b"<html>not found</html>"])
def test_what_is_no_gguf_is_told_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(EmbeddedModelError, match="not a whole GGUF"):
        gguf.readable(path)


def test_the_engine_hears_how_many_answers_the_embedded_model_draws_at_once_without_loss() -> None:
    """Nothing is started for that; a model that says nothing is taken to do any number."""

    async def keep(_event: object) -> None: ...

    models = Models(*[EmbeddedModel()] * 3, judge=ScriptedModel(()))
    calls = Calls(models, RunState, keep)
    assert calls.room(Role.DEBUGGER) == ROOM
    assert calls.room(Role.JUDGE) is None
