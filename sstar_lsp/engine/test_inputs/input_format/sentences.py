"""What the input section says, sentence by sentence: which lines there are, and what stands on them.

English, Swedish, French and German words for lines and numbers are known; all else is read from the formulas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import field, mutable

from sstar_lsp.engine.test_inputs.input_format.row_forms import (
    RowForm,
    condition_in,
    form_begins,
    forms_in,
    usable,
)
from sstar_lsp.engine.test_inputs.input_format.terms import (
    NAME,
    Operation,
    Term,
    comparisons_in,
    count_between,
    key_of,
    normal,
    term_of,
)

LONGEST_STATEMENT = 20_000
"""Characters that are read."""
_HEADING = r"(?im)^[ \t]*(?:#+[ \t]*|\*\*|\\section\*?\{)?(?:the[ \t]+)?(?:%s)[^\n.。は]{0,24}(?:\([^\n()]{0,60}\):?)?$"
_INPUT = re.compile(
    _HEADING
    % r"(?:inputs?|indata|inmatning|entr[ée]es?|eingabe|entrada|standard input|вход\w*|исходные данные|ввод)\b|(?:入力|输入|輸入|입력)(?!例|样例|範例|예제)"
)
_END = re.compile(
    _HEADING
    % r"(?:outputs?|interaction|utdata|sorties?|ausgabe|salida|sa[íi]da|scoring|points|grading|po[äa]ngs[äa]ttning|constraints|examples?|samples?"
    r"|notes?|explanation|f[öo]rklaring|subtasks|limits|выход\w*|результат\w*|вывод|пример\w*|примечани\w*|ограничения|exemplos?|ejemplos?)\b"
    r"|(?:出力|输出|輸出|출력|入力例|输入样例|예제|制約|サンプル|样例|数据范围|제한|힌트|提示)"
)
_LIMITS = re.compile(
    _HEADING
    % r"(?:constraints|limits|begr[äa]nsningar|contraintes|ограничения)\b|(?:制約|数据范围|约束|제한)"
)
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_ONE = r"line|row|rad|raden|ligne|zeile|l[íi]nea"
_MANY = r"lines|rows|rader|raderna|lignes|zeilen|l[íi]neas"
_LINE = re.compile(
    rf"(?<!\bin the )(?<!\bin a )(?<!\b[oi]n each )(?<!\bi varje )(?<!\bpå varje )\b(?:{_ONE}|{_MANY})\b",
    re.IGNORECASE,
)
"""A line of the input; "jars in a row" are none."""
_ONE_LINE = re.compile(
    rf"\b(?:first|second|third|next|following|last|första|andra|tredje|nästa|première|deuxième)\b[^.]{{0,12}}\b(?:{_ONE})\b",
    re.IGNORECASE,
)
_ALL_LINES = re.compile(
    rf"^(?:the |an? |each )?(?:inputs?|indatan?|l'entrée|eingabe)\b[^$.:]*\b(?:{_MANY})\b\W*$|(?:{_MANY}) (?:contain|describe) (?:the )?(?:descriptions? of (?:the )?)?test ?cases",
    re.IGNORECASE,
)
"""How many lines there are in all: "The input consists of three lines."."""
NUMERALS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7, "åtta": 8, "nio": 9, "tio": 10,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5,
    "zwei": 2, "drei": 3, "vier": 4,
}  # fmt: skip
_NUMERAL = "|".join(NUMERALS)
_REPEAT = re.compile(
    rf"(?:\$(?P<math>[^$]{{1,40}})\$|`(?P<code>[^`\n]{{1,20}})`|\b(?P<word>{_NUMERAL})"
    rf"|(?<![\w$])(?P<plain>\d*[A-Za-z](?:\s?[-+*]\s?\d+)?|\d+))\s+(?:\w+\s+){{0,2}}(?:{_MANY}|line (?=each ))\b",
    re.IGNORECASE,
)
_TYPE = (
    r"integers?|numbers?|values?|elements?|words?|strings?|names?|characters?|digits?|reals?|heltal|decimaltal|flyttal|tal|ord|"
    r"strängar|sträng|tecken|siffror|bokstäver|namn|värden|"
    r"entiers?|nombres?|valeurs?|mots?|zahlen"
)
_COUNTED = re.compile(
    rf"^\s+(?:(?!is\b|are\b|the\b|of\b|and\b|or\b|denot|number\b)[\w-]+\s+){{0,3}}?(?!number\b|value\b)(?:{_TYPE})\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"^(?:(?:each|every|the line\b|line number|lines? \$?i\b|the \$?[ij]\$?(?:th|-th)|the (?:numbers|values|integers|words) (?:on|in)|varje|chaque|jede"
    r"|in each|all)\b|.*\b(?:of (?:these|those) (?:lines|rows)|dessa rader|de ces lignes)\b)"
    r"(?! of the (?:next|following|remaining))",
    re.IGNORECASE,
)
_LOOP = re.compile(
    r"\bcases? follow[;,.]\s+each\b|\btest ?cases?,? each consist|\b(?:each|every|per)\s+(?:of\s+the\s+)?(?:\$?[A-Za-z]\$?\s+)?(?:test ?cases?|rounds?|cases?|data ?sets?|scenarios?|games?|tests?)\b",
    re.IGNORECASE,
)
_FOLLOW = re.compile(r"\bcases? follow\b", re.IGNORECASE)
_EACH_OF_THEM = re.compile(
    r"each\s+(?:of them\s+|one\s+)?(?:begins|starts|consists|contains|has|is)\b", re.IGNORECASE
)
_LINE_OF_CASE = re.compile(
    rf"\b(?:{_ONE}|{_MANY})\b[^.]*\bcontain|\b(?:begins?|starts?|consists?|is)\b[^.]{{0,12}}\b(?:one|an?|the|single)\s+(?:\w+\s+)?(?:{_ONE})\b",
    re.IGNORECASE,
)
"""What stands on a line of each test case, told in the sentence that tells of the cases."""
_WORDY = re.compile(
    r"(?P<between>\b(?:between|mellan|entre|from|zwischen)\b\s+)?\$?(?P<low>-?[\d][\d ,^*(){}]{0,24})\$?\s+(?:and|och|et|to|und)\s+\$?(?P<high>-?[\d][\d ,^*(){}]{0,24})\$?",
    re.IGNORECASE,
)
_AFTER_RANGE = re.compile(
    r"\s+(?:\w+\s+){0,2}?(?:letters|characters|digits|words|integers|numbers|bokstäver|tecken)\b",
    re.IGNORECASE,
)
"""Behind "1 to 300", which is a range without "from" then."""
_MOST = re.compile(
    r"(?:at most|no more than|not exceeding|up to|less than or equal to|högst|max(?:imalt)?|au plus|höchstens)\s+\$?(\d[\d ,^*(){}]{0,24})\$?",
    re.IGNORECASE,
)
_LEAST = re.compile(r"(?:at least|minst|au moins|mindestens)\s+\$?(\d[\d ,^*(){}]{0,24})\$?", re.IGNORECASE)


@mutable
class Place:
    """A token, or several, that the statement tells of."""

    name: str
    count: Term | None = None
    length: str = ""
    """Variable that is the word's length: "a string of length $n$", where nothing else gives $n$."""
    first: int = 1
    """Index of a list's first value."""


