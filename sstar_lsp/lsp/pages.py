"""What can be read under ``sstar://``: the evidence of a run, as a Markdown document.

One reader behind two doors: ``sstar/document`` for every editor, ``workspace/textDocumentContent`` (LSP 3.18)
for those that open virtual documents themselves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sstar_lsp.errors import RunError, UsageError

if TYPE_CHECKING:
    from sstar_lsp.service import Service

SCHEME = "sstar"
_EVIDENCE = re.compile(r"sstar://run/(?P<run>[\w-]+)/evidence\.md")


async def page(service: Service, uri: str) -> dict[str, Any]:
    """``uri``, ``languageId`` and ``text`` of a virtual document.

    Raises:
        UsageError: there is no document of that form.
        RunError: no such run, or one that has no evidence yet.
    """
    from sstar_lsp.engine.evidence import evidence_page

    found = _EVIDENCE.fullmatch(uri)
    if found is None:
        raise UsageError(f"there is no document {uri}; known: sstar://run/<run id>/evidence.md")
    run_id, state = await service.open_run(found["run"])
    if state.started is None:
        raise RunError(f"run {run_id} has not begun yet: there is no evidence to show.")
    return {"uri": uri, "languageId": "markdown", "text": evidence_page(state)}
