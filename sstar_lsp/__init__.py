"""sstar-lsp: write many programs, prove which one is right (S*, arXiv 2502.14382)."""

from __future__ import annotations

__version__ = "0.1.0"
