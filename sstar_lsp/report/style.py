"""Style sheet of a report (``style.css``), light and dark; its hash is in the page's content security policy."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

STYLE = "\n" + files(__package__).joinpath("style.css").read_text("utf-8")
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def policy(*, has_forms: bool) -> str:
    """Content security policy of a page: its own style sheet only; forms only to its own origin."""
    target = "'self'" if has_forms else "'none'"
    return f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action {target}"
