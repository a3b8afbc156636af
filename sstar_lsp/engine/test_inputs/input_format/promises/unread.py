"""The sentences that promise something, and whether a format keeps it: what is not kept makes the format not whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from sstar_lsp.engine.test_inputs.input_format.model import (
    Block,
    Field,
    FieldKind,
    Known,
    Order,
    Structure,
    fields_of,
    lines_of_blocks,
)
from sstar_lsp.engine.test_inputs.input_format.promises.letters import FIRST_LETTERS, letter_counts
from sstar_lsp.engine.test_inputs.input_format.promises.of_variables import (
    ALL_APPEAR,
    CHAIN,
    KINDS,
    STEP,
    UNEQUAL,
    UNEQUAL_ROWS,
    indexed,
    parities,
)
from sstar_lsp.engine.test_inputs.input_format.promises.phrases import (
    CAPITAL,
    CONNECTED,
    DISTINCT,
    ONE_PATH,
    PARITY_WORD,
    PERMUTATION,
    PRIME,
    RISING,
    SIMPLE,
    SUM,
)
from sstar_lsp.engine.test_inputs.input_format.sentences import wordy_bounds
from sstar_lsp.engine.test_inputs.input_format.terms import (
    NAME,
    Comparison,
    comparisons_in,
    key_of,
    normal,
    term_of,
)

_UNREAD = re.compile(
    r"(?<!not )\bguarantee|\bgarant|\bvalid\b|\bgiltig|\bvalide\b|you know that|\bdifferences? between\b|such that|\bsatisf"
    r"|\badjacent\b|\bknown that\b|\bassume\b|\bkan anta\b|\bwell.formed\b|\bdoes not exceed the\b|\bnever\b|\baldrig\b|\bjamais\b"
    r"|保证|至少|互不|连通|升序|保証|必ず|少なくとも|昇順|보장|서로 다|중복|항상|트리|연결|순열|오름차순|гарантир|различн|дерев|связн|отсортир"
    r"|\balways\b|\balltid\b|\btoujours\b|(?<!\bthat )(?<!\bwhich )\bmust (?:be|not)\b|\bmåste\b"
    r"|\bexactly \$?[^.,$]{1,8}\$? [`'\"]?(?-i:[A-Z])[`'\"]?'?s?\b(?! and| =)|\bnone of\b|^(?:at least|minst|au moins) (?:one|en|ett|une?)\b|^(?!.*\b(?:lines?|rows?)\b).*\bexactly (?:one|once|two|twice)\b"
    r"|\bthere (?:is|are|will be|exists?) (?:always |at least |exactly |at most |no (?!other ))|\bdet finns (?:alltid|minst|exakt|högst|inga)\b"
    r"|^(?!.*\b(?:lines?|rows?|rad(?:en|er|erna)?|lignes?)\b).*\b(?:each|every|all|no|none|varje|alla|ingen|inga|chaque|aucune?)\b[^.]*\b(?:at least|at most|exactly|minst|högst|exakt|au moins|au plus)"
    r" (?:one|once|two|twice|an?|half|en|ett|två|une?|deux)\b(?! and at most| och högst| (?:character|letter|digit|symbol|tecken|bokstav)s?\b)",
    re.IGNORECASE,
)
"""A promise. It may be one that the model has a word for (:data:`_READ`)."""
_UNREADABLE = re.compile(
    r"\bif\b[^.!<>]{0,40}[^!<>=]=[^.]{0,40}!=|[A-Za-z}]\s?(?:\\in(?![A-Za-z])|∈)\s?\\?\{\s*-?\d|\b(?:even(?! if\b| though\b)|odd|jämnt|udda)\b|\b(?:start|begin)(?:s|ning|ing)? with an? (?:capital|upper)|\bcapital first letter\b|공백 ?없이|\b(?:equals?|either|antingen)\b[^.,]{0,20} \$?\d+\$?(?:, \$?\d+\$?)*,? (?:or|eller) \$?\d|\bpalindrom|\bprime\b|\bprimtal|\bdivisible\b|\bmultiple of\b|\bdelbar|\boverlap|\bintersect|\btouch|\bcollinear\b|\bparallel\b|\+ …|\bat most \$?\d+\$? (?:distinct|different)\b"
    r"|\bfirst \$?\w+\$? (?:\w+ )?letters\b|\$\w+\$ första (?:\w+ )?bokstäverna\b"
    r"|\b(?:decreasing|descending) order\b|\bfallande\b|\bdécroissant",
    re.IGNORECASE,
)
"""A promise that the model has no word for, whatever else the sentence says."""


_IMPLIED = re.compile(r"\((?:this|which|that) (?:implies|means|guarantees)\b[^()]{0,200}\)", re.IGNORECASE)
"""What follows from the promises that are read."""


def unread_promises(sentences: list[str]) -> list[str]:
    """The sentences that promise something that the model has no word for."""
    return [
        sentence
        for sentence in (_IMPLIED.sub("", each) for each in sentences)
        if _UNREADABLE.search(normal(sentence))
        or (_UNREAD.search(sentence) and not _is_only_bounds(sentence))
    ]


_PROMISE_WORDS = 6
"""Words beside the formulas of a sentence that promises nothing but an inequality."""


def _is_only_bounds(sentence: str) -> bool:
    promise = _UNREAD.search(sentence)
    if promise and promise[0].lower() == "such that":
        sentence = re.split(r"\bwhere\b", sentence[promise.start() :])[0]
    words = re.findall(r"[^\W\d_]{2,}", re.sub(r"\$[^$]*\$|`[^`]*`", " ", sentence))
    return bool(comparisons_in(sentence)) and len(words) <= _PROMISE_WORDS


def is_kept(sentence: str, blocks: tuple[Block, ...]) -> bool:
    """Whether what a sentence promises is in the blocks: a connected graph, a parity, a permutation, different values."""
    fields = list(fields_of(blocks))
    structures = {block.structure for block in lines_of_blocks(blocks)}
    is_odd = parities(sentence).keys() & {each.name for each in fields if each.odd is not None}
    return bool(
        (CONNECTED.search(sentence) and structures & {Structure.TREE, Structure.CONNECTED})
        or (SIMPLE.search(sentence) and structures - {Structure.NONE})
        or (is_odd and len(PARITY_WORD.findall(sentence)) == len(is_odd) and not PRIME.search(sentence))
        or (PERMUTATION.search(sentence) and any(each.permutation for each in fields))
        or (KINDS.search(normal(sentence)) and any(each.different is not None for each in fields))
        or (
            (CHAIN.search(normal(sentence)) or STEP.search(normal(sentence)))
            and any(each.order is not Order.NONE for each in fields)
        )
        or (not _UNREADABLE.search(normal(sentence)) and _is_of_all_kept(sentence, blocks))
        or _is_simple_kept(sentence, blocks, fields)
    )


_TREE = re.compile(
    r"\b(?:forms?|forming|is|are|be|bildar?|är|utgör)\b[^.]{0,20}\b(?:tree|träd)\b", re.IGNORECASE
)
_OF_OTHERS = re.compile(r"\badjacent\b|\bsuch that\b|\bsatisf|\bexists?\b|\bintilliggande\b", re.IGNORECASE)
"""More than an order, a tree or no two alike."""


def _is_of_all_kept(sentence: str, blocks: tuple[Block, ...]) -> bool:
    """Whether the sentence speaks of values or lines together in a way that the blocks have: a tree, an order, no two alike. A
    sum is told apart, where no total is read."""
    fields = list(fields_of(blocks))
    structures = {block.structure for block in lines_of_blocks(blocks)}
    return not _OF_OTHERS.search(sentence) and bool(
        SUM.search(sentence)
        or ((_TREE.search(sentence) or ONE_PATH.search(sentence)) and Structure.TREE in structures)
        or (RISING.search(sentence) and any(each.order is not Order.NONE for each in fields))
        or (
            (DISTINCT.search(sentence) or re.search(r"\bdifferent\b", sentence))
            and (
                any(each.distinct or each.permutation for each in fields)
                or any(block.distinct_rows for block in lines_of_blocks(blocks))
                or structures - {Structure.NONE}
            )
        )
    )


_PROMISES_MORE = re.compile(
    r"\breach|\bpaths?\b|\broutes?\b|\bconnected\b|\badjacent\b|\bpalindrom|\bprime\b|\bsuch that\b|\bvalid\b|\bsorted\b|\bborder|\bpossible\b|\balways\b|\bnever\b"
    r"|\bnå(?:s|r|bar)|\bväg(?:en|ar)?\b|\bmöjlig|\bgiltig|\balltid\b|\baldrig\b|\bgår att\b",
    re.IGNORECASE,
)


def _is_simple_kept(sentence: str, blocks: tuple[Block, ...], fields: Sequence[Field]) -> bool:
    """Whether the sentence says nothing but what letters, numbers or values may be, and the blocks have it."""
    told = normal(sentence)
    if CAPITAL.search(sentence):
        rest = CAPITAL.sub(" ", told)
        is_capitalized = any(each.is_capitalized for each in fields)
        return is_capitalized and not _UNREADABLE.search(rest) and not _UNREAD.search(rest)
    return not _PROMISES_MORE.search(sentence) and bool(
        (_ONLY_LETTERS.search(sentence) and any(each.letters_known is Known.STATEMENT for each in fields))
        or (ALL_APPEAR.search(sentence) and any(each.different is not None for each in fields))
        or (FIRST_LETTERS.search(told) and any(each.first_letters is not None for each in fields))
        or any(len(e.words) > 1 and set(e.words) == set(re.findall(r"-?\d+", sentence)) for e in fields)
        or _is_inequality_kept(told, blocks)
        or _are_counts_kept(sentence, fields)
        or _are_words_kept(sentence, fields)
    )


_ONLY_LETTERS = re.compile(
    r"^[^.]{0,20}\beach character (?:of|in)\b[^.]{0,30}\bis\b|\bonly (?:contains?|(?:\w+ )?(?:lower|upper|letters|characters|digits))|\b(?:contains?|consists?) (?:of )?only\b|\bonly consists? of\b",
    re.IGNORECASE,
)


def _is_inequality_kept(sentence: str, blocks: tuple[Block, ...]) -> bool:
    """Whether all that the sentence says is that values or lines differ, which they do: "if i != j, then a_i != a_j"."""
    pairs = [match for match in UNEQUAL.finditer(sentence) if key_of(match[1]) == key_of(match[2])]
    distinct = {each.name for each in fields_of(blocks) if each.distinct}
    rows = [indexed(match[1]) for match in UNEQUAL_ROWS.finditer(sentence)]
    kept = [{each.name for each in block.fields} for block in lines_of_blocks(blocks) if block.distinct_rows]
    return (
        bool(pairs or rows)
        and len(UNEQUAL.findall(sentence)) <= len(pairs) + 1
        and all(key_of(match[1]) in distinct for match in pairs)
        and all(any(row <= names for names in kept) for row in rows)
    )


def _are_counts_kept(sentence: str, fields: Sequence[Field]) -> bool:
    told = letter_counts(sentence)
    kept = {count for each in fields for count in each.letter_counts}
    return bool(told) and set(told or ()) <= kept


def _are_words_kept(sentence: str, fields: Sequence[Field]) -> bool:
    """Whether the sentence gives nothing but bounds in words, and a field has them: "each word has at most 10 letters"."""
    told = wordy_bounds(sentence)
    numbers = re.findall(r"\d+", normal(sentence))
    return (
        told != (None, None)
        and len(numbers) == sum(bound is not None for bound in told)
        and len(re.findall(r"[^\W\d_]+", sentence)) <= _MOST_WORDS
        and not re.search(r"\$[^$\d]+\$", sentence)
        and any((each.low, each.high) == told for each in fields)
    )


_MOST_WORDS = 14
"""Of a sentence that gives nothing but bounds."""
_FORM = re.compile(
    r"\b(?:dates?|times?|format|(?:on|of|in) the form|sentences?|datum|klockslag|tid(?:en|er|punkt)?|format(?:et)?|formen)\b|공백|문장",
    re.IGNORECASE,
)


def guessed_forms(blocks: tuple[Block, ...], texts: Mapping[str, str]) -> Iterator[str]:
    """Text that tells of words of some form ("a date such as `FEB 9`"), or of several on a line, of which the statement does not list
    the letters: other words of these letters are of another form. ``texts``: by names of fields."""
    for block in lines_of_blocks(blocks):
        for fields in block.kinds():
            guessed = [
                each
                for each in fields
                if each.kind is FieldKind.WORD and not each.words and each.letters_known is Known.EXAMPLES
            ]
            text = texts.get(fields[0].name, "") if fields else ""
            if len(guessed) > 1 or (guessed and _FORM.search(text)):
                yield text


_FIXED = re.compile(rf"(?m)^\W*({NAME})\s*=\s*([^\n]{{1,80}}?)[\s$.,]*$")


def fixed_values(limits: str, comparisons: Sequence[Comparison], names: set[str]) -> Iterator[str]:
    """ "Q = 10" in the section on bounds, where nothing else says how large it may be: it has a few values; "A = 2^k - 1"."""
    bounded = {each.left for each in comparisons if each.sign in ("<=", "<")}
    for match in _FIXED.finditer(normal(limits)):
        name, is_number = key_of(match[1]), isinstance(term_of(match[2]), int)
        if name in names and not (is_number and name in bounded):
            yield match[0].strip()


_WORDS_OF_BOUNDS = re.compile(
    r"\b(?:all|every|each|inputs?|values?|numbers?|are|is|be|an?|the|in|of|and|for|positive|integers?|min|max|strings?|length|consist(?:s|ing)|english|"
    r"letters?|characters?|lower-?case|upper-?case|digits|either|or|between|inclusive|distinct|pairwise|given|from|to)\b"
    r"|入力|される|満たす|含まれる|数値|ある|値|与えられる|すべて|全て|整数|である|です|および|かつ|からなる|長さ|文字列|英小文字|英大文字|小文字|大文字|数字|のみ|または|いずれか|各|文字|正|相?異なる|互いに"
    r"|[はとのをがでかもに]",
    re.IGNORECASE,
)


def unknown_limits(limits: str, blocks: tuple[Block, ...]) -> list[str]:
    """Lines of a section that tells nothing but bounds which say something else that is not kept."""
    found = []
    for line in limits.splitlines():
        bare = re.sub(
            r"\\[a-z]+|`[^`]*`|(?<![A-Za-z])[A-Za-z](?:_\{[^{}]*\}|_?\w{1,2})?(?![A-Za-z])", " ", normal(line)
        )
        is_of_one = _ONE_MEMBER.search(normal(line)) and not comparisons_in(line) and "…" not in normal(line)
        says_more = is_of_one or re.search(r"[^\W\d_]", _WORDS_OF_BOUNDS.sub(" ", bare))
        if says_more and not is_kept(line, blocks):
            found.append(line.strip())
    return found


_ONE_MEMBER = re.compile(r"(?<![A-Za-z])[A-Za-z]_(?:\{(?![ij]\b)[^{}]*\}|(?![ij](?![A-Za-z]))[A-Za-z0-9])")
"""A member of a list by its place: "$S_1$ is `U`"."""
