"""``python -m sstar_lsp`` is ``sstar``."""

from __future__ import annotations

from sstar_lsp.cli.main import main

if __name__ == "__main__":
    main(prog_name="sstar")
