"""One run in flight: its record, the runner of its programs, and its models.

The loop holds a :class:`Run` and hands each stage the parts that it needs.
"""

from __future__ import annotations

from collections.abc import Callable

from sstar_lsp.engine.run.arriving import Arriving
from sstar_lsp.engine.run.events import Event, Journal
from sstar_lsp.engine.run.executor import Executor
from sstar_lsp.engine.run.model_client import Calls
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.models.protocol import Models


class Run:
    """What the stages of one run share."""

    def __init__(
        self,
        models: Models,
        executor: Executor,
        journal: Journal,
        state: RunState,
        publish: Callable[[Event], None],
        arriving: Arriving | None = None,
    ) -> None:
        self.record = record = Record(journal, state, publish)
        self.runner = ProgramRunner(record, executor)
        self.calls = Calls(models, lambda: record.state, record.emit, arriving)

    @property
    def state(self) -> RunState:
        """The state of the run as it is now."""
        return self.record.state

    def close(self) -> None:
        """Drop compilations still under way."""
        self.runner.close()
