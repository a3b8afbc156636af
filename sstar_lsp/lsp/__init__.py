"""The editor face: a language server over stdio. See ``docs/lsp.md``."""

from __future__ import annotations

from sstar_lsp.lsp.server import create_server
from sstar_lsp.lsp.session.session import Deps, Session
from sstar_lsp.lsp.transport.stdio import serve_stdio

__all__ = ["Deps", "Session", "create_server", "serve_stdio"]
