"""What a clause puts on a line: variables, how many values each stands for, and how plain text is told from them."""

from __future__ import annotations

import re

from attrs import mutable

from sstar_lsp.engine.input_format.terms import NAME, Term, comparisons_in, key_of, names_of, term_of

NUMERALS = {
    "a single": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5,
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "dos": 2, "tres": 3, "cuatro": 4, "dois": 2, "três": 3, "quatro": 4,
}  # fmt: skip
NUMERAL = "|".join(NUMERALS)
_TYPE = (
    r"integers?|numbers?|values?|elements?|words?|strings?|names?|characters?|digits?|reals?|letters|heltal|tal|ord|namn|tecken|"
    r"siffror|bokstäver|entiers?|nombres?|valeurs?|mots?|zahlen|ganze zahlen|enteros|números|inteiros|symbols|floats|decimals|"
    r"pairs|decimaltal|flyttal|caractères|cha[iî]nes"
)
_COUNTED = re.compile(
    rf"^\s+(?:(?!is\b|are\b|the\b|of\b|and\b|or\b|denot|number\b|with\b|contain|which\b|that\b)[\w-]+,?\s+){{0,4}}?(?!number\b|value\b)(?:{_TYPE})\b",
    re.IGNORECASE,
)
_NUMERAL_COUNT = re.compile(rf"\b({NUMERAL})\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"(?:\blength|\blong|\blängd|\blongueur|\bsize)\s*(?:of\s+)?(?:exactly\s+)?$|\b(?:string|word|sträng)\s+(?:of|with|av|på|med)\s+(?:exactly\s+)?$",
    re.IGNORECASE,
)
_CHARACTERS = re.compile(
    r"^\s+(?:[\w-]+\s+){0,4}?(?:characters?|letters|digits|tecken|bokstäver|siffror|caractères|lettres|symbols)\b",
    re.IGNORECASE,
)


@mutable
class Place:
    """A token, or several, that the statement tells of."""

    name: str
    count: Term | None = None
    is_word_length: bool = False
    """Whether ``count`` may be the length of one word instead."""
    is_numeral: bool = False
    """Whether it is one of "three integers" without a name."""


_LIST = re.compile(
    r"(?<![\w$\\])([A-Za-z]{1,6})_?\{?([01i]|[A-Za-z])\}?\s*,?\s*(?:\1_?\{?(\w+)\}?\s*,?\s*){0,3}(?:…)\s*,?\s*\1_?\{?([A-Za-z0-9]+(?:\s?[-+*]\s?\w+)?)\}?(?![\w$])"
)
_INDEXED = re.compile(r"(?<![\w$\\`])([A-Za-z]+_(?:\{[^{}$]{1,12}\}|[A-Za-z0-9]+))(?![\w$`])")
_LETTER = re.compile(r"(?<![\w'’`$\\./-])(\d*)([B-HJ-Zb-hj-z])(?:(\s?[-+]\s?1))?(?![\w'’`$]|-\w|\.\w)")
_A_NAME = re.compile(r"(?<![\w'’`$\\-])([aAiI])(?=\s*(?:,|and|och|et)\s*(?:[a-zA-Z]\b|\$)|\s*[<>=]|\s*\()")
_QUOTED = re.compile(
    r"`[^`\n]{1,60}`|\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”|‘[^’\n]{1,60}’|(?<!\w)'[^'\n]{1,20}'(?!\w)"
)


def marked(sentence: str, spoken: frozenset[str]) -> str:
    """The sentence with ``$`` around the variables of plain text.

    Args:
        sentence: One sentence in which :func:`terms.normal` has spelled the signs.
        spoken: Variables that inequalities of the statement name.
    """
    sentence = re.sub(r"(?<![\w*])(\*{1,2}|__?)([A-Za-z](?:_\w)?)\1(?![\w*])", r"$\2$", sentence)
    sentence = re.sub(
        r"`([A-Za-z](?:_\w{1,3})?)`(?=\s*(?:[(,.<>]|and\b|is\b|are\b|denot|lines\b|integers\b|-|–|:))",
        r"$\1$",
        sentence,
    )
    sentence = re.sub(r"`\$([^`$]{1,20})\$`", r"$\1$", sentence)
    if sentence.count("$") >= 2:
        return sentence
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\u0000{len(kept) - 1}\u0000"

    text = _QUOTED.sub(keep, sentence)
    text = _LIST.sub(lambda m: keep_text(f"${m[1]}_1, …, {m[1]}_{{{m[4]}}}$", kept), text)
    text = _INDEXED.sub(r"$\1$", text)
    text = re.sub(r"\([^()]*[<>][^()]*\)", keep, text)
    long = sorted(
        (name for name in spoken if len(name.rstrip("_")) > 1 and name.rstrip("_").isalnum()), key=len
    )
    for name in reversed(long):
        text = re.sub(rf"(?<![\w$\\]){re.escape(name.rstrip('_'))}(?![\w$])", f"${name.rstrip('_')}$", text)
    text = re.sub(r"(?<![\w$\\])([a-zA-Z])([ij1-9])(?![\w$])", lambda m: f"${m[1]}_{m[2]}$", text)
    text = _A_NAME.sub(r"$\1$", text)
    text = re.sub(r"(?<=, )a(?=\s*(?:[,.(:]|$))|(?<=and )a(?=\s*[,.(:]|$)", "$a$", text)
    text = _LETTER.sub(lambda m: f"${m[0]}$", text)
    return re.sub("\u0000(\\d+)\u0000", lambda m: kept[int(m[1])], text)


