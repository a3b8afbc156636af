"""Tier (a): test inputs that cost no model call.

Where the input's format is known, legal inputs drawn from it, boundary values first
(:mod:`sstar_lsp.engine.test_inputs.input_format`). Else changed examples and, for functions, calls made anew, in waves: each
wave mixes small and large ones of both kinds, so that a tier can be stopped as soon as waves no longer tell programs apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice

from attrs import frozen

from sstar_lsp.engine.run.ablation import Part
from sstar_lsp.engine.run.events import InputOrigin
from sstar_lsp.engine.test_inputs.function_generator import typed_calls
from sstar_lsp.engine.test_inputs.input_format import InputFormat, format_of, format_texts, why_not
from sstar_lsp.engine.test_inputs.mutation import TRIES, mutations
from sstar_lsp.records import Problem, Style

WAVE = 12
"""Inputs of each kind in a wave."""
FORMAT_TRIES = 4
"""Drawings by the format for each input wanted: where values are few, many repeat."""

Text = tuple[InputOrigin, str]


@frozen
class InputMaker:
    """A way to make test inputs where the whole format is not known."""

    origin: InputOrigin
    """As the inputs are journaled."""
    make: Callable[[Problem, int, int, bool], Iterable[str]]
    """Texts for a problem, the number wanted, a seed, and whether a format will reject many of them. They come to an end, may
    repeat, and need not be legal (:mod:`~sstar_lsp.engine.test_inputs.legality`); the same arguments give the same texts."""


def _changed_examples(problem: Problem, count: int, seed: int, is_filtered: bool) -> Iterable[str]:
    return mutations(problem, count * FORMAT_TRIES if is_filtered else count, seed)


def _made_anew(problem: Problem, count: int, seed: int, _is_filtered: bool) -> Iterable[str]:
    return islice(typed_calls(problem, seed), count * TRIES) if problem.style is Style.FUNCTION else ()


MAKERS: tuple[InputMaker, ...] = (
    InputMaker(InputOrigin.MUTATION, _changed_examples),
    InputMaker(InputOrigin.KIND, _made_anew),
)
"""All of them; each wave has inputs of every one."""


def cheap_waves(
    problem: Problem,
    count: int,
    seed: int,
    numbers: Sequence[int] = (),
    *,
    without: Collection[Part] = (),
) -> list[list[Text]]:
    """At most ``2 * count`` inputs, in waves of at most twice :data:`WAVE`, without the examples: drawn from the format where
    it is known whole, else ``count`` of each maker, or of the only one for whole programs twice as many.

    The same problem and seed give the same waves; ``numbers`` (values to try) change none but those after the first.
    """
    if count < 1:
        return []
    known = {test.input.strip() for test in problem.public_tests}
    form = format_of(problem) if Part.INPUT_FORMAT not in without else None
    waves_by_format = _waves_by_format(form, 2 * count, seed, known, numbers)
    # What an interactor does on an input that is none proves nothing: it gets inputs of a known format only.
    if waves_by_format or problem.interactor is not None:
        return waves_by_format

    if problem.style is Style.STDIN:
        count = 2 * count  # one maker has the inputs of both
    texts = [(maker.origin, _new_texts(maker, problem, count, seed, form, known)) for maker in MAKERS]
    waves = max(1, -(-sum(len(made) for _, made in texts) // (2 * WAVE)))
    return [[(origin, text) for origin, made in texts for text in made[wave::waves]] for wave in range(waves)]


def _new_texts(
    maker: InputMaker, problem: Problem, count: int, seed: int, form: InputFormat | None, known: set[str]
) -> list[str]:
    """At most ``count`` inputs of a maker, small ones first; they are known from then on."""
    texts: list[str] = []
    for text in maker.make(problem, count, seed, form is not None):
        if len(texts) == count:
            break
        if text.strip() and text.strip() not in known and (form is None or why_not(form, text) is None):
            known.add(text.strip())
            texts.append(text)
    return sorted(texts, key=len)


def _waves_by_format(
    form: InputFormat | None, count: int, seed: int, known: set[str], numbers: Sequence[int]
) -> list[list[Text]]:
    """Waves of legal inputs, boundary values first; empty where the input's format is not known."""
    if form is None or not form.is_whole:
        return []
    texts = texts_by_format(form, count, seed, known, numbers)
    made = [(InputOrigin.KIND, text) for text in texts]
    return [made[start : start + 2 * WAVE] for start in range(0, len(made), 2 * WAVE)]


def texts_by_format(
    form: InputFormat, count: int, seed: int, known: set[str], numbers: Sequence[int]
) -> Iterator[str]:
    """At most ``count`` legal inputs that are not known; ``numbers`` (values to try) come after the first wave."""
    seen = set(known)
    new = 0
    for most, values in ((min(count, 2 * WAVE), ()), (count, numbers)):
        for text in islice(format_texts(form, seed, values), count * FORMAT_TRIES):
            if new >= most:
                break
            if text.strip() not in seen:
                seen.add(text.strip())
                new += 1
                yield text
