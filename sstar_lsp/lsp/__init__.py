"""The editor face: a language server over stdio. See ``docs/lsp.md``."""

from __future__ import annotations

from sstar_lsp.lsp.features import create_server
from sstar_lsp.lsp.server import Deps, SStarServer
from sstar_lsp.lsp.stdio import serve_stdio

__all__ = ["Deps", "SStarServer", "create_server", "serve_stdio"]
