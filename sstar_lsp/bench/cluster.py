"""Executions on many machines: one sandbox worker on each node of a Ray cluster, behind the ``Executor``
protocol.

Only this module imports Ray, which is an extra (``[cluster]``). The sandbox's promises hold on each node. If
a worker dies, another one repeats its unanswered calls; executions are pure, so nothing is counted twice.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Sequence
from types import TracebackType
from typing import Any

from sstar_lsp.errors import SandboxError, UsageError
from sstar_sandbox import CompilerOptions, Execution, FileIO, Limits, Mode, Offering, Program
from sstar_sandbox import SandboxError as BrokenSandbox
from sstar_sandbox.compilation.compiler_options import PLAIN
from sstar_sandbox.factory import open_sandbox
from sstar_sandbox.sandbox import Sandbox

INPUTS_AT_ONCE = 32
"""Of one program, sent to one worker: a large list is shared between nodes."""
TRIES = 4
"""A call whose worker died is made so often in all."""


class SandboxWorker:
    """The sandbox of one node: runs inside a Ray actor."""

    def __init__(self, boxes: int) -> None:
        self._boxes = boxes
        self._sandbox: Sandbox | None = None
        self._opening = asyncio.Lock()

    async def call(self, method: str, *arguments: Any) -> Any:
        """What a method of :class:`Sandbox` returns; executions all at once."""
        async with self._opening:
            if self._sandbox is None:
                self._sandbox = await open_sandbox(workers=self._boxes).__aenter__()
        called = getattr(self._sandbox, method)(*arguments)
        return [execution async for execution in called] if method == "run" else await called

    async def pid(self) -> int:
        """Of this worker, for tests and for a person."""
        return os.getpid()


class RayExecutor:
    """An ``Executor`` over the nodes of a Ray cluster; an async context manager."""

    def __init__(self, *, boxes: int = 2, workers: int | None = None) -> None:
        """``boxes``: sandbox boxes side by side of each worker. ``workers``: None: one for each node.

        The cluster is ``RAY_ADDRESS``'s, else a local one that ends with us.
        """
        self._boxes = boxes
        self._workers = workers
        self._ours = False
        self._actors: list[Any] = []
        self._next = itertools.count()
        self.made_again = 0
        """Calls whose worker died, and that another one answers."""

    async def __aenter__(self) -> RayExecutor:
        """Join or start the cluster, place the workers. Raises :class:`UsageError` where there is no
        Ray, :class:`SandboxError` where it does not start."""
        try:
            import ray
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
        except ImportError as error:
            raise UsageError("--engine ray wants Ray: pip install 'sstar-lsp[cluster]'") from error
        if not ray.is_initialized():
            self._ours = True
            await asyncio.to_thread(_join)
        nodes = [node["NodeID"] for node in _nodes() if node["Alive"]]
        actor = ray.remote(SandboxWorker)
        for number in range(self._workers or len(nodes)):
            place = NodeAffinitySchedulingStrategy(nodes[number % len(nodes)], soft=True)
            options = {"num_cpus": 0, "max_restarts": -1, "max_concurrency": 64, "scheduling_strategy": place}
            self._actors.append(actor.options(**options).remote(self._boxes))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers, and the cluster where it was ours."""
        import ray

        for actor in self._actors:
            ray.kill(actor)
        self._actors.clear()
        if self._ours:
            await asyncio.to_thread(ray.shutdown)

    async def pids(self) -> list[int]:
        """Process of each worker."""
        return [await actor.pid.remote() for actor in self._actors]

    async def offering(self, language: str, compiler: CompilerOptions = PLAIN) -> Offering:
        """See :meth:`Executor.offering`: of one worker, nodes are taken to be alike."""
        offering: Offering = await self._call("offering", language, compiler)
        return offering

    async def prepare(
        self,
        source: str,
        language: str,
        entry_point: str | None = None,
        compiler: CompilerOptions = PLAIN,
    ) -> Program:
        """See :meth:`Executor.prepare`."""
        program: Program = await self._call("prepare", source, language, entry_point, compiler)
        return program

    async def run(
        self,
        program: Program,
        inputs: Sequence[bytes],
        limits: Limits | None = None,
        mode: Mode = Mode.ISOLATED,
        *,
        files: FileIO | None = None,
    ) -> AsyncIterator[Execution]:
        """See :meth:`Executor.run`; pieces of a long list run on several workers."""
        pieces = [list(inputs[at : at + INPUTS_AT_ONCE]) for at in range(0, len(inputs), INPUTS_AT_ONCE)]
        calls = [
            asyncio.create_task(self._call("run", program, piece, limits, mode, None, files))
            for piece in pieces
        ]
        try:
            for call in calls:
                for execution in await call:
                    yield execution
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def _call(self, method: str, *arguments: Any) -> Any:
        """One call, made again of another worker where its own died. Raises :class:`SandboxError`."""
        import ray
        from ray.exceptions import RayActorError, RayTaskError

        failure: BaseException | None = None
        for _ in range(TRIES):
            actor = self._actors[next(self._next) % len(self._actors)]
            asked = actor.call.remote(method, *arguments)
            try:
                return await asked
            except asyncio.CancelledError:
                ray.cancel(asked)
                raise
            except RayTaskError as error:  # the sandbox's own words, from there
                cause = error.cause
                raise cause if isinstance(cause, BrokenSandbox) else SandboxError(str(error)) from error
            except RayActorError as error:
                failure = error
                self.made_again += 1
        raise SandboxError(
            f"{TRIES} sandbox workers of the Ray cluster died of the same call: {failure}"
        ) from failure


def _nodes() -> list[dict[str, Any]]:
    from ray import nodes

    listed: Callable[[], list[dict[str, Any]]] = nodes  # untyped there
    return listed()


def _join() -> None:
    """Raises :class:`SandboxError` where no cluster can be joined or started."""
    import ray

    try:
        ray.init(log_to_driver=False, include_dashboard=False, configure_logging=False)
    except Exception as error:  # Ray raises nothing narrower
        ray.shutdown()
        why = str(error).strip().split("\n")[0]
        raise SandboxError(
            f"no Ray cluster could be joined or started ({why}): is RAY_ADDRESS right, and has this machine room? "
            "Ray gives a node 30 s to start"
        ) from error
