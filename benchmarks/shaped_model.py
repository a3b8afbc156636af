"""Make a GGUF file of a larger model's shape, with random weights: load time, memory and speed without its download.

    python benchmarks/shaped_model.py 7b shaped-7b.gguf
    sstar model pull 0.5b && python benchmarks/shaped_model.py 7b shaped-7b.gguf --measure

The tensors have the names, types (``Q4_K_M``) and sizes of Qwen2.5-Coder's; the tokenizer is that of the 0.5B, which must
be here. What such a model answers is noise: only what it costs can be measured. ``--measure`` loads it in the embedded
server and draws eight answers of 64 tokens behind one prompt of 600 tokens, as a solve does.
"""

from __future__ import annotations

import argparse
import asyncio
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from attrs import frozen

from sstar_lsp.models.download.registry import known, path_of
from sstar_lsp.models.embedded import EmbeddedModel
from sstar_lsp.models.embedded.gguf import read_layout
from sstar_lsp.processes import resident_bytes
from sstar_lsp.records import Message, Sampling

F32, Q4_K, Q6_K = 0, 12, 14
BLOCK_WEIGHTS = 256
BLOCK_BYTES = {Q4_K: 144, Q6_K: 210}
SCALE = np.float16(0.0008)
"""Of a block: weights stay so small that no layer overflows."""
ALIGNMENT = 32
VOCABULARY = 151936
STREAMS, NEW_TOKENS = 8, 64

Tensor = tuple[str, tuple[int, ...], int]
"""Name, shape, type."""


@frozen
class Shape:
    """Sizes of a Qwen2 model, from the ``config.json`` beside its weights on the hub."""

    layers: int
    width: int
    inner: int
    """Of the feed-forward layers."""
    key_value_heads: int
    head_size: int = 128
    has_output: bool = True
    """Whether the last matrix is another one than that of the embeddings."""


SHAPES = {
    "1.5b": Shape(28, 1536, 8960, 2, has_output=False),
    "0.5b": Shape(24, 896, 4864, 2, head_size=64, has_output=False),
    "3b": Shape(36, 2048, 11008, 2, has_output=False),
    "7b": Shape(28, 3584, 18944, 4),
    "14b": Shape(48, 5120, 13824, 8),
    "32b": Shape(64, 5120, 27648, 8),
}
"""Of the models of Qwen2.5-Coder, by their aliases."""


def tensors_of(shape: Shape) -> Iterator[Tensor]:
    """All tensors of a Qwen2 model of that shape, with the types of ``Q4_K_M``."""
    wide, key_values = shape.width, shape.key_value_heads * shape.head_size
    yield "token_embd.weight", (wide, VOCABULARY), Q4_K if shape.has_output else Q6_K
    for layer in range(shape.layers):
        eighth = shape.layers // 8
        is_edge = layer < eighth or layer >= shape.layers - eighth or (layer - eighth) % 3 == 2
        finer = Q6_K if is_edge else Q4_K
        name = f"blk.{layer}."
        yield f"{name}attn_norm.weight", (wide,), F32
        for part, size, kind in (("q", wide, Q4_K), ("k", key_values, Q4_K), ("v", key_values, finer)):
            yield f"{name}attn_{part}.weight", (wide, size), kind
            yield f"{name}attn_{part}.bias", (size,), F32
        yield f"{name}attn_output.weight", (wide, wide), Q4_K
        yield f"{name}ffn_norm.weight", (wide,), F32
        yield f"{name}ffn_gate.weight", (wide, shape.inner), Q4_K
        yield f"{name}ffn_up.weight", (wide, shape.inner), Q4_K
        yield f"{name}ffn_down.weight", (shape.inner, wide), finer
    yield "output_norm.weight", (wide,), F32
    if shape.has_output:
        yield "output.weight", (wide, VOCABULARY), Q6_K


def size_of(shape: tuple[int, ...], kind: int) -> int:
    """Bytes of a tensor."""
    count = int(np.prod(shape))
    return 4 * count if kind == F32 else count // BLOCK_WEIGHTS * BLOCK_BYTES[kind]


