"""The pulled 0.5B model as a folder that vLLM reads: its GGUF dequantised to bfloat16.

Run with the Python of the vLLM environment (it has torch, gguf, safetensors and transformers):
``python tests/vllm/weights.py MODEL.gguf FOLDER``. Only for Qwen2's architecture.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LAYER = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""llama.cpp's names of a layer's tensors, and the hub's."""


def name_of(tensor: str) -> str:
    """The hub's name of a GGUF tensor."""
    if tensor in ("token_embd.weight", "output.weight"):  # tied
        return "model.embed_tokens.weight"
    if tensor == "output_norm.weight":
        return "model.norm.weight"
    _, layer, module, kind = tensor.split(".")
    return f"model.layers.{layer}.{LAYER[module]}.{kind}"


def config_of(reader: Any, vocabulary: int) -> dict[str, object]:
    """``config.json`` from the GGUF's metadata."""

    def read(key: str) -> Any:
        return reader.fields[f"qwen2.{key}"].contents()

    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_act": "silu",
        "hidden_size": read("embedding_length"),
        "intermediate_size": read("feed_forward_length"),
        "num_hidden_layers": read("block_count"),
        "max_window_layers": read("block_count"),
        "num_attention_heads": read("attention.head_count"),
        "num_key_value_heads": read("attention.head_count_kv"),
        "max_position_embeddings": read("context_length"),
        "rms_norm_eps": 1e-6,
        "rope_theta": read("rope.freq_base"),
        "vocab_size": vocabulary,
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "torch_dtype": "bfloat16",
        "bos_token_id": 151643,
        "eos_token_id": 151645,
    }


def convert(gguf: Path, folder: Path) -> None:
    """Write weights, configuration and tokenizer; a whole folder is left as it is."""
    import torch
    from gguf import GGUFReader
    from gguf.quants import dequantize
    from safetensors.torch import save_file
    from transformers import AutoTokenizer

    if (folder / "whole").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    reader = GGUFReader(gguf)
    tensors: dict[str, Any] = {}
    for tensor in sorted(reader.tensors, key=lambda one: one.name == "output.weight"):  # the better copy last
        values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        tensors[name_of(tensor.name)] = values.to(torch.bfloat16).contiguous()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    vocabulary = tensors["model.embed_tokens.weight"].shape[0]
    (folder / "config.json").write_text(json.dumps(config_of(reader, vocabulary), indent=1))
    AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name).save_pretrained(folder)
    (folder / "whole").touch()


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
