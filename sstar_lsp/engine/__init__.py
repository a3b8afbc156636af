"""S* itself: sample, debug, select. Pure asyncio; see :mod:`sstar_lsp.engine.solve`."""
