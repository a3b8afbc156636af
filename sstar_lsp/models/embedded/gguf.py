"""Makes a GGUF that OpenVINO reads and computes with integers: ``Q5_0`` and ``Q6_K`` become ``Q8_0``.

OpenVINO cannot read ``Q5_0``; with the same scale its weights fit eight bits unchanged. It multiplies
``Q6_K`` as floats, a third of a step's time, because groups of 16 are smaller than those of its activations;
there weights change by less than a hundredth of what ``Q6_K`` itself lost
(``docs/design/embedded-model.md``). Layout of blocks and file:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and ``ggml-common.h`` there.
"""

from __future__ import annotations

import contextlib
import math
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from attrs import evolve, frozen

from sstar_lsp.errors import EmbeddedModelError
from sstar_lsp.processes import is_alive

if TYPE_CHECKING:
    import numpy as np

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_Q5_0, _Q8_0, _Q6_K = 6, 8, 14
_WEIGHTS_AT_ONCE = 1 << 21
_BLOCKS = {
    0: (1, 4),
    1: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    8: (32, 34),
    12: (256, 144),
    14: (256, 210),
}
"""Weights and bytes of a block of each ``ggml_type`` that is read, as it is or rewritten: F32, F16, Q4_0,
Q4_1, Q5_0, Q8_0, Q4_K, Q6_K."""
ARCHITECTURES = ("llama", "qwen2", "qwen3")
"""What the GGUF reader of OpenVINO GenAI builds:
https://openvinotoolkit.github.io/openvino.genai/docs/supported-models/"""


