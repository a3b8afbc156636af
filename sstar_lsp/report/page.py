"""The report of a run: one HTML page with its evidence, which loads nothing and runs no script.

Everything that a model, a program or a statement wrote is shown as text: characters of HTML are escaped, and
so are characters that nobody sees (control characters, bidi marks).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from html import escape

from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

from sstar_lsp import __version__
from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.prompts.fences import clip, escaped, one_line
from sstar_lsp.engine.report.evidence import (
    DecidingInput,
    Evidence,
    FailedExample,
    belief_words,
    best_candidate,
    evidence_from,
    shown_input,
)
from sstar_lsp.engine.run.events import CallCancelled, CallFailed, Completed
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import Candidate, Status, Usage
from sstar_lsp.report.chart import belief_chart
from sstar_lsp.report.style import STYLE, policy

HIGHLIGHTED_CHARS = 100_000
"""Longer programs are shown without colours."""
EXAMPLE_CHARS = 2_000
"""Of an example's input or output."""
MIB = 1 << 20

Link = Callable[[str, str], str]
"""Makes a link into an editor: a path (``document``, ``test/i3``, ``program/c1``) and its words, to HTML."""


def no_link(_path: str, _words: str) -> str:
    """The links of a page that no editor serves: none."""
    return ""


def button(path: str, words: str) -> str:
    """A link into the editor that serves the page: a form that posts to ``open/<path>``."""
    return f'<form method="post" action="open/{escape(path)}"><button>{escape(words)}</button></form>'