@mutable
class Lines:
    """Some lines that look alike, as the statement tells of them."""

    repeat: Term
    text: str
    """The sentences that speak of them."""
    places: list[Place] = field(factory=list)
    in_loop: bool = False
    forms: list[RowForm] = field(factory=list)
    """Kinds that the lines may be of."""
    again: set[str] = field(factory=set)
    """Variables that lines before have too; these may only speak of them."""


_KOREAN = (
    (r"(?<=[A-Za-z0-9)])(?=[가-힣])", " "),
    (r"(\d[\d,]{0,12}) 보다 작거나 같은 (?:자연수|양의 ?정수) ([A-Za-z])", r"\2 (1 <= \2 <= \1)"),
    (r"([A-Za-z]) [은는] (\d[\d,]{0,12}) 보다 작거나 같은 (?:자연수|양의 ?정수)", r"1 <= \1 <= \2"),
    (
        r"([A-Za-z]) [은는] (\d[\d,]{0,12}) 보다 크거나 같고,? (\d[\d,]{0,12}) 보다 작거나 같",
        r"\2 <= \1 <= \3",
    ),
    (
        r"(?:(?:다음|이어서|이후|그 다음)|[가-힣]{1,6} ?줄 ?부터),? (?:총 )?([A-Za-z]|\d+) ?개의 줄\w*",
        r"The next \1 lines contain",
    ),
    (r"다음 ([A-Z]) ?줄\w*", r"The next \1 lines contain"),
    (r"([A-Z]) [은는] 최대 (\d[\d,]{0,12})", r"\1 <= \2"),
    (r"([A-Z]) [와과] ([A-Z]) [은는] (-?\d[\d,]{0,12}) ?이상,? (\d[\d,]{0,12}) ?이하", r"\3 <= \1, \2 <= \4"),
    (r"([A-Z]) [은는] (-?\d[\d,]{0,12}) ?이상,? (\d[\d,]{0,12}) ?이하", r"\2 <= \1 <= \3"),
    (r"(?:첫째|첫 ?번째|첫) ?줄\w*", "The first line contains"),
    (r"(?:둘째|두 ?번째) ?줄\w*", "The second line contains"),
    (r"(?:셋째|세 ?번째|마지막) ?줄\w*", "The next line contains"),
    (r"([A-Za-z]) ?개의 (?:정수|자연수|숫자|수)(?=\s|[가-힣])", r"\1 integers "),
    (r"(?:정수|자연수|숫자|수) ([A-Za-z]) ?개(?=\s|[가-힣])", r"\1 integers "),
    (r"테스트 ?케이스의 개수", "the number of test cases"),
    (r"각 테스트 ?케이스\w*", "Each test case consists of one line containing"),
    (r"소문자", "lowercase letters"),
    (r"대문자", "uppercase letters"),
    (r"길이는 최대 (\d+)", r"at most \1 characters"),
    (r"길이는 적어도 (\d+) 이며,? (\d+) ?글자를 넘지 않", r"of \1 to \2 characters"),
)
"""Said of lines, counts and bounds on BOJ, and the same in English."""


