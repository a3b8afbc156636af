"""One template file a prompt; its digest goes into the journal.

Templates are :class:`string.Template` texts, so ``$`` and braces in a statement or a program stay as they
are. The long constant part comes first and is the same for all requests of a run, which servers' prefix
caches reuse.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from string import Template

from sstar_lsp.records import Problem


@cache
def _template(name: str) -> Template:
    return Template(files(__name__).joinpath(f"{name}.txt").read_text("utf-8"))


def fill(name: str, **values: str) -> str:
    """The text of a prompt. Raises ``KeyError``: a placeholder without a value; a bug of ours."""
    return _template(name).substitute(values).strip() + "\n"


def problem_text(problem: Problem) -> str:
    """The constant head of every prompt of a run."""
    return fill("problem", statement=problem.statement.strip())


@cache
def digests() -> dict[str, str]:
    """Template name to the first 16 hex digits of its SHA-256."""
    templates = [entry for entry in files(__name__).iterdir() if entry.name.endswith(".txt")]
    return {
        entry.name.removesuffix(".txt"): hashlib.sha256(entry.read_bytes()).hexdigest()[:16]
        for entry in sorted(templates, key=lambda entry: entry.name)
    }


@cache
def longest_template() -> int:
    """Bytes of the longest template: no prompt has more words of ours."""
    return max(len(files(__name__).joinpath(f"{name}.txt").read_bytes()) for name in digests())
