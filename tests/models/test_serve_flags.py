"""What vLLM is told on machines that nobody here owns: a table over recorded descriptions."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from sstar_lsp.errors import UsageError
from sstar_lsp.models.vllm.flags import choose, weight_bytes
from sstar_lsp.models.vllm.hardware import Hardware, cpu_has_bfloat16, look, parse_gpus
from sstar_lsp.models.vllm.launch import progress, refuse_if_held, remedy

# as `nvidia-smi --query-gpu=name,memory.total,memory.used --format=csv,noheader,nounits` prints
H100 = "NVIDIA H100 80GB HBM3, 81559, 4\n"
A100S = "NVIDIA A100-SXM4-40GB, 40960, 4\n" * 2
L4S = "NVIDIA L4, 23034, 1\n" * 8
LAPTOP = "NVIDIA GeForce RTX 4060 Laptop GPU, 8188, 12\n"
OLD = "Tesla T4, 15360, 3\n"

GIB = 1 << 30


def machine(text: str, memory_gib: int = 64) -> Hardware:
    return Hardware(parse_gpus(text), memory_gib * GIB)


MACHINES = {
    "h100": machine(H100),
    "a100s": machine(A100S),
    "l4s": machine(L4S, 384),
    "laptop": machine(LAPTOP, 16),
    "old": machine(OLD),
    "cpu": machine("", 24),
}

SMALL = "Qwen/Qwen2.5-Coder-0.5B-Instruct"
MIDDLE = "Qwen/Qwen2.5-Coder-7B-Instruct"
MIDDLE_4_BIT = "Qwen/Qwen2.5-Coder-7B-Instruct-AWQ"
LARGE = "Qwen/Qwen2.5-Coder-32B-Instruct"
LARGE_4_BIT = "Qwen/Qwen2.5-Coder-32B-Instruct-AWQ"


def flags_of(model: str, where: str = "h100", *extra: str) -> str:
    return " ".join(choose(model, MACHINES[where], extra).arguments)


@pytest.mark.parametrize(
    ("where", "model", "split_and_copies"),
    [
        ("h100", SMALL, (1, 1)),
        ("h100", MIDDLE, (1, 1)),
        ("h100", LARGE, (1, 1)),
        ("a100s", SMALL, (1, 2)),
        ("a100s", MIDDLE, (1, 2)),
        ("a100s", LARGE, (2, 1)),
        ("a100s", LARGE_4_BIT, (1, 2)),
        ("l4s", MIDDLE, (1, 8)),
        ("l4s", LARGE, (4, 2)),
        ("l4s", LARGE_4_BIT, (2, 4)),
        ("laptop", SMALL, (1, 1)),
        ("laptop", MIDDLE, None),
        ("laptop", MIDDLE_4_BIT, (1, 1)),
        ("old", SMALL, (1, 1)),
        ("cpu", SMALL, (1, 1)),
        ("cpu", MIDDLE, None),
    ],
)
def test_the_flags_fit_the_machine(where: str, model: str, split_and_copies: tuple[int, int] | None) -> None:
    if split_and_copies is None:
        with pytest.raises(UsageError, match="smaller model"):
            choose(model, MACHINES[where])
    else:
        arguments = choose(model, MACHINES[where]).arguments
        flags = dict(pairwise(arguments))
        found = flags.get("--tensor-parallel-size", 1), flags.get("--data-parallel-size", 1)
        assert tuple(map(int, found)) == split_and_copies


def test_the_context_is_what_fits_and_the_models_own_sampling_defaults_are_switched_off() -> None:
    assert "--max-model-len auto" in flags_of(SMALL)
    assert "--generation-config vllm" in flags_of(SMALL)
    assert "--enable-prompt-tokens-details" in flags_of(SMALL)


def test_what_the_user_adds_comes_last_and_so_wins() -> None:
    assert flags_of(SMALL, "h100", "--max-num-seqs", "3").endswith("--max-num-seqs 3")


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
    here = Hardware((), 24 * GIB, cpu_has_bfloat16=cpu_has_bfloat16(cpu_info))
    choice = choose(SMALL, here)
    assert f"--dtype {dtype} " in " ".join(choice.arguments)
    assert ("float32" in " ".join(choice.why)) == (dtype == "float32")


def test_a_cpu_gets_a_cache_that_leaves_room_for_others() -> None:
    assert choose(SMALL, MACHINES["cpu"]).environment == {"VLLM_CPU_KVCACHE_SPACE": "4"}
    assert choose(SMALL, MACHINES["h100"]).environment == {}


def test_a_folder_tells_its_own_size(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no weights"):
        weight_bytes(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(bytes(1000))
    assert weight_bytes(str(tmp_path)) == 1000


def test_a_mixture_of_experts_is_as_large_as_all_of_them() -> None:
    assert (weight_bytes("mistralai/Mixtral-8x7B-v0.1") or 0) > 7 * (weight_bytes("some/model-7B") or 0)


@pytest.mark.parametrize("name", ["mistral-large", "my-model", "openai/gpt-oss"])
def test_a_name_that_tells_no_size_is_started_and_that_is_said(name: str) -> None:
    assert weight_bytes(name) is None
    assert any("does not say how large" in line for line in choose(name, MACHINES["h100"]).why)


def test_gpu_memory_that_is_held_is_refused_with_how_much() -> None:
    with pytest.raises(UsageError, match=r"GPU 0 \(NVIDIA L4\) has 20100 of 23034 MiB in use"):
        refuse_if_held(machine("NVIDIA L4, 23034, 20100\n"))
    refuse_if_held(machine(L4S))


def test_this_machine_is_looked_at_through_nvidia_smi(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "nvidia-smi"
    command.write_text(f"#!/bin/sh\nprintf '{LAPTOP.strip()}\\n'\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert look().gpus == MACHINES["laptop"].gpus


def test_a_machine_without_nvidia_smi_has_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert look().gpus == ()
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
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "--max-num-seqs"),
        ("ValueError: No available memory for the cache blocks.", "smaller model"),
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
    assert all(version in wanted.specifier for version in ("0.14.0", "0.33.0", "0.99.0"))
    assert "0.13.0" not in wanted.specifier