_LOST_INDEX = re.compile(r"(?<![\w$\\])([a-zA-Z])1, ?(?:\1[23], ?){1,2}(?:…|\.\.\.),? ?\1([a-zA-Z])(?![\w$])")
"""A list whose indices were copied as plain letters: "a1, a2, ..., an"."""
_MOST_LISTS = 6
"""Such lists of a statement."""


_TYPEWRITTEN = re.compile(r"\$\\(?:texttt|mathtt|tt)\s?\{([^{}$\n]{1,20})\}\$+")
"""A letter or word of the input: "$\\texttt{a}$"."""


def with_one_spelling(statement: str) -> str:
    """The statement with ``$n$`` for every formula (GitHub has ``$`n`$``, too), straight quotes, and English words for what
    Korean says of lines, counts and bounds."""
    if _HANGUL.search(statement):
        for korean, english in _KOREAN:
            statement = re.sub(korean, english, statement)
    statement = re.sub("[\u2009\u00a0\u202f]", " ", statement)
    for match in list(_LOST_INDEX.finditer(statement))[:_MOST_LISTS]:
        base = match[1]
        statement = statement.replace(match[0], f"{base}_1, {base}_2, …, {base}_{match[2]}")
        statement = re.sub(rf"(?<![\w$\\]){base}([ij]|[0-9]{{1,2}})(?![\w$])", rf"{base}_\1", statement)
    statement = _TYPEWRITTEN.sub(r"`\1`", re.sub(r"\$+(?=\\texttt)", "$", statement))
    return re.sub("[“”„]", '"', re.sub(r"(?<!`)\$`|`\$(?!`)|\$+|\\[()\[\]]", "$", statement))


def input_section(statement: str) -> str:
    """The part that tells what the input looks like; empty where no heading says so."""
    sections = list(_sections(statement, _INPUT))
    quoted = (text for found in sections for text in _PROSE.findall(found))
    return next((found for found in sections if _tells(found)), next(quoted, ""))


