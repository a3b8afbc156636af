"""Stage 1: samples in waves, each through its own rounds, until the leader is settled.

Nothing waits for what it does not need: a sample is debugged while others are written, a survivor meets the
inputs that need no model as soon as it survives, and everything still under way is cancelled once enough is
known. Yet the outcome must not depend on which request was faster. So results are *looked at* in one fixed
order (:func:`~sstar_lsp.engine.sampling.attempts.order`), in which a wave's first attempts come before the
repairs of the wave before it, and what arrived ahead of its turn when the leader is settled is left out of
the choice.

When to stop: see :mod:`~sstar_lsp.engine.sampling.early_stopping`. What to debug: a repair costs more than a
new program and survives less often, so only while hardly anything survives (``Policy.enough_survivors``).
Repairs begin if that is so once the first attempts of the wave are known, and end where it is no longer so of
the waves whose turn has come. Where a model says that its answers slow each other down, repairs queue
(:mod:`~sstar_lsp.engine.repair.repair_queue`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from attrs import Factory, define, evolve, field

from sstar_lsp.engine.clustering.clusters import cluster
from sstar_lsp.engine.clustering.differential_testing import keep_wave, why_rejected
from sstar_lsp.engine.concurrency import side_by_side
from sstar_lsp.engine.judging.model_ability import uses
from sstar_lsp.engine.repair.debug import attempt, better
from sstar_lsp.engine.repair.repair_queue import Turns
from sstar_lsp.engine.run.dedup import Signature, failure_signature, fingerprint
from sstar_lsp.engine.run.events import CaseInput, Cluster, Role, SamplingEnded
from sstar_lsp.engine.run.model_client import BudgetExhausted
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.run.run import Run
from sstar_lsp.engine.sampling.attempts import Chain, order
from sstar_lsp.engine.sampling.early_stopping import Standing
from sstar_lsp.engine.sampling.prompt_variants import wave_sizes
from sstar_lsp.engine.test_inputs.free_inputs import cheap_waves
from sstar_lsp.errors import ModelError
from sstar_lsp.records import Candidate, PromptKind
from sstar_lsp.settings import Diversity, SolveSettings


@define
class Exploration:
    """Stage 1 of one run in flight."""

    run: Run
    chains: dict[int, Chain] = Factory(dict)
    """By sample."""
    lost: list[ModelError] = Factory(list)
    looked_at: list[Candidate] = Factory(list)
    """Survivors, in the fixed order, as far as it was followed."""
    finished: set[int] = Factory(set)
    """Samples that will bring no further survivor, as far as the order was followed."""
    samples: int = 0
    """Highest sample looked at."""
    reason: str | None = None
    """Why no more programs are needed, once that is so."""
    tasks: dict[int, asyncio.Task[None]] = Factory(dict)
    """By sample."""
    _turns: Turns = field(init=False)
    _sizes: Sequence[int] = field(init=False)
    _launched: int = field(default=0, init=False)
    """Waves."""
    _inputs: asyncio.Task[list[CaseInput]] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._turns = Turns(self.run.calls.room(Role.DEBUGGER) if self.settings.adaptive else None)
        self._sizes = wave_sizes(self.settings)

    @property
    def settings(self) -> SolveSettings:
        """The settings of the run."""
        return self.run.state.settings

    # --- what is under way ------------------------------------------------------------------------

    async def first_attempt(self, chain: Chain, group: asyncio.TaskGroup) -> None:
        """A sample from its first attempt through its rounds."""
        with self._until_closed(chain):
            try:
                survives = await self._round(chain, 0)
            finally:
                self._turns.give_back()
            self._launch_ahead(group)
            if not survives and await self._is_worth_debugging(chain):
                await self.debug(chain)

    @contextmanager
    def _until_closed(self, chain: Chain) -> Iterator[None]:
        """Close the sample at the end; what the model or the budget refuses ends it and not the run."""
        try:
            yield
        except ModelError as error:
            self.lost.append(error)
        except BudgetExhausted:
            pass  # the run's calls say which cap it was
        finally:
            for round_ in range(self.settings.rounds + 1):
                chain.result_known(round_).set()

    async def debug(self, chain: Chain) -> None:
        """The rounds that are left."""
        tried: set[Signature | str] = set(self._marks(chain.attempts))
        for round_ in range(chain.rounds_made, self.settings.rounds + 1):
            if await self._repair(chain, round_):
                return
            marks = self._marks(chain.attempts[-1:])
            if self.settings.adaptive and tried & marks:
                chain.deferred = True  # the repair changed nothing that can be seen
                return
            tried |= marks

    async def debug_after_all(self, chain: Chain) -> None:
        """Rounds that were deferred, because nothing else survived."""
        chain.deferred = False
        with self._until_closed(chain):
            for round_ in range(chain.rounds_made, self.settings.rounds + 1):
                if await self._repair(chain, round_):
                    return

    async def _repair(self, chain: Chain, round_: int) -> bool:
        """One round in a slot; True if it was the last: it survives, or is no longer needed."""
        async with self._turns.once_there_is_room((chain.wave + round_, round_, chain.sample)):
            return self._is_dropped(chain, round_) or await self._round(chain, round_)

    async def _round(self, chain: Chain, round_: int) -> bool:
        """One attempt; whether it survives. A survivor has met the free inputs once its result is known."""
        run = self.run
        candidate = await attempt(run.runner, run.calls, chain.best, chain.sample, round_)
        chain.rounds_made = round_ + 1
        chain.attempts += [None] * (round_ - len(chain.attempts)) + [candidate]
        if candidate is not None:
            chain.best = better(run.state, candidate, chain.best)
        survives = candidate is not None and run.state.survives(candidate.id)
        if survives and candidate is not None and self.settings.adaptive:
            await run.runner.run_on(candidate, await self._free_inputs())
        chain.result_known(round_).set()
        return survives

    async def _is_worth_debugging(self, chain: Chain) -> bool:
        """True if too few samples survive and no earlier sample has the same failure. Waits for the first
        attempts of its wave."""
        if self._is_always_debugged(chain):
            return True
        own = self._marks(chain.attempts)
        for other in [other for other in self.chains.values() if other.wave <= chain.wave]:
            await other.result_known(0).wait()
            if other.sample < chain.sample and own & self._marks(other.attempts[:1]):
                chain.deferred = True
        chain.deferred = chain.deferred or self._enough_survive(chain.wave)
        return not chain.deferred

    def _is_always_debugged(self, chain: Chain) -> bool:
        """Whether the paper's way is wanted, or it is a person's own program."""
        first = chain.attempts[0] if chain.attempts else None
        return not self.settings.adaptive or (first is not None and first.prompt is PromptKind.OWN)

    def _is_dropped(self, chain: Chain, round_: int) -> bool:
        """Whether the waves whose turn comes before that repair's bring enough without it."""
        return self._enough_survive(chain.wave + round_) and not self._is_always_debugged(chain)

    def _enough_survive(self, wave: int) -> bool:
        """Whether so many first attempts survive, as far as that wave, that failing ones are not debugged."""
        policy = self.run.state.policy
        surviving = sum(
            self._survivor(chain, 0) is not None for chain in self.chains.values() if chain.wave <= wave
        )
        return surviving >= max(policy.enough_survivors, policy.enough_share * self.settings.samples)

    def _survivor(self, chain: Chain, round_: int) -> Candidate | None:
        """The sample's program of that round, if it passes all examples."""
        candidate = chain.attempts[round_] if round_ < len(chain.attempts) else None
        return candidate if candidate is not None and self.run.state.survives(candidate.id) else None

    def _marks(self, attempts: Sequence[Candidate | None]) -> set[Signature | str]:
        """What failing programs are known by: their text and how they fail."""
        marks: set[Signature | str] = set()
        checks = self.run.state.checks
        for candidate in attempts:
            if candidate is not None and not self.run.state.survives(candidate.id):
                marks |= {
                    fingerprint(candidate.code, candidate.language),
                    failure_signature(checks[candidate.id]),
                }
        return marks

    async def _free_inputs(self) -> list[CaseInput]:
        """Inputs that need no model, made once."""
        if self._inputs is None:
            self._inputs = asyncio.create_task(free_inputs(self.run.record))
        return await asyncio.shield(self._inputs)

    async def close(self) -> None:
        """Leave nothing running, and nothing that was journaled out of the state."""
        if self._inputs is not None:
            self._inputs.cancel()
            await asyncio.gather(self._inputs, return_exceptions=True)
        await self.run.record.settle()

    # --- waves ------------------------------------------------------------------------------------

    def _launch_next(self, group: asyncio.TaskGroup) -> None:
        """Ask for the samples of the next wave, if there is one and the budget has room for it."""
        wave = self._launched
        if wave < len(self._sizes) and self.run.calls.exhausted is None:
            start = sum(self._sizes[:wave])
            chains = [Chain(sample, wave) for sample in range(start + 1, start + self._sizes[wave] + 1)]
            self.chains |= {chain.sample: chain for chain in chains}
            for _ in chains:
                self._turns.take()
            self.tasks |= {c.sample: group.create_task(self.first_attempt(c, group)) for c in chains}
            self._launched += 1

    def _launch_ahead(self, group: asyncio.TaskGroup) -> None:
        """Do not wait for the end of a wave that cannot settle the leader.

        That changes nothing but the time: the same results are looked at in the same order. Samples that are
        to differ from earlier ones wait for these.
        """
        settings = self.settings
        if not settings.adaptive or settings.diversity is Diversity.CONTRAST:
            return
        if uses(self.run.state, settings.fresh_start, Role.WRITER) and not any(
            self._survivor(chain, 0) for chain in self.chains.values()
        ):
            return  # whether the next samples are asked for a plan is known once one survives, or none did
        if not self._at_best().is_settled(settings.confidence):
            self._launch_next(group)

    def _at_best(self) -> Standing:
        """Where the leader stands if all first attempts under way join it, and nothing counts against it."""
        under_way = {sample for sample, chain in self.chains.items() if not chain.result_known(0).is_set()}
        known = {
            sample: self._survivor(chain, 0)
            for sample, chain in self.chains.items()
            if sample not in under_way
        }
        first = {sample: survivor for sample, survivor in known.items() if survivor is not None}
        survivors = {candidate.id: candidate for candidate in (*first.values(), *self.looked_at)}
        done = self.finished | under_way | set(first)
        standing = self._standing(list(survivors.values()), done, max(self.chains), len(under_way))
        return evolve(standing, second=0)

    # --- what is looked at ------------------------------------------------------------------------

    async def explore(self) -> None:
        """Launch the waves and look at their results until the leader is settled or all is known."""
        async with side_by_side() as group:
            self._launch_next(group)
            for wave, round_, sample in order(self._sizes, self.settings.rounds):
                if sample not in self.chains:
                    continue  # a wave that the budget had no room for
                if await self._settled_after(self.chains[sample], round_):
                    break
                last_of_wave = sample == sum(self._sizes[: wave + 1])
                if round_ == 0 and last_of_wave and self._launched == wave + 1:
                    self._launch_next(group)
            else:
                await self._debug_what_was_deferred(group)
            for task in self.tasks.values():
                task.cancel()

    async def _debug_what_was_deferred(self, group: asyncio.TaskGroup) -> None:
        """Where nothing survived, what was put off is debugged after all."""
        chains = [chain for chain in self.chains.values() if chain.deferred]
        if self.looked_at or not chains or self.run.calls.exhausted is not None:
            return
        made = {chain.sample: chain.rounds_made for chain in chains}
        self.finished -= set(made)
        for chain in chains:
            for round_ in range(chain.rounds_made, self.settings.rounds + 1):
                chain.over[round_] = asyncio.Event()
        self.tasks |= {c.sample: group.create_task(self.debug_after_all(c)) for c in chains}
        for round_ in range(1, self.settings.rounds + 1):
            for chain in chains:
                if round_ >= made[chain.sample] and await self._settled_after(chain, round_):
                    return

    async def _settled_after(self, chain: Chain, round_: int) -> bool:
        """Take one more result into account; whether that was enough."""
        if round_ > 0 and self._is_dropped(chain, round_):
            self.tasks[chain.sample].cancel()
            self.finished.add(chain.sample)
            self.reason = self._why_settled()
            return self.reason is not None
        await chain.result_known(round_).wait()
        self.samples = max(self.samples, chain.sample)
        survivor = self._survivor(chain, round_)
        if survivor is not None:
            self.looked_at.append(survivor)
            self.finished.add(chain.sample)
        elif round_ >= len(chain.attempts) or round_ == self.settings.rounds:
            self.finished.add(chain.sample)
        if self.settings.adaptive:
            self.reason = self._why_settled()
        return self.reason is not None

    def _why_settled(self) -> str | None:
        """Why the leader needs no further programs; None while it does."""
        settings = self.settings
        now = self._standing(self.looked_at, self.finished, self.samples)
        if not now.is_settled(settings.confidence):
            return None
        looked = f"after {self.samples} of {settings.samples} samples"
        ahead = f"({now.leader} against {now.second})."
        if now.is_certain:
            return f"{looked} no other behaviour can overtake the leading one {ahead}"
        return f"{looked} the leading behaviour stays ahead with {now.stays_ahead:.0%} {ahead}"

    def _standing(
        self, survivors: Sequence[Candidate], finished: Collection[int], samples: int, joining: int = 0
    ) -> Standing:
        """The leader's standing among these survivors of so many samples, if ``joining`` more join it."""
        sizes = [len(group.members) for group in self._behaviours(survivors)]
        leader, second = (*sizes, 0, 0)[:2]
        left = self.settings.samples - len(finished)
        return Standing(leader + joining, second, left, (len(survivors) + joining + 1) / (samples + 2))

    def _behaviours(self, survivors: Sequence[Candidate]) -> tuple[Cluster, ...]:
        """Clusters of these programs, on the free inputs that they take."""
        run = self.run
        ids = [candidate.id for candidate in sorted(survivors, key=lambda candidate: candidate.order)]
        outcomes = {i: run.state.outcomes.get(i, {}) for i in ids}
        if not ids or self._inputs is None or not self._inputs.done():
            return ()
        runs, made = list(outcomes.values()), self._inputs.result()
        usable = [item for item in made if why_rejected(run.state, runs, item) is None]
        if usable:
            return cluster(run.state.problem.checker, outcomes, usable)
        groups: dict[str, list[str]] = {}
        for candidate in survivors:
            groups.setdefault(fingerprint(candidate.code, candidate.language), []).append(candidate.id)
        by_size = sorted(groups.values(), key=len, reverse=True)
        return tuple(Cluster(str(number), tuple(ids)) for number, ids in enumerate(by_size))


async def free_inputs(record: Record) -> list[CaseInput]:
    """The first inputs that need no model: a wave of changed examples and of inputs made anew."""
    state = record.state
    cheap = cheap_waves(state.problem, state.settings.inputs, state.settings.seed, without=state.without)
    return await keep_wave(record, cheap[0]) if cheap else []


async def explore(run: Run) -> None:
    """Stage 1: programs, checked and debugged, until no more are needed.
    Raises :class:`ModelError`: no sample could be had at all."""
    if run.state.sampling_ended is not None:
        return
    work = Exploration(run)
    try:
        await work.explore()
    finally:
        await work.close()
    if work.lost and not run.state.candidates:
        raise work.lost[0]
    considered = tuple(candidate.id for candidate in work.looked_at)
    if work.reason is not None:
        run.calls.exhausted = None  # what it had no room for was not needed
        await run.record.emit(SamplingEnded(considered, work.samples, work.reason))
    elif run.calls.exhausted is None:
        await run.record.emit(SamplingEnded(considered, run.state.settings.samples, ""))
    if work.lost:
        await run.record.warn(
            f"{len(work.lost)} of {run.state.settings.samples} samples were cut short by the model server: {work.lost[0]}"
        )