def report_page(state: RunState, link: Link = no_link) -> str:
    """The page of a run that has begun, ended or not.

    Args:
        state: Of the run; ``state.started`` is there.
        link: Makes the links into an editor, for a page that one serves.
    """
    assessment = Assessment(state)
    evidence = evidence_from(assessment)
    parts = [
        _head(state, evidence, link),
        _program(state, evidence, link),
        _belief(assessment),
        _clusters(evidence, link),
        _deciding(evidence, link),
        _verdicts(evidence),
        _problem(state),
        _programs(state, link),
        _cost(state, evidence),
        _remarks(evidence),
    ]
    title = escape(one_line(evidence.title))
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(state.started.at if state.started else 0))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(has_forms=link is not no_link)}">\n'
        f'<meta name="referrer" content="same-origin">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>S* report: {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(filter(None, parts))
        + f"\n<footer>Run {_text(evidence.run_id)}, begun {when}. Written by sstar-lsp {__version__}: every output was "
        "made by running the programs; what the judge says is an opinion. This page loads nothing and runs no script."
        "</footer>\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    """Text of others as HTML."""
    return escape(escaped(text))


def _pre(text: str, kind: str = "") -> str:
    shown = _text(text.removesuffix("\n"))
    return f'<pre class="{kind}">{shown}</pre>' if kind else f"<pre>{shown}</pre>"


def _with_mark(pre: str, line: int | None) -> str:
    """A block with one of its lines, from 1, marked."""
    lines = pre.removeprefix("<pre>").removesuffix("</pre>").split("\n")
    if line is not None and line <= len(lines) and lines[line - 1]:
        lines[line - 1] = f"<mark>{lines[line - 1]}</mark>"
    return f"<pre>{chr(10).join(lines)}</pre>"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], numbers: int = 0) -> str:
    """Cells are HTML; the last ``numbers`` columns are numbers."""
    first = len(headings) - numbers

    def cells(tag: str, values: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="number">{value}</{tag}>' if place >= first else f"<{tag}>{value}</{tag}>"
            for place, value in enumerate(values)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', headings)}</tr></thead><tbody>{body}</tbody></table>"


def _side_by_side(texts: Sequence[tuple[str, str]], marked: int | None = None) -> str:
    """Titles (HTML) and texts (plain) in columns; ``marked``: line (from 1) marked in all but the first."""
    columns = "".join(
        f"<div><h4>{title}</h4>{_pre(text) if place == 0 else _with_mark(_pre(text), marked)}</div>"
        for place, (title, text) in enumerate(texts)
    )
    return f'<div class="side">{columns}</div>'


def _code(candidate: Candidate) -> str:
    code = escaped(candidate.code)
    words = '<p class="dim">Control and invisible characters are shown as \\x1b and the like.</p>'
    note = words if code != candidate.code else ""
    return f'<pre class="code">{_highlighted(code, candidate.language)}</pre>{note}'


def _highlighted(code: str, language: str) -> str:
    """Code as HTML with classes by kind of token; plain where the lexer would change its text."""
    code = code.removesuffix("\n")
    if len(code) <= HIGHLIGHTED_CHARS:
        try:
            lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        except ClassNotFound:
            return escape(code)
        tokens = list(lexer.get_tokens(code))
        if "".join(text for _, text in tokens) == code:
            return "".join(_span(STANDARD_TYPES.get(kind, ""), text) for kind, text in tokens)
    return escape(code)


def _span(kind: str, text: str) -> str:
    return f'<span class="{kind}">{escape(text)}</span>' if kind and not text.isspace() else escape(text)


# --- the parts ------------------------------------------------------------------------------------


def _head(state: RunState, evidence: Evidence, link: Link) -> str:
    kind = {Status.CHOSEN: "good", Status.FAILED: "bad", Status.UNVERIFIED: "bad"}.get(evidence.status, "dim")
    facts = [
        f"{evidence.examples_passed} of {evidence.examples} examples passed",
        f"{evidence.survivors} of {evidence.candidates} programs pass all examples ({evidence.samples} samples)",
        f"compared on {evidence.inputs_compared} further inputs",
        f"{evidence.inputs_rejected} inputs left out as probably illegal" if evidence.inputs_rejected else "",
        belief_words(evidence),
        "unanimous: no valid input was found on which they differ" if evidence.unanimous else "",
    ]
    opened = link("document", "open the problem in the editor") if state.started is not None else ""
    return (
        f"<h1>{escape(one_line(evidence.title))}</h1>\n"
        f'<p><span class="status {kind}">{_text(evidence.status.value.replace("_", " "))}</span> '
        f"{_text(evidence.reason)}</p>\n"
        f'<p class="dim">{" · ".join(_text(fact) for fact in facts if fact)}</p>\n'
        f"{_sentences('It rests on', evidence.rests_on)}{_sentences('Not known', evidence.not_known)}{opened}"
    )


def _sentences(heading: str, sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences)
    return f"<p>{heading}:</p>\n<ul>{items}</ul>\n" if items else ""


def _program(state: RunState, evidence: Evidence, link: Link) -> str:
    candidate = best_candidate(state)
    if candidate is None:
        return ""
    failed = "".join(map(_failed, evidence.failed_examples))
    opened = link(f"program/{candidate.id}", "open in the editor")
    return f"<h2>The program ({_text(candidate.id)}, {_text(candidate.language)}) {opened}</h2>\n{_code(candidate)}\n{failed}"


def _failed(failed: FailedExample) -> str:
    texts = [("input", failed.input), ("right output", failed.expected), ("its output", failed.output)]
    if failed.is_conversation:
        texts = [("input of the interactor", failed.input), ("what was said", failed.output)]
    return f'<h3 class="bad">Fails {_text(failed.name)}: {_text(failed.verdict)}</h3>{_side_by_side(texts)}'


def _belief(assessment: Assessment) -> str:
    chart = belief_chart(assessment.history)
    return f"<h2>Belief over time</h2>\n{chart}" if chart else ""


def _clusters(evidence: Evidence, link: Link) -> str:
    if not evidence.clusters:
        return ""
    rows = [
        (
            _text(cluster.id)
            + (' <span class="good">chosen</span>' if cluster.id == evidence.cluster else ""),
            ", ".join(map(_text, cluster.members)) + " " + link(f"program/{cluster.members[0]}", "open"),
            f"{cluster.belief:.0%}",
            f"{cluster.duels_won} of {cluster.duels_fought}",
        )
        for cluster in evidence.clusters
    ]
    return (
        "<h2>Behaviours among the survivors</h2>\n"
        '<p class="dim">A cluster is a set of programs that print the same on every input.</p>\n'
        + _table(("cluster", "programs", "belief", "duels won"), rows, numbers=2)
    )


def _deciding(evidence: Evidence, link: Link) -> str:
    if not evidence.deciding_inputs:
        return ""
    return "<h2>Inputs on which they differ</h2>\n" + "\n".join(
        _one_deciding(test, evidence, link) for test in evidence.deciding_inputs
    )


def _one_deciding(test: DecidingInput, evidence: Evidence, link: Link) -> str:
    texts = [("input", clip(test.input, EXAMPLE_CHARS))]
    for output in test.outputs:
        mark = ", chosen" if output.cluster == evidence.cluster else ""
        texts.append((f"cluster {_text(output.cluster)}{mark} prints", output.output))
    judged = ""
    for duel in test.judged:
        left, right = duel.between
        winner = f"cluster {duel.winner}" if duel.winner else "nothing that holds in both orders"
        judged += f"<p>Judge on {_text(left)} against {_text(right)}: <strong>{_text(winner)}</strong></p>"
        judged += "".join(
            f"<blockquote>{_text(' '.join(reason.split()))}</blockquote>" for reason in duel.reasons
        )
    opened = link(f"test/{test.id}", "open in the editor")
    is_open = ", the open question" if test.id == evidence.next_question else ""
    heading = f"<h3>{_text(test.id)} ({_text(test.kind)}{is_open}) {opened}</h3>"
    said = "".join(f"<p>{_text(words)}.</p>" for words in (test.settled, test.difference) if words)
    return f"{heading}\n{_side_by_side(texts, test.differing_line)}\n{said}{judged}"


def _verdicts(evidence: Evidence) -> str:
    if not evidence.verdicts:
        return ""
    rows = []
    for said in evidence.verdicts:
        if said.illegal:
            right = "not allowed by the problem"
        else:
            right = "unknown" if said.expected is None else _pre(clip(said.expected))
        rows.append((_text(said.id), right))
    return "<h2>What a person said is right</h2>\n" + _table(("input", "right output"), rows)


def _judged_by(state: RunState) -> str:
    problem = state.problem
    if problem.interactor is not None:
        return f"judged by the interactor {problem.interactor.name}; > what a program said, < what it was answered"
    return (
        f"outputs compared by {problem.checker if problem.checker_program is None else 'a checker program'}"
    )


def _problem(state: RunState) -> str:
    problem = state.problem
    memory = problem.memory_limit_bytes
    limits = [
        f"time limit {problem.time_limit_s:g} s" if problem.time_limit_s is not None else "",
        f"memory limit {memory / MIB:g} MiB" if memory is not None else "",
        _judged_by(state),
        "several answers are accepted" if problem.several_answers else "",
    ]
    examples = ""
    for number, test in enumerate(problem.public_tests, 1):
        texts = [("input", shown_input(state, test.input)), ("output", test.expected)]
        shown = _side_by_side([(side, clip(text, EXAMPLE_CHARS)) for side, text in texts])
        examples += f"<h3>{_text(test.name or f'example {number}')}</h3>{shown}"
    return (
        f'<h2>The problem</h2>\n<p class="dim">{" · ".join(_text(limit) for limit in limits if limit)}</p>\n'
        f"{_pre(problem.statement, 'statement')}\n"
        f"<details><summary>The examples as they were read ({len(problem.public_tests)})</summary>{examples}</details>"
    )


def _programs(state: RunState, link: Link) -> str:
    """Every program, folded; and the replies that held none."""
    clusters = {member: cluster.id for cluster in state.clusters for member in cluster.members}
    tests = len(state.problem.public_tests)
    shown = []
    for candidate in sorted(state.candidates.values(), key=lambda candidate: candidate.order):
        passed = state.passed(candidate.id)
        facts = [
            candidate.id,
            f"repair of {candidate.parent}" if candidate.parent else candidate.prompt.value,
            candidate.language,
            f"{passed} of {tests} examples" if passed >= 0 else "does not compile, or was not run",
            f"cluster {clusters[candidate.id]}" if candidate.id in clusters else "",
        ]
        words = " · ".join(_text(fact) for fact in facts if fact)
        opened = link(f"program/{candidate.id}", "open in the editor")
        shown.append(f"<details><summary>{words} {opened}</summary>{_code(candidate)}</details>")
    shown += [
        f'<p class="dim">{_text(name)}: {_text(each.message)}</p>' for name, each in state.no_program.items()
    ]
    return f"<h2>All {len(state.candidates)} programs</h2>\n" + "\n".join(shown) if shown else ""


def _cost(state: RunState, evidence: Evidence) -> str:
    made: defaultdict[tuple[str, str], list[Completed | CallFailed | CallCancelled]] = defaultdict(list)
    every: list[Completed | CallFailed | CallCancelled]
    every = [*state.completions.values(), *state.failures, *state.cancelled]
    for call in every:
        made[call.role.value, call.model].append(call)
    rows = []
    for (role, model), calls in sorted(made.items()):
        usage = sum((call.usage for call in calls), Usage())
        failed = sum(not isinstance(call, Completed) for call in calls)
        asked = _text(role), _text(model or evidence.models.get(role, ""))
        count = f"{len(calls)}" + (f" ({failed} failed or cancelled)" if failed else "")
        rows.append((*asked, count, str(usage.prompt_tokens), str(usage.completion_tokens)))
    usage = evidence.usage
    rows.append(("all", "", str(evidence.calls), str(usage.prompt_tokens), str(usage.completion_tokens)))
    money = ""
    if state.started is not None and state.started.prices.models:
        money = f", {state.money:.4g} {_text(state.started.prices.currency)}"
    table = _table(("asked as", "model", "calls", "prompt tokens", "completion tokens"), rows, numbers=3)
    return f"<h2>Cost</h2>\n<p>{evidence.seconds:.0f} s{money}</p>\n{table}"


def _remarks(evidence: Evidence) -> str:
    items = "".join(f"<li>{escape(one_line(remark))}</li>" for remark in evidence.remarks)
    return f"<h2>Remarks</h2>\n<ul>{items}</ul>" if items else ""