_PROSE = re.compile(r"```[^\n]*\n((?=[^`]*\b(?:lines?|contains?|integers?)\b)[^`]*[.。][^`]*)```")
"""Sentences that stand in a block of code."""


def _tells(section: str) -> bool:
    return _SAYS_NOTHING.fullmatch(_CODE.sub("", section)) is None


_SAYS_NOTHING = re.compile(r"\s*(?:(?:standard|the) input|стандартный ввод|\w+\.\w+|stdin)?\s*")
"""Below "Input:" above an example, or in the head of a page of Codeforces."""


def limits_section(statement: str) -> str:
    """The part of its own that tells the bounds; empty where there is none."""
    return next(_sections(statement, _LIMITS), "")


def letters_told(limits: str, name: str) -> Iterator[str]:
    """The lines of the section on bounds that tell of which letters a variable is made: "each character in $S$ is `0` or `1`"."""
    if not name.startswith("?"):
        of_it = re.compile(rf"(?<![A-Za-z\\]){re.escape(name.rstrip('_'))}(?![A-Za-z])")
        told = [line for line in limits.splitlines() if _OF_LETTERS.search(line) and of_it.search(line)]
        yield from told if len(told) == 1 else ()  # else each is of some tests


_OF_LETTERS = re.compile(
    r"^(?!.*\b(?:long|length)\b)[^<>]*\b(?:characters?|letters?|uppercase|lowercase|digits?|consists?)\b[^<>]*$",
    re.IGNORECASE,
)


def _sections(statement: str, heading: re.Pattern[str]) -> Iterator[str]:
    """The text below each such heading."""
    statement = statement[:LONGEST_STATEMENT]
    for start in heading.finditer(statement):
        other = _INPUT.search(statement, start.end())
        last = other.start() if other else len(statement)
        end = _END.search(statement, start.end(), last)
        yield statement[start.end() : end.start() if end else last]


def without_examples(statement: str) -> str:
    """A statement that has no section on the input: its text without blocks of code and what follows the first example."""
    text = _CODE.sub("\n", statement[:LONGEST_STATEMENT])
    end = _END.search(text)
    return text[: end.start()] if end and end.start() > 0 else text


def sentences_of(section: str) -> list[str]:
    """Sentences and list items of the section, on one line each."""
    parts = re.split(
        r"\n\s*\n|\n\s*(?:[-*•]|\d+\.)\s+|(?<=[.;])(?<!\b(?:i\.e|e\.g|v\.s)\.)\s+(?=[A-ZÅÄÖÉ$`])",
        "\n" + section,
    )
    return [" ".join(part.split()).lstrip("-*• ") for part in parts if part.strip()]


def lines_of(section: str) -> tuple[list[Lines], Term | None]:
    """Which lines the section tells of, and what counts the test cases where some lines come again and again."""
    told = _LinesTold()
    before = ""
    for sentence in sentences_of(_AND_A_LINE.sub(".\n\n", section)):
        told.read(sentence, is_behind_cases=_FOLLOW.search(before) is not None)
        before = sentence
    return told.lines, told.loop


_AND_A_LINE = re.compile(
    r",?\s{1,9}(?:and|och)\s{1,9}(?=(?:the\s+|den\s+)?(?:second|third|fourth|next|following|last|other|andra|tredje|nästa|sista)\s[^.$]{0,15}\b(?:lines?|raden|raderna)\s)"
)
"""Before the next line that a sentence tells of: "The first line contains $n$ and the second line $m$"."""


def without_doubtful(lines: Sequence[Lines]) -> list[Lines]:
    """The lines without those of which a sentence tells no place and nothing that stands there: it may speak of others ("the row
    from the top")."""
    kept: list[Lines] = []
    for each in lines:
        if kept and each.repeat == 1 and not each.places and not _ONE_LINE.search(each.text):
            kept[-1].text += " " + each.text
        else:
            kept.append(each)
    return kept


