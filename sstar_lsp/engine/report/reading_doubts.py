"""Examples that may have been read wrongly: programs agree with each other, and none with the example.

A wrongly read example proves the wrong program right, so the reading is doubted first. This decides nothing.
"""

from __future__ import annotations

from collections import Counter

from sstar_lsp.engine.run.executor import is_accepted
from sstar_lsp.engine.run.state import RunState


def reading_doubts(state: RunState) -> list[str]:
    """A sentence for each example whose expected output no program prints and most programs agree against."""
    if state.survivors:
        return []
    doubts: list[str] = []
    for number, test in enumerate(state.problem.public_tests):
        outputs: dict[str, str] = {}
        is_met = False
        for candidate in state.candidates.values():
            check = state.checks.get(candidate.id)
            if check is None or number >= len(check.outcomes):
                continue
            outcome = check.outcomes[number]
            is_met = is_met or is_accepted(state.problem, test.expected, outcome)
            if outcome.ended_well:
                outputs[candidate.code] = " ".join(outcome.output.split())
        most = Counter(outputs.values()).most_common(1)
        if (
            is_met
            or not most
            or most[0][1] < max(state.policy.doubting_programs, state.policy.doubting_share * len(outputs))
        ):
            continue
        place = f" (lines {test.lines[0] + 1}–{test.lines[1]})" if test.lines is not None else ""
        doubts.append(
            f"{test.name or f'example {number + 1}'}{place}: {most[0][1]} of {len(outputs)} programs print the same other "
            "output, and none the one that was read: look whether it was read right (sstar check)"
        )
    return doubts
