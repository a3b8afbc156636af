"""Which lines of a statement announce an example: ``Sample Input 1``, ``**Output:**``, ``入力例 1``,
``-----Examples-----``.

Takes away what frames the words of ``label_words.toml``, in twelve languages: marks of Markdown, dashes,
colons, numbers, "Copy" buttons.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from enum import Enum, auto
from functools import lru_cache
from importlib.resources import files
from itertools import product

from attrs import evolve, frozen

_MAX_LABEL_CHARS = 90
"""Longer lines may still begin with ``Input:``; they are never a label as a whole."""


class Kind(Enum):
    """What a label announces."""

    INPUT = auto()
    OUTPUT = auto()
    BOTH = auto()
    """``Sample Input 1 <tab> Sample Output 1``: the head of a table of two columns."""
    SECTION = auto()
    """``Examples``, ``Example 2``, ``Sample 1``: bare ``Input`` now means an example."""
    REMARK = auto()
    """``Explanation``: ends what stands before it; more examples may follow."""
    END = auto()
    """``Note``, ``Constraints`` …: ends the examples."""


@frozen
class Label:
    """A line that announces something."""

    kind: Kind
    number: str = ""
    """``2`` of ``Sample Input 2``; empty if there is none."""
    explicit: bool = False
    """Says itself that it is an example (``Sample Input``, ``inputCopy``), not only ``Input``."""
    rest: str | None = None
    """What follows on the same line (``Input: nums = [1]``); None for a label alone on its line."""
    column: int = 0
    """``BOTH``: where the second label begins, in characters of the line; 0 if a tab or bar parts them."""
    is_framed: bool = True
    """Whether more than the bare word stands there (capitals, colon, number, marks): data seldom look so."""


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
_DECORATION = " \t*_`:#>|=~-–—.•·[]【】「」『』〔〕<@\u00a0"
_BULLET = re.compile(r"^[ \t>]*(?:[-*+•●○■▪◆] +|\d{1,2}[.)] +)?")
_NUMBER = re.compile(
    r"(?<![\w.,])(?:#|no\.? ?|nr\.? ?|№ ?|n° ?|case ?#? ?)?\(?(?P<n>\d{1,3}|(?:[ivx]{1,4}|[a-h])(?=[\W\d_]*$))\)?(?![\w,'’]|\.\w)"
    r"|(?<=[^\W\d_a-z])#?(?P<m>\d{1,3})(?!\w)|(?P<c>[\u2460-\u2473])",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"[\s(\[]*(?:" + "|".join(sorted(map(re.escape, COPY_BUTTONS), key=len, reverse=True)) + r")[\])]*$",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?P<side>input|output)copy(?P<rest>\S.*)", re.IGNORECASE | re.DOTALL)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_COLON = re.compile(r"[*_`]{0,3}\s?[:：]\s?[*_`]{0,3}")
_ASIDE = re.compile(
    r"\s?\((?:stdin|stdout|standard (?:input|output)|file [\w.]{1,30}|[\w]{1,20}\.(?:in|out|txt)|optional|标准输入|标准输出)\)"
)
_OMEGAUP = re.compile(r"\|\|\s?(?P<word>input|output|description|examplefile|end)\b.*", re.IGNORECASE)
"""Marks of omegaUp's Markdown around the cells of its table of examples."""
_FILE_NAME = re.compile(r"(?:\w{1,24})\.(?P<side>in|out|inp)(?:\.txt)?")


def _phrases() -> dict[str, tuple[Kind, bool]]:
    found: dict[str, tuple[Kind, bool]] = {}
    for words in LANGUAGES.values():
        groups = (
            (words.end, Kind.END, False),
            (words.explanation, Kind.REMARK, False),
            (words.example, Kind.SECTION, True),
            (words.filled_in(words.sample_input, words.input), Kind.INPUT, True),
            (words.filled_in(words.sample_output, words.output), Kind.OUTPUT, True),
            (words.input, Kind.INPUT, False),
            (words.output, Kind.OUTPUT, False),
        )
        for phrases, kind, explicit in groups:
            found |= {_joined(phrase): (kind, explicit) for phrase in phrases}
    return found


def _joined(phrase: str) -> str:
    """CJK phrases without spaces: pages differ in them only."""
    return phrase.replace(" ", "") if _CJK.search(phrase) else phrase


_PHRASES = _phrases()


def phrase_of(line: str) -> tuple[str, str, bool]:
    """The words of a possible label as the table has them, its number, and whether it had a "Copy" button."""
    text = (
        unicodedata.normalize("NFKC", line.replace("\u2460", "1")).casefold()
        if not line.isascii()
        else line.lower()
    )
    text = text.strip(_DECORATION)
    copied = False
    while (match := _COPY.search(text)) and match.start() > 0:
        text, copied = text[: match.start()].strip(_DECORATION), True
    number = ""
    if match := next(_NUMBER.finditer(text), None):
        number = match["n"] or match["m"] or match["c"] or ""
        # "case" of "test case 2" belongs to the words; a letter "a" only if something stands beside it.
        head = match[0].replace(number, "").strip("#()№ ")
        rest = f"{text[: match.start()]} {head if head == 'case' else ''} {text[match.end() :]}"
        if rest.strip(_DECORATION):
            text = rest
        else:
            number = ""
    text = re.sub(r"\s*[:：]\s*", " ", re.sub(r"[*_`]{1,3}", "", text))
    text = _ASIDE.sub("", re.sub(r"\s+", " ", text)).strip(_DECORATION + "()")
    return _joined(text), number, copied