@mutable
class _LinesTold:
    """The lines that the sentences read so far tell of."""

    lines: list[Lines] = field(factory=list)
    loop: Term | None = None
    """What counts the test cases."""
    _in_loop: bool = False
    _named: set[str] = field(factory=set)
    _columns: set[str] = field(factory=set)
    """Those of lines of which there are several: other such lines may have them again."""
    _has_items: bool = False
    """Whether the items of a list tell what stands on the last line."""

    def read(self, sentence: str, *, is_behind_cases: bool) -> None:
        """Read a sentence; ``is_behind_cases``: the one before it says that test cases follow."""
        if self._is_form(sentence):
            return
        is_case = _LOOP.search(sentence) or (_EACH_OF_THEM.match(sentence) and is_behind_cases)
        opens_loop = bool(is_case and self.lines and self.lines[-1].places and not self._in_loop)
        if opens_loop:
            self.loop = next((place.name for place in self.lines[-1].places if place.count is None), None)
            self._in_loop = True
        if _ALL_LINES.search(sentence) or (opens_loop and not _LINE_OF_CASE.search(sentence)):
            return
        repeated = _REPEAT.search(sentence)
        if sentence.endswith(":") and "$" not in sentence:
            self._has_items = _ONE_LINE.search(sentence) is not None and repeated is None
            if self._has_items:
                self.lines.append(Lines(1, sentence, [], self._in_loop))
                return
            if repeated is None or re.search(r"consist|input|contain", sentence, re.IGNORECASE):
                return
        is_first = not self.lines and _BEGINS.match(sentence)
        if (not _LINE.search(sentence) and not is_first) or (
            not opens_loop and self._speaks_of_lines_before(sentence, repeated)
        ):
            self._add(sentence)
        else:
            self._has_items = False
            self._open(sentence, repeated)

    def _is_form(self, sentence: str) -> bool:
        """Whether the sentence tells of a kind that the last lines may be of."""
        opens_lines = _REPEAT.search(sentence) and not form_begins(sentence)
        if opens_lines or not self.lines or self.lines[-1].repeat == 1:
            return False
        last = self.lines[-1]
        forms = forms_in(sentence)
        condition = None if forms else condition_in(sentence)
        if condition is not None:
            names = [place.name for place in _places(condition[1], set()) if place.count is None]
            forms = [RowForm(condition[0], tuple(names))]
        last.forms += forms
        is_form = bool(usable(forms) or (forms and (form_begins(sentence) or condition)))
        if is_form:
            last.text += " " + sentence
        return is_form

    def _speaks_of_lines_before(self, sentence: str, repeated: re.Match[str] | None) -> bool:
        if not self.lines:
            return False
        is_of_them = _AGAIN.match(sentence) and self.lines[-1].in_loop == self._in_loop
        return bool(
            is_of_them or (repeated is None and re.match(r"(?:each|every)\b", sentence, re.IGNORECASE))
        )

    def _add(self, sentence: str) -> None:
        """A sentence that tells more of lines that are known."""
        if not self.lines:
            return
        last = self.lines[-1]
        _told_of(self.lines, sentence).text += " " + sentence
        places = _places(sentence, self._named)
        if last.places and not self._has_items:  # more of the same line, where the sentence says so
            follows = last.repeat == 1 and _FOLLOWS.match(sentence)
            places = [place for place in places if follows and place.count is not None]
        if places:
            last.places += places
            self._named |= names_in(last.places)

    def _open(self, sentence: str, repeated: re.Match[str] | None) -> None:
        """A sentence that tells of further lines."""
        repeat: Term | None = 1
        rest = text = sentence
        if repeated is not None:
            word, formula = repeated["word"], repeated["math"] or repeated["code"] or repeated["plain"]
            repeat = NUMERALS[word.lower()] if word else term_of(formula)
            rest = sentence[: repeated.start()] + " " + sentence[repeated.end() :]
        if repeat is None or (isinstance(repeat, Operation) and not repeat.sign):
            return
        places = _places(rest, self._named - self._columns if repeat != 1 else self._named)
        like = next((each for each in reversed(self.lines) if each.repeat != 1), None)
        if like is not None and not places and _SAME_FORMAT.search(sentence):
            text, places = f"{sentence} {like.text}", list(like.places)
        names = names_in(places)
        self.lines.append(
            Lines(repeat, text, places, self._in_loop, forms_in(sentence), self._columns & names)
        )
        self._named |= names
        self._columns |= names if repeat != 1 else set()


