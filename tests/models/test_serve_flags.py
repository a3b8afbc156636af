"""What vLLM is told on machines that nobody here owns: a table over recorded descriptions."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from attrs import frozen
from packaging.requirements import Requirement

from sstar_lsp.errors import UsageError
from sstar_lsp.models.vllm.flags import Choice, Order, choose, facts_of
from sstar_lsp.models.vllm.hardware import (
    Gpu,
    Hardware,
    Holder,
    cpu_has_bfloat16,
    look,
    parse_gpus,
    parse_holders,
)
from sstar_lsp.models.vllm.launch import progress, refuse_if_held, remedy

# as `nvidia-smi --query-gpu=index,name,memory.total,memory.used,compute_cap --format=csv,noheader,nounits` prints
H100 = "0, NVIDIA H100 80GB HBM3, 81559, 4, 9.0\n"
A100S = "".join(f"{i}, NVIDIA A100-SXM4-40GB, 40960, 4, 8.0\n" for i in range(2))
L4S = "".join(f"{i}, NVIDIA L4, 23034, 1, 8.9\n" for i in range(8))
LAPTOP = "0, NVIDIA GeForce RTX 4060 Laptop GPU, 8188, 12, 8.9\n"
OLD = "0, Tesla T4, 15360, 3, 7.5\n"

GIB = 1 << 30


def machine(text: str, cores: int = 16, memory_gib: int = 64) -> Hardware:
    return Hardware(parse_gpus(text), cores, memory_gib * GIB)


MACHINES = {
    "h100": machine(H100),
    "a100s": machine(A100S),
    "l4s": machine(L4S, 96, 384),
    "laptop": machine(LAPTOP, 16, 16),
    "old": machine(OLD),
    "cpu": machine("", 2, 24),
}

SMALL = "Qwen/Qwen2.5-Coder-0.5B-Instruct"
MIDDLE = "Qwen/Qwen2.5-Coder-7B-Instruct"
MIDDLE_4_BIT = "Qwen/Qwen2.5-Coder-7B-Instruct-AWQ"
LARGE = "Qwen/Qwen2.5-Coder-32B-Instruct"
LARGE_4_BIT = "Qwen/Qwen2.5-Coder-32B-Instruct-AWQ"


@frozen
class Expected:
    """The flags that differ between machines."""

    tensor: int
    data: int
    context: int
    sequences: int


def read(choice: Choice) -> Expected:
    flags = dict(zip(choice.arguments, choice.arguments[1:], strict=False))
    return Expected(
        int(flags.get("--tensor-parallel-size", 1)),
        int(flags.get("--data-parallel-size", 1)),
        int(flags["--max-model-len"]),
        int(flags["--max-num-seqs"]),
    )


@pytest.mark.parametrize(
    ("where", "model", "expected"),
    [
        ("h100", SMALL, Expected(1, 1, 16384, 64)),
        ("h100", MIDDLE, Expected(1, 1, 16384, 64)),
        ("h100", LARGE, Expected(1, 1, 8192, 11)),
        ("a100s", SMALL, Expected(1, 2, 16384, 32)),
        ("a100s", MIDDLE, Expected(1, 2, 16384, 32)),
        ("a100s", LARGE, Expected(2, 1, 8192, 9)),
        ("a100s", LARGE_4_BIT, Expected(1, 2, 16384, 30)),
        ("l4s", MIDDLE, Expected(1, 8, 16384, 8)),
        ("l4s", LARGE, Expected(4, 2, 16384, 21)),
        ("l4s", LARGE_4_BIT, Expected(2, 4, 16384, 16)),
        ("laptop", SMALL, Expected(1, 1, 16384, 64)),
        ("laptop", MIDDLE, None),
        ("laptop", MIDDLE_4_BIT, Expected(1, 1, 4096, 5)),
        ("old", SMALL, Expected(1, 1, 16384, 64)),
        ("cpu", SMALL, Expected(1, 1, 4096, 16)),
        ("cpu", MIDDLE, None),
    ],
)
def test_the_flags_fit_the_machine(where: str, model: str, expected: Expected | None) -> None:
    if expected is None:
        with pytest.raises(UsageError, match="smaller model"):
            choose(facts_of(model), MACHINES[where])
    else:
        assert read(choose(facts_of(model), MACHINES[where])) == expected


def flags_of(model: str, where: str = "h100", **order: object) -> str:
    return " ".join(choose(facts_of(model), MACHINES[where], Order(**order)).arguments)  # type: ignore[arg-type]


def test_more_samples_and_runs_ask_for_more_sequences() -> None:
    assert "--max-num-seqs 8 " in flags_of(SMALL, samples=8, runs=1)
    assert "--max-num-seqs 256 " in flags_of(SMALL, samples=64, runs=8)


def test_the_models_own_sampling_defaults_are_switched_off_and_cached_tokens_are_counted() -> None:
    assert "--generation-config vllm" in flags_of(SMALL)
    assert "--enable-prompt-tokens-details" in flags_of(SMALL)


@pytest.mark.parametrize(
    ("model", "parser"),
    [
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek_r1"),
        ("Qwen/QwQ-32B", "deepseek_r1"),
        ("Qwen/Qwen3-8B", "qwen3"),
        ("openai/gpt-oss-20b", "openai_gptoss"),
    ],
)
def test_a_reasoning_model_gets_its_parser(model: str, parser: str) -> None:
    assert f"--reasoning-parser {parser}" in flags_of(model)


@pytest.mark.parametrize(
    "model", [MIDDLE, "Qwen/Qwen3-Coder-30B-A3B-Instruct", "Qwen/Qwen3-4B-Instruct-2507"]
)
def test_a_model_that_does_not_reason_gets_none(model: str) -> None:
    assert "--reasoning-parser" not in flags_of(model)


def test_speculation_is_an_option_and_its_value_is_json() -> None:
    assert "--speculative-config" not in flags_of(SMALL)
    arguments = choose(facts_of(SMALL), MACHINES["h100"], Order(speculate=True)).arguments
    assert json.loads(arguments[arguments.index("--speculative-config") + 1])["method"] == "ngram"


def test_a_gpu_without_bfloat16_gets_float16() -> None:
    assert "--dtype half" in flags_of(SMALL, "old")
    assert "--dtype" not in flags_of(SMALL, "laptop")


def test_what_the_user_adds_comes_last_and_so_wins() -> None:
    assert flags_of(SMALL, extra=("--max-num-seqs", "3")).endswith("--max-num-seqs 3")


def test_a_cpu_gets_its_cores_and_a_cache_by_environment() -> None:
    environment = choose(facts_of(SMALL), MACHINES["cpu"]).environment
    assert environment["VLLM_CPU_OMP_THREADS_BIND"] == "0-1"
    assert int(environment["VLLM_CPU_KVCACHE_SPACE"]) >= 1


@pytest.mark.parametrize(
    ("cpu_info", "dtype"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx512f avx512_bf16 avx512_vnni\n", "bfloat16"),
        ("flags\t\t: fpu avx2 amx_bf16 amx_tile\n", "bfloat16"),
        ("flags\t\t: fpu avx512f avx512_vnni\n", "float32"),
        ("processor\t: 0\nFeatures\t: fp asimd i8mm bf16\n", "bfloat16"),
        ("", "bfloat16"),
    ],
)
def test_a_cpu_without_bfloat16_gets_float32(cpu_info: str, dtype: str) -> None:
    here = Hardware((), 2, 24 * GIB, cpu_has_bfloat16=cpu_has_bfloat16(cpu_info))
    choice = choose(facts_of(SMALL), here)
    assert f"--dtype {dtype} " in " ".join(choice.arguments)
    assert ("float32" in " ".join(choice.why)) == (dtype == "float32")


def test_a_folder_tells_its_own_sizes(tmp_path: Path) -> None:
    config = {
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "hidden_size": 896,
        "max_position_embeddings": 32768,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(bytes(1000))
    facts = facts_of(str(tmp_path))
    assert (facts.weight_bytes, facts.kv_bytes_per_token, facts.heads) == (1000, 12288, 14)


def test_a_tensor_split_divides_the_heads(tmp_path: Path) -> None:
    config = {"num_hidden_layers": 24, "num_attention_heads": 6, "hidden_size": 768}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").touch()
    facts = facts_of(str(_grown(tmp_path, 30 * GIB)))
    assert read(choose(facts, MACHINES["a100s"])).tensor in (1, 2)
    with pytest.raises(UsageError, match="smaller model"):  # 4 would fit, but 6 heads cannot be split so
        choose(facts, machine("".join(f"{i}, NVIDIA L4, 16000, 1, 8.9\n" for i in range(4))))


def _grown(folder: Path, size: int) -> Path:
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(size)  # sparse: it takes no room
    return folder


@pytest.mark.parametrize("name", ["mistral-large", "my-model", "openai/gpt-oss"])
def test_a_name_that_tells_no_size_is_asked_for_more(name: str) -> None:
    with pytest.raises(UsageError):
        facts_of(name)


def test_gpu_memory_held_by_an_orphan_is_refused_with_its_name_and_pid() -> None:
    held = Hardware(
        parse_gpus("0, NVIDIA L4, 23034, 20100, 8.9\n"),
        holders=parse_holders("GPU-1f, 4242, VLLM::EngineCore, 20080\n"),
    )
    with pytest.raises(UsageError, match=r"VLLM::EngineCore \(pid 4242, 20080 MiB\)"):
        refuse_if_held(held)
    refuse_if_held(machine(L4S))


def test_a_holder_that_nvidia_smi_does_not_name_is_said_to_be_nameless() -> None:
    with pytest.raises(UsageError, match="another container"):
        refuse_if_held(Hardware((Gpu("L4", 24 * GIB, 20 * GIB),)))


def test_this_machine_is_looked_at_through_nvidia_smi() -> None:
    asked: list[str] = []

    def nvidia_smi(arguments: object) -> str:
        asked.append(str(arguments))
        return LAPTOP if "query-gpu" in asked[-1] else "GPU-0, 7, python, [N/A]\n"

    seen = look(nvidia_smi)
    assert seen.gpus[0].name == "NVIDIA GeForce RTX 4060 Laptop GPU"
    assert seen.holders == (Holder(7, "python", 0),)
    assert seen.cores >= 1


def test_a_machine_without_nvidia_smi_has_no_gpu() -> None:
    assert look(lambda _: "").gpus == ()
    assert parse_gpus("NVIDIA-SMI has failed because it couldn't communicate with the driver\n") == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Loading safetensors checkpoint shards:  50% Completed | 1/2 [00:01<00:01]", "loading weights 50%"),
        (
            "INFO 11-23 05:00:00 [kv_cache_utils.py:1087] GPU KV cache size: 123,456 tokens",
            "cache 123,456 tokens",
        ),
        ("Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  12%|", "capturing CUDA graphs"),
        ("nothing to see", ""),
    ],
)
def test_the_log_tells_how_far_the_start_is(line: str, words: str) -> None:
    assert progress(f"first\n{line}\nlast") == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "fewer --samples"),
        ("ValueError: No available memory for the cache blocks.", "shorter --context"),
        (
            "ValueError: Free memory on device (1/23 GiB) on startup is less than desired GPU memory",
            "nvidia-smi",
        ),
        ("OSError: x is not a local folder and is not a valid model identifier", "HF_TOKEN"),
        ("vllm: error: unrecognized arguments: --generation-config", "too old"),
    ],
)
def test_a_failed_start_is_told_with_what_to_do(line: str, words: str) -> None:
    assert words in remedy(line)


def test_the_extra_takes_the_vllm_that_was_resolved_and_later_ones_but_none_before_our_flags() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    (wanted,) = map(Requirement, project["optional-dependencies"]["vllm"])
    assert wanted.name == "vllm"
    assert all(version in wanted.specifier for version in ("0.12.0", "0.33.0", "0.99.0"))
    assert "0.11.2" not in wanted.specifier
