"""Stage 1: samples in waves, each through its own rounds, until the leader is settled.

Nothing waits for what it does not need: a sample is debugged while others are written, a survivor meets the
inputs that need no model as soon as it survives, and everything still under way is cancelled once enough is known.
Yet the outcome must not depend on which request was faster. So results are *looked at* in one fixed order
(:func:`order`), in which a wave's first attempts come before the repairs of the wave before it, and what
arrived ahead of its turn when the leader is settled is left out of the choice.

When to stop: "adaptive consistency" (arXiv 2305.11860) over behaviours instead of answers, with an end in sight.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from math import comb, exp, lgamma

from attrs import Factory, define, field

from sstar_lsp.engine.calls import BudgetExhausted
from sstar_lsp.engine.cheap import cheap_waves
from sstar_lsp.engine.clusters import cluster
from sstar_lsp.engine.compare import keep_wave
from sstar_lsp.engine.debug import attempt, better
from sstar_lsp.engine.events import CaseInput, Cluster, SamplingEnded
from sstar_lsp.engine.run import Run
from sstar_lsp.engine.together import side_by_side
from sstar_lsp.engine.twins import Signature, failure_signature, fingerprint
from sstar_lsp.engine.validity import rejected_by_consensus
from sstar_lsp.engine.variants import wave_sizes
from sstar_lsp.errors import ModelError
from sstar_lsp.records import Candidate


def order(sizes: Sequence[int], rounds: int) -> Iterator[tuple[int, int, int]]:
    """(wave, round, sample) in the order in which results are looked at.

    A wave is as old as the repairs that were asked for while it was written: wave ``w`` round ``r`` comes at
    ``w + r``, first attempts first.
    """
    starts = [sum(sizes[:wave]) for wave in range(len(sizes))]
    for tick in range(len(sizes) + rounds):
        for round_ in range(min(rounds, tick) + 1):
            wave = tick - round_
            if wave < len(sizes):
                for sample in range(starts[wave] + 1, starts[wave] + sizes[wave] + 1):
                    yield wave, round_, sample


def stays_ahead(leader: int, second: int, left: int, survival: float) -> float:
    """Probability that the leading behaviour is still ahead when all samples are taken.

    Each of the ``left`` samples survives with probability ``survival``; each survivor behaves otherwise with a
    probability drawn from Beta(second + 1, leader + 1), and then, to be cautious, always as the second one does. With
    many samples left this becomes the rule of arXiv 2305.11860; with few left it settles sooner.
    """
    ahead = 0.0
    for alive in range(left + 1):
        chance = comb(left, alive) * survival**alive * (1 - survival) ** (left - alive)
        most_others = (leader - second + alive - 1) // 2  # of the survivors, so that the leader is ahead
        others = range(min(alive, most_others) + 1)
        ahead += chance * sum(_beta_binomial(alive, other, second + 1, leader + 1) for other in others)
    return ahead


def _beta_binomial(throws: int, hits: int, a: int, b: int) -> float:
    """Probability of so many hits, each with a probability drawn once from Beta(a, b)."""
    logs = lgamma(hits + a) + lgamma(throws - hits + b) - lgamma(throws + a + b)
    return comb(throws, hits) * exp(logs + lgamma(a + b) - lgamma(a) - lgamma(b))


@define
class Chain:
    """One sample and its repairs."""

    sample: int
    best: Candidate | None = None
    """Passes the most examples so far; repairs start from it."""
    attempts: list[Candidate | None] = Factory(list)
    """By round; None: the reply held no program, or there was no such round."""
    rounds_made: int = 0
    deferred: bool = False
    """It fails as another program does that is debugged already."""
    over: dict[int, asyncio.Event] = Factory(dict)
    """Round to: its result is known."""

    def waits_for(self, round_: int) -> asyncio.Event:
        """Set once the round's result is known (or there will be none)."""
        return self.over.setdefault(round_, asyncio.Event())


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
    tasks: list[asyncio.Task[None]] = Factory(list)
    _inputs: asyncio.Task[list[CaseInput]] | None = field(default=None, init=False)

    # --- what is under way ------------------------------------------------------------------------

    async def first_attempt(self, chain: Chain) -> None:
        """A sample from its first attempt through its rounds."""
        try:
            if not await self._round(chain, 0) and await self._is_worth_debugging(chain):
                await self.debug(chain)
        except ModelError as error:
            self.lost.append(error)
        except BudgetExhausted as error:
            self.run.out_of_budget = str(error)
        finally:
            self._close(chain)

    async def debug(self, chain: Chain) -> None:
        """The rounds that are left."""
        tried: set[Signature | str] = set(self._marks(chain.attempts))
        for round_ in range(chain.rounds_made, self.run.settings.rounds + 1):
            if await self._round(chain, round_):
                return
            marks = self._marks(chain.attempts[-1:])
            if self.run.settings.adaptive and tried & marks:
                chain.deferred = True  # the repair changed nothing that can be seen
                return
            tried |= marks

    async def debug_after_all(self, chain: Chain) -> None:
        """Rounds that were deferred, because nothing else survived."""
        chain.deferred = False
        try:
            for round_ in range(chain.rounds_made, self.run.settings.rounds + 1):
                if await self._round(chain, round_):
                    return
        except ModelError as error:
            self.lost.append(error)
        except BudgetExhausted as error:
            self.run.out_of_budget = str(error)
        finally:
            self._close(chain)

    async def _round(self, chain: Chain, round_: int) -> bool:
        """One attempt; whether it survives. A survivor has met the free inputs once its result is known."""
        run = self.run
        candidate = await attempt(run, chain.best, chain.sample, round_)
        chain.rounds_made = round_ + 1
        chain.attempts += [None] * (round_ - len(chain.attempts)) + [candidate]
        if candidate is not None:
            chain.best = better(run, candidate, chain.best)
        survives = candidate is not None and run.state.survives(candidate.id)
        if survives and candidate is not None and run.settings.adaptive:
            await run.run_on(candidate, await self._free_inputs())
        chain.waits_for(round_).set()
        return survives

    def _close(self, chain: Chain) -> None:
        for round_ in range(self.run.settings.rounds + 1):
            chain.waits_for(round_).set()

    async def _is_worth_debugging(self, chain: Chain) -> bool:
        """Whether no sample before it failed in the same way; those of its own wave are waited for."""
        if not self.run.settings.adaptive:
            return True
        own = self._marks(chain.attempts)
        for sample in range(1, chain.sample):
            other = self.chains[sample]
            await other.waits_for(0).wait()
            if own & self._marks(other.attempts[:1]):
                chain.deferred = True
                return False
        return True

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
            self._inputs = asyncio.create_task(free_inputs(self.run))
        return await asyncio.shield(self._inputs)

    async def close(self) -> None:
        """Leave nothing running, and nothing that was journaled out of the state."""
        if self._inputs is not None:
            self._inputs.cancel()
            await asyncio.gather(self._inputs, return_exceptions=True)
        await self.run.settle()

    # --- what is looked at ------------------------------------------------------------------------

    async def explore(self) -> None:
        """Launch the waves and look at their results until the leader is settled or all is known."""
        settings = self.run.settings
        sizes = wave_sizes(settings)
        async with side_by_side() as group:
            self._launch(group, sizes, 0)
            launched = 1
            for wave, round_, sample in order(sizes, settings.rounds):
                if sample not in self.chains:
                    continue  # a wave that the budget had no room for
                if await self._settled_after(self.chains[sample], round_):
                    break
                last_of_wave = sample == sum(sizes[: wave + 1])
                room = self.run.out_of_budget is None
                if round_ == 0 and last_of_wave and launched < len(sizes) and room:
                    self._launch(group, sizes, launched)
                    launched += 1
            else:
                await self._debug_what_was_deferred(group)
            for task in self.tasks:
                task.cancel()

    def _launch(self, group: asyncio.TaskGroup, sizes: Sequence[int], wave: int) -> None:
        start = sum(sizes[:wave])
        chains = [Chain(sample) for sample in range(start + 1, start + sizes[wave] + 1)]
        self.chains |= {chain.sample: chain for chain in chains}
        self.tasks += [group.create_task(self.first_attempt(chain)) for chain in chains]

    async def _debug_what_was_deferred(self, group: asyncio.TaskGroup) -> None:
        """Where nothing survived, failures that looked alike are debugged after all."""
        chains = [chain for chain in self.chains.values() if chain.deferred]
        if self.looked_at or not chains or self.run.out_of_budget is not None:
            return
        made = {chain.sample: chain.rounds_made for chain in chains}
        self.finished -= set(made)
        for chain in chains:
            for round_ in range(chain.rounds_made, self.run.settings.rounds + 1):
                chain.over[round_] = asyncio.Event()
        self.tasks += [group.create_task(self.debug_after_all(chain)) for chain in chains]
        for round_ in range(1, self.run.settings.rounds + 1):
            for chain in chains:
                if round_ >= made[chain.sample] and await self._settled_after(chain, round_):
                    return

    async def _settled_after(self, chain: Chain, round_: int) -> bool:
        """Take one more result into account; whether that was enough."""
        await chain.waits_for(round_).wait()
        self.samples = max(self.samples, chain.sample)
        candidate = chain.attempts[round_] if round_ < len(chain.attempts) else None
        if candidate is not None and self.run.state.survives(candidate.id):
            self.looked_at.append(candidate)
            self.finished.add(chain.sample)
        elif round_ >= len(chain.attempts) or round_ == self.run.settings.rounds:
            self.finished.add(chain.sample)
        if self.run.settings.adaptive:
            self.reason = self._why_settled()
        return self.reason is not None

    def _why_settled(self) -> str | None:
        """Why the leader needs no further programs; None while it does."""
        settings = self.run.settings
        left = settings.samples - len(self.finished)
        sizes = [len(group.members) for group in self._behaviours()]
        leader, second = (*sizes, 0, 0)[:2]
        if left == 0 or leader == 0:
            return None
        looked = f"{self.samples} of {settings.samples} samples"
        if leader > second + left:
            return (
                f"after {looked} no other behaviour can overtake the leading one ({leader} against {second})."
            )
        survival = (len(self.looked_at) + 1) / (self.samples + 2)
        ahead = stays_ahead(leader, second, left, survival)
        if ahead >= settings.confidence:
            return f"after {looked} the leading behaviour stays ahead with {ahead:.0%} ({leader} against {second})."
        return None

    def _behaviours(self) -> tuple[Cluster, ...]:
        """Clusters of what was looked at, on the free inputs that those programs take."""
        run = self.run
        ids = [candidate.id for candidate in self.looked_at]
        outcomes = {i: run.state.outcomes.get(i, {}) for i in ids}
        if not ids or self._inputs is None or not self._inputs.done():
            return ()
        usable = [
            item
            for item in self._inputs.result()
            if not rejected_by_consensus(outcomes.values(), item.id, run.problem.style)
        ]
        if usable:
            return cluster(run.problem.checker, outcomes, usable)
        groups: dict[str, list[str]] = {}
        for candidate in self.looked_at:
            groups.setdefault(fingerprint(candidate.code, candidate.language), []).append(candidate.id)
        by_size = sorted(groups.values(), key=len, reverse=True)
        return tuple(Cluster(str(number), tuple(ids)) for number, ids in enumerate(by_size))


async def free_inputs(run: Run) -> list[CaseInput]:
    """The first inputs that need no model: a wave of changed examples and of inputs made anew."""
    cheap = cheap_waves(run.problem, run.settings.inputs, run.settings.seed)
    return await keep_wave(run, cheap[0]) if cheap else []


async def explore(run: Run) -> None:
    """Stage 1: programs, checked and debugged, until no more are needed.

    Raises:
        ModelError: no sample could be had at all.
    """
    if run.state.sampling_ended is not None:
        return
    work = Exploration(run)
    try:
        await work.explore()
    finally:
        await work.close()
    if work.lost and not run.state.candidates:
        raise work.lost[0]
    if work.reason is not None:
        run.out_of_budget = None  # what it had no room for was not needed
        considered = tuple(candidate.id for candidate in work.looked_at)
        await run.emit(SamplingEnded(considered, work.samples, work.reason))
    elif run.out_of_budget is None:
        considered = tuple(candidate.id for candidate in run.state.survivors)
        await run.emit(SamplingEnded(considered, run.settings.samples, ""))
    if work.lost:
        await run.warn(
            f"{len(work.lost)} of {run.settings.samples} samples were cut short by the model server: {work.lost[0]}"
        )
