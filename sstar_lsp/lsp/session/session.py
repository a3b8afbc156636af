"""Session: what is kept for one connected editor. Knows no feature; :mod:`sstar_lsp.lsp.server` wires those.

The engine and the model client are imported on a thread after ``initialized``, so that ``initialize`` is
quick.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from sstar_lsp.lsp.gc_policy import GcPolicy
from sstar_lsp.lsp.lazy_service import LazyService, Open, open_service
from sstar_lsp.lsp.session.api_keys import ApiKeys
from sstar_lsp.lsp.session.configuration import EditorSettings
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.file_watcher import FileWatcher
from sstar_lsp.lsp.session.model_choice import ModelChoice
from sstar_lsp.lsp.session.problem_cache import ProblemCache
from sstar_lsp.lsp.session.run_history import RunHistory
from sstar_lsp.lsp.session.runs import RunContext, RunIndex
from sstar_lsp.lsp.transport.json_rpc import JsonRpc


@frozen
class Deps:
    """What a server is made of; tests put other things in."""

    open_service: Open = open_service
    environ: Mapping[str, str] = field(factory=lambda: os.environ)
    gc_policy: GcPolicy = field(factory=GcPolicy)


class Session:
    """The parts that features share, each with what it needs of the others."""

    def __init__(self, deps: Deps) -> None:
        self.editor = Editor()
        self.settings = EditorSettings(self.editor, deps.environ)
        self.service = LazyService(deps.open_service, deps.gc_policy)
        self.problems = ProblemCache(self.editor)
        self.watcher = FileWatcher(self.editor)
        keys, models = ApiKeys(self.editor), ModelChoice(self.editor)
        self.runs = RunIndex(
            RunContext(self.editor, self.service, self.settings, self.problems, keys, models, deps.gc_policy)
        )
        self.history = RunHistory(self.editor, self.service, self.problems, self.runs)
        self.on_close: list[Callable[[], Any]] = []
        """Awaited when the session ends: what features have opened."""

    @property
    def protocol(self) -> JsonRpc:
        """What messages are handed to."""
        return self.editor.protocol

    @property
    def parent(self) -> int | None:
        """Process id of the editor, where it is on this machine."""
        return self.editor.parent

    async def aclose(self) -> None:
        """End everything: runs cancelled side by side, then what they shared."""
        self.watcher.stop()
        for close in self.on_close:
            await close()
        active = [run.active for run in self.runs.all if run.active is not None and run.is_running]
        cancels = [run.handle.cancel() for run in active if run.handle is not None]
        await asyncio.gather(*cancels, return_exceptions=True)
        await self.editor.cancel_tasks()
        await self.service.aclose()
