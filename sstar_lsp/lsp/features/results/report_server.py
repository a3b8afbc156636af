"""The report of a run in a browser: a small HTTP server on the loopback interface, for what the editor opened.

Only a GET of a report's address, which holds a random token, and a POST to one of its links are answered. A request must
name this host exactly (no other name that resolves here), and a link must come from the page itself, so no web page of
somebody else can read a report or open anything in the editor.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from lsprotocol import types

from sstar_lsp.errors import RunError, SStarError
from sstar_lsp.loopback import Answer, Head, LoopbackServer
from sstar_lsp.lsp.features.results.virtual_documents import candidate_uri, test_uri

if TYPE_CHECKING:
    from sstar_lsp.lsp.session.runs import DocumentRun
    from sstar_lsp.lsp.session.session import Session

HOST = "127.0.0.1"
MOST_PEERS = 32
"""Connections at a time."""
_FIELDS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def _answer(
    status: HTTPStatus,
    body: bytes = b"",
    kind: str = "text/plain; charset=utf-8",
    policy: str = "default-src 'none'; frame-ancestors 'none'",
) -> Answer:
    return Answer(status, body, kind, (*_FIELDS, ("Content-Security-Policy", policy)))


class ReportServer:
    """Serves the reports that a session has opened, from the first one to the session's end."""

    def __init__(self, server: Session) -> None:
        self._server = server
        self._listener: asyncio.Server | None = None
        self._opening = asyncio.Lock()
        self._runs: dict[str, str] = {}
        """Token to run id."""
        self._http = LoopbackServer(self._respond, most_peers=MOST_PEERS)

    async def address_of(self, run_id: str) -> str:
        """Where the report of a run is read; listens from now on.

        Raises:
            RunError: nothing can be listened on.
        """
        async with self._opening:
            if self._listener is None:
                try:
                    self._listener = await asyncio.start_server(self._http.answered, HOST, 0)
                except OSError as error:
                    raise RunError(f"the report cannot be served on {HOST}: {error}") from error
        token = next((token for token, known in self._runs.items() if known == run_id), None)
        if token is None:
            token = secrets.token_urlsafe(24)
            self._runs[token] = run_id
        return f"http://{HOST}:{self._port}/{token}/"

    @property
    def _port(self) -> int:
        assert self._listener is not None
        return int(self._listener.sockets[0].getsockname()[1])

    async def aclose(self) -> None:
        """Stop listening and drop who is connected."""
        if self._listener is not None:
            self._listener.close()
        await self._http.aclose()

    # --- one request ---------------------------------------------------------------------------

    async def _respond(self, head: Head, _body: bytes) -> Answer:
        try:
            return await self._found(head)
        except SStarError as error:
            return _answer(HTTPStatus.NOT_FOUND, f"{error}\n".encode("utf-8", "backslashreplace"))

    async def _found(self, request: Head) -> Answer:
        hosts = {f"{HOST}:{self._port}", f"localhost:{self._port}"}
        host = request.fields.get("host", "")
        if host not in hosts:
            return _answer(HTTPStatus.MISDIRECTED_REQUEST, b"This is not the host that you named.\n")
        token, _, rest = request.path.removeprefix("/").partition("/")
        run_id = next((run for known, run in self._runs.items() if _same(known, token)), None)
        if run_id is None:
            return _answer(HTTPStatus.NOT_FOUND, b"There is nothing here.\n")
        if request.method == "GET" and not rest:
            return await self._page(run_id)
        if request.method == "POST" and rest.startswith("open/"):
            if request.fields.get("origin") != f"http://{host}":
                return _answer(HTTPStatus.FORBIDDEN, b"Links are followed from the report alone.\n")
            return await self._open(run_id, rest.removeprefix("open/"))
        return _answer(HTTPStatus.NOT_FOUND, b"There is nothing here.\n")

    async def _page(self, run_id: str) -> Answer:
        from sstar_lsp.report.page import button, report_page
        from sstar_lsp.report.style import policy

        known = await self._server.runs.find(await self._server.service(), run_id)
        assert known.state is not None
        text = await asyncio.to_thread(report_page, known.state, button)
        fences = policy(has_forms=True) + "; frame-ancestors 'none'"
        return _answer(
            HTTPStatus.OK, text.encode("utf-8", "backslashreplace"), "text/html; charset=utf-8", fences
        )

    async def _open(self, run_id: str, what: str) -> Answer:
        """Show something of a run in the editor; the browser stays where it is (204)."""
        server = self._server
        known = await server.runs.find(await server.service(), run_id)
        uri = _linked(known, what)
        if uri is None:
            return _answer(HTTPStatus.NOT_FOUND, b"The run has no such thing.\n")
        shown = await server.openable(uri) if uri.startswith("sstar:") else uri
        if server.client.shows_documents:
            server.spawn(
                server.window_show_document_async(types.ShowDocumentParams(uri=shown, take_focus=True))
            )
        else:
            server.show_info(f"S*: see {shown}")
        return _answer(HTTPStatus.NO_CONTENT)


def _linked(known: DocumentRun, what: str) -> str | None:
    """The URI behind a link of a report; None where there is nothing."""
    state, run_id = known.state, known.run_id
    assert state is not None
    assert run_id is not None
    kind, _, name = what.partition("/")
    if kind == "document" and not name:
        return known.uri or None
    if kind == "test" and name in state.inputs:
        return test_uri(run_id, name)
    if kind == "program" and name in state.candidates:
        return candidate_uri(run_id, name, state.candidates[name].language)
    return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))
