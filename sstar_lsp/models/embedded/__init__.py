"""The embedded model: a small model server of our own, started when nothing else is configured.

See ``docs/design/embedded-model.md``.

* ``lifecycle.py``: the owner's side, ``async with EmbeddedModel() as model``
* ``server.py``: the server process; ``engine.py``: its view of the worker; ``paths.py``: lock and address
* ``worker.py``: the worker process with the runtime; ``prefix_scheduler.py`` and ``gguf.py``: its pure parts
"""

from __future__ import annotations

from sstar_lsp.models.embedded.lifecycle import EmbeddedModel, Lease, ensure_server

__all__ = ["EmbeddedModel", "Lease", "ensure_server"]
