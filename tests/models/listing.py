"""A model server that only lists its models, on a thread: for faces that look for servers on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def listing_server(*names: str, owner: str = "library") -> Iterator[str]:
    """Its base URL; with ``library`` as the owner of its models it is an Ollama."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = [{"id": name, "object": "model", "owned_by": owner} for name in names]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"object": "list", "data": data}).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()


def port_of(base_url: str) -> str:
    """For ``SSTAR_SERVER_PORTS``."""
    return base_url.removesuffix("/v1").rpartition(":")[2]
