"""What to ask a person next: the input whose right output tells most about which cluster is right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from sstar_lsp.engine.run.events import CaseInput
from sstar_lsp.engine.run.state import RunState


def _entropy(masses: Iterable[float]) -> float:
    """In bits."""
    masses = [mass for mass in masses if mass > 0]
    total = sum(masses)
    return -sum(mass / total * math.log2(mass / total) for mass in masses) if total else 0.0


def information(
    inputs: Sequence[CaseInput], answers: Mapping[str, Sequence[int]], beliefs: Mapping[str, float]
) -> dict[str, float]:
    """Input id to the bits that its right output would tell about which cluster is right.

    ``answers``: cluster id to the number of its answer on each of the inputs; ``beliefs``: cluster id to probability.
    """
    found: dict[str, float] = {}
    for place, item in enumerate(inputs):
        blocks: dict[int, float] = {}
        for cluster_id, numbers in answers.items():
            blocks[numbers[place]] = blocks.get(numbers[place], 0.0) + beliefs[cluster_id]
        found[item.id] = _entropy(blocks.values())
    return found


def most_telling(state: RunState, information: Mapping[str, float]) -> str | None:
    """Of the inputs that were not judged yet the one with most bits, short ones first. None: nothing to ask."""
    gains = {
        input_id: (round(bits, 3), -len(state.inputs[input_id].text))
        for input_id, bits in information.items()
        if input_id not in state.verdicts
    }
    best = max(gains, key=lambda input_id: gains[input_id], default=None)
    return best if best is not None and gains[best][0] > 0 else None
