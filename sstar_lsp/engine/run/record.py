"""The journaled state of a run: an event is written down, folded into the state, then shown.

Stages that make facts take a :class:`Record`; those that only read take the state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sstar_lsp.engine.run.events import CaseInput, Event, InputOrigin, InputsProposed, Journal, Warned
from sstar_lsp.engine.run.state import RunState, apply


class Record:
    """The state of one run, and the only way to change it."""

    def __init__(self, journal: Journal, state: RunState, publish: Callable[[Event], None]) -> None:
        self.state = state
        self._journal = journal
        self._publish = publish
        self._order = asyncio.Lock()
        self._keeping: set[asyncio.Task[None]] = set()

    async def emit(self, event: Event) -> None:
        """Journal the event, then fold it in, then show it; in one order for all three.

        A caller that is cancelled meanwhile tears them not apart: what reaches the journal is folded in.
        """
        keeping = asyncio.create_task(self._keep(event))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._kept)
        await asyncio.shield(keeping)

    def _kept(self, keeping: asyncio.Task[None]) -> None:
        self._keeping.discard(keeping)
        if not keeping.cancelled():
            keeping.exception()  # who was cancelled meanwhile does not hear it; the next event fails as well

    async def _keep(self, event: Event) -> None:
        async with self._order:
            await self._journal.record(event)
            self.state = apply(self.state, event)
            self._publish(event)

    async def settle(self) -> None:
        """Wait until the events of cancelled work are folded in."""
        while self._keeping:
            await asyncio.wait(set(self._keeping))

    async def warn(self, message: str) -> None:
        """Tell the person something once."""
        if message not in self.state.warnings:
            await self.emit(Warned(message))

    async def propose(
        self, texts: Sequence[str], origin: InputOrigin, parent: str | None = None
    ) -> list[CaseInput]:
        """Give new inputs their numbers; returns those of ``texts``, new or known, without repeats.

        A large input is one of its own even where an earlier one has its text: it says who is fast.
        """
        numbered = len(self.state.inputs)
        is_large = origin is InputOrigin.LARGE
        by_text = {
            item.text: item
            for item in self.state.inputs.values()
            if (item.origin is InputOrigin.LARGE) == is_large
        }
        fresh: list[CaseInput] = []
        found: dict[str, CaseInput] = {}
        for text in texts:
            item = by_text.get(text)
            if item is None:
                item = CaseInput(f"i{numbered + len(fresh) + 1}", text, origin, parent)
                by_text[text] = item
                fresh.append(item)
            found[item.id] = item
        if fresh:
            await self.emit(InputsProposed(tuple(fresh)))
        return list(found.values())
