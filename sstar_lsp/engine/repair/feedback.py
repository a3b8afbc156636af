"""What a debug round is told of the runs: the failing examples, bounded.

Traceback tail with the line, the failing input, expected and got, the smallest failing example first; long
texts keep head and tail. (The paper's reference code sends whole inputs and no traceback.)
"""

from __future__ import annotations

import re

from sstar_lsp.engine.prompts.fences import TEXT_CHARS, clip, escaped, is_suspicious, quoted
from sstar_lsp.engine.run.events import Checked
from sstar_lsp.engine.run.executor import Outcome, is_accepted
from sstar_lsp.problems.source.call_examples import readable_input
from sstar_lsp.records import Problem, Test
from sstar_sandbox import Verdict
from sstar_sandbox.pool.interaction import BOTH_WAITED
from sstar_sandbox.verdicts.missing_dependency import absent_header

SHOWN_TESTS = 2
"""Failing examples in one feedback."""
TRACEBACK_LINES = 6
TRANSCRIPT_CHARS = 2_000
COMPILER_LINES = 15
FEEDBACK_BYTES = 8_000
"""Of a whole feedback, whatever characters it has: what a run can cost at most rests on it."""


def _last_lines(text: str, count: int) -> str:
    lines = [line for line in text.rstrip().splitlines() if line.strip()]
    return _shown("\n".join(lines[-count:]))


def _shown(text: str, limit: int = TEXT_CHARS) -> str:
    """A clipped text: as it stands, or fenced where it is suspicious.

    A debugger repairs the program that printed it and decides nothing, so words alone are no reason.
    """
    text = clip(text, limit)
    return quoted(text, limit=limit) if is_suspicious(text) else text


def _conversation(outcome: Outcome) -> str:
    """What both sides said, and how that ended."""
    said = _shown(outcome.transcript, TRANSCRIPT_CHARS) or "(neither side said anything)"
    match outcome.verdict:
        case Verdict.WA:
            ended = f"The interactor refused it: {escaped(outcome.detail)}"
        case Verdict.TLE if BOTH_WAITED in outcome.detail:
            ended = (
                "Then both sides waited for each other until the time was over: it did not flush what it printed, "
                "or it waits for a reply that does not come."
            )
        case Verdict.IE:
            ended = f"It could not be judged: {escaped(outcome.detail)}"
        case _:
            ended = _what_happened(outcome)
    return f"This was said (`>` before a line of the program, `<` before one of the interactor):\n{said}\n\n{ended}"


def _what_happened(outcome: Outcome) -> str:
    match outcome.verdict:
        case Verdict.WA:
            said = f"\n(the checker says: {escaped(outcome.detail)})" if outcome.detail else ""
            return f"It printed:\n{_shown(outcome.output) or '(nothing)'}{said}"
        case Verdict.TLE:
            return "It did not end within the time limit: it loops for ever or is too slow."
        case Verdict.MLE:
            return "It used more memory than the limit."
        case Verdict.OLE:
            return "It printed far too much."
        case Verdict.IE:
            return "It could not be run in the sandbox, which runs other programs: write it in a plainer way."
        case _:
            signal = f" (killed by signal {outcome.signal})" if outcome.signal else ""
            return f"It crashed{signal}:\n{_last_lines(outcome.error, TRACEBACK_LINES) or outcome.detail}"


def needs_of(check: Checked) -> str:
    """The module or header that is not here and that the program wants; else empty."""
    return next((o.needs for o in check.outcomes if o.needs), "") or absent_header(check.compile_error)


def feedback(problem: Problem, check: Checked, libraries: str = "") -> str | None:
    """What to tell the debugger, at most :data:`FEEDBACK_BYTES`; None when nothing failed.

    ``libraries``: one line that says what programs may use, for one that wanted something else.
    """
    if needs := needs_of(check):
        return f"It needs `{needs}`, which is not there: do without it. {libraries}".rstrip()
    told = _told(problem, check)
    if told is None:
        return None
    return told.encode("utf-8", "replace")[:FEEDBACK_BYTES].decode("utf-8", "ignore")


def _told(problem: Problem, check: Checked) -> str | None:
    if check.compile_error is not None:
        lines = [line for line in check.compile_error.splitlines() if line.strip()]
        picked = [line for line in lines if re.search(r"\b(error|Error)\b", line)] or lines
        return "It does not compile:\n\n" + _shown("\n".join(picked[:COMPILER_LINES]), 1500)
    failing: list[tuple[Test, Outcome]] = [
        (test, outcome)
        for test, outcome in zip(problem.public_tests, check.outcomes, strict=True)
        if not is_accepted(problem, test.expected, outcome)
    ]
    if not failing:
        return None
    failing.sort(key=lambda pair: len(pair[0].input))
    parts = [f"It passes {len(check.outcomes) - len(failing)} of {len(check.outcomes)} examples."]
    for test, outcome in failing[:SHOWN_TESTS]:
        if problem.interactor is not None:
            given = f"The interactor read this, which the program does not see:\n{_shown(test.input)}\n\n"
            parts.append((given if test.input.strip() else "") + _conversation(outcome))
            continue
        parts += [
            f"For this input:\n{_shown(readable_input(problem, test.input))}",
            f"the expected output is:\n{_shown(test.expected)}",
            _what_happened(outcome),
        ]
    return "\n\n".join(parts)
