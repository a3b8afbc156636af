"""Lines of several kinds, each told by the word it begins with: ``1 x y`` or ``2 x``, ``+ x`` or ``- x``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import frozen

from sstar_lsp.engine.test_inputs.input_format.terms import NAME, key_of, normal

MOST_NAMES = 6
"""Variables behind the word that a line begins with."""
_SPACE = re.compile(
    r"\\(?:enspace|q?quad|hspace\s?\{[^{}]*\}|text|tt|rm)(?![a-z])|(?<![A-Za-z_])\{|\}(?![A-Za-z_])|[\s~`\"'<>]"
)
_KEY = re.compile(r"[0-9]{1,2}|[^\w\s$()\[\].,:;|]|[A-Za-z]{2,12}|[A-Z]")
_SHORT_NAME = re.compile(rf"(?=[A-Za-z]\w{{0,3}}(?:_|$))(?:{NAME})")
_QUOTED = re.compile(r"`([^`\n]{1,60})`|\"([^\"\n]{1,60})\"|\$([^$\n]{1,60})\$")
_PLAIN = re.compile(
    r"(?:^|(?<=[.:,;] ))(?P<form>(?:[0-9]{1,2}|[-+*?!])(?: [A-Za-z]\w{0,3}){1,6})(?=\s?[,:;—–]| - |$)"
)
_IF = re.compile(
    r"\b(?:if \$?[A-Za-z](?:_\w)?\s?=\s?(?P<key>[0-9]{1,2})\$?|otherwise\b)(?P<rest>.{0,40}\bfollow.*)",
    re.IGNORECASE,
)


@frozen
class RowForm:
    """What a line holds that begins with a word."""

    key: str
    names: tuple[str, ...]


def form_of(text: str) -> RowForm | None:
    """ "1 x y": the word that such a line begins with, and the variables behind it; None where the text is no such thing."""
    key, *names = _SPACE.sub(" ", normal(text)).split() or [""]
    if (
        not _KEY.fullmatch(key)
        or (key.isupper() and not names)
        or len(names) > MOST_NAMES
        or not all(map(_SHORT_NAME.fullmatch, names))
    ):
        return None
    return RowForm(key, tuple(map(key_of, names)))


def forms_in(sentence: str) -> list[RowForm]:
    """The forms that a sentence shows: in quotes or formulas, or at its beginning."""
    found = [
        form for match in _QUOTED.finditer(sentence) if (form := form_of(match[1] or match[2] or match[3]))
    ]
    plain = (form_of(match["form"]) for match in _PLAIN.finditer(sentence))
    return [*found, *(form for form in plain if form)]


def form_begins(sentence: str) -> bool:
    """Whether the sentence begins with a form: an item of a list of them."""
    quoted = _QUOTED.match(sentence)
    return bool(_PLAIN.match(sentence) or (quoted and form_of(quoted[1] or quoted[2] or quoted[3])))


def condition_in(sentence: str) -> tuple[str, str] | None:
    """ "If $t = 1$, three integers $v$, $u$ and $w$ follow": the word (empty for "otherwise"), and the text that tells what follows."""
    match = _IF.search(normal(sentence))
    return (match["key"] or "", match["rest"]) if match else None


def usable(forms: Iterable[RowForm]) -> tuple[RowForm, ...]:
    """One form for each word; none where they are not several, or hold nothing."""
    by_key: dict[str, RowForm] = {}
    for form in forms:
        if not (by_key.get(form.key) or form).names:
            by_key[form.key] = form
        by_key.setdefault(form.key, form)
    return tuple(by_key.values()) if len(by_key) > 1 and any(form.names for form in by_key.values()) else ()
