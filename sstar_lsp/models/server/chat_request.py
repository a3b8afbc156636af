"""A chat-completion request, checked: what the server side of the wire accepts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from sstar_lsp.records import Message, Sampling

DEFAULT_MAX_TOKENS = 1024


class RequestError(Exception):
    """A request that cannot be answered; becomes an error of OpenAI's shape."""

    def __init__(
        self, message: str, param: str | None = None, status: int = 400, code: str = "invalid_value"
    ) -> None:
        super().__init__(message)
        self.param = param
        self.status = status
        self.code = code


@frozen
class ChatRequest:
    """One request for one answer."""

    model: str
    messages: tuple[Message, ...]
    sampling: Sampling
    stream: bool = False
    include_usage: bool = False


def parse(body: bytes, names: tuple[str, ...]) -> ChatRequest:
    """Read a request to one of the models ``names``. Raises :class:`RequestError`."""
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise RequestError(f"the body is not JSON: {error}", code="invalid_json") from error
    if not isinstance(asked, dict):
        raise RequestError("the body is not a JSON object")
    model = asked.get("model")
    if model not in names:
        known = ", ".join(names)
        raise RequestError(
            f"the model {model!r} does not exist; it is: {known}", "model", 404, "model_not_found"
        )
    _integer(asked, "n", 1, 1)
    if asked.get("stop"):
        raise RequestError("stop texts are not offered", "stop")
    if (shape := asked.get("response_format")) not in (None, {"type": "text"}):
        raise RequestError(f"response_format {shape!r} is not offered: only text is", "response_format")
    max_tokens = _integer(asked, "max_completion_tokens", 1, 1 << 20) or _integer(
        asked, "max_tokens", 1, 1 << 20
    )
    options = asked.get("stream_options")
    return ChatRequest(
        model=str(model),
        messages=_messages(asked.get("messages")),
        sampling=Sampling(
            temperature=_number(asked, "temperature", 0.0, 2.0, 1.0),
            top_p=_number(asked, "top_p", 0.0, 1.0, 1.0),
            max_tokens=max_tokens or DEFAULT_MAX_TOKENS,
            seed=_integer(asked, "seed", -(1 << 63), (1 << 63) - 1),
        ),
        stream=asked.get("stream") is True,
        include_usage=isinstance(options, Mapping) and options.get("include_usage") is True,
    )


def _messages(asked: object) -> tuple[Message, ...]:
    if not isinstance(asked, list) or not asked:
        raise RequestError("messages is not a list with at least one message", "messages")
    messages = []
    for at, one in enumerate(asked):
        if not isinstance(one, dict) or not isinstance(one.get("role"), str):
            raise RequestError(f"messages[{at}] has no role", "messages")
        role = "system" if one["role"] == "developer" else one["role"]
        if role not in ("system", "user", "assistant"):
            raise RequestError(
                f"messages[{at}] has the role {role!r}; known: system, user, assistant", "messages"
            )
        messages.append(Message(role, _content(one.get("content"), at)))
    return tuple(messages)


def _content(asked: object, at: int) -> str:
    if isinstance(asked, str):
        return asked
    if isinstance(asked, list) and all(
        isinstance(part, dict) and part.get("type") == "text" for part in asked
    ):
        return "".join(str(part.get("text", "")) for part in asked)
    raise RequestError(f"messages[{at}].content is not text", "messages")


def _integer(asked: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    value = asked.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise RequestError(f"{name} is not a whole number from {least} to {most}", name)
    return value


def _number(asked: Mapping[str, Any], name: str, least: float, most: float, default: float) -> float:
    value = asked.get(name)
    if value is None:
        return default
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise RequestError(f"{name} is not a number from {least:g} to {most:g}", name)
    return float(value)
