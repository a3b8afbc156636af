"""Formulas that a page drew with KaTeX or MathJax, as they look when the page is copied: turned back into one formula each.

A browser copies the MathML of such a formula, one token a line (``𝑁``, ``≤``, ``10``, ``5``), perhaps its TeX, and then what is
drawn (``N≤10``, and ``5`` on a line of its own because it is raised). The statement gets ``$N \\leq 10^5$`` instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence

from attrs import evolve, frozen

from sstar_lsp.problems.statement.prose import is_prose

MOST_LINES = 5_000
"""Lines of a statement whose formulas are looked for, without examples: more than any page has."""
LONGEST = 150
"""Lines of one formula, drawn twice."""
LONGEST_UNSURE = 30
"""Tokens of one that holds only digits and ASCII signs."""
LONGEST_TEX = 400
"""Characters of the TeX of one."""
LONGEST_TOKEN = 40
"""Characters of one token of MathML."""
_MOST_BLANKS = 2
"""Empty lines between two formulas of a ``<pre>``."""
_ALPHABET = re.compile("[\U0001d400-\U0001d7ff\u210e]")
"""Letters of MathML's formulas, which a drawn formula spells as plain letters."""
_SIGN = re.compile("[\u2190-\u22ff\u2a7d\u2a7e\u00d7\u2026]")
"""What no example holds."""
_DEPTH = "\t"
"""KaTeX draws it (and a zero-width space) below a subscript; an empty line follows."""
_NEGATION = "\ue020"
"""KaTeX's stroke through the sign on the next line."""
_BINOMIAL = re.compile(r"\(\\frac\{[^{}]*\}\{[^{}]*\}\)")
"""A fraction in brackets; a binomial coefficient is copied in the same way, so neither is told."""
_TEX = {
    "≤": r" \leq ", "⩽": r" \leq ", "≦": r" \leq ", "≥": r" \geq ", "⩾": r" \geq ", "≧": r" \geq ", "≠": r" \neq ", "×": r" \times ", "⋅": r" \cdot ",
    "…": r"\dots ", "⋯": r"\cdots ", "⋮": r"\vdots ", "∈": r" \in ", "⊕": r" \oplus ", "→": r" \to ", "∑": r"\sum ", "∏": r"\prod ", "ℓ": r"\ell ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "{": r"\{", "}": r"\}", "−": "-", "∣": "|", "∗": "*", "′": "'",
}  # fmt: skip
_OPEN = tuple("([{（「『,、，#:： \u00a0")
"""At the end of a line that a formula goes on."""
_GOES_ON = re.compile(r"[ \u00a0][^\n]*|(?!(?::|\.{2,})\s*$)[)\]}）」』.,;:!?。、，；：].*|-\w.*")
"""A line that goes on after a formula; dots alone stand for lines of a picture."""
_TRIPLE = re.compile(r"\$\$\$(?=[^\s$])([^$\n]{1,1000})\$\$\$")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_ONLY_FORMULAS = re.compile(r"(?:\$[^$\n]+\$[ \t]*)+|[ \t]*(?:[:：⋮︙…]|\.\.\.)[ \t]*")


@frozen
class _Drawn:
    """One formula that the text has twice."""

    tex: str
    end: int
    """The first line after it."""
    tail: str | None
    """The text after it on its last line; None where its last line is raised or lowered."""


def with_single_formulas(statement: str, examples: Sequence[tuple[int, int]] = ()) -> str:
    """The statement with each formula once, as ``$…$``; the same text where none is doubled.

    Lines of ``examples`` (first, end) and of fenced blocks stay as they are.
    """
    lines = statement.split("\n")
    kept = _kept(lines, examples)
    if "$$$" in statement:
        lines = [line if keep else _TRIPLE.sub(r"$\1$", line) for line, keep in zip(lines, kept, strict=True)]
    if kept.count(False) <= MOST_LINES and _ALPHABET.search(statement):
        lines = list(_with_pictures(_single(lines, kept)))
    return "\n".join(lines)


def _kept(lines: Sequence[str], examples: Sequence[tuple[int, int]]) -> list[bool]:
    """For each line, whether it belongs to an example or a fenced block."""
    kept = [False] * len(lines)
    for first, end in examples:
        for n in range(max(first, 0), min(end, len(lines))):
            kept[n] = True
    inside = False
    for n, line in enumerate(lines):
        if is_fence := _FENCE.match(line) is not None:
            inside = not inside
        kept[n] = kept[n] or inside or is_fence
    return kept


