"""``python -m sstar_lsp.models.embedded ORDER REPORT``: becomes the server process, apart from its starter.

``ORDER``: JSON of :class:`sstar_lsp.models.embedded.paths.Order`; ``REPORT``: a file descriptor that is told
whether this process serves. Forking must come before anything heavy is imported or any thread exists.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Leave the parent, serve."""
    if os.fork():
        os._exit(0)  # the server is nobody's child: it is reaped by init, not by an owner
    from sstar_lsp.models.embedded.paths import Order
    from sstar_lsp.models.embedded.server import main as serve

    serve(Order(**json.loads(sys.argv[1])), int(sys.argv[2]))


if __name__ == "__main__":
    main()
