"""The most that a run can cost, known before anything is asked.

Each kind of request has a bound: a number of requests, the bytes of a prompt (a token has at least one byte)
and the tokens of an answer. Runs cost less: they stop early, and programs that pass need no repair.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from sstar_lsp.engine.helper_programs.generators import SHOWN_BYTES
from sstar_lsp.engine.helper_programs.writing import PROGRAM_TOKENS, SEVERAL_TOKENS
from sstar_lsp.engine.judging.duels import ANSWER_TOKENS as JUDGE_TOKENS
from sstar_lsp.engine.judging.model_ability import is_tiny
from sstar_lsp.engine.prompts import longest_template
from sstar_lsp.engine.prompts.fences import NOTICE, TEXT_CHARS
from sstar_lsp.engine.repair.feedback import FEEDBACK_BYTES
from sstar_lsp.engine.run.budget import MESSAGE_TOKENS, TEMPLATE_TOKENS
from sstar_lsp.engine.run.events import Role
from sstar_lsp.engine.run.policy import POLICY
from sstar_lsp.engine.sampling.sample import longest_writing_prompt
from sstar_lsp.engine.test_inputs.proposals import ANSWER_TOKENS as INPUT_TOKENS
from sstar_lsp.records import Problem, Usage
from sstar_lsp.settings import Prices, SolveSettings, Use

BYTES_PER_CHAR = 4
"""At most, in UTF-8."""

GENERATOR_REPLIES = 5
"""Over the range, for classes, for ways to fail, for a pair and once more for it."""


@frozen
class Part:
    """Requests of one kind."""

    what: str
    """For a person: ``samples``, ``repairs`` …"""
    role: Role
    calls: int
    prompt_tokens: int
    """Of all of them together."""
    completion_tokens: int
    """Of all of them together."""


@frozen
class Ceiling:
    """What a run cannot exceed; a stream that breaks and is asked for once more comes on top."""

    parts: tuple[Part, ...]
    calls: int
    tokens: int
    """Prompt and completion tokens together."""
    money: float | None
    """In ``currency``; None if a price is not known."""
    currency: str
    seconds: float | None
    """None if no cap was set: nobody knows how fast a model is before it was asked."""
    unpriced: tuple[str, ...]
    """Models without a price."""
    capped: tuple[str, ...]
    """Which of these are caps of the budget: ``calls``, ``tokens``, ``money``, ``seconds``."""


def parts_of(
    problem: Problem, settings: SolveSettings, thoughts: int = 0, tiny: Collection[Role] = frozenset(Role)
) -> tuple[Part, ...]:
    """Every kind of request that a run can make.

    ``thoughts``: tokens that the models may think for each; ``tiny``: roles whose models are known to be
    tiny.
    """
    overhead = TEMPLATE_TOKENS + 3 * MESSAGE_TOKENS
    writing = longest_writing_prompt(problem, settings) + overhead
    asking = len(problem.statement.encode("utf-8", "replace")) + longest_template() + overhead
    samples, repairs = settings.samples, settings.samples * settings.rounds
    in_play = settings.clusters_in_play
    pairs = in_play * (in_play - 1) // 2
    judgements = 2 * pairs
    if Role.JUDGE not in tiny:
        judgements = max(judgements, 3 * POLICY.tournament * (POLICY.tournament - 1) // 4)
    shown = 3 * (len(NOTICE) + TEXT_CHARS * BYTES_PER_CHAR)
    programs = 2 * settings.max_tokens
    sees_programs = settings.judge_sees_programs or Role.JUDGE not in tiny
    judged = shown + (2 * shown + programs if sees_programs else 0)

    def wants(use: Use) -> bool:
        return use is Use.ON or (use is Use.AUTO and Role.INPUT_WRITER not in tiny)

    generators = GENERATOR_REPLIES * wants(settings.generator)
    helpers = (POLICY.validators + 1) * wants(settings.validator) + wants(settings.brute_force)

    def part(what: str, role: Role, calls: int, prompt: int, answer: int) -> Part:
        return Part(what, role, calls, calls * prompt, calls * (answer + thoughts))

    repairing, aimed = writing + settings.max_tokens + FEEDBACK_BYTES, asking + shown + programs
    kinds = [
        part("samples", Role.WRITER, samples, writing, settings.max_tokens),
        part("repairs", Role.DEBUGGER, repairs, repairing, settings.max_tokens),
        part("test inputs", Role.INPUT_WRITER, int(settings.inputs > 0), asking + shown, INPUT_TOKENS),
        part("generators", Role.INPUT_WRITER, generators, aimed + 3 * SHOWN_BYTES, SEVERAL_TOKENS),
        part("helping programs", Role.INPUT_WRITER, helpers, asking + shown, PROGRAM_TOKENS),
        part("inputs for a pair", Role.INPUT_WRITER, pairs * settings.pair_inputs, aimed, INPUT_TOKENS),
        part("judgements", Role.JUDGE, judgements, asking + judged, JUDGE_TOKENS),
    ]
    return tuple(kind for kind in kinds if kind.calls)


def _dearest(calls: int, kinds: Sequence[tuple[int, float]]) -> float:
    """Cost of so many calls, the dearest first; each kind: its calls, and what they cost together."""
    cost = 0.0
    for count, together in sorted(kinds, key=lambda kind: kind[1] / kind[0], reverse=True):
        made = min(calls, count)
        cost += together / count * made
        calls -= made
    return cost


def ceiling(
    problem: Problem,
    settings: SolveSettings,
    models: Mapping[Role, Sequence[str]],
    prices: Prices,
    thoughts: int = 0,
) -> Ceiling:
    """The most that this run can cost; ``models``: the names of each role's models; the dearest counts."""
    tiny = {role for role, names in models.items() if all(map(is_tiny, names))}
    parts = parts_of(problem, settings, thoughts, tiny)
    budget = settings.budget
    calls = sum(part.calls for part in parts)
    made = calls if budget.calls is None else min(calls, budget.calls)
    tokens = _dearest(made, [(p.calls, p.prompt_tokens + p.completion_tokens) for p in parts])
    unpriced = sorted({name for part in parts for name in models[part.role]} - set(prices.models))
    money: float | None = None
    if not unpriced:
        usages = [Usage(p.prompt_tokens, p.completion_tokens) for p in parts]
        costs = [
            (p.calls, max(prices.models[name].of(usage) for name in models[p.role]))
            for p, usage in zip(parts, usages, strict=True)
        ]
        money = _dearest(made, costs)
    capped = {
        "calls": budget.calls is not None and budget.calls < calls,
        "tokens": budget.tokens is not None and budget.tokens < tokens,
        "money": budget.money is not None and money is not None and budget.money < money,
        "seconds": budget.seconds is not None,
    }
    return Ceiling(
        parts=parts,
        calls=made,
        tokens=round(tokens if budget.tokens is None else min(tokens, budget.tokens)),
        money=money if budget.money is None or money is None else min(money, budget.money),
        currency=prices.currency,
        seconds=budget.seconds,
        unpriced=tuple(unpriced),
        capped=tuple(name for name, is_cap in capped.items() if is_cap),
    )
