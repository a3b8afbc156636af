"""Parts of the choice that a measurement can leave out, one or several at a time: an ablation.

A run records which were left out (:class:`~sstar_lsp.engine.run.events.RunStarted`), so its choice can be
made again. Nobody but ``sstar bench --without`` leaves any out.
"""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """A rule that decides which program is chosen, and that a run can do without."""

    NEAR_AGREEMENT = "near-agreement"
    """Programs that behave almost like a cluster count for it."""
    FAILURES = "failures"
    """A cluster is weaker for inputs on which it crashes or hits a limit."""
    LARGE_INPUT = "large-input"
    """A cluster is weaker where it is too slow for a large input and another one is not."""
    OTHER_ANSWERS = "other-answers"
    """A cluster is weaker for examples with another answer than shown, where several are right."""
    FAST_MEMBER = "fast-member"
    """Of the programs of a cluster a fast one is handed back."""
    INPUT_FORMAT = "input-format"
    """Inputs are drawn from and checked by the format that the statement gives."""
    SHAPE = "shape"
    """Inputs that break what all examples have in common are rejected."""
    CRASHES = "crashes"
    """An input is more probably illegal the more programs crash on it than end otherwise."""
    REFUSALS = "refusals"
    """An input is more probably illegal for each program that refuses to read it (whole programs)."""