@frozen
class Tensor:
    """One entry of the table of tensors."""

    name: bytes
    shape: tuple[int, ...]
    kind: int
    """The ``ggml_type``."""
    offset: int
    """Bytes from the start of the tensors' part."""

    @property
    def weights(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def readable_bytes(self) -> int:
        """Size of its weights in the form that :func:`readable` gives them."""
        weights, size = _BLOCKS.get(_Q8_0 if self.kind in _REWRITTEN else self.kind, (1, 4))
        return self.weights // weights * size


@frozen
class Layout:
    """Where things are in a GGUF file."""

    head: bytes
    """Magic, version, counts and metadata, as they stand."""
    tensors: tuple[Tensor, ...]
    data_start: int
    """Byte of the file where the tensors' part begins."""
    alignment: int
    architecture: str = ""
    """As the file names it (``qwen2``)."""

    @property
    def readable_bytes(self) -> int:
        """Size of the weights in the form that :func:`readable` gives them."""
        return sum(tensor.readable_bytes for tensor in self.tensors)


def why_unreadable(layout: Layout) -> str | None:
    """Why the runtime cannot run a model; None if it can."""
    if layout.architecture not in ARCHITECTURES:
        return f"its architecture is {layout.architecture or 'not named'}; the runtime reads {', '.join(ARCHITECTURES)}"
    kinds = sorted({tensor.kind for tensor in layout.tensors} - set(_BLOCKS))
    return (
        f"it has tensors of ggml type {', '.join(map(str, kinds))}, which the runtime does not read"
        if kinds
        else None
    )


def readable(path: Path) -> Path:
    """A file with the same weights that OpenVINO can read: ``path`` itself, or a sibling made from it once.
    Raises :class:`EmbeddedModelError` where ``path`` is no GGUF, or where it needs another form and that
    cannot be written."""
    layout = read_layout(path)
    if all(tensor.kind not in _REWRITTEN for tensor in layout.tensors):
        return path
    widened = path.with_name(f"{path.stem}.as-q8.gguf")
    if widened.exists() and widened.stat().st_mtime >= path.stat().st_mtime:
        return widened
    _sweep(widened)
    part = widened.with_name(f"{widened.name}.{os.getpid()}.part")
    try:
        _widen(path, layout, part)
        part.replace(widened)
    except OSError as error:  # no room, or a folder that is not ours to write in
        if all(tensor.kind != _Q5_0 for tensor in layout.tensors):
            return path  # it can be read as it is, only slower
        raise EmbeddedModelError(
            f"cannot write {widened}, the form of the weights that can be read here ({error.strerror}): "
            "make room, or put the file into a folder that you can write"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return widened


def _sweep(widened: Path) -> None:
    """Remove what processes that were killed had written of it: a gigabyte each."""
    if os.name != "posix":
        return  # signal 0 asks nothing there
    for part in widened.parent.glob(f"{widened.name}.*.part"):
        pid = part.name.removeprefix(f"{widened.name}.").removesuffix(".part")
        with contextlib.suppress(OSError, ValueError):
            if not is_alive(int(pid)):
                part.unlink()


def write_without_tensors(path: Path, to: Path) -> None:
    """The metadata of ``path`` alone, as a GGUF of its own: all that a tokenizer is made of."""
    layout = read_layout(path)
    head = layout.head[:8] + struct.pack("<Q", 0) + layout.head[16:]
    to.write_bytes(head + b"\0" * (_aligned(len(head), layout.alignment) - len(head)))


def read_layout(path: Path) -> Layout:
    """Read the head and the table of tensors. Raises :class:`EmbeddedModelError` where it is no GGUF."""
    try:
        with path.open("rb") as file:
            return _layout(file)
    except (struct.error, KeyError, MemoryError, OverflowError) as error:
        raise EmbeddedModelError(
            f"{path} is not a whole GGUF file: remove it and pull the model again"
        ) from error


def _layout(file: BinaryIO) -> Layout:
    def take(form: str) -> tuple[int, ...]:
        return struct.unpack("<" + form, file.read(struct.calcsize("<" + form)))

    def text() -> bytes:
        (length,) = take("Q")
        return file.read(length)

    def value(kind: int) -> object:
        if kind == _STRING:
            return text()
        if kind == _ARRAY:
            item, count = take("IQ")
            if item in (_STRING, _ARRAY):
                for _ in range(count):
                    value(item)
            else:
                file.seek(struct.calcsize(_SCALARS[item]) * count, os.SEEK_CUR)
            return None
        return take(_SCALARS[kind])[0]

    if file.read(4) != _MAGIC:
        raise struct.error("no magic")
    _, tensor_count, key_count = take("IQQ")
    alignment, architecture = 32, ""
    for _ in range(key_count):
        key = text()
        (kind,) = take("I")
        found = value(kind)
        if key == b"general.alignment" and isinstance(found, int):
            alignment = found
        if key == b"general.architecture" and isinstance(found, bytes):
            architecture = found.decode("utf-8", "replace")
    head_end = file.tell()
    tensors = []
    for _ in range(tensor_count):
        name = text()
        (sides,) = take("I")
        shape = take(f"{sides}Q")
        kind, offset = take("IQ")
        tensors.append(Tensor(name, shape, kind, offset))
    data_start = _aligned(file.tell(), alignment)
    file.seek(0)
    return Layout(file.read(head_end), tuple(tensors), data_start, alignment, architecture)


def _widen(path: Path, layout: Layout, to: Path) -> None:
    ordered = sorted(layout.tensors, key=lambda tensor: tensor.offset)
    ends = [tensor.offset for tensor in ordered[1:]] + [path.stat().st_size - layout.data_start]
    lengths = {tensor.name: end - tensor.offset for tensor, end in zip(ordered, ends, strict=True)}
    placed: dict[bytes, Tensor] = {}
    offset = 0
    for tensor in ordered:
        if tensor.kind in _REWRITTEN:
            placed[tensor.name] = evolve(tensor, kind=_Q8_0, offset=offset)
            length = tensor.readable_bytes
        else:
            placed[tensor.name] = evolve(tensor, offset=offset)
            length = lengths[tensor.name]
        offset = _aligned(offset + length, layout.alignment)
    with path.open("rb") as source, to.open("wb") as out:
        out.write(layout.head)
        for tensor in layout.tensors:
            new = placed[tensor.name]
            out.write(struct.pack("<Q", len(new.name)) + new.name)
            out.write(struct.pack(f"<I{len(new.shape)}QIQ", len(new.shape), *new.shape, new.kind, new.offset))
        start = _aligned(out.tell(), layout.alignment)
        for tensor in ordered:
            out.seek(start + placed[tensor.name].offset)
            source.seek(layout.data_start + tensor.offset)
            for piece in _pieces(source, tensor, lengths[tensor.name]):
                out.write(piece)
        out.truncate(start + offset)


def _pieces(source: BinaryIO, tensor: Tensor, length: int) -> Iterator[bytes]:
    if tensor.kind not in _REWRITTEN:
        while length > 0:
            piece = source.read(min(length, 1 << 24))
            if not piece:
                return
            length -= len(piece)
            yield piece
        return
    import numpy as np

    weights, size = _BLOCKS[tensor.kind]
    blocks = tensor.weights // weights
    while blocks > 0:
        count = min(blocks, _WEIGHTS_AT_ONCE // weights)
        raw = np.frombuffer(source.read(count * size), dtype=np.uint8).reshape(count, size)
        yield _REWRITTEN[tensor.kind](raw).tobytes()
        blocks -= count


def q5_0_as_q8_0(blocks: np.ndarray) -> np.ndarray:
    """Rows of 22 bytes (``Q5_0``: f16 scale, 32 high bits, 32 nibbles) as ``Q8_0``, with the same weights."""
    import numpy as np

    high = np.unpackbits(blocks[:, 2:6], axis=1, bitorder="little")
    nibbles = np.concatenate([blocks[:, 6:] & 0x0F, blocks[:, 6:] >> 4], axis=1)
    signed = (nibbles | (high << 4)).astype(np.int8) - np.int8(16)
    return np.concatenate([blocks[:, :2], signed.view(np.uint8)], axis=1)


def q6_k_as_q8_0(blocks: np.ndarray) -> np.ndarray:
    """Rows of 210 bytes (``Q6_K``: 128 low nibbles, 64 high bits, 16 + 1 scales) as ``Q8_0``, rounded."""
    import numpy as np

    count = len(blocks)
    # two halves of four quarters of 32 weights; a byte holds weights of several quarters
    nibbles = blocks[:, :128].reshape(count, 2, 64)
    low = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=2).reshape(count, 2, 4, 32)
    bits = blocks[:, 128:192].reshape(count, 2, 1, 32)
    high = bits >> np.array([0, 2, 4, 6], dtype=np.uint8).reshape(1, 1, 4, 1) & 3
    signed = ((high << 4) | low).astype(np.int8) - np.int8(32)
    scales = blocks[:, 192:208].view(np.int8) * blocks[:, 208:].view(np.float16).astype(np.float32)
    weights = signed.reshape(count * 8, 2, 16) * scales.reshape(count * 8, 2, 1)
    weights = weights.reshape(count * 8, 32)
    scale = (np.abs(weights).max(axis=1, keepdims=True) / 127).astype(np.float16)
    steps = np.divide(weights, scale, out=np.zeros_like(weights), where=scale > 0)
    eight = np.clip(np.rint(steps), -127, 127).astype(np.int8)
    return np.concatenate([scale.view(np.uint8), eight.view(np.uint8)], axis=1)


_REWRITTEN: dict[int, Callable[[np.ndarray], np.ndarray]] = {_Q5_0: q5_0_as_q8_0, _Q6_K: q6_k_as_q8_0}


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment
