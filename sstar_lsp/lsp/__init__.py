"""The editor face: a language server over stdio. See ``docs/lsp.md``."""
