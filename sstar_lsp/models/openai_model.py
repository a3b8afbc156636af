"""A model behind any OpenAI-compatible URL: vLLM, llama.cpp, our embedded server, a paid API.

A room of its own because this is the only place that speaks HTTP to a model. It streams, waits for
tokens rather than for a total time, retries what may work later, and never shows a stack trace of
somebody else's: every failure is a :class:`sstar_lsp.errors.ModelError`.

``openai`` takes most of a second to import, so it is imported when the first request is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sstar_lsp.errors import (
    ModelError,
    ModelOverloaded,
    ModelProtocolError,
    ModelRateLimited,
    ModelStalled,
    ModelUnreachable,
)
from sstar_lsp.models import chat_stream, openai_errors
from sstar_lsp.models.api import Delta
from sstar_lsp.models.fan_out import fan_out
from sstar_lsp.models.keys import OPENAI_HOST, is_loopback, origin_of, shown
from sstar_lsp.records import Message, Sampling

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk

T = TypeVar("T")

_DROPPABLE = ("stream_options", "seed", "top_p", "temperature")
"""Fields that a server may not know and that an answer is worth having without."""
_UNKNOWN_FIELD = re.compile(
    r"unsupported|not support|unknown|unrecogni[sz]ed|unexpected|extra|not permitted", re.IGNORECASE
)
_FIRST_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 8.0


class OpenAIModel:
    """A :class:`sstar_lsp.models.api.Model` over the chat-completions wire.

    ``n`` answers are ``n`` requests with seeds ``seed + i`` unless ``shares_prompt_in_n``: then they
    are one request, which is billed one prompt (the default for api.openai.com only).
    """

    def __init__(
        self,
        base_url: str,
        name: str,
        api_key: str,
        *,
        idle_timeout_s: float = 180.0,
        connect_timeout_s: float = 5.0,
        max_retries: int = 2,
        max_retry_wait_s: float = 30.0,
        shares_prompt_in_n: bool | None = None,
    ) -> None:
        """Nothing is sent yet. Raises :class:`UsageError` where ``base_url`` is no address.

        ``idle_timeout_s``: longest silence, before the first token or between two.
        ``max_retries``: of a request that has not yielded anything yet; 429, 5xx and no connection only.
        ``max_retry_wait_s``: a server that asks to wait longer is not waited for.
        """
        origin = origin_of(base_url)
        self.name = name
        self.base_url = shown(base_url)
        """For messages; without user and password."""
        self.retries = 0
        """How often a request was repeated, since the model was made."""
        self._url = base_url
        self._key = api_key
        self._idle_timeout_s = idle_timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._max_retries = max_retries
        self._max_retry_wait_s = max_retry_wait_s
        if shares_prompt_in_n is None:
            shares_prompt_in_n = origin == f"https://{OPENAI_HOST}:443"
        self._shares_prompt_in_n = shares_prompt_in_n
        self._max_tokens_field = "max_tokens"
        self._dropped: set[str] = set()
        self._client: AsyncOpenAI | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self.base_url!r}, {self.name!r})"

    def stream(self, messages: Sequence[Message], sampling: Sampling, n: int = 1) -> AsyncIterator[Delta]:
        """Draw ``n`` answers; see :meth:`sstar_lsp.models.api.Model.stream`."""
        if n == 1 or self._shares_prompt_in_n:
            return self._answers(messages, sampling, n)
        return fan_out(lambda one: self._answers(messages, one, 1), sampling, n)

    async def models(self) -> tuple[str, ...]:
        """Names of the models that the server has. Raises a :class:`ModelError`."""
        client = await self._connected()
        listed = await self._speak(client.models.list(timeout=self._connect_timeout_s * 2))
        try:
            return tuple(str(model.id) for model in listed.data)
        except (AttributeError, TypeError):
            raise ModelProtocolError(
                f"the list of models at {self.base_url} is not the OpenAI wire: "
                "is the address right (most end with /v1)?"
            ) from None

    async def aclose(self) -> None:
        """Close every connection."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def _answers(
        self, messages: Sequence[Message], sampling: Sampling, n: int
    ) -> AsyncGenerator[Delta, None]:
        """One request, repeated while nothing came of it and a repetition may help."""
        attempt = 0
        while True:
            begun = False
            try:
                async with aclosing(self._request(messages, sampling, n)) as deltas:
                    async for delta in deltas:
                        begun = True
                        yield delta
                return
            except (ModelRateLimited, ModelOverloaded, ModelUnreachable) as error:
                wait_s = self._wait_before_retry(error, attempt)
                if begun or wait_s is None:
                    raise
            attempt += 1
            self.retries += 1
            await asyncio.sleep(wait_s)

    def _wait_before_retry(self, error: ModelError, attempt: int) -> float | None:
        """Seconds to wait, or None where a repetition is no use."""
        if attempt >= self._max_retries:
            return None
        asked = error.retry_after_s if isinstance(error, ModelRateLimited) else None
        if asked is not None:
            return asked if asked <= self._max_retry_wait_s else None
        backoff = min(_LONGEST_BACKOFF_S, _FIRST_BACKOFF_S * 2.0**attempt)
        return min(self._max_retry_wait_s, backoff * random.uniform(0.75, 1.0))  # noqa: S311  # not a secret

    async def _request(
        self, messages: Sequence[Message], sampling: Sampling, n: int
    ) -> AsyncGenerator[Delta, None]:
        stream = await self._open(messages, sampling, n)
        try:
            async with aclosing(
                chat_stream.read(
                    self._chunks(stream),
                    n=n,
                    max_chars=chat_stream.most_chars(sampling.max_tokens),
                    server=self.base_url,
                )
            ) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            await stream.close()

    async def _open(
        self, messages: Sequence[Message], sampling: Sampling, n: int
    ) -> AsyncStream[ChatCompletionChunk]:
        """Send the request, leaving out what the server turns out not to know."""
        from openai import BadRequestError, UnprocessableEntityError

        client = await self._connected()
        while True:
            body = self._body(messages, sampling, n)
            try:
                opening: Awaitable[Any] = client.chat.completions.create(**body)
                stream: AsyncStream[ChatCompletionChunk] = await self._speak(opening)
                return stream
            except ModelError as error:
                cause = error.__cause__
                if not isinstance(cause, BadRequestError | UnprocessableEntityError) or not self._adapt(
                    cause, body
                ):
                    raise

    def _body(self, messages: Sequence[Message], sampling: Sampling, n: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            self._max_tokens_field: sampling.max_tokens,
        }
        if n > 1:
            body["n"] = n
        if sampling.seed is not None:
            body["seed"] = sampling.seed
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        return {key: value for key, value in body.items() if key not in self._dropped}

    def _adapt(self, cause: Any, body: dict[str, Any]) -> bool:
        """Learn from a 400 which field the server does not know; False where it names none."""
        refusal = openai_errors.read_refusal(cause.status_code, cause.body, cause.response.text, {})
        said = f"{refusal.param} {refusal.text}"
        if "max_completion_tokens" in said and self._max_tokens_field == "max_tokens":
            self._max_tokens_field = "max_completion_tokens"
            return True
        if not _UNKNOWN_FIELD.search(f"{refusal.code} {said}"):
            return False
        named = next((name for name in _DROPPABLE if name in body and name in said), None)
        if named is not None:
            self._dropped.add(named)
        return named is not None

    async def _chunks(self, stream: AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[Any, None]:
        """The stream's chunks, each at most the idle time after the one before."""
        if "application/json" in stream.response.headers.get("content-type", ""):
            yield await self._whole_answer(stream)
            return
        seen = False
        chunks = cast("AsyncGenerator[Any, None]", stream.__stream__())
        async with aclosing(chunks):
            while True:
                try:
                    chunk = await self._speak(anext(chunks))
                except StopAsyncIteration:
                    break
                seen = True
                yield chunk
        if not seen:
            kind = stream.response.headers.get("content-type", "no content type")
            raise ModelProtocolError(
                f"{self.base_url} answered with {kind}, not with a stream of tokens: "
                "is it an OpenAI-compatible server, and is the address right (most end with /v1)?"
            )

    async def _whole_answer(self, stream: AsyncStream[ChatCompletionChunk]) -> Any:
        """A server that does not stream sent the answer in one piece; the shape is nearly the same."""
        from openai.types.chat import ChatCompletion

        raw = await self._speak(stream.response.aread())
        try:
            return ChatCompletion.model_validate_json(raw)
        except ValueError:
            raise ModelProtocolError(
                f"{self.base_url} answered with JSON that is no chat completion: "
                f"{openai_errors.shorten(raw.decode(errors='replace'))}"
            ) from None

    async def _speak(self, asked: Awaitable[T]) -> T:
        """Await one exchange with the server; whatever goes wrong comes out of the error tree."""
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self._idle_timeout_s):
                return await asked
        except (TimeoutError, openai.APITimeoutError) as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                raise self._unreachable(error) from error
            raise ModelStalled(
                f"{self.name!r} at {self.base_url} sent nothing for {self._idle_timeout_s:g} s: "
                "is the server overloaded or stuck? Try again, or ask for fewer samples at once"
            ) from error
        except openai.APIStatusError as error:
            raise await self._refused(error) from error
        except (openai.APIConnectionError, httpx2.TransportError) as error:
            raise self._unreachable(error) from error
        except openai.APIError as error:
            raise openai_errors.stream_error(error.body, self.base_url, self.name) from error
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, UnicodeError) as error:
            raise ModelProtocolError(
                f"{self.base_url} sent what is not the OpenAI wire "
                f"({openai_errors.shorten(f'{type(error).__name__}: {error}')}): "
                "is it an OpenAI-compatible server?"
            ) from error

    def _unreachable(self, error: Exception) -> ModelError:
        import httpx2

        reason: BaseException = error
        while reason.__cause__ is not None:
            reason = reason.__cause__
        if isinstance(reason, httpx2.RemoteProtocolError | httpx2.ReadError) or isinstance(
            error.__cause__, httpx2.RemoteProtocolError | httpx2.ReadError
        ):
            return ModelUnreachable(
                f"{self.base_url} closed the connection before its answer was whole ({reason}): "
                "did the server stop? Look at its log and try again"
            )
        return ModelUnreachable(
            f"nobody answers at {self.base_url} ({reason or type(reason).__name__}): "
            "is the model server running, and is the address right?"
        )

    async def _refused(self, error: Any) -> ModelError:
        refusal = openai_errors.read_refusal(
            error.status_code, error.body, error.response.text, error.response.headers
        )
        known: tuple[str, ...] = ()
        if refusal.status == 404 and not str(error.request.url).endswith("/models"):
            with contextlib.suppress(ModelError):
                known = await self.models()
        return openai_errors.error_for(refusal, self.base_url, self.name, known)

    async def _connected(self) -> AsyncOpenAI:
        if self._client is None:
            await asyncio.to_thread(_import_openai)
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit, Timeout

        direct = is_loopback(self._url)
        # the environment's organisation belongs to OpenAI, not to whoever is asked here
        foreign: Any = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
        return AsyncOpenAI(
            base_url=self._url,
            api_key=self._key,
            max_retries=0,  # ours count, are bounded, and know what was already yielded
            timeout=Timeout(self._idle_timeout_s, connect=self._connect_timeout_s),
            # the environment's organisation belongs to OpenAI, not to whoever is asked here
            default_headers=None if OPENAI_HOST in self._url else foreign,
            # a proxy cannot reach our loopback
            http_client=DefaultAsyncHttpxClient(trust_env=False) if direct else None,
        )


def _import_openai() -> Callable[..., object]:
    from openai import AsyncOpenAI

    return AsyncOpenAI
