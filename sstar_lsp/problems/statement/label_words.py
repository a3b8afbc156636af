"""The words by which judges announce examples, in twelve languages: the tables of ``label_words.toml``."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from itertools import product

from attrs import frozen


@frozen
class Words:
    """How one language names the parts of a problem page."""

    input: tuple[str, ...]
    """A heading over a sample input inside an example section, over the format outside of one."""
    output: tuple[str, ...]
    example: tuple[str, ...]
    """Announces a section of examples, or one example (with a number)."""
    sample_input: tuple[str, ...]
    """Announces a sample input by itself. ``{e}`` and ``{i}`` stand for every word of the lists above."""
    sample_output: tuple[str, ...]
    explanation: tuple[str, ...] = ()
    """Ends an example; more may follow."""
    end: tuple[str, ...] = ()
    """Ends all examples: notes, limits, footers."""

    def filled_in(self, patterns: tuple[str, ...], sides: tuple[str, ...]) -> set[str]:
        """All phrases of some patterns, with words for an example and for a side (``input``)."""
        choices = product(patterns, self.example, sides)
        return {pattern.format(e=example, i=side) for pattern, example, side in choices}


_TABLES = tomllib.loads(files(__package__).joinpath("label_words.toml").read_text("utf-8"))
COPY_BUTTONS: tuple[str, ...] = tuple(_TABLES.pop("copy_buttons"))
"""What buttons beside a sample say."""
LANGUAGES = {
    name: Words(**{part: tuple(words) for part, words in parts.items()}) for name, parts in _TABLES.items()
}
"""In the order of the tables: of two languages with one phrase the later one decides."""
