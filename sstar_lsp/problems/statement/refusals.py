"""Which documents hold no problem that can be solved here, with the words of the document that told it.

The first function that returns a :class:`Refusal` decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from sstar_lsp.problems.pages.blocks import Block, Code, Line
from sstar_lsp.problems.statement.example_headings import Kind, label_of
from sstar_lsp.problems.statement.prose import without_emphasis


@frozen
class Refusal:
    """Why a document is refused."""

    kind: str
    """See :attr:`~sstar_lsp.errors.RefusedProblem.kind`."""
    reason: str
    """For a person: what was found, and what to do instead."""
    words: str
    """The words of the document that told it."""

    def message(self, name: str) -> str:
        """The whole sentence for a person."""
        return f"{name}: {self.reason}" + (f' (it says: "{_short(self.words)}")' if self.words else "")


NEEDS_INTERACTOR = (
    "an interactive problem needs its interactor, the program that talks with the solutions: name it with --interactor FILE "
    "or 'interactor: FILE' in front matter, or put interactor.py or interactor.cpp beside the statement"
)
_INTERACTIVE = re.compile(
    r"\bthis\s+(?:is|was)\s+an?\s+(?:\w+[\s-]+){0,3}?interactive\s+(?:\w+\s+)?(?:problem|task|version|challenge)\b"
    r"|\b(?:this\s+|the\s+)?(?:problem|task)\s+is\s+(?:\w+\s+)?interactive\b"
    r"|^\W{0,6}(?:an?\s+)?interactive\s+(?:problem|task)s?\W{0,4}$"
    r"|^\W{0,6}(?:sample\s+)?interaction(?:\s+(?:protocol|format|example|sample)s?)?(?:\s+\d+)?\W{0,4}$"
    r"|^\W{0,6}communication\s+protocol\W{0,4}$"
    r"|\byour\s+(?:program|solution|submission|code)\s+(?:will|should|must|has\s+to)\s+(?:interact|communicate)\s+with\b"
    r"|\byour\s+(?:program|solution|submission)\s+will\s+be\s+run\s+against\s+an\s+interactor"
    r"|^[^\n.]{0,200}\binteractive\b[^\n.]{0,100}\*?\d{3,4}\s*$|^[^\S\n]*interactive[^\S\n]*$"
    r"|\banswer\s(?:each|every|all)\s(?:question|query)s?\s(?:immediately|online),?\s(?:before|as)"
    r"|\\begin\{Interaction\}|\{\{libinteractive:"
    r"|インタラクティブ(?:な)?(?:問題|形式|ジャッジ)|(?:対話型|対話式|リアクティブ)(?:の)?(?:問題|ジャッジ)"
    r"|(?:ジャッジ|採点プログラム)[^。\n]{0,30}対話|交互(?:题|式|性)|(?:這|这)是一(?:道|個|个)?交互|互動(?:題|式)|交互格式|交互方式"
    r"|인터랙티브|인터렉티브|대화형\s?문제|상호작용하는\s?문제|^\W{0,6}인터랙션\W{0,4}$"
    r"|интерактивн(?:ая|ой|ую)\s+(?:задач|верси)|(?:задача|задание)\s+(?:является\s+)?интерактивн|протокол\s+(?:взаимодействия|интеракции)"
    r"|^\W{0,6}(?:взаимодействие|интеракция)\W{0,4}$"
    r"|(?:problema|tarefa|questão|tarea)\s+(?:es\s+|é\s+)?(?:interativ|interactiv)[oa]|^\W{0,6}(?:interação|interacción)\W{0,4}$"
    r"|interaktive[srn]?\s+(?:aufgabe|problem)|(?:aufgabe|problem)\s+ist\s+interaktiv|^\W{0,6}interaktion\W{0,4}$"
    r"|problème\s+(?:est\s+)?interactif|zadanie\s+(?:jest\s+)?interaktywn|interaktivt\s+problem|problemet\s+är\s+interaktivt"
    r"|gagnvirkt\s+(?:verkefni|dæmi)|verkefnið\s+er\s+gagnvirkt",
    re.IGNORECASE | re.MULTILINE,
)
_FLUSH = re.compile(
    r"(?:do not|don't|don’t|never)\s+forget\s+to\s[^.\n]{0,60}\bflush|\b(?:must|should|need(?:s)?\s+to|have\s+to|make\s+sure\s+(?:to|you|that\s+you)|remember\s+to)\s[^.\n]{0,40}\bflush"
    r"|\bflush\s+after\s+each|сбрасывать\s+буфер|сброс\w*\s+буфера\s+вывода|(?:出力|標準出力)を(?:flush|フラッシュ)|清空(?:输出)?缓冲区|刷新(?:输出)?缓冲区|버퍼를\s+비우",
    re.IGNORECASE,
)
_SQL = re.compile(
    r"\|\s*column\s+name\s*\|\s*type\s*\|"
    r"|\bwrite\s+an?\s+(?:\w+\s+)?(?:sql|mysql|postgresql)\s+(?:query|statement|solution)\b"
    r"|\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?\w+\s*\([^)]{0,400}\b(?:int|varchar|date|text)\b",
    re.IGNORECASE,
)
_CLASS = re.compile(
    r"\b(?:implement|design|complete|write)\s+(?:the|an?)\s+[`*]{0,3}(?P<name>[A-Z]\w+)[`*]{0,3}\s+class\b",
    re.IGNORECASE,
)
_CALLS = re.compile(r"\[\s*\"[A-Za-z]\w*\"(?:\s*,\s*\"[A-Za-z]\w*\"){1,400}\s*\]\s*,?\s*\n?\s*\[\s*\[")
_STRUCTURE = re.compile(
    r"\b(?:binary\s+(?:search\s+)?tree|(?:singly|doubly|circular)?[\s-]*linked[\s-]+lists?|n-?ary\s+tree|quad[\s-]?tree|TreeNode|ListNode|BST)\b"
    r"|二叉(?:搜索)?树|链表|連結リスト|二分木|연결\s?리스트|이진\s?트리|двоичн\w+\s+дерев|связн\w+\s+спис",
    re.IGNORECASE,
)
_STRUCTURE_NAME = re.compile(
    r"(?:root\d?|tree\d?|head[A-Z]?\d?|list\d|lists|l1|l2|subRoot|node|p|q|linked_?list)", re.IGNORECASE
)
_DRAWN_TREE = re.compile(r"(?:[\w.-]+(?:\s*->\s*[\w.-]+){1,})|^[^\S\n]*[\w-]+\s*\n\s*[/\\]", re.MULTILINE)
_EDITORIAL = re.compile(
    r"\s*(?:#{1,3}\s*)?(?:\[?editorial\b|analysis\s?[:\-–]|tutorial\b|solution\s+(?:sketch|outline)s?\b|(?:problem\s+)?(?:editorial|analysis|tutorial)\s*$"
    r"|題解|题解|解説|解説\s*[:：]|해설|풀이|разбор\b|solução\s+comentada|editorial\s+de\b)|.{0,60}\b(?:editorial|tutorial|题解|разбор\s+задач\w*)\s*$",
    re.IGNORECASE,
)
_TASK_LINE = re.compile(
    r"\s*(?:[-*]\s+)?(?:\[)?(?:[A-H]\d?|Problem\s+[A-H]\d?|\d{1,2})(?:[.)]|\s[-–:|]|\s*\t)\s*\S.{0,80}$"
)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b|\(figure\)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")


def _short(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= 120 else flat[:117] + "…"


def interactive(text: str) -> Refusal | None:
    """A task whose program talks with the judge's program, in the languages that we know."""
    flat = without_emphasis(text)
    match = _INTERACTIVE.search(flat) or _FLUSH.search(flat)
    if match is None:
        return None
    start = flat.rfind("\n", 0, match.start()) + 1
    end = flat.find("\n", match.end())
    line = flat[start : end if end >= 0 else None].strip()
    return Refusal("interactive", NEEDS_INTERACTOR, line if len(line) <= 120 else match[0])


