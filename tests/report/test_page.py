"""The HTML report: all of a run, nothing from elsewhere, and no text of others that acts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from attrs import evolve
from engine.world import COUNTS_VALUES, PAIRS, QUICK, RIGHT, RIGHT_TOO, World, finish

from sstar_lsp.engine.choice.belief_history import After, Moment
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import Test
from sstar_lsp.report.chart import belief_chart
from sstar_lsp.report.page import button, report_page
from sstar_sandbox import Sandbox

SPLIT = World(
    samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=("4\n1 1 -1 -1\n",), judge={RIGHT: 2, RIGHT_TOO: 2}
)
EVIL = '</pre><script>alert(1)</script><img src="//evil.example/x">'
TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "span",
        "pre",
        "div",
        "table",
        "mark",
    ),
    *("thead", "tbody", "tr", "th", "td", "strong", "blockquote", "details", "summary", "ul", "li", "footer"),
    *("svg", "path", "text", "polyline", "circle"),
}
"""All that a page is made of: none of them loads anything."""


class Seen(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "path", "polyline", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags are nested"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


@pytest.fixture
async def decided(sandbox: Sandbox) -> RunState:
    """A run with two behaviours and a duel."""
    return await finish(sandbox, SPLIT, settings=evolve(QUICK, judge_sees_programs=False))


async def test_a_page_tells_problem_programs_clusters_duels_belief_and_cost(decided: RunState) -> None:
    tested = decided.inputs[decided.duels[0].input_ids[0]].text
    seen = Seen(report_page(decided))
    assert seen.open == []
    for part in (
        *("Pairs that cancel", "chosen", "Belief over time", "Behaviours among the survivors"),
        *("Inputs on which they differ", tested.rstrip(), "Judge on A against B", "I worked it out."),
        *("print how many pairs", "All 3 programs", "prompt tokens", RIGHT.strip(), COUNTS_VALUES.strip()),
    ):
        assert part in seen.text, part
    assert {"svg", "polyline"} <= set(seen.tags)
    assert ("class", "kn") not in seen.attributes  # RIGHT imports nothing
    assert ("class", "nb") in seen.attributes  # and calls built-in functions: it is coloured


async def test_a_page_loads_nothing_runs_nothing_and_names_its_style_by_hash(decided: RunState) -> None:
    page = report_page(decided)
    seen = Seen(page)
    assert set(seen.tags) <= TAGS
    assert {name for name, _ in seen.attributes} & {
        "src",
        "href",
        "style",
        "onclick",
        "onload",
        "action",
    } == set()
    assert not [value for _, value in seen.attributes if value and "//" in value]
    [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(
        value for name, value in seen.attributes if name == "content" and value and "default-src" in value
    )
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    assert "@import" not in style


async def test_what_others_wrote_is_text_wherever_it_stands(sandbox: Sandbox) -> None:
    problem = evolve(
        PAIRS,
        title=f"Pairs {EVIL}",
        statement=PAIRS.statement + EVIL + "\u202e\x1b[2J",
        public_tests=(*PAIRS.public_tests, Test("2\n0 0\n", f"1 {EVIL}\n", name=EVIL)),
        url=EVIL,
    )
    prints = f"input()\nprint(1)\n# {EVIL}\nprint({EVIL!r} if input() else '')\n"
    state = await finish(sandbox, World(samples=(prints, RIGHT, f"nothing {EVIL}")), problem)
    page = report_page(state)
    seen = Seen(page)
    assert set(seen.tags) <= TAGS
    assert seen.text.count("alert(1)") >= 5
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert r"\x202e\x1b[2J" in seen.text


async def test_links_into_an_editor_are_forms_and_only_where_one_serves_the_page(decided: RunState) -> None:
    page = report_page(decided, button)
    actions = [value for name, value in Seen(page).attributes if name == "action"]
    assert "open/document" in actions
    assert {"open/program/c1", "open/program/c2"} <= set(actions)
    assert [action for action in actions if action and action.startswith("open/test/i")]
    assert "form-action 'self'" in page


async def test_a_run_that_has_only_begun_has_a_page(decided: RunState) -> None:
    assert decided.started is not None
    begun = RunState(started=decided.started)
    assert "the run was stopped before it could choose" in Seen(report_page(begun)).text


@pytest.mark.parametrize(
    "moments", [(), (Moment(After.START, None, {"A": 1.0}),), (Moment(After.START, None, {}),) * 2]
)
def test_there_is_no_chart_of_fewer_than_two_moments_or_of_nothing(moments: Sequence[Moment]) -> None:
    assert belief_chart(moments) is None


def test_names_at_the_end_of_a_chart_do_not_cover_each_other() -> None:
    after = dict.fromkeys("ABCDEFG", 0.1) | {"A": 0.4}
    chart = belief_chart([Moment(After.START, None, {"A": 1.0}), Moment(After.DUEL, "i1", after)])
    assert chart is not None
    assert ">judge i1<" in chart
    ends = sorted(float(y) for y in re.findall(r'y="([\d.]+)"[^>]*text-anchor="start"', chart))
    assert len(ends) == 5, "the likeliest alone have colours"
    assert all(below - above >= 13.9 for above, below in pairwise(ends))
