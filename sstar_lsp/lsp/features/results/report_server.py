"""HTTP server on the loopback interface that serves the report of a run to a browser.

It answers a GET of a report's address, which holds a random token, and a POST from the page itself to one of
its links. ``Host`` must be exactly this host, so no other web page can read a report or open anything in the
editor.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from http import HTTPStatus
from typing import Any

from sstar_lsp.errors import RunError, SStarError
from sstar_lsp.loopback import Answer, Head, LoopbackServer
from sstar_lsp.lsp.features.results.virtual_documents import VirtualDocuments, candidate_uri, input_uri
from sstar_lsp.lsp.protocol_types import ReportParams
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.runs import DocumentRun, RunIndex

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

    def __init__(self, editor: Editor, runs: RunIndex, documents: VirtualDocuments) -> None:
        self._editor = editor
        self._runs = runs
        self._documents = documents
        self._listener: asyncio.Server | None = None
        self._opening = asyncio.Lock()
        self._run_ids: dict[str, str] = {}
        """By token."""
        self._http = LoopbackServer(self._respond, most_peers=MOST_PEERS)

    async def report(self, params: ReportParams) -> dict[str, Any]:
        """The command ``sstar.report``: serve a run's report, and have the editor open it in a browser.
        Raises :class:`RunError`: there is no such run, it has not begun, or nothing can be listened on."""
        uri = await self._address_of((await self._runs.find(params.run_id)).begun.run_id)
        if params.show and self._editor.client.shows_documents:
            await self._editor.open(uri, is_external=True)
        elif params.show:
            self._editor.show_info(f"S*: the report is at {uri}")
        return {"uri": uri}

    async def _address_of(self, run_id: str) -> str:
        """Where the report of a run is read; listens from now on.
        Raises :class:`RunError`: nothing can be listened on."""
        async with self._opening:
            if self._listener is None:
                try:
                    self._listener = await asyncio.start_server(self._http.answered, HOST, 0)
                except OSError as error:
                    raise RunError(f"the report cannot be served on {HOST}: {error}") from error
        token = next((token for token, served in self._run_ids.items() if served == run_id), None)
        if token is None:
            token = secrets.token_urlsafe(24)
            self._run_ids[token] = run_id
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
            return await self._route(head)
        except SStarError as error:
            return _answer(HTTPStatus.NOT_FOUND, f"{error}\n".encode("utf-8", "backslashreplace"))

    async def _route(self, request: Head) -> Answer:
        hosts = {f"{HOST}:{self._port}", f"localhost:{self._port}"}
        host = request.fields.get("host", "")
        if host not in hosts:
            return _answer(HTTPStatus.MISDIRECTED_REQUEST, b"This is not the host that you named.\n")
        token, _, rest = request.path.removeprefix("/").partition("/")
        run_id = next((run for own, run in self._run_ids.items() if _same(own, token)), None)
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

        run = await self._runs.find(run_id)

        def link(path: str, words: str) -> str:
            return "" if _linked(run, path) is None else button(path, words)

        text = await asyncio.to_thread(report_page, run.begun, link)
        fences = policy(has_forms=True) + "; frame-ancestors 'none'"
        return _answer(
            HTTPStatus.OK, text.encode("utf-8", "backslashreplace"), "text/html; charset=utf-8", fences
        )

    async def _open(self, run_id: str, what: str) -> Answer:
        """Show something of a run in the editor; the browser stays where it is (204)."""
        uri = _linked(await self._runs.find(run_id), what)
        if uri is None:
            return _answer(HTTPStatus.NOT_FOUND, b"The run has no such thing.\n")
        shown = await self._documents.openable(uri) if uri.startswith("sstar:") else uri
        if self._editor.client.shows_documents:
            self._editor.spawn(self._editor.open(shown, takes_focus=True))
        else:
            self._editor.show_info(f"S*: see {shown}")
        return _answer(HTTPStatus.NO_CONTENT)


def _linked(run: DocumentRun, what: str) -> str | None:
    """The URI behind a link of a report; None if there is nothing."""
    state = run.begun
    kind, _, name = what.partition("/")
    if kind == "document" and not name:
        return run.uri or None
    if kind == "test" and name in state.inputs:
        return input_uri(state.run_id, name)
    if kind == "program" and name in state.candidates:
        return candidate_uri(state.run_id, name, state.candidates[name].language)
    return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))
