"""Saved pages of known judges: which part is the statement, and where its title is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from lxml import etree


@frozen
class JudgePage:
    """How the pages of one judge are built; every field but ``name`` is an XPath."""

    name: str
    statement: str = ""
    """The elements that hold the statement, and nothing else of the page; the first expression of several
    (parted by `` || ``) that finds something is taken."""
    title_path: str = ""

    def roots(self, root: etree._Element) -> list[etree._Element]:
        """The elements to be read; the whole page where the expected ones are missing."""
        for path in filter(None, self.statement.split(" || ")):
            if found := [element for element in root.xpath(path) if not isinstance(element, str)]:
                return found
        return [root]

    def title(self, root: etree._Element) -> str | None:
        """The title of the problem, if the page has it where its judge puts it."""
        for path in filter(None, self.title_path.split(" || ")):
            for found in root.xpath(path):
                text = " ".join((found if isinstance(found, str) else "".join(found.itertext())).split())
                if text:
                    return text[:200]
        return None


def _has(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


PAGES = (
    JudgePage(
        "Codeforces",
        f"//div[{_has('problem-statement')}]",
        f"//div[{_has('problem-statement')}]//div[{_has('title')}]",
    ),
    JudgePage(
        "AtCoder",
        f"//span[{_has('lang-en')}] || //*[@id='task-statement'] || //span[{_has('lang-ja')}]",
        f"//span[{_has('h2')}]/text()",
    ),
    JudgePage(
        "Baekjoon Online Judge",
        "//*[@id='problem-body'] || //body[.//*[@id='problem_description']]",
        "//*[@id='problem_title']",
    ),
    JudgePage(
        "CSES",
        f"//div[{_has('content')}][.//*[{_has('task-constraints')}]]",
        f"//div[{_has('title-block')}]/h1",
    ),
    JudgePage("Kattis", f"//*[{_has('problembody')}]", f"//h1[{_has('book-page-heading')}] || //h1"),
    JudgePage(
        "HackerRank",
        f"//*[{_has('challenge-body-html')}] || //body[.//*[{_has('challenge_problem_statement')}]]",
        "//h1",
    ),
    JudgePage("DMOJ", f"//*[{_has('content-description')}]", f"//*[{_has('problem-title')}]//h2"),
    JudgePage("LeetCode", "//*[@data-track-load='description_content']", f"//*[{_has('text-title-large')}]"),
    JudgePage("Luogu", f"//*[{_has('problem-card')}]", "//h1"),
)
"""In the order in which they are asked."""

UNKNOWN = JudgePage("unknown")


def judge_page(root: etree._Element) -> JudgePage:
    """The row whose statement is found on the page; :data:`UNKNOWN` where there is none."""
    for page in PAGES:
        for path in filter(None, page.statement.split(" || ")):
            if root.xpath(path):
                return page
    return UNKNOWN