def talking_samples(outputs: Sequence[str]) -> Refusal | None:
    """Samples that show a talk: queries that begin with ``?``, and a last line that begins with ``!``."""
    for output in outputs:
        lines = [line.strip() for line in output.split("\n") if line.strip()]
        is_talk = len(lines) > 1 and lines[0].startswith("?")
        if is_talk and any(re.match(r"!|0\b", line) for line in lines[1:]):
            reason = f"its samples show a talk with the judge: {NEEDS_INTERACTOR}"
            return Refusal("interactive", reason, " / ".join(lines[:3]))
    return None


def sql(text: str) -> Refusal | None:
    """A database task."""
    match = _SQL.search(text)
    if match is None:
        return None
    return Refusal(
        "sql", "a database (SQL) task cannot be solved here: it asks for a query, not for a program", match[0]
    )


def design(text: str) -> Refusal | None:
    """A class to be written, with lists of calls for examples, and no code that shows the class."""
    calls = _CALLS.search(text)
    match = _CLASS.search(without_emphasis(text))
    if calls is None or (match is None and not re.search(r"\bnull\b", text[calls.end() :])):
        return None
    name = match["name"] if match else "the"
    return Refusal(
        "design",
        f"it asks for a class ({name}) that is called many times, and shows no code of it; paste the class with its methods' signatures below the statement",
        match[0] if match else calls[0],
    )


