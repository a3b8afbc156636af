"""Chooses vLLM's flags for this machine, this model and S*'s traffic: many samples behind one long shared
prompt.

Prefix caching stays on (vLLM's default). Whole models on many GPUs (data parallel) beat one model split over
them; tensor parallelism is only for a model that does not fit.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from sstar_lsp.errors import UsageError
from sstar_lsp.models.vllm.hardware import Gpu, Hardware

GIB = 1 << 30

UTILIZATION = 0.90
"""Of a GPU's memory."""
OVERHEAD_BYTES = int(1.5 * GIB)
"""Activations and CUDA graphs, on each GPU."""
CONTEXTS = (16384, 8192, 4096, 2048)
"""Tokens of prompt and answer; the first that fits."""
CPU_CONTEXT = 4096
TYPICAL_TOKENS = 2048
"""Of one S* request: statement, rules, answer. What a sequence takes of the cache while it runs."""
LEAST_SEQUENCES = 2
MOST_SEQUENCES = 256
_BATCHED_TOKENS = 16384
_LARGE_GPU_BYTES = 40_000_000_000
"""From there on more tokens a step pay."""

_BILLIONS = re.compile(r"(?i)(?<![\w.])(?:\d+x)?(\d+(?:\.\d+)?)b(?![a-z])")
_EXPERTS = re.compile(r"(?i)(?<![\w.])(\d+)x(\d+(?:\.\d+)?)b(?![a-z])")
_BYTES_PER_WEIGHT: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"(?i)awq|gptq|int4|4bit|w4a16|mxfp4|gpt-oss|nvfp4"), 0.6),
    (re.compile(r"(?i)fp8|int8|w8a8|8bit"), 1.05),
)
ROUNDED_DOWN = 1.08
"""Names round: a "7B" has 7.6 billion weights."""
_KV_BYTES_BY_BILLIONS: tuple[tuple[float, int], ...] = (
    # (up to so many billions, bytes a token) as Qwen2.5's and Llama 3's configurations have it
    (1, 12_288),
    (2, 28_672),
    (4, 36_864),
    (9, 131_072),
    (20, 196_608),
    (40, 262_144),
    (math.inf, 327_680),
)
REASONING_PARSERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)deepseek-r1|r1-distill|qwq|skywork-or1"), "deepseek_r1"),
    (re.compile(r"(?i)qwen3(?!.*(?:instruct|coder))"), "qwen3"),
    (re.compile(r"(?i)gpt-oss"), "openai_gptoss"),
    (re.compile(r"(?i)magistral"), "mistral"),
    (re.compile(r"(?i)granite-3\.[2-9]"), "granite"),
    (re.compile(r"(?i)glm-4\.[5-9]"), "glm45"),
)


@frozen
class ModelFacts:
    """What of a model decides about flags."""

    name: str
    """As vLLM is given it: a hub's id or a folder."""
    weight_bytes: int
    kv_bytes_per_token: int
    context_tokens: int | None = None
    """What it was made for; None if unknown."""
    heads: int | None = None
    """Attention heads: a tensor-parallel size must divide them."""


@frozen
class Order:
    """What is wanted of the server."""

    samples: int = 16
    """N of a run."""
    runs: int = 4
    """Runs side by side."""
    speculate: bool = False
    """Guess tokens from the prompt: debug rounds repeat their program."""
    context_tokens: int | None = None
    """None: as much as fits, up to 16384."""
    extra: tuple[str, ...] = ()
    """Handed to vLLM as they are; they win over ours."""


@frozen
class Choice:
    """What to start."""

    arguments: tuple[str, ...]
    """After ``vllm serve MODEL``, without host and port."""
    environment: Mapping[str, str] = field(factory=dict)
    why: tuple[str, ...] = ()
    """For a person, a line each."""