def noise(random: np.random.Generator, name: str, shape: tuple[int, ...], kind: int) -> bytes:
    """Weights: ones for norms, zeros for biases, else random ones of the block's type."""
    if kind == F32:
        return (np.ones if "norm" in name else np.zeros)(shape, dtype=np.float32).tobytes()
    blocks = random.integers(0, 256, (size_of(shape, kind) // BLOCK_BYTES[kind], BLOCK_BYTES[kind]), np.uint8)
    scale = np.frombuffer(SCALE.tobytes(), np.uint8)
    if kind == Q4_K:
        blocks[:, :2], blocks[:, 2:4] = scale, scale
    else:
        blocks[:, 208:] = scale
    return blocks.tobytes()


def with_shape(head: bytes, shape: Shape, tensors: int) -> bytes:
    """The metadata of the 0.5B with another shape's numbers."""
    numbers = {
        "block_count": shape.layers,
        "embedding_length": shape.width,
        "feed_forward_length": shape.inner,
        "attention.head_count": shape.width // shape.head_size,
        "attention.head_count_kv": shape.key_value_heads,
    }
    changed = bytearray(head)
    changed[8:16] = struct.pack("<Q", tensors)
    for key, number in numbers.items():
        name = f"qwen2.{key}".encode()
        marked = struct.pack("<Q", len(name)) + name + struct.pack("<I", 4)
        place = head.index(marked) + len(marked)
        changed[place : place + 4] = struct.pack("<I", number)
    return bytes(changed)


def write(shape: Shape, donor: Path, to: Path) -> None:
    """Write the file."""
    tensors = list(tensors_of(shape))
    random = np.random.default_rng(0)
    with to.open("wb") as out:
        out.write(with_shape(read_layout(donor).head, shape, len(tensors)))
        offset = 0
        for name, sides, kind in tensors:
            out.write(struct.pack("<Q", len(name)) + name.encode())
            out.write(struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, offset))
            offset += -(-size_of(sides, kind) // ALIGNMENT) * ALIGNMENT
        for name, sides, kind in tensors:
            out.write(b"\0" * (-out.tell() % ALIGNMENT))
            out.write(noise(random, name, sides, kind))


async def measure(path: Path, size: int, folder: Path) -> str:
    """One row: file, load time, memory after eight streams, tokens a second of one and of eight streams."""
    started = time.monotonic()
    async with EmbeddedModel(str(path), folder=folder) as model:
        loaded = time.monotonic() - started
        lease = await model.start()
        prompt = [Message("user", "Write a program. " * 150)]

        async def draw(seed: int) -> None:
            async for _ in model.stream(prompt, Sampling(0.8, 0.95, NEW_TOKENS, seed)):
                pass

        rates = []
        for streams in (1, STREAMS):
            before = time.monotonic()
            await asyncio.gather(*(draw(seed) for seed in range(streams)))
            rates.append(streams * NEW_TOKENS / (time.monotonic() - before))
        memory = resident_bytes(lease.address.pid)
    return f"| {path.name} | {size / 1e9:.2f} | {loaded:.0f} | {memory / 1e9:.2f} | {rates[0]:.1f} | {rates[1]:.1f} |"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("size", choices=SHAPES)
    parser.add_argument("path", type=Path)
    parser.add_argument("--measure", action="store_true", help="serve it and print what it costs")
    options = parser.parse_args()
    if not options.path.exists():
        donor = path_of("0.5b")
        if donor is None:
            parser.error(f"{known('0.5b').id} is not here: sstar model pull 0.5b")
        write(SHAPES[options.size], donor, options.path)
    if options.measure:
        print(
            "| file | GB | loaded after s | memory GB | tokens/s alone | of eight |\n|---|---|---|---|---|---|"
        )
        print(
            asyncio.run(
                measure(
                    options.path.resolve(),
                    options.path.stat().st_size,
                    options.path.resolve().parent / "state",
                )
            )
        )


if __name__ == "__main__":
    main()