def structure(text: str, names: Sequence[str], values: Sequence[str]) -> Refusal | None:
    """A tree or a linked list among the arguments, and no code that says how it is built."""
    match = _STRUCTURE.search(text)
    if match is None:
        return None
    is_named = any(_STRUCTURE_NAME.fullmatch(name) for name in names)
    is_drawn = any(_DRAWN_TREE.search(value) or re.search(r"\bnull\b|\bN\b", value) for value in values)
    if not is_named and not is_drawn:
        return None
    return Refusal(
        "structure",
        "it takes or returns a tree or a linked list, and shows no Python code that says how; paste the code that the judge gives (class Solution …) below the statement",
        match[0],
    )


def two_problems(order: Sequence[tuple[str, str]]) -> Refusal | None:
    """Two problems in one document: a format (or a numbered title), examples, and then both again.

    ``order`` is what stands in the document, from its top: ``("format", "")`` for a heading over the format
    of the input, ``("title", its text)`` for a title that numbers a problem, ``("example", its input)``.
    """
    titles = list(dict.fromkeys(text for kind, text in order if kind == "title"))
    for start in ("format", "title"):
        parts = 0
        is_open = False
        seen: set[str] = set()
        for kind, text in order:
            if kind == start:
                is_open = True
            elif kind == "example" and text not in seen:  # a page in two languages shows its examples twice
                parts += is_open
                is_open = False
                seen.add(text)
        if parts > 1:
            shown = f" ({'; '.join(titles[:4])})" if len(titles) > 1 else ""
            reason = f"it holds two problems or more{shown}; select one of them, or put each into a file of its own"
            return Refusal("two problems", reason, "")
    return None


def no_statement(text: str, blocks: Sequence[Block]) -> Refusal | None:
    """An editorial, a list of problems or a picture; only asked of documents without any example."""
    lines = [block for block in blocks if isinstance(block, Line) and block.text.strip()]
    headings = [block.text for block in lines[:4]] + [block.text for block in lines if block.heading == 1]
    for heading in headings:
        if len(heading) < 120 and _EDITORIAL.match(heading.strip(" #*")):
            return Refusal("editorial", "an editorial is not a problem; open the statement itself", heading)
    has_format = any(
        (label := label_of(block.text)) is not None and label.kind in {Kind.INPUT, Kind.OUTPUT}
        for block in lines
    )
    tasks = [block.text for block in lines if _TASK_LINE.match(block.text)]
    if not has_format and len(tasks) >= 4 and len(tasks) * 2 >= len(lines):
        return Refusal(
            "index",
            "a list of problems is not a problem; open the statement of one of them",
            "; ".join(tasks[:3]),
        )
    prose = "\n".join(block.text for block in lines if not block.heading)
    words = _WORD.findall(re.sub(r"https?://\S+|!\[[^][]*\]\([^()]*\)|<[^<>]*>", " ", prose))
    if _IMAGE.search(text) and len(words) < 12 and not any(isinstance(block, Code) for block in blocks):
        return Refusal(
            "picture", "the statement is only a picture; paste its text, pictures are not read", ""
        )
    return None
