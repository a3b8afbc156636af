"""How differently the samples are asked for: the paper's future work, as options.

A prompt depends on its sample's number and on waves that are over, so a resumed run asks the same. What
varies comes last, so that servers reuse the prefix.
"""

from __future__ import annotations

from sstar_lsp.engine.judging.model_ability import uses
from sstar_lsp.engine.prompts import fill
from sstar_lsp.engine.prompts.fences import fenced
from sstar_lsp.engine.run.dedup import unique
from sstar_lsp.engine.run.events import Role
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.engine.sampling.exemplars import PATTERNS, Exemplar, exemplar, matching
from sstar_lsp.records import Candidate, Problem, PromptKind, Style, candidate_id
from sstar_lsp.settings import Diversity, SolveSettings

PAST_PROGRAMS = 3
"""Shown to a sample that is asked for something different."""
PAST_BYTES = 2_000
"""Of each of them; a longer one is not shown."""
_CYCLE = (PromptKind.PLAN, PromptKind.ALGORITHM, PromptKind.SAMPLE)


def wave_sizes(settings: SolveSettings) -> list[int]:
    """The first wave, then as many again as there are: 4, 4, 8, 16 …; one wave if not adaptive."""
    first = settings.wave if settings.adaptive else settings.samples
    sizes: list[int] = []
    while (done := sum(sizes)) < settings.samples:
        sizes.append(min(done or first, settings.samples - done))
    return sizes


def kind_of_sample(settings: SolveSettings, sample: int) -> PromptKind:
    """How sample number ``sample`` (from 1) is asked for."""
    place = sample - settings.wave - 1
    if settings.diversity is Diversity.OFF or place < 0:
        return PromptKind.SAMPLE
    if settings.diversity is Diversity.CONTRAST:
        return PromptKind.CONTRAST if place % 2 == 0 else _CYCLE[place // 2 % len(_CYCLE)]
    return _CYCLE[place % len(_CYCLE)]


def wants_plan(state: RunState, sample: int) -> bool:
    """Whether direct tries failed: no first attempt of the waves before this sample's passes the examples."""
    start = wave_start(state.settings, sample)
    return (
        start > 0
        and uses(state, state.settings.fresh_start, Role.WRITER)
        and not any(state.survives(candidate_id(number)) for number in range(1, start + 1))
    )


def wave_start(settings: SolveSettings, sample: int) -> int:
    """How many samples the waves before that of sample number ``sample`` (from 1) have."""
    start = 0
    for size in wave_sizes(settings):
        if start + size >= sample:
            break
        start += size
    return start


def earlier_programs(state: RunState, sample: int) -> list[Candidate]:
    """Different first attempts of the waves before this sample's, in their order."""
    start = wave_start(state.settings, sample)
    found = (state.candidates.get(candidate_id(number)) for number in range(1, start + 1))
    short = (c for c in found if c is not None and len(c.code.encode("utf-8", "replace")) <= PAST_BYTES)
    return unique(short)[:PAST_PROGRAMS]


def variant(state: RunState, sample: int) -> tuple[PromptKind, str]:
    """The kind of a sample, and what is added to its prompt for it."""
    kind = kind_of_sample(state.settings, sample)
    if kind is PromptKind.SAMPLE and wants_plan(state, sample):
        kind = PromptKind.PLAN
    if kind is PromptKind.CONTRAST:
        past = earlier_programs(state, sample)
        if past:
            blocks = "\n\n".join(fenced(candidate.code.strip(), state.language) for candidate in past)
            return kind, fill("variant-contrast", past=blocks)
        kind = PromptKind.PLAN  # nothing to be different from
    if kind in (PromptKind.PLAN, PromptKind.ALGORITHM):
        return kind, fill(f"variant-{kind.value}")
    return PromptKind.SAMPLE, ""


def worked_examples(problem: Problem, language: str, count: int) -> str:
    """Worked examples for a prompt; empty if none fits."""
    if count == 0 or language != "python" or problem.style is Style.FUNCTION:
        return ""
    return "\n".join(_shown(example) for example in matching(problem.statement, count))


def _shown(example: Exemplar) -> str:
    return (
        f"{example.task}\n\nInput:\n\n```\n{example.example_input}```\n\nOutput:\n\n```\n{example.example_output}```\n\n"
        f"Answer:\n\n```python\n{example.program}```\n"
    )


def longest_addition(settings: SolveSettings) -> int:
    """Bytes that variants and worked examples add to a prompt, at most."""
    past = PAST_PROGRAMS * (PAST_BYTES + 20) if settings.diversity is Diversity.CONTRAST else 0
    longest_exemplar = max(len(_shown(exemplar(name)).encode()) for name in PATTERNS)
    return past + longest_exemplar * settings.in_context_examples
