"""How known servers stream and refuse, written after their documentation or public reports, each with its source."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import frozen

from sstar_lsp import errors
from sstar_lsp.models.client.openai_errors import error_for, refusal_of
from sstar_lsp.models.client.stream_parser import AnswerReader, Expected
from sstar_lsp.records import Usage


@frozen
class Shape:
    """One server: what it sends, and what is understood."""

    server: str
    source: str
    lines: str
    text: str
    thought: str = ""
    finish: str = "stop"
    usage: Usage | None = None


def event(delta: Any, finish: Any = None, **more: Any) -> str:
    """One event in OpenAI's form."""
    return (
        "data: "
        + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more})
        + "\n\n"
    )


def bill(prompt: int, completion: int, choices: Any = (), **more: Any) -> str:
    """The event with the usage."""
    counted = {"prompt_tokens": prompt, "completion_tokens": completion, **more}
    return "data: " + json.dumps({"choices": list(choices), "usage": counted}) + "\n\n"


DONE = "data: [DONE]\n\n"
SHAPES = (
    Shape(
        "OpenAI",
        "https://platform.openai.com/docs/api-reference/chat-streaming",
        event({"role": "assistant", "content": "", "refusal": None}, service_tier="default", obfuscation="x8")
        + event({"content": "Hi"})
        + event({}, "stop")
        + bill(9, 20, completion_tokens_details={"reasoning_tokens": 16})
        + DONE,
        "Hi",
        usage=Usage(9, 20, 0, 16),
    ),
    Shape(
        "Azure OpenAI",
        "https://learn.microsoft.com/azure/ai-services/openai/concepts/content-streaming",
        'data: {"choices": [], "created": 0, "id": "", "prompt_filter_results": [{"prompt_index": 0}]}\n\n'
        + event({"content": "Hi"})
        + event({}, "stop")
        + 'data: {"id": "", "choices": [{"index": 0, "finish_reason": null, "content_filter_offsets": {}}]}\n\n'
        + DONE,
        "Hi",
    ),
    Shape(
        "Anthropic",
        "https://docs.anthropic.com/en/api/openai-sdk",
        event({"role": "assistant", "content": "Hi"}) + event({}, "stop") + bill(9, 2) + DONE,
        "Hi",
        usage=Usage(9, 2),
    ),
    Shape(
        "Gemini",
        "https://ai.google.dev/gemini-api/docs/openai",
        event({"role": "assistant", "content": "<thought>hm</thought>Hi"})
        + event(
            {"content": "!"}, "stop", usage={"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 80}
        )
        + DONE,
        "Hi!",
        "hm",
        usage=Usage(9, 2, 0, 0),
    ),
    Shape(
        "Mistral",
        "https://docs.mistral.ai/capabilities/reasoning/",
        event({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]})
        + event({"content": [{"type": "text", "text": "Hi"}]})
        + event({"content": "!"}, "model_length", usage={"prompt_tokens": 9, "completion_tokens": 4})
        + DONE,
        "Hi!",
        "hm",
        "length",
        Usage(9, 4, 0, 1),
    ),
    Shape(
        "DeepSeek",
        "https://api-docs.deepseek.com/api/create-chat-completion",
        ": keep-alive\n\n"
        + event({"content": None, "reasoning_content": "hm"})
        + event({"content": "Hi", "reasoning_content": None})
        + event(
            {"content": ""},
            "stop",
            usage={"prompt_tokens": 9, "completion_tokens": 4, "prompt_cache_hit_tokens": 8},
        )
        + DONE,
        "Hi",
        "hm",
        usage=Usage(9, 4, 8, 2),
    ),
    Shape(
        "Groq",
        "https://console.groq.com/docs/api-reference",
        event({"role": "assistant", "content": "Hi"}, x_groq={"id": "req_1"})
        + event({}, "stop", x_groq={"id": "req_1", "usage": {"prompt_tokens": 9, "completion_tokens": 2}})
        + DONE,
        "Hi",
        usage=Usage(9, 2),
    ),
    Shape(
        "OpenRouter",
        "https://openrouter.ai/docs/api-reference/streaming",
        ": OPENROUTER PROCESSING\n\n"
        + event(
            {
                "content": "",
                "reasoning": "hm",
                "reasoning_details": [{"type": "reasoning.text", "text": "hm"}],
            }
        )
        + event({"content": "Hi"}, native_finish_reason=None, provider="x")
        + event({"content": ""}, "stop")
        + bill(9, 4, [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
        + DONE,
        "Hi",
        "hm",
        usage=Usage(9, 4, 0, 2),
    ),
    Shape(
        "Together",
        "https://docs.together.ai/reference/chat-completions-1",
        event({"content": "Hi", "token_id": 1})
        + event({"content": ""}, "eos", usage={"prompt_tokens": 9, "completion_tokens": 2})
        + DONE,
        "Hi",
        usage=Usage(9, 2),
    ),
    Shape(
        "Kimi",
        "https://github.com/earendil-works/pi/issues/2017",
        event({"reasoning_content": "hm"})
        + event({"content": "Hi"})
        + 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": {"prompt_tokens": 9, '
        '"completion_tokens": 4, "cached_tokens": 3}}]}\n\n' + DONE,
        "Hi",
        "hm",
        usage=Usage(9, 4, 3, 2),
    ),
    Shape(
        "Qwen (DashScope)",
        "https://help.aliyun.com/zh/model-studio/compatibility-of-openai-with-dashscope",
        event({"content": None, "reasoning_content": "hm"})
        + event({"content": "Hi"})
        + event({}, "stop")
        + bill(9, 4)
        + DONE,
        "Hi",
        "hm",
        usage=Usage(9, 4, 0, 2),
    ),
    Shape(
        "vLLM",
        "https://docs.vllm.ai/en/latest/features/reasoning_outputs.html",
        event({"role": "assistant", "content": ""}, prompt_token_ids=None)
        + event({"reasoning": "hm", "reasoning_content": "hm"})
        + event({"content": "Hi"}, "stop", stop_reason=None)
        + "data: "
        + json.dumps({"choices": None, "usage": {"prompt_tokens": 9, "completion_tokens": 4}})
        + "\n\n"
        + DONE,
        "Hi",
        "hm",
        usage=Usage(9, 4, 0, 2),
    ),
    Shape(
        "SGLang",
        "https://docs.sglang.ai/basic_usage/openai_api_completions.html",
        event({"role": "assistant", "content": "", "reasoning_content": None, "tool_calls": None}, "")
        + event({"content": "Hi", "reasoning_content": None})
        + event({"content": None}, "stop", matched_stop=151645)
        + bill(9, 2)
        + DONE,
        "Hi",
        usage=Usage(9, 2),
    ),
    Shape(
        "TGI",
        "https://huggingface.co/docs/text-generation-inference/messages_api",
        event({"role": "assistant", "content": "Hi"}, object="chat.completion.chunk", usage=None)
        + event({"role": "assistant", "content": ""}, "eos_token", usage=None)
        + DONE,
        "Hi",
    ),
    Shape(
        "llama.cpp",
        "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
        event({"role": "assistant", "content": None})
        + event({"reasoning_content": "hm"})
        + event({"content": "Hi"})
        + event({}, "stop")
        + 'data: {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}, "timings": {"cache_n": 0}}\n\n'
        + DONE,
        "Hi",
        "hm",
        usage=Usage(9, 4, 0, 2),
    ),
    Shape(
        "Ollama",
        "https://github.com/ollama/ollama/blob/main/docs/openai.md",
        event({"role": "assistant", "content": "", "reasoning": "hm"}, system_fingerprint="fp_ollama")
        + event({"role": "assistant", "content": "Hi"})
        + event({"role": "assistant", "content": ""}, "stop")
        + DONE,
        "Hi",
        "hm",
    ),
    Shape(
        "LM Studio",
        "https://lmstudio.ai/docs/app/api/endpoints/openai",
        event({"role": "assistant", "content": "<think>"})
        + event({"content": "hm</think>\n\nHi"})
        + event({}, "stop")
        + DONE,
        "Hi",
        "hm",
    ),
    Shape(
        "LiteLLM",
        "https://docs.litellm.ai/docs/completion/stream",
        event({"role": "assistant", "content": "Hi", "provider_specific_fields": None}, citations=None)
        + event({}, "stop")
        + bill(9, 2, [{"index": 0, "delta": {}, "finish_reason": None}])
        + DONE,
        "Hi",
        usage=Usage(9, 2),
    ),
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.server)
async def test_what_a_known_server_streams_is_understood(shape: Shape) -> None:
    async def arriving() -> AsyncIterator[bytes]:
        yield shape.lines.encode()

    text = thought = ""
    finish = usage = None
    async for delta in AnswerReader(Expected(shape.server)).deltas(arriving()):
        text, thought = text + delta.text, thought + delta.thought
        finish, usage = delta.finish_reason or finish, delta.usage or usage
    assert (text, thought, finish) == (shape.text, shape.thought, shape.finish)
    if shape.usage is not None:
        assert usage is not None
        assert usage == shape.usage


GROQ = "on tokens per minute (TPM): Limit 7000, Used 0, Requested 12903. Please try again in 50.597142857s. Visit /billing"
GEMINI = (
    "You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: "
    "generate_content_free_tier_requests, limit: 5\nPlease retry in 33.4s."
)
_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "33s"}

REFUSALS: tuple[tuple[str, int, Any, type[errors.ModelError], float | None], ...] = (
    ("OpenAI", 429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, errors.ModelQuotaError, None),
    ("OpenAI", 403, {"error": {"message": "Country, region, or territory not supported"}}, errors.ModelForbidden, None),
    ("Azure OpenAI", 429, {"error": {"code": "429", "message": "Please retry after 45 seconds."}}, errors.ModelRateLimited, 45),
    ("Anthropic", 529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, errors.ModelOverloaded, None),
    ("Anthropic", 400, {"error": {"message": "Your credit balance is too low to access the API"}}, errors.ModelQuotaError, None),
    ("Gemini", 429, [{"error": {"code": 429, "message": GEMINI, "details": [_INFO]}}], errors.ModelRateLimited, 33),
    ("Gemini", 400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}], errors.ModelAuthError, None),
    ("Mistral", 400, {"object": "error", "message": "Invalid model: x", "code": "1500"}, errors.ModelMissing, None),
    ("DeepSeek", 402, {"error": {"message": "Insufficient Balance"}}, errors.ModelQuotaError, None),
    ("DeepSeek", 400, {"error": {"message": "Model Not Exist"}}, errors.ModelMissing, None),
    ("Groq", 429, {"error": {"message": GROQ, "type": "tokens", "code": "rate_limit_exceeded"}}, errors.ModelRateLimited, 50.597142857),
    ("OpenRouter", 400, {"error": {"message": "x is not a valid model ID", "code": 400}}, errors.ModelMissing, None),
    ("Together", 429, {"id": "1", "error": {"message": "Request rate limit", "type": "rate_limit"}}, errors.ModelRateLimited, None),
    ("Kimi", 429, {"error": {"message": "max organization concurrency: 1, please try again after 1 seconds"}}, errors.ModelRateLimited, 1),
    ("Qwen (DashScope)", 400, {"error": {"code": "data_inspection_failed", "message": "Input data may contain"}}, errors.ContentFiltered, None),
    ("Qwen (DashScope)", 400, {"error": {"code": "Arrearage", "message": "Access denied, your account is in arrears"}}, errors.ModelQuotaError, None),
    ("vLLM", 404, {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError"}, errors.ModelMissing, None),
    ("vLLM", 400, {"object": "error", "message": "This model's maximum context length is 4096 tokens."}, errors.ContextTooLong, None),
    ("SGLang", 400, {"object": "error", "message": "The input is too long: longer than the maximum"}, errors.ContextTooLong, None),
    ("TGI", 429, {"error": "Model is overloaded", "error_type": "overloaded"}, errors.ModelRateLimited, None),
    ("llama.cpp", 503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}, errors.ModelOverloaded, 3),
    ("Ollama", 404, {"error": {"message": 'model "x" not found, try pulling it first'}}, errors.ModelMissing, None),
    ("LM Studio", 404, {"error": {"message": "No models loaded. Please load a model in the developer page"}}, errors.ModelMissing, None),
    ("LiteLLM", 429, {"error": {"message": "litellm.RateLimitError: slow down", "code": "429"}}, errors.ModelRateLimited, None),
)  # fmt: skip


@pytest.mark.parametrize(("server", "status", "body", "kind", "wait_s"), REFUSALS)
def test_a_known_refusal_is_the_error_that_it_means(
    server: str, status: int, body: Any, kind: type[errors.ModelError], wait_s: float | None
) -> None:
    error = error_for(refusal_of(status, json.dumps(body), {}), server, "x")
    assert type(error) is kind
    assert getattr(error, "retry_after_s", None) == wait_s


def test_every_server_with_a_refusal_is_one_that_is_known() -> None:
    assert {server for server, *_ in REFUSALS} <= {shape.server for shape in SHAPES}
