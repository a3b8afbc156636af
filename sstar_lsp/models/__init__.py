"""LLM servers behind one protocol: see :mod:`sstar_lsp.models.protocol`."""