def facts_of(name: str) -> ModelFacts:
    """Facts from a local folder's ``config.json``, else from the name. Raises :class:`UsageError`."""
    folder = Path(name)
    if folder.is_dir():
        return _from_folder(folder)
    experts, plain = _EXPERTS.search(name), _BILLIONS.search(name)
    if experts is not None:
        billions = float(experts[1]) * float(experts[2])
    elif plain is not None:
        billions = float(plain[1])
    elif found := re.search(r"(?i)gpt-oss", name):
        raise UsageError(f"{found[0]}: say which: openai/gpt-oss-20b or openai/gpt-oss-120b.")
    else:
        raise UsageError(
            f"{name!r} does not say how large it is (as in Qwen/Qwen2.5-Coder-7B-Instruct), and is no folder with a "
            "config.json: start vLLM yourself and point --base-url at it."
        )
    per_weight = next((size for pattern, size in _BYTES_PER_WEIGHT if pattern.search(name)), 2.0)
    kv = next(size for most, size in _KV_BYTES_BY_BILLIONS if billions <= most)
    return ModelFacts(name, int(billions * ROUNDED_DOWN * 1e9 * per_weight), kv)


def _from_folder(folder: Path) -> ModelFacts:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        layers, heads = int(config["num_hidden_layers"]), int(config["num_attention_heads"])
        kv_heads = int(config.get("num_key_value_heads") or heads)
        head_size = int(config.get("head_dim") or config["hidden_size"] // heads)
        context = config.get("max_position_embeddings")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{folder} is no model folder that vLLM reads: config.json: {error}.") from error
    weights = [path.stat().st_size for kind in ("*.safetensors", "*.bin") for path in folder.glob(kind)]
    if not weights:
        raise UsageError(f"{folder} has a config.json and no weights (*.safetensors).")
    kv_bytes = 2 * layers * kv_heads * head_size * 2  # keys and values, two bytes each
    return ModelFacts(
        str(folder), sum(weights), kv_bytes, context if isinstance(context, int) else None, heads
    )


def choose(facts: ModelFacts, hardware: Hardware, order: Order | None = None) -> Choice:
    """The flags. Raises :class:`UsageError` where the model does not fit, saying what would."""
    order = order or Order()
    common = ["--enable-prompt-tokens-details", "--generation-config", "vllm"]
    parser = next((name for pattern, name in REASONING_PARSERS if pattern.search(facts.name)), None)
    if parser is not None:
        common += ["--reasoning-parser", parser]
    if order.speculate:
        guess = {
            "method": "ngram",
            "num_speculative_tokens": 4,
            "prompt_lookup_min": 2,
            "prompt_lookup_max": 5,
        }
        common += ["--speculative-config", json.dumps(guess)]
    choice = _on_gpus(facts, hardware.gpus, order) if hardware.gpus else _on_cpu(facts, hardware, order)
    return Choice((*choice.arguments, *common, *order.extra), choice.environment, choice.why)


def _on_gpus(facts: ModelFacts, gpus: Sequence[Gpu], order: Order) -> Choice:
    smallest = min(gpus, key=lambda gpu: gpu.memory_bytes)
    for split in (1, 2, 4, 8, 16):
        if split > len(gpus) or (facts.heads is not None and facts.heads % split):
            continue
        for context in _contexts(facts, order):
            tokens = _cache_tokens(facts, smallest, split)
            if tokens >= LEAST_SEQUENCES * context:
                return _chosen(facts, gpus, order, split, context, tokens)
    needed = (facts.weight_bytes + OVERHEAD_BYTES) / UTILIZATION / GIB
    raise UsageError(
        f"{facts.name} has {facts.weight_bytes / GIB:.1f} GiB of weights and needs about {needed:.0f} GiB of GPU memory; "
        f"here are {len(gpus)} x {smallest.name} with {smallest.memory_bytes / GIB:.0f} GiB each. "
        "Take a smaller model, or one with 4-bit weights (AWQ)."
    )


def _chosen(
    facts: ModelFacts, gpus: Sequence[Gpu], order: Order, split: int, context: int, tokens: int
) -> Choice:
    copies = len(gpus) // split
    wanted = math.ceil(order.samples * order.runs / copies)
    sequences = max(LEAST_SEQUENCES, min(wanted, tokens // TYPICAL_TOKENS, MOST_SEQUENCES))
    arguments = ["--max-model-len", str(context), "--gpu-memory-utilization", f"{UTILIZATION:.2f}"]
    arguments += ["--max-num-seqs", str(sequences)]
    why = [
        f"{sequences} sequences at once: {order.samples} samples x {order.runs} runs"
        + (f" over {copies} copies" if copies > 1 else "")
        + (f", as many as the cache holds ({tokens} tokens)" if sequences < wanted else "")
    ]
    if split > 1:
        arguments += ["--tensor-parallel-size", str(split)]
        why.append(f"split over {split} GPUs: its {facts.weight_bytes / GIB:.0f} GiB do not fit one")
    if copies > 1:
        arguments += ["--data-parallel-size", str(copies)]
        why.append(f"{copies} copies, each with its own prefix cache")
    if min(gpu.capability for gpu in gpus) < 8.0:
        arguments += ["--dtype", "half"]
        why.append("float16: this GPU has no bfloat16")
    if min(gpu.memory_bytes for gpu in gpus) >= _LARGE_GPU_BYTES:
        arguments += ["--max-num-batched-tokens", str(max(_BATCHED_TOKENS, context))]
    return Choice(tuple(arguments), {}, tuple(why))


def _cache_tokens(facts: ModelFacts, gpu: Gpu, split: int) -> int:
    """Tokens that the key-value cache of one copy holds."""
    room = gpu.memory_bytes * UTILIZATION - OVERHEAD_BYTES - facts.weight_bytes / split
    return max(0, int(room * split / facts.kv_bytes_per_token))


def _contexts(facts: ModelFacts, order: Order) -> tuple[int, ...]:
    if order.context_tokens is not None:
        return (order.context_tokens,)
    own = facts.context_tokens
    return tuple(dict.fromkeys(min(context, own) if own else context for context in CONTEXTS))


def _on_cpu(facts: ModelFacts, hardware: Hardware, order: Order) -> Choice:
    context = order.context_tokens or min(CPU_CONTEXT, facts.context_tokens or CPU_CONTEXT)
    # weights are held twice while they load
    widened = 1 if hardware.cpu_has_bfloat16 else 2
    needed = (1 + widened) * facts.weight_bytes + 3 * GIB
    if hardware.memory_bytes and needed > hardware.memory_bytes:
        raise UsageError(
            f"{facts.name} has {facts.weight_bytes / GIB:.1f} GiB of weights and needs about {needed / GIB:.0f} GiB of "
            f"memory on a CPU; here are {hardware.memory_bytes / GIB:.0f}. Take a smaller model, or the embedded one: "
            "sstar serve --engine embedded"
        )
    room = max(GIB, min(8 * GIB, (hardware.memory_bytes - needed) // 4))
    sequences = max(
        LEAST_SEQUENCES,
        min(order.samples * order.runs, room // (widened * facts.kv_bytes_per_token) // TYPICAL_TOKENS, 16),
    )
    return Choice(
        (
            "--max-model-len",
            str(context),
            "--max-num-seqs",
            str(sequences),
            "--dtype",
            "bfloat16" if hardware.cpu_has_bfloat16 else "float32",
            "--enforce-eager",
        ),
        {
            "VLLM_CPU_KVCACHE_SPACE": str(max(1, room // GIB)),
            "VLLM_CPU_OMP_THREADS_BIND": f"0-{max(0, hardware.cores - 1)}",
        },
        (
            f"no GPU here: vLLM on {hardware.cores} cores, {sequences} sequences at once",
            *(() if hardware.cpu_has_bfloat16 else ("float32: this CPU has no instructions for bfloat16",)),
        ),
    )