_BEGINS = re.compile(
    r"(?:the |your )?input (?:\w+ )?(?:begins|starts)\b|indatan? (?:börjar|inleds)\b|l'entrée commence\b",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"(?:then|next|after (?:that|this|which)|(?:it|this) is)\b[^.$]{0,20}\bfollow", re.IGNORECASE
)
"""More stands on the same line: "Then follow $k$ integers"."""
_SAME_FORMAT = re.compile(r"\bin the same (?:format|way|form)\b", re.IGNORECASE)


def names_in(places: Sequence[Place]) -> set[str]:
    """Variables that some places give a value."""
    return {name for place in places for name in (place.name, place.length) if name}


_ALL_DIFFER = re.compile(
    r"\b(?:no two|all|alla|the)\s+(?:\$(?P<count>[^$]{1,20})\$\s+)?(?:(?:of )?the\s+)?(?P<noun>[^\W\d_]{3,}?)s?\b[^.]*"
    r"\b(?:same|distinct|different|olika)\b|\bno two\s+(?P<these>[^\W\d_]{3,}?)s?\b",
    re.IGNORECASE,
)
"""A promise that no two of some things are the same."""


def _told_of(found: list[Lines], sentence: str) -> Lines:
    """The lines that a sentence behind them speaks of: the last, or those that tell of the things that all differ."""
    differ = _ALL_DIFFER.search(sentence)
    if differ is None:
        return found[-1]
    several = [each for each in found if each.repeat != 1]
    counted = [each for each in several if differ["count"] and each.repeat == term_of(differ["count"])]
    noun = differ["noun"] or differ["these"]
    named = [each for each in several if re.search(rf"\b{noun}s?\b", each.text, re.IGNORECASE)]
    return next(iter(counted or named), found[-1])


_MATH = re.compile(r"\$([^$]{1,200})\$|`([A-Za-z](?:_\w)?)`")
ORDINAL = r"\s?(?:[-'’:]|\^)?\s?\{?(?:th|st|nd|rd|te|e|ème|er)\b"
"""Behind the index of "the $i$-th"."""
_AN_ORDINAL = re.compile(rf"\s*\w{ORDINAL}\}}?\s*")
_LETTERS = re.compile(
    r"\$[A-Za-z]\$\s?(?:to|till|-|–|through|à|bis)\s?\$[A-Za-z]\$|[`'\"][A-Za-z][`'\"](?:(?:\s?(?:,|-|–|or|and|eller|och|ou|et))*\s?[`'\"][A-Za-z][`'\"])+"
)
"""Letters of a word, which name no variable: "from $a$ to $z$", "`x`, `o`"."""
_OF_LENGTH = re.compile(
    r"\b(?:of length|(?:med|av) längd(?:en)?|de longueur|der länge)\s+\$?$", re.IGNORECASE
)
_OF_SO_MANY = re.compile(r"\b(?:strings?|words?|sträng(?:en)?|ord)\s+(?:of|with|med)\s+\$?$", re.IGNORECASE)
_LETTERS_BEHIND = re.compile(
    r"\$?\s+(?:\w+ )?(?:letters|characters|digits|symbols|bokstäver|tecken|siffror)\b"
)
_A_LETTER = re.compile(
    r"\b(?:uppercase|lowercase|letters?|characters?)\s[A-Za-z](?:, [A-Z])*(?:,? (?:or|and) [A-Za-z])?(?![\w'’])"
)
"""Letters of a word that are called so: "uppercase R, P or S"."""
_STRING = re.compile(r"\b(?:strings?|words?|sträng(?:en)?|ord|mot|chaîne|name|namn)\b", re.IGNORECASE)
_PLAIN_NAME = re.compile(
    r"(?<![\w'\"’`$\\-])([B-HJ-Zb-hj-z]|i(?! (?!and |is |och )[a-zåäö]{2})|[A-Za-z]_(?:\{[^{}]{1,12}\}|[A-Za-z0-9]{1,4})|[AIa](?=:\s|,? (?:[a-z]|and [a-z])\b| ?\((?:-?\d|[AIa]\b)))(?![\w'’`$-])"
)
_SHORT = r"(?!(?:an?|as|at|by|in|is|it|of|on|or|to|and|the|for|per|not|all|one|two|six|ten)\b)[A-Za-z][A-Za-z0-9]{0,2}\b"
_SHORT_NAMES = re.compile(
    rf"(?:(?<=integers )|(?<=numbers )|(?<=integers: )|(?<=numbers: )){_SHORT}(?:,? and {_SHORT}|, {_SHORT})+"
)
"""Variables of up to three signs without formulas: "four integers x1, y1, x2 and y2"."""
_PLAIN_TERM = re.compile(
    rf"(?<![\w$.,])(\d?[A-Za-z]\s?[-+]\s?\d+|\d[A-Za-z])(?=\s+(?:[\w-]+\s+){{0,2}}(?:{_TYPE})\b)"
)
"""A count without a formula: "n - 1 integers"."""
_LETTER = re.compile(r"(?<![\w'\"’`$\\-])([A-Za-z](?:_\w+)?)(?![\w'’`$-])")
"""A variable where no word has one letter."""
_HANGUL = re.compile("[가-힣]")
_PLAIN_LIST = re.compile(r"\$([^$]+)\$(?:,? ?\$[^$]+\$)*,? ?…,? ?\$([^$]+)\$")