@lru_cache(maxsize=20_000)
def _label_of(line: str) -> Label | None:
    if line.startswith("||") and (mark := _OMEGAUP.fullmatch(line)):
        kinds = {"input": Kind.INPUT, "output": Kind.OUTPUT, "end": Kind.END}
        return Label(kinds.get(mark["word"].lower(), Kind.REMARK), explicit=True)
    bare = _BULLET.sub("", line, count=1)
    if not bare.strip(_DECORATION):
        return None
    if len(bare) <= _MAX_LABEL_CHARS:
        if label := _whole(bare):
            return label
        if label := _two_columns(line):
            return label
    return _with_content(bare)


def label_of(line: str) -> Label | None:
    """What the line announces; None for ordinary text."""
    return _label_of(line) if len(line) <= 400 else _with_content(_BULLET.sub("", line, count=1))


def _whole(text: str) -> Label | None:
    colon = _COLON.search(text)
    if (
        colon is not None
        and text[colon.end() :].strip(" \t*_`:#~=>-–—")
        and not is_copy_button(text[colon.end() :])
    ):
        return None
    phrase, number, copied = phrase_of(text)
    known = _PHRASES.get(phrase)
    if known is None:
        return None
    kind, explicit = known
    if kind in {Kind.INPUT, Kind.OUTPUT}:
        explicit = explicit or copied or bool(number)
    words = text.strip()
    return Label(
        kind, number, explicit, is_framed=not (words.isascii() and words.islower() and words.isalpha())
    )


def _two_columns(line: str) -> Label | None:
    """Two labels side by side, or three where the first numbers the rows (``№``)."""
    for separator in ("\t", "|"):
        if separator in line:
            cells = [cell for cell in line.split(separator) if cell.strip()]
            sides = [side_of_cell(cell) for cell in cells]
            if sides.count(Kind.INPUT) == 1 and sides.count(Kind.OUTPUT) == 1 and len(cells) <= 4:
                return Label(Kind.BOTH, phrase_of(cells[0])[1], explicit=True)
    for match in re.finditer(r" +", line.rstrip()):
        left, right = line[: match.start()], line[match.end() :]
        if not left.strip() or not right.strip():
            continue
        first, second = _whole(left), _whole(right)
        if first is None or second is None or (first.kind, second.kind) != (Kind.INPUT, Kind.OUTPUT):
            continue
        if first.explicit or len(match[0]) > 1:
            return Label(Kind.BOTH, first.number, explicit=True, column=match.end())
    return None


def side_of_cell(cell: str) -> Kind | None:
    """``INPUT`` or ``OUTPUT`` for the head of a table's column (``Entrada``, ``INPUT.TXT``), else None."""
    if len(cell) > _MAX_LABEL_CHARS:
        return None
    if match := _FILE_NAME.fullmatch(cell.strip().casefold()):
        return Kind.OUTPUT if match["side"] == "out" else Kind.INPUT
    label = _whole(cell)
    return label.kind if label is not None and label.kind in {Kind.INPUT, Kind.OUTPUT} else None


def _with_content(text: str) -> Label | None:
    """``Input: nums = [1]``, ``输入：3``, ``inputCopy3``."""
    text = text.strip().lstrip("*_`#> ")
    if glued := _GLUED.fullmatch(text):
        side = Kind.INPUT if glued["side"].lower() == "input" else Kind.OUTPUT
        return Label(side, explicit=True, rest=glued["rest"])
    colon = _COLON.search(text, 0, _MAX_LABEL_CHARS)
    if colon is None:
        return None
    label = _whole(text[: colon.start()] or " ")
    if label is None or label.kind is Kind.BOTH:
        return None
    rest = text[colon.end() :]
    if not rest.strip(" *_`\u00a0"):
        return evolve(label, is_framed=True)
    if label.kind is Kind.SECTION:
        inner = label_of(rest)
        return inner if inner is not None and inner.kind in {Kind.INPUT, Kind.OUTPUT} else None
    return evolve(label, rest=_unwrapped(rest), is_framed=True)


def _unwrapped(text: str) -> str:
    """The content without the backticks that some people put around it."""
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] == "`" and "`" not in stripped[1:-1]:
        return stripped[1:-1]
    return text.strip()


def is_copy_button(text: str) -> bool:
    """Whether a line is only the word of a button beside a sample."""
    return text.strip().strip("[]()").casefold() in COPY_BUTTONS


def fence_side(info: str) -> tuple[Kind, str] | None:
    """Side and number for the info string of an ```` ```input1 ```` fence, else None."""
    word = info.strip().lower().split(" ")[0].split(":")[0].replace("_", "-")
    word = word.split("|")[0]  # Hydro: input1|2,3 marks lines
    if match := re.fullmatch(r"(?:sample-?|example-?)?(?:input|in|stdin)-?(\d{0,3})", word):
        return Kind.INPUT, match[1]
    if match := re.fullmatch(r"(?:sample-?|example-?)?(?:output|out|ans|stdout)-?(\d{0,3})", word):
        return Kind.OUTPUT, match[1]
    return None
