"""What one model at one endpoint can do, as far as it is known; unknown counts as least."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import cattrs
from attrs import field, frozen

from sstar_lsp.models.client.api_keys import shown
from sstar_lsp.private_files import make_private_folder, state_folder
from sstar_lsp.records import JudgeExam
from sstar_lsp.regular_files import replace_file

Bounds = tuple[float | None, float | None]
"""Least and largest value; None: no bound is known."""


class LimitField(StrEnum):
    """What the endpoint calls the most new tokens."""

    MAX_TOKENS = "max_tokens"
    MAX_COMPLETION_TOKENS = "max_completion_tokens"


@frozen
class Capabilities:
    """True and False were seen; None was not, and nothing may rely on it."""

    streaming: bool | None = None
    """Answers arrive in pieces; without it a stall is only seen when the whole answer is late."""
    limit_field: LimitField = LimitField.MAX_TOKENS
    reasoning: bool | None = None
    """Thoughts were seen, in a field or between ``<think>`` marks."""
    opens_in_prompt: bool = False
    """Thoughts ended that the answer had not begun: the chat template opens them."""
    context_tokens: int | None = None
    """Prompt and answer together."""
    refused_fields: tuple[str, ...] = field(default=(), converter=tuple)
    """Fields of a request that it does not take and that are left out."""
    bounds: Mapping[str, Bounds] = field(factory=dict)
    """Least and largest value of fields whose values it refused."""


LEAST = Capabilities()
"""Nothing is known."""

EMBEDDED = "embedded"
"""In the place of an address: our own server, whose port is another one each time."""
_KEPT_S = 7 * 24 * 3600.0
"""A server may be another one after a week."""
_VERSION = 2
_DAMAGED = (KeyError, TypeError, ValueError, cattrs.BaseValidationError)
"""What an entry raises that is missing or not as it was written."""


@frozen
class Known:
    """What earlier probes found, in a file of the user's state folder. Never holds a key or a password."""

    path: Path
    clock: Callable[[], float] = time.time

    def get(self, base_url: str, model: str) -> Capabilities | None:
        """What is known of it; None if nothing is, or nothing recent."""
        with contextlib.suppress(*_DAMAGED):
            said = self._read()[_key(base_url, model)]
            if 0 <= self.clock() - float(said["seen"]) < _KEPT_S:
                return cattrs.structure(said["capabilities"], Capabilities)
        return None

    def put(self, base_url: str, model: str, capabilities: Capabilities) -> None:
        """Remember it; a folder that cannot be written costs a probe next time and nothing else."""
        self._put(base_url, model, {"seen": self.clock(), "capabilities": cattrs.unstructure(capabilities)})

    def exam(self, base_url: str, model: str) -> JudgeExam | None:
        """Result of the model's judge exam, which does not age; None if it was not examined."""
        with contextlib.suppress(*_DAMAGED):
            return cattrs.structure(self._read()[_key(base_url, model)]["exam"], JudgeExam)
        return None

    def put_exam(self, base_url: str, exam: JudgeExam) -> None:
        """Remember an exam, as :meth:`put` remembers what a server can do."""
        self._put(base_url, exam.model, {"exam": cattrs.unstructure(exam)})

    def _put(self, base_url: str, model: str, facts: Mapping[str, object]) -> None:
        kept = dict(self._read())
        key = _key(base_url, model)
        before = kept.get(key)
        kept[key] = {
            **(before if isinstance(before, Mapping) else {}),
            "version": _VERSION,
            "endpoint": shown(base_url),
            "model": model,
            **facts,
        }
        with contextlib.suppress(OSError):
            make_private_folder(self.path.parent)
            replace_file(self.path, json.dumps(kept, indent=1).encode(), 0o600)

    def _read(self) -> Mapping[str, Any]:
        try:
            kept = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}


def _key(base_url: str, model: str) -> str:
    """The address may hold a password: only its digest is kept."""
    return hashlib.sha256(f"{_VERSION}\n{base_url}\n{model}".encode()).hexdigest()[:32]


def known(environ: Mapping[str, str] = os.environ) -> Known:
    """The user's file of what earlier probes found."""
    return Known(state_folder(environ) / "endpoints.json")