def _places(text: str, named: set[str]) -> list[Place]:
    """Tokens that a sentence tells of; variables that earlier sentences told of count, and stand nowhere again."""
    text = normal(text)
    bounded = {name.strip("|") for each in comparisons_in(text) for name in each.names} - named
    listed = sorted(name for name in bounded if name.endswith("_"))
    text = re.sub(
        r"\((?:[^()]|\([^()]{0,80}\)){0,300}\)",
        lambda found: "" if re.search(r"[<>=]", found[0]) else found[0],
        text,
    )
    if "$" in text:
        text = _LETTERS.sub(" ", text)
    if "$" not in text and "`" not in text:
        text = _A_LETTER.sub(" ", text)
        text = _SHORT_NAMES.sub(lambda found: re.sub(r"(?!and\b)\b(\w+)", r"$\1$", found[0]), text)
        text = _PLAIN_TERM.sub(r"$\1$", text)
        plain = _LETTER if _HANGUL.search(text) else _PLAIN_NAME
        text = _PLAIN_LIST.sub(r"$\1, …, \2$", plain.sub(r"$\1$", text))
    found: list[Place] = []
    pending: Term | None = None
    behind = 0
    for match in _MATH.finditer(text):
        inside = match[1] or match[2]
        if _AN_ORDINAL.fullmatch(inside) or re.match(ORDINAL, text[match.end() :]):
            continue
        between, behind = text[behind : match.start()], match.end()
        is_length = _OF_LENGTH.search(between) or (
            _OF_SO_MANY.search(between) and _LETTERS_BEHIND.match(text, behind)
        )
        if is_length and _new(inside, named, found):
            has_name = found and found[-1].count is None and not _STRING.search(between)
            place = found.pop() if has_name else Place(f"?{len(named)}.{len(found)}")
            found.append(Place(place.name, None, key_of(inside.strip())))
            continue
        if pending is None or "…" not in inside:
            term = term_of(inside)
            if term is not None and _COUNTED.match(text[match.end() :]) and not _new(inside, named, found):
                of_it = re.fullmatch(r"\s+(?:of|with|med|av)\s+", between) and _LETTERS_BEHIND.match(
                    text, behind
                )
                if of_it and found and found[-1].count is None:  # "a string $s$ of $n$ letters"
                    found[-1].count = term
                    continue
                if pending is not None:
                    found.append(Place(f"?{len(named)}.{len(found)}", pending))
                pending = term
                continue
        names = [key_of(name) for name in re.findall(rf"(?<![\w\\]){NAME}", re.sub(r"\\[a-z]+", " ", inside))]
        if re.search(r"[+*^(]|\d\s*-|-\s*\d", re.sub(r"_\{[^}]*\}", "", inside)) and not re.search(
            r"[<>]", inside
        ):
            continue  # a term, not a variable
        if re.search(r"[<>]", inside):
            chain = {n for c in comparisons_in(inside) for n in c.names}
            names = [name for name in names if name in chain and name not in named]
        if "…" in inside:
            indexed = [name for name in names if name.endswith("_")]
            base = indexed[-1] if indexed else (names[-1].partition("_")[0] + "_" if names else "")
            if not base or base in named:
                continue
            indices = [term_of(index) for index in re.findall(r"_\{?([^{}$,\s]+)\}?", inside)]
            first = indices[0] if indices and isinstance(indices[0], int) else 1
            if pending is None:
                last = indices[-1] if indices else None
                if last is None:
                    continue
                pending = count_between(first, last)
            found.append(Place(base, pending, first=first))
            pending = None
            continue
        for name in names:
            own = names_in(found)
            if name in named | own or f"{name}_" in own:
                continue
            is_listed = name.endswith("_") and not isinstance(pending, int)
            found.append(Place(name, pending if is_listed else None))
            pending = None if name.endswith("_") or isinstance(pending, int) else pending
    said = _SO_MANY.findall(text)
    if len(said) == 1 and all(place.count is None and not place.length for place in found):
        number = NUMERALS.get(said[0].lower(), 1)
        found = found[:number] if len(_ANY_TYPE.findall(_BEHIND.split(text)[0])) == 1 else found
    if pending is not None:  # "the n weights (|w_i| <= 5)"
        is_told = len(listed) == 1 and all(place.name != listed[0] for place in found)
        found.append(Place(listed[0] if is_told else f"?{len(named)}.{len(found)}", pending))
    return found


