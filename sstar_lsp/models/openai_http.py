"""One endpoint's HTTP: open a request, read its chunks, turn every failure into the error tree.

A room of its own because this is the only place that speaks HTTP to a model. What to ask, when to ask again
and how many at once are other rooms' business (``openai_model``, ``lanes``).

``openai`` takes most of a second to import, so it is imported when the first request is made.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sstar_lsp import syntax
from sstar_lsp.errors import ModelError, ModelProtocolError, ModelStalled, ModelUnreachable
from sstar_lsp.models import openai_errors
from sstar_lsp.models.keys import OPENAI_HOST, is_loopback, origin_of, shown
from sstar_lsp.models.tape import Player, Recorder, Tape

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk

T = TypeVar("T")

MOST_BYTES = 256 << 20
"""Of one answer; a server that sends more never ends."""
LONGEST_LINE = 4 << 20
"""Bytes of one event."""
_CONNECTIONS = 512


class Connection:
    """Requests to one base URL. Nothing is sent before the first."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        idle_timeout_s: float = 180.0,
        connect_timeout_s: float = 5.0,
        tape: Tape | None = None,
    ) -> None:
        """Raises :class:`UsageError` where ``base_url`` is no address.

        ``idle_timeout_s``: longest silence, before the first token or between two.
        ``tape``: what records the traffic, or is played in its place.
        """
        self.origin = origin_of(base_url)
        """Scheme, host and port."""
        self.base_url = shown(base_url)
        """For messages; without user and password."""
        self.idle_timeout_s = idle_timeout_s
        self._url = base_url
        self._key = api_key
        self._connect_timeout_s = connect_timeout_s
        self._tape = tape
        self._client: AsyncOpenAI | None = None
        self._connecting = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Connection({self.base_url!r})"

    async def listing(self) -> list[Any]:
        """What the server says of its models, one object each. Raises a :class:`ModelError`."""
        client = await self._connected()
        listed = await self.speak(client.models.list(timeout=self._connect_timeout_s * 2))
        try:
            return [model for model in listed.data if isinstance(model.id, str)]
        except (AttributeError, TypeError):
            raise ModelProtocolError(
                f"the list of models at {self.base_url} is not the OpenAI wire: "
                "is the address right (most end with /v1)?"
            ) from None

    async def models(self) -> tuple[str, ...]:
        """Names of the models that the server has. Raises a :class:`ModelError`."""
        return tuple(model.id for model in await self.listing())

    async def open(self, body: Mapping[str, Any]) -> AsyncStream[ChatCompletionChunk]:
        """Send a chat request; returns once the server has accepted it. Raises a :class:`ModelError`."""
        client = await self._connected()
        opening: Awaitable[Any] = client.chat.completions.create(**body)
        stream: AsyncStream[ChatCompletionChunk] = await self.speak(opening, str(body.get("model", "")))
        return stream

    async def chunks(self, stream: AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[Any, None]:
        """The stream's chunks, each at most the idle time after the one before."""
        if "application/json" in stream.response.headers.get("content-type", ""):
            yield await self._whole_answer(stream)
            return
        seen = False
        chunks = cast("AsyncGenerator[Any, None]", stream.__stream__())
        async with aclosing(chunks):
            while True:
                try:
                    chunk = await self.speak(anext(chunks))
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

    async def get(self, path: str) -> str:
        """The text of a page beside the API's root (``/version``, ``/metrics`` …). Raises a :class:`ModelError`."""
        import httpx2

        root = httpx2.URL(self._url).copy_with(path=path, query=None, fragment=None)
        client = await self._connected()
        headers = {"Authorization": f"Bearer {self._key}"}
        answer = await self.speak(
            client._client.get(root, headers=headers, timeout=self._connect_timeout_s)
        )  # its pool and its rules
        if answer.status_code != 200:
            raise ModelProtocolError(f"{self.base_url}: no {path} there (HTTP {answer.status_code})")
        return str(answer.text)

    async def speak(self, asked: Awaitable[T], model: str = "") -> T:
        """Await one exchange with the server; whatever goes wrong comes out of the error tree."""
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self.idle_timeout_s):
                return await asked
        except (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException) as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout) or isinstance(error, httpx2.ConnectTimeout):
                raise self._unreachable(error) from error
            raise ModelStalled(
                f"the model server at {self.base_url} sent nothing for {self.idle_timeout_s:g} s: "
                "is it overloaded or stuck? Try again, or ask for fewer samples at once"
            ) from error
        except openai.APIStatusError as error:
            raise await self._refused(error, model) from error
        except (openai.APIConnectionError, httpx2.TransportError) as error:
            if isinstance(error.__cause__, ModelError):  # a tape's
                raise error.__cause__ from None
            raise self._unreachable(error) from error
        except openai.APIError as error:
            raise openai_errors.stream_error(error.body, self.base_url, model) from error
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, ValueError, UnicodeError) as error:
            raise ModelProtocolError(
                f"{self.base_url} sent what is not the OpenAI wire "
                f"({openai_errors.shorten(f'{type(error).__name__}: {error}')}): "
                "is it an OpenAI-compatible server?"
            ) from error

    async def aclose(self) -> None:
        """Close every connection."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def _whole_answer(self, stream: AsyncStream[ChatCompletionChunk]) -> Any:
        """A server that does not stream sent the answer in one piece; the shape is nearly the same."""
        from openai.types.chat import ChatCompletion

        raw = await self.speak(stream.response.aread())
        try:
            return ChatCompletion.model_validate_json(raw)
        except ValueError:
            raise ModelProtocolError(
                f"{self.base_url} answered with JSON that is no chat completion: "
                f"{openai_errors.shorten(raw.decode(errors='replace'))}"
            ) from None

    def _unreachable(self, error: Exception) -> ModelError:
        import httpx2

        reason: BaseException = error
        while reason.__cause__ is not None:
            reason = reason.__cause__
        broke = httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.WriteError
        if isinstance(reason, broke) or isinstance(error.__cause__, broke):
            return ModelUnreachable(
                f"{self.base_url} closed the connection before its answer was whole ({reason}): "
                "did the server stop? Look at its log and try again"
            )
        return ModelUnreachable(
            f"nobody answers at {self.base_url} ({reason or type(reason).__name__}): "
            "is the model server running, and is the address right?"
        )

    async def _refused(self, error: Any, model: str) -> ModelError:
        refusal = openai_errors.read_refusal(
            error.status_code, error.body, error.response.text, error.response.headers
        )
        known: tuple[str, ...] = ()
        if refusal.status == 404 and not str(error.request.url).endswith("/models"):
            with contextlib.suppress(ModelError):
                known = await self.models()
        return openai_errors.error_for(refusal, self.base_url, model, known)

    async def _connected(self) -> AsyncOpenAI:
        async with self._connecting:
            if self._client is None:  # on a thread: imports and certificates take a second
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    def _connect(self) -> AsyncOpenAI:
        with syntax.turn:  # these imports parse
            import httpx2
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit, Timeout

        hooks: list[Callable[[Any], Awaitable[None]]] = [_bounded]
        if isinstance(self._tape, Recorder):
            hooks.append(self._tape.hear)
        # the environment's organisation belongs to OpenAI, not to whoever is asked here
        foreign: Any = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
        client = AsyncOpenAI(
            base_url=self._url,
            api_key=self._key,
            max_retries=0,  # ours count, are bounded, and know what was already yielded
            timeout=Timeout(self.idle_timeout_s, connect=self._connect_timeout_s),
            default_headers=None if OPENAI_HOST in self._url else foreign,
            http_client=DefaultAsyncHttpxClient(
                # a proxy cannot reach our loopback
                trust_env=not is_loopback(self._url),
                follow_redirects=False,  # the prompt is for the address that was configured
                limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
                event_hooks={"response": hooks},
                transport=self._tape.transport() if isinstance(self._tape, Player) else None,
            ),
        )
        _ = client.chat.completions, client.models  # imported when they are first touched
        return client


async def _bounded(response: httpx2.Response) -> None:
    """A response that never ends must not fill the memory."""
    from sstar_lsp.models.byte_streams import Bounded

    response.stream = Bounded(response.stream, MOST_BYTES, LONGEST_LINE)  # type: ignore[arg-type]  # an async client's