def _single(lines: Sequence[str], kept: Sequence[bool]) -> Iterator[tuple[str, bool]]:
    """The lines with each formula once, on the line of its sentence; and whether each is kept as it was."""
    shown = _Shown(lines, kept)
    if not any(shown.doubled(n, in_sentence=False) for n in range(len(lines))):
        yield from zip(lines, kept, strict=True)
        return
    line: str | None = None
    place = 0
    while place < len(lines):
        goes_on = line is not None and line.endswith(_OPEN)
        drawn = None if kept[place] else shown.doubled(place, in_sentence=goes_on)
        if line is not None and not (drawn and goes_on):
            yield line, False
            line = None
        if drawn is None:
            if kept[place]:
                yield lines[place], True
            else:
                line = lines[place]
            place += 1
            continue
        line = f"{line or ''}${drawn.tex}${drawn.tail or ''}"
        place = drawn.end
        if drawn.tail is None and place < len(lines) and not kept[place] and _GOES_ON.fullmatch(lines[place]):
            line += lines[place]
            place += 1
    if line is not None:
        yield line, False


def _with_pictures(lines: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """The lines without the empty ones between two that hold only formulas: in a ``<pre>``, a formula ends lines of its own."""
    blanks: list[str] = []
    after_formulas = False
    for line, is_kept in lines:
        if not line.strip() and not is_kept:
            blanks.append(line)
            continue
        is_formulas = not is_kept and _ONLY_FORMULAS.fullmatch(line) is not None
        if not (is_formulas and after_formulas and len(blanks) <= _MOST_BLANKS):
            yield from blanks
        yield line
        blanks = []
        after_formulas = is_formulas
    yield from blanks


def _squeezed(text: str) -> str:
    """The text without spaces, in plain letters."""
    plain = _ALPHABET.sub(lambda letter: unicodedata.normalize("NFKC", letter[0]), text)
    return "".join(unicodedata.normalize("NFC", plain).split()).replace(f"{_NEGATION}=", "≠")


class _Shown:
    """The lines of a statement, and their text without spaces."""

    def __init__(self, lines: Sequence[str], kept: Sequence[bool]) -> None:
        self._lines = lines
        self._kept = kept
        self._squeezed = ["" if keep else _squeezed(line) for line, keep in zip(lines, kept, strict=True)]
        for n, text in enumerate(self._squeezed[:-1]):
            if text.endswith(_NEGATION) and self._squeezed[n + 1].startswith("="):
                self._squeezed[n] = text[:-1]
                self._squeezed[n + 1] = "≠" + self._squeezed[n + 1][1:]
        self._has_letters = [_ALPHABET.search(line) is not None for line in lines]
        self._is_sure = [
            letters or _SIGN.search(line) is not None
            for letters, line in zip(self._has_letters, lines, strict=True)
        ]

    def _is_token(self, n: int) -> bool:
        """Whether a line may be a token of MathML: short and without spaces."""
        line = self._lines[n]
        return not (self._kept[n] or len(line) > LONGEST_TOKEN or " " in line or "\t" in line)

    def doubled(self, first: int, *, in_sentence: bool) -> _Drawn | None:
        """The formula whose tokens begin on this line, and that is drawn below them.

        One of nothing but digits and ASCII signs could be two lines of an example: it counts only where a sentence stands before it or after it.
        """
        letter = self._squeezed[first]
        if not letter or (len(letter) == 1 and letter.isalpha() and letter == self._lines[first]):
            return None
        last = min(first + LONGEST, len(self._lines))
        begins_paragraph = first == 0 or not self._lines[first - 1].strip()
        found: _Drawn | None = None
        is_sure = False
        text = ""
        ends: list[int] = [0]
        for place in range(first, last - 1):
            is_sure = is_sure or self._is_sure[place]
            if not self._is_token(place) or not (self._lines[place] or is_sure):
                break
            if not is_sure and place - first >= LONGEST_UNSURE:
                break
            text += self._squeezed[place]
            ends.append(len(text))
            if not (is_sure or in_sentence or begins_paragraph):
                continue
            if is_sure and self._is_tex(place + 1, text) and self._may_be_drawn(place + 2, text):
                drawn = self._drawn(place + 2, text, ends)
                if drawn is not None:
                    return evolve(drawn, tex=self._lines[place + 1].strip())
            if not self._may_be_drawn(place + 1, text):
                continue
            drawn = self._drawn(place + 1, text, ends)
            if drawn is None or _BINOMIAL.search(drawn.tex):
                continue
            if is_sure:
                return self._annotated(drawn, text)
            is_told = any(map(str.isalnum, text)) and (in_sentence or is_prose(drawn.tail or ""))
            if is_told or (text == ":" and not (drawn.tail or "").strip()):  # or dots of a picture
                found = drawn
        return found

    def _is_tex(self, place: int, text: str) -> bool:
        """Whether a line may be the TeX of a formula with this text: it has all its letters and digits."""
        if place >= len(self._lines) or self._kept[place] or self._has_letters[place]:
            return False
        line = self._lines[place].strip()
        is_tex = line == text or any(sign in line for sign in "\\^_<>=")
        return is_tex and len(line) <= LONGEST_TEX and set(filter(str.isalnum, text)) <= set(line)

    def _annotated(self, drawn: _Drawn, text: str) -> _Drawn:
        """The formula with the TeX that stands below it, if any."""
        if drawn.tail or not self._is_tex(drawn.end, text) or "\\" not in self._lines[drawn.end]:
            return drawn
        return _Drawn(self._lines[drawn.end].strip(), drawn.end + 1, None)

    def _may_be_drawn(self, place: int, text: str) -> bool:
        """Whether line ``place`` begins as the text does, or a fraction does, whose denominator comes first."""
        line = self._squeezed[place] if place < len(self._lines) else ""
        if not line or self._has_letters[place]:
            return False
        if line[0] == text[0] and text.startswith(line[: len(text)]):
            return True
        return self._is_depth(place + 2) and text.startswith(self._squeezed[place + 1] + line)

    def _drawn(self, place: int, text: str, ends: Collection[int]) -> _Drawn | None:
        """The formula with this text, drawn from line ``place`` on; None where something else stands there.

        ``ends``: where its tokens end. A script has whole tokens.
        """
        tex = ""
        parts: list[str] = []
        """Text and scripts in turns."""
        read = begun = 0
        tail = ""
        joins = False
        while read < len(text):
            if place >= len(self._lines) or self._kept[place] or self._has_letters[place]:
                return None
            line = self._squeezed[place]
            if self._lines[place] == _NEGATION:
                joins = len(parts) % 2 == 1
            elif line:
                part = line[: len(text) - read]
                tail = self._tail(place, len(part))
                parts[-1:] = [parts[-1] + part] if joins else [*parts[-1:], part]
                read += len(part)
                joins = False
            else:
                depth = self._depth(place)
                lowered = _lowered(parts, depth, text[begun:read])
                if lowered is None:
                    return None
                tex += lowered
                parts = []
                begun = read
                place += 2 * depth - 1
            place += 1
        if depth := self._depth(place):
            lowered = _lowered(parts, depth, text[begun:])
            return None if lowered is None else _Drawn(_tidy(tex + lowered), place + 2 * depth, None)
        if "".join(parts) != text[begun:]:
            return None
        offset = begun
        for n, part in enumerate(parts):
            if n % 2 and not (offset in ends and offset + len(part) in ends):
                return None
            offset += len(part)
        is_raised = len(parts) % 2 == 0 and bool(parts)
        if is_raised and tail.strip():
            return None
        return _Drawn(_tidy(tex + _raised(parts)), place, None if is_raised or not parts else tail)

    def _depth(self, place: int) -> int:
        """Of how many lowered scripts this is the end; at most 3."""
        return next(n for n in range(4) if n == 3 or not self._is_depth(place + 2 * n))

    def _is_depth(self, place: int) -> bool:
        """Whether the script above was a lowered one: two lines say so."""
        return self._lines[place : place + 2] in ([_DEPTH, ""], [_DEPTH])

    def _tail(self, place: int, length: int) -> str:
        """What stands on a line after so many characters that are no spaces."""
        line = self._lines[place]
        seen = 0
        for n, char in enumerate(line):
            if seen >= length:
                return line[n:]
            seen += len(_squeezed(char))
        return ""


def _lowered(parts: Sequence[str], depth: int, text: str) -> str | None:
    """Text and scripts in turns, the last of them lowered: alone, below a raised one or a numerator, or (``depth`` 2) with a subscript.

    ``text`` is how MathML spells it, which has a numerator first; None where it is another.
    """
    is_same = text == "".join(parts)
    if depth == 1 and is_same and len(parts) > 1:
        if len(parts) % 2:
            *head, below, above = parts
            return f"{_raised(head)}_{_script(below)}{_power(above)}"
        *head, below = parts
        return f"{_raised(head)}_{_script(below)}"
    if depth == 2 and is_same and len(parts) > 2 and len(parts) % 2:
        *head, below, lowest = parts
        return f"{_raised(head)}_{{{_tex(below).strip()}_{_script(lowest)}}}"
    if depth == 1 and len(parts) > 1:
        *head, below, above = parts
        if text == "".join((*head, above, below)):
            return f"{_raised(head)}\\frac{{{_tex(above).strip()}}}{{{_tex(below).strip()}}}"
    return None


def _raised(parts: Sequence[str]) -> str:
    """Text and raised scripts in turns."""
    return "".join(_power(part) if n % 2 else _tex(part) for n, part in enumerate(parts))


def _power(text: str) -> str:
    script = _script(text)
    return script if script == "'" else f"^{script}"


def _script(text: str) -> str:
    tex = _tex(text).strip()
    return tex if len(tex) == 1 else f"{{{tex}}}"


def _tex(text: str) -> str:
    return "".join(_TEX.get(char, char) for char in text)


def _tidy(tex: str) -> str:
    return re.sub(r" +(?=[,_^])", "", re.sub(" +", " ", tex)).strip()
