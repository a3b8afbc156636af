"""HTTP client of one endpoint: sends a request, reads its answer, turns every failure into the error tree.

Whatever comes out of here (pieces, names, errors) has the key blotted out, and is bounded. ``openai`` and
``httpx2`` take a while to import, so they are imported when the first request is made.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import urllib.request
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

from sstar_lsp import __version__, ast_lock
from sstar_lsp.errors import ModelError, ModelProtocolError, ModelStalled, ModelUnreachable, UsageError
from sstar_lsp.models.client import openai_errors
from sstar_lsp.models.client.api_keys import NO_KEY, OPENAI_HOST, Blot, is_loopback, origin_of, shown
from sstar_lsp.models.client.event_stream import parsed_whole
from sstar_lsp.models.client.openai_errors import Refusal
from sstar_lsp.models.client.stream_parser import AnswerReader
from sstar_lsp.models.protocol import Delta

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

T = TypeVar("T")

MOST_BYTES = 256 << 20
"""Of one answer; a server that sends more never ends."""
LONGEST_LINE = 4 << 20
"""Bytes of one event."""
_CONNECTIONS = 512
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody. For addresses without TLS: reading the certificates takes 35 ms and 3 MB for each client."""


class Connection:
    """Requests to one base URL. Nothing is sent before the first."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        idle_timeout_s: float = 180.0,
        connect_timeout_s: float = 5.0,
    ) -> None:
        """Raises :class:`UsageError` where ``base_url`` is no address.

        ``idle_timeout_s``: longest silence, before the first token or between two.
        """
        self.origin = origin_of(base_url)
        """Scheme, host and port."""
        self.base_url = shown(base_url)
        """For messages; without user and password."""
        self.idle_timeout_s = idle_timeout_s
        self._url = base_url
        self._key = api_key
        self._blot = Blot(base_url, api_key)
        self._connect_timeout_s = connect_timeout_s
        self._client: AsyncOpenAI | None = None
        self._connecting = asyncio.Lock()

    async def listing(self) -> list[Mapping[str, Any]]:
        """The server's models, one object with an ``id`` each. Raises a :class:`ModelError`."""
        response, text = await self._get("models", self._connect_timeout_s * 2)
        if response.status_code != 200:
            raise self._blotted(openai_errors.error_for(self._refusal(response, text), self.base_url, ""))
        said = parsed_whole(text)
        listed = said if isinstance(said, list) else None
        if isinstance(said, dict):  # "models": Ollama's own form, and Google's
            listed = next(
                (said[name] for name in ("data", "models") if isinstance(said.get(name), list)), None
            )
        if listed is None:
            raise self._blotted(
                ModelProtocolError(
                    f"the list of models at {self.base_url} is not the OpenAI wire "
                    f"({openai_errors.shorten(text) or 'nothing'}): "
                    "is the address right (most end with /v1)?"
                )
            )
        models = [{"id": one} if isinstance(one, str) else one for one in listed]
        named = [{**one, "id": one.get("id") or one.get("name")} for one in models if isinstance(one, dict)]
        return [{**one, "id": self._blot(one["id"])} for one in named if isinstance(one["id"], str)]

    async def models(self) -> tuple[str, ...]:
        """Names of the models that the server has. Raises a :class:`ModelError`."""
        return tuple(model["id"] for model in await self.listing())

    async def open(self, body: Mapping[str, Any]) -> httpx2.Response | Refusal:
        """Send a chat request; returns once it is accepted or refused. Raises a :class:`ModelError`."""
        # lone surrogates, which a document may hold, are no UTF-8
        sent = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
        response = await self._speak(self._chat(await self._connected(), sent))
        if response.status_code == 200:
            return response
        return self._refusal(response, await self._text(response))

    async def _chat(self, client: AsyncOpenAI, body: dict[str, Any]) -> httpx2.Response:
        """The response to a chat request, its body not read where it is accepted."""
        import openai

        fields = {name: body.pop(name) for name in ("model", "messages", "stream") if name in body}
        failure: BaseException
        try:
            raw: Any = await client.chat.completions.with_raw_response.create(
                **fields, extra_body=body, extra_headers=dict.fromkeys(_OWN_HEADERS, openai.Omit())
            )
        except openai.APIStatusError as error:
            return error.response
        except openai.APIConnectionError as error:
            failure = error.__cause__ or error
        else:
            response: httpx2.Response = raw.http_response
            return response
        raise failure  # here, where it gets no context: causes are followed to the first

    async def read(self, response: httpx2.Response, reader: AnswerReader) -> AsyncGenerator[Delta, None]:
        """The answer's pieces, at most the idle time apart. Raises a :class:`ModelError`."""
        label = f"HTTP {response.status_code}, {response.headers.get('content-type', 'no content type')}"
        held = ""
        try:
            async with (
                aclosing(response),
                aclosing(self._bytes(response)) as data,
                aclosing(reader.deltas(data, label)) as deltas,
            ):
                async for delta in deltas:
                    text = self._blot(held + delta.text)
                    at = len(text) if delta.finish_reason else self._blot.begun_at(text)
                    held, text = text[at:], text[:at]
                    yield evolve(delta, text=text, thought=self._blot(delta.thought))
        except ModelError as error:
            raise self._blotted(error) from None

    async def refused(self, refusal: Refusal, model: str) -> ModelError:
        """The error of a refusal; where the model may be missing it lists those that are there."""
        known: tuple[str, ...] = ()
        if refusal.status == 404 or openai_errors.is_about_model(refusal):
            try:
                known = await self.models()
            except ModelError:
                known = ()
        return self._blotted(openai_errors.error_for(refusal, self.base_url, model, known))

    async def aclose(self) -> None:
        """Close every connection."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def _get(self, path: str, timeout_s: float) -> tuple[httpx2.Response, str]:
        """The answer to a GET below the base URL, whose query stays."""
        import httpx2

        http = (await self._connected())._client  # its pool and its rules
        base = httpx2.URL(self._url)
        path = f"{base.path.rstrip('/')}/{path}"
        url = base.copy_with(path=path, fragment=None, username=None, password=None)
        response = await self._speak(
            http.send(http.build_request("GET", url, timeout=timeout_s), stream=True)
        )
        return response, await self._text(response)

    async def _text(self, response: httpx2.Response) -> str:
        async with aclosing(response), aclosing(self._bytes(response)) as data:
            return b"".join([piece async for piece in data]).decode("utf-8", "replace")

    async def _bytes(self, response: httpx2.Response) -> AsyncGenerator[bytes, None]:
        """The body's pieces. Raises :class:`ModelUnreachable` beyond a bound: it must not fill the memory."""
        seen = line = 0
        async with aclosing(response.aiter_bytes()) as pieces:
            while (piece := await self._speak(anext(pieces, None))) is not None:
                seen += len(piece)
                newline = piece.rfind(b"\n")
                line = line + len(piece) if newline < 0 else len(piece) - newline - 1
                if seen > MOST_BYTES or line > LONGEST_LINE:
                    raise ModelUnreachable(
                        f"{self.base_url} sent {seen} bytes and there is no end of its answer in sight: "
                        "look at its log and try again"
                    )
                yield piece

    def _refusal(self, response: httpx2.Response, text: str) -> Refusal:
        refusal = openai_errors.refusal_of(response.status_code, text, response.headers)
        return evolve(
            refusal,
            code=self._blot(refusal.code),
            param=self._blot(refusal.param),
            text=self._blot(refusal.text),
        )

    def _blotted(self, error: ModelError) -> ModelError:
        error.args = (self._blot(str(error)), *error.args[1:])
        return error

    async def _speak(self, asked: Awaitable[T]) -> T:
        """Await one exchange with the server; whatever goes wrong comes out of the error tree, without its
        cause: a library's error may hold the key."""
        import httpx2
        import openai

        try:
            async with asyncio.timeout(self.idle_timeout_s):
                return await asked
        except httpx2.ConnectTimeout as error:
            raise self._unreachable(error) from None
        except (TimeoutError, httpx2.TimeoutException):
            raise ModelStalled(
                f"the model server at {self.base_url} sent nothing for {self.idle_timeout_s:g} s: "
                "is it overloaded or stuck? Try again, or ask for fewer samples at once"
            ) from None
        except (httpx2.TransportError, OSError) as error:
            raise self._unreachable(error) from None
        except (
            openai.OpenAIError,
            httpx2.HTTPError,
            httpx2.StreamError,
            httpx2.InvalidURL,
            ValueError,
        ) as error:
            said = openai_errors.shorten(f"{type(error).__name__}: {error}")
            raise self._blotted(
                ModelProtocolError(
                    f"{self.base_url} sent what is not the OpenAI wire ({said}): is it an OpenAI-compatible server?"
                )
            ) from None

    def _unreachable(self, error: Exception) -> ModelError:
        import httpx2

        reason: BaseException = error
        while (inner := reason.__cause__ or reason.__context__) is not None:
            reason = inner
        said = str(reason) or str(error) or type(error).__name__
        if isinstance(error, httpx2.ReadError | httpx2.WriteError | httpx2.RemoteProtocolError):
            told = (
                f"{self.base_url} closed the connection before its answer was whole ({said}): "
                "did the server stop? Look at its log and try again"
            )
        elif isinstance(reason, ssl.SSLCertVerificationError):
            told = (
                f"the certificate of {self.base_url} is not trusted ({reason.verify_message}): name the file of its "
                "authority in SSL_CERT_FILE, or correct the address"
            )
        elif (proxy := self._proxy()) is not None:
            told = (
                f"{self.base_url} cannot be reached through the proxy {shown(proxy)} ({said}): is that proxy running, and "
                "does it let this address through? It comes from a variable such as HTTPS_PROXY; NO_PROXY takes an "
                "address out"
            )
        elif isinstance(reason, ssl.SSLError):
            told = f"who answers at {self.base_url} speaks no https ({said}): does the address begin with http://?"
        else:
            told = f"nobody answers at {self.base_url} ({said}): is the model server running, and is the address right?"
        return self._blotted(ModelUnreachable(told))

    def _proxy(self) -> str | None:
        """The proxy that the environment names for this address."""
        scheme, _, place = self.origin.partition("://")
        if is_loopback(self._url) or urllib.request.proxy_bypass(place.rpartition(":")[0]):
            return None
        proxies = urllib.request.getproxies()
        return proxies.get(scheme) or proxies.get("all")

    async def _connected(self) -> AsyncOpenAI:
        async with self._connecting:
            if self._client is None:  # on a thread: imports and certificates take a second
                self._client = await asyncio.to_thread(self._connect)
            return self._client

    def _connect(self) -> AsyncOpenAI:
        with ast_lock.LOCK:  # these imports parse
            import httpx2
            from openai import AsyncOpenAI

        url = httpx2.URL(self._url)
        headers = {"user-agent": f"sstar-lsp/{__version__}", "accept": "text/event-stream, application/json"}
        auth: httpx2.Auth | None = None
        if self._key == NO_KEY and url.username:
            auth = httpx2.BasicAuth(url.username, url.password)
        elif "api-version" in url.params:  # Azure's deployments
            headers["api-key"] = self._key
        else:
            headers["authorization"] = f"Bearer {self._key}"
        if url.host == OPENAI_HOST:  # the environment's organisation belongs to OpenAI and to nobody else
            named = {"openai-organization": "OPENAI_ORG_ID", "openai-project": "OPENAI_PROJECT_ID"}
            headers |= {header: os.environ[name] for header, name in named.items() if os.environ.get(name)}
        is_local = is_loopback(self._url)
        try:
            http = httpx2.AsyncClient(
                headers=headers,
                auth=auth,
                timeout=httpx2.Timeout(self.idle_timeout_s, connect=self._connect_timeout_s),
                verify=_NO_CERTIFICATES if is_local and url.scheme == "http" else True,
                trust_env=not is_local,  # a proxy cannot reach our loopback
                follow_redirects=False,  # the prompt is for the address that was configured
                limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            )
        except (ImportError, OSError, ValueError, httpx2.InvalidURL) as error:
            raise UsageError(self._blot(_about_environment(error))) from None
        client = AsyncOpenAI(
            base_url=str(url.copy_with(query=None, fragment=None, username=None, password=None)),
            api_key=self._key,
            max_retries=0,  # ours count, are bounded, and know what was already yielded
            timeout=http.timeout,
            default_query=dict(url.params),
            http_client=http,
        )
        _ = client.chat.completions  # imported when it is first touched
        return client


def _about_environment(error: Exception) -> str:
    """What a variable of the network holds that cannot be used."""
    given = {name: value for name in os.environ if (value := os.environ[name]) and name.upper() in _NETWORK}
    held = (
        ", ".join(f"{name}={shown(value.strip())}" for name, value in given.items()) or "none of them is set"
    )
    more = "pip install 'sstar-lsp[socks]' for SOCKS proxies. " if isinstance(error, ImportError) else ""
    said = openai_errors.shorten(f"{type(error).__name__}: {error}")
    return (
        f"the environment's network settings cannot be used ({said}). {more}Look at the proxy and certificate "
        f"variables: {held}."
    )


_OWN_HEADERS = ("Authorization", "User-Agent", "Accept", "OpenAI-Organization", "OpenAI-Project")
"""Headers that our HTTP client sets, and the OpenAI client leaves alone."""
_NETWORK = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"})
