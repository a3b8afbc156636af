"""``python -m sstar_lsp.models.embedded``: becomes the server process, apart from whoever started it.

Forking must come before anything heavy is imported or any thread exists.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def main() -> None:
    """Read the order, leave the parent, serve."""
    parser = argparse.ArgumentParser(prog="sstar embedded server")
    parser.add_argument(
        "--name", action="append", required=True, help="id and aliases of the model, id first"
    )
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="of lock, address and log")
    parser.add_argument("--idle-s", type=float, required=True)
    parser.add_argument("--threads", type=int, default=0, help="0: one a core")
    parser.add_argument("--device", required=True)
    parser.add_argument(
        "--report", type=int, required=True, help="file descriptor that the address is said to"
    )
    asked = parser.parse_args()
    if os.fork():
        os._exit(0)  # the server is nobody's child: it is reaped by init, not by an owner
    from sstar_lsp.models.embedded.paths import Places
    from sstar_lsp.models.embedded.server import Order
    from sstar_lsp.models.embedded.server import main as serve

    order = Order(
        tuple(asked.name),
        asked.weights,
        Places(asked.folder, asked.name[0], asked.device),
        asked.idle_s,
        asked.threads or None,
        asked.device,
    )
    serve(order, asked.report)


if __name__ == "__main__":
    main()