_SO_MANY = re.compile(
    rf"\b(an?|one|single|{_NUMERAL}|ett|en)\s+(?:(?:positive|non-negative|single|space[- ]separated|odd|even|positiva?|icke-negativa?)\s+)*(?:integers?|heltal)\s+(?=\$)",
    re.IGNORECASE,
)
"""How many numbers a sentence tells of before it speaks of other variables: "two integers $n$ and $m$, the lengths of $s$ and $t$"."""
_BEHIND = re.compile(r"\s[-–—]+\s|,? (?:the|where|which|denoting|representing|antalet)\b(?=.*\$)|(?<=\$):")
"""What stands behind numbers tells what they mean."""
_ANY_TYPE = re.compile(rf"\b(?:{_TYPE})\b", re.IGNORECASE)


def _new(inside: str, named: set[str], found: list[Place]) -> bool:
    """Whether the formula is a variable that no earlier sentence or place named: it stands for itself."""
    return bool(re.fullmatch(rf"\s*{NAME}\s*", inside)) and key_of(inside.strip()) not in (
        named | {place.name for place in found}
    )


def wordy_bounds(text: str) -> tuple[int | None, int | None]:
    """Bounds that a sentence gives in words: "between 1 and 100", "at most 10", "positive"."""
    text = re.sub(r"\([^()<>]{0,80}[<>][^()]{0,200}\)", "", normal(text))
    low: int | None = None
    high: int | None = None
    for match in _WORDY.finditer(text):
        if match["between"] or _AFTER_RANGE.match(text, match.end()):
            low, high = _whole(match["low"]), _whole(match["high"])
            break
    if high is None and (most := _MOST.search(text)):
        high = _whole(most[1])
    if low is None and (least := _LEAST.search(text)):
        low = _whole(least[1])
    if low is None and re.search(
        r"\bnon-?negative\b|\bicke-?negativ|\bpositifs? ou nuls?", text, re.IGNORECASE
    ):
        low = 0
    if low is None and re.search(
        rf"\b(?:positiv[eat]?|positifs?)\b(?= [\w ]*\b(?:{_TYPE})\b)|\b(?:{_TYPE}) (?:\w+ )?positi",
        text,
        re.IGNORECASE,
    ):
        low = 1
    return low, high


def _whole(text: str) -> int | None:
    term = term_of(text.strip(" ,("))
    return term if isinstance(term, int) else None