def keep_text(text: str, kept: list[str]) -> str:
    """A mark in the place of a text that is put back later."""
    kept.append(text)
    return f"\u0000{len(kept) - 1}\u0000"


_MATH = re.compile(r"\$([^$]{1,200})\$|`([A-Za-z](?:_\w)?)`")


def places_of(text: str, named: set[str], in_rows: frozenset[str] = frozenset()) -> list[Place]:
    """Tokens that a clause tells of; variables that earlier ones told of count, and stand nowhere again.

    Args:
        text: The clause, with ``$`` around its variables.
        named: Variables that earlier clauses told of.
        in_rows: Those of them that stand on repeated lines: "three integers $x$, $y$, $h$" may name them again.
    """
    text = re.sub(
        r"\$?\((?:[^()]|\([^()]{0,80}\)){0,300}\)\$?",
        lambda found: (
            "$" * (found[0].count("$") % 2) if re.search(r"[<>=]|\be\.?g|such as", found[0]) else found[0]
        ),
        text,
    )
    text = re.sub(r"\bwhere\b.*", "", text) if re.search(r"\$.*\bwhere\b", text) else text
    found: list[Place] = []
    pending: Term | None = None
    pending_is_word = False
    spans: list[tuple[int, int, str]] = [(m.start(), m.end(), m[1] or m[2]) for m in _MATH.finditer(text)]
    spans += [(m.start(), m.end(), str(NUMERALS[m[1].lower()])) for m in _NUMERAL_COUNT.finditer(text)]
    spans += [
        (m.start(), m.end(), m[0])
        for m in re.finditer(r"(?<![\w$.^{<>=-])\d{1,6}(?![\w$.^}<>=])", _masked(text))
    ]

    def settle() -> None:
        nonlocal pending
        if pending is not None:
            if isinstance(pending, int):
                found.extend(
                    Place(f"?{len(named)}.{len(found)}", None, is_numeral=True)
                    for _ in range(pending if pending < 13 else 0)
                )
            else:
                found.append(Place(f"?{len(named)}.{len(found)}", pending, pending_is_word))
        pending = None

    for start, end, formula in sorted(spans):
        inside = formula.strip()
        if not inside:
            continue
        if "…" not in inside or pending is None:
            term = term_of(inside)
            is_length = bool(_LENGTH.search(text[:start]))
            if (
                term is not None
                and not isinstance(term, str | int)
                and names_of(term) - named - {p.name for p in found}
            ):
                term = None
            counts = _COUNTED.match(text[end:]) or is_length
            if term is not None and counts and not _new(inside, named, found):
                settle()
                pending = term
                pending_is_word = is_length or bool(_CHARACTERS.match(text[end:]))
                continue
        if inside.isdigit():
            continue
        names = [key_of(name) for name in re.findall(rf"(?<![\w\\]){NAME}", re.sub(r"\\[a-z]+", " ", inside))]
        if re.search(r"[+*^(]|\d\s*-|-\s*\d", re.sub(r"_\{[^}]*\}", "", inside)) and not re.search(
            r"[<>]|…", inside
        ):
            continue  # a term, not a variable
        if re.search(r"[<>=]", inside) and "…" not in inside:
            chain = {n for c in comparisons_in(inside) for n in c.names}
            names = [name for name in names if name in chain and name not in named]
        if "…" in inside:
            made = _list_place(inside, names, pending, named)
            if made is not None:
                found.append(made)
                pending = None
            continue
        for name in dict.fromkeys(names):
            again = name in in_rows and isinstance(pending, int)
            if (name in named and not again) or any(place.name == name for place in found):
                continue
            if isinstance(pending, int):
                pending = pending - 1 if pending > 1 else None
                found.append(Place(name))
                continue
            takes = pending is not None and (name.endswith("_") or pending_is_word or len(names) == 1)
            found.append(Place(name, pending if takes else None, takes and pending_is_word))
            pending = None if takes else pending
    settle()
    return found


def _masked(text: str) -> str:
    """The text with spaces in the place of formulas and quotations."""
    return re.sub(r"\$[^$]*\$|`[^`]*`|\"[^\"]*\"", lambda m: " " * len(m[0]), text)


def _list_place(inside: str, names: list[str], pending: Term | None, named: set[str]) -> Place | None:
    """``a_1, …, a_n``: all the values of one variable."""
    indexed = [name for name in names if name.endswith("_")]
    base = indexed[-1] if indexed else (names[-1].partition("_")[0] + "_" if names else "")
    if not base or base in named:
        return None
    last = re.findall(r"_\{?([^{}$\s]+(?:\s?[-+*]\s?[^{}$\s]+)?)\}?\s*$", inside) or re.findall(
        r"_\{?([^{}$,\s]+)\}?", inside
    )
    count = term_of(last[-1].rpartition(",")[2]) if last else None
    if re.search(r"_\{?0\b", inside.partition("…")[0]) and count is not None:
        count = term_of(f"{last[-1].rpartition(',')[2]}+1")
    return (
        None
        if (pending if pending is not None else count) is None
        else Place(base, pending if pending is not None else count)
    )


def _new(inside: str, named: set[str], found: list[Place]) -> bool:
    """Whether the formula is a variable that no earlier sentence or place named: it stands for itself."""
    return bool(re.fullmatch(rf"\s*{NAME}\s*", inside)) and key_of(inside.strip()) not in (
        named | {place.name for place in found}
    )
