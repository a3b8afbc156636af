"""Problem formats: from what a person has on disk or in a buffer to a :class:`sstar_lsp.records.Problem`."""
