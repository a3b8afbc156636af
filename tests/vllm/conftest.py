"""A real vLLM: only where one is named (`make test-vllm` does), for it takes minutes and gigabytes."""

from __future__ import annotations

import os

MODEL_VARIABLE = "SSTAR_TEST_VLLM_MODEL"
"""Environment variable: the model to serve, a folder or a name of the hub. Without it nothing here is collected."""

collect_ignore = [] if os.environ.get(MODEL_VARIABLE) else ["test_vllm.py"]
