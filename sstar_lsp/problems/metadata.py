"""What a statement says beside its examples: limits, file names, tolerance, several answers, link.

Regular expressions over sentences, all of them linear in the text.
"""

from __future__ import annotations

import re
from itertools import pairwise

from attrs import frozen

from sstar_lsp.problems.statement.prose import without_emphasis

_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "秒", "秒钟", "초", "с", "сек", "секунд", "секунда", "секунды", "сек."), 1.0),
    **dict.fromkeys(("segundo", "segundos", "sekunde", "sekunden", "seconde", "secondes", "sekund", "sekunda", "sekundy", "sekunder", "sekúnda", "sekúndur"), 1.0),
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds", "毫秒", "ミリ秒", "밀리초", "мс", "миллисекунд", "миллисекунды", "milissegundos", "milisegundos", "millisekunden", "millisecondes", "milisekund"), 1e-3),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
}  # fmt: skip
_BYTES = {
    **dict.fromkeys(("b", "byte", "bytes", "байт"), 1),
    **dict.fromkeys(("k", "kb", "kib", "kbyte", "kbytes", "kilobyte", "kilobytes", "кб", "килобайт"), 1 << 10),
    **dict.fromkeys(("m", "mb", "mib", "mbyte", "mbytes", "megabyte", "megabytes", "мб", "мегабайт", "мегабайта", "мегабайтов", "兆", "megabytes", "megas", "mo"), 1 << 20),
    **dict.fromkeys(("g", "gb", "gib", "gigabyte", "gigabytes", "гб", "гигабайт", "go"), 1 << 30),
}  # fmt: skip


def _any_of(words: dict[str, float] | dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_TIME_LABEL = (
    r"(?:cpu[ ])?time[ -]?limit|(?:実行)?時間制限|(?:时间|時間)(?:限制|限時)|시간\s?제한|(?:ограничение|лимит)\s(?:по\s)?(?:времени|время)|предел\sвремени|время"
    r"|(?:tempo|tiempo)\s(?:limite|límite|máximo)|l[ií]mite\sde\st(?:empo|iempo)|limite\sde\stemps|zeit(?:limit|beschränkung|begrenzung)|limit\sczasu|tidsgräns|tímamörk|czas"
)
_MEMORY_LABEL = (
    r"mem(?:ory)?[ -]?limit|メモリ制限|(?:内存|空间|記憶體|空間)限制|메모리\s?제한|(?:ограничение|лимит)\s(?:по\s)?памят[иь]|предел\sпамяти|память"
    r"|mem[oó]ria\slimite|l[ií]mite\sde\smem[oó]ria|limite\sde\smémoire|speicher(?:limit|beschränkung|begrenzung)|limit\spamięci|minnesgräns|pamięć"
)
_PER_TEST = r"(?:[ ]per[ ]test(?:[ ]case)?|[ ]на[ ]тест|[ ]na[ ]test)?(?:[ ]?\([^()\n]{0,20}\))?"
_GAP = r"[\s*_`:：|=(\-–—≤<{$\\]{0,24}?(?:is|are|of|:)?[\s*_`:：|=(≤<]{0,12}?"
_VALUE = (
    r"(?P<n>\d{1,9}(?:[.,]\d{1,4})?)(?:\s?(?P<and>[/~–-])\s?(?P<other>\d{1,9}(?:[.,]\d{1,4})?))?[\s~*_`]{0,3}"
)
_TIME = re.compile(
    rf"(?<![^\W\d_])(?:{_TIME_LABEL}){_PER_TEST}{_GAP}{_VALUE}(?P<unit>{_any_of(_SECONDS)})(?![^\W\d_])",
    re.IGNORECASE,
)
_BARE_TIME = re.compile(
    rf"(?<![^\W\d_])(?:{_TIME_LABEL})\s?:\s?(?P<n>\d{{1,3}}(?:[.,]\d{{1,3}})?)\s*$",
    re.IGNORECASE | re.MULTILINE,
)
"""A number without a unit means seconds (beecrowd)."""
_MEMORY = re.compile(
    rf"(?<![^\W\d_])(?:{_MEMORY_LABEL}){_PER_TEST}{_GAP}{_VALUE}(?P<unit>{_any_of(_BYTES)})(?![^\W\d_])",
    re.IGNORECASE,
)
_TIME_HEAD = re.compile(rf"\W*(?:{_TIME_LABEL}){_PER_TEST}\W*", re.IGNORECASE)
_MEMORY_HEAD = re.compile(rf"\W*(?:{_MEMORY_LABEL}){_PER_TEST}\W*", re.IGNORECASE)
_TIME_VALUE = re.compile(rf"\W*{_VALUE}(?P<unit>{_any_of(_SECONDS)})(?![^\W\d_]).{{0,40}}", re.IGNORECASE)
_MEMORY_VALUE = re.compile(rf"\W*{_VALUE}(?P<unit>{_any_of(_BYTES)})(?![^\W\d_]).{{0,40}}", re.IGNORECASE)
_FILE = r"[\w-]{1,40}\.(?:in|inp|out|ans|txt|dat)"
_INPUT_FILE = re.compile(
    rf"(?:input\s(?:format|file)?[^\n]{{0,20}}?\(?file(?:\sname)?\s?[:=]?\s?|input\s?file\s?(?:name)?\s?[:：]?\s{{0,2}}|\b(?:read|reads|given|stored|contained)\s(?:from|in)\s(?:the\s)?(?:input\s)?(?:text\s)?file\s"
    rf"|входной\sфайл\s?[:：]?\s?|(?:输入文件|輸入檔案)(?:名)?\s?[:：]?\s?|入力ファイル\s?[:：]?\s?|arquivo\sde\sentrada\s?:?\s?|archivo\sde\sentrada\s?:?\s?|eingabedatei\s?:?\s?|^\W{{0,4}}(?:input|ввод)\s{{0,2}})[`'\"*“«]{{0,2}}(?P<name>{_FILE})\b",
    re.IGNORECASE | re.MULTILINE,
)
_OUTPUT_FILE = re.compile(
    rf"(?:output\s(?:format|file)?[^\n]{{0,20}}?\(?file(?:\sname)?\s?[:=]?\s?|output\s?file\s?(?:name)?\s?[:：]?\s{{0,2}}|\b(?:write|written|print|printed|output)\s(?:[\w-]+\s){{0,6}}?(?:to|into)\s(?:the\s)?(?:output\s)?(?:text\s)?file\s"
    rf"|выходной\sфайл\s?[:：]?\s?|(?:输出文件|輸出檔案)(?:名)?\s?[:：]?\s?|出力ファイル\s?[:：]?\s?|arquivo\sde\ssaída\s?:?\s?|archivo\sde\ssalida\s?:?\s?|ausgabedatei\s?:?\s?|^\W{{0,4}}(?:output|вывод)\s{{0,2}})[`'\"*“«]{{0,2}}(?P<name>{_FILE})\b",
    re.IGNORECASE | re.MULTILINE,
)
_FILE_HEADS = re.compile(
    r"(?:^|[\t|])[^\S\n]*(?P<input>[\w-]{1,40}\.(?:in|txt|inp))\s*[\t|]\s*(?P<output>[\w-]{1,40}\.(?:out|txt))\s*(?:[\t|]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_URL = re.compile(r"https?://[^\s<>()\[\]\"'`]{4,300}")
_JUDGES = re.compile(
    r"//(?:[a-z0-9-]+\.)*(?:codeforces|atcoder|kattis|leetcode|spoj|cses|hackerrank|codechef|usaco|acmicpc|oj\.uz"
    r"|onlinejudge|aizu|dmoj|eolymp|luogu|timus|topcoder|csacademy|projecteuler|adventofcode|rosalind)\b",
    re.IGNORECASE,
)
_POWER = (
    r"(?:\$\s?)?(?:(?P<mantissa>\d)\s?(?:\\cdot|\\times|x|×|·|\*)\s?)?\{?10\}?\s?\^?\s?\{?\s?\^?\s?[-\u2212\u2013]\s?(?P<power>\d{1,2})\}?"
    r"|1e-(?P<e>\d{1,2})|(?P<plain>0\.0{1,15}1)\b"
)
_SECOND_POWER = re.sub(r"<(\w+)>", r"<\1_2>", _POWER)
_NEAR = r"absolute|relative|precision|tolerance|accura(?:te|cy)|error|within|誤差|误差|精度|오차|погрешност|ошибк|erro|precis[ãa]o|fehler|genauigkeit|erreur|błąd|dokładności|fel(?:et)?|noggrannhet|skekkj"
_TOLERANCE = re.compile(
    rf"(?:{_NEAR})[^.!?。]{{0,160}}?(?:{_POWER})"
    rf"|(?:{_SECOND_POWER})"
    rf"[^.!?。]{{0,80}}?(?:absolute|relative|tolerance|precision|誤差|误差|オーダー|오차|погрешн)"
    r"|(?:answers?|values?|results?)\s[^.!?]{0,60}\bwithin\s(?:"
    + re.sub(r"<(\w+)>", r"<\1_3>", _POWER)
    + r")",
    re.IGNORECASE,
)
_ANY_CASE = re.compile(
    r"(?:print|output|answer)[^.!?]{0,120}?\b(?:in any (?:letter )?case\b|any case \(|case[- ]insensitive"
    r"|in (?:either|any) (?:upper|lower)"
    r"|upper ?case or lower ?case|(?:either|any) (?:upper|lower|letter))"
    r"|(?:letter )?case (?:of letters )?(?:does not|doesn't|is not|isn't) (?:matter|important)"
    r"|(?:answers?|output) (?:is|are|will be) (?:compared )?case[- ]insensitive",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"(?:multiple|several|more than one|many)\s(?:\w+\s){0,3}?(?:answers?|solutions?|ways|outputs?|optimal)"
    r"[^.!?]{0,100}?"
    r"\b(?:any|either|one of them)\b"
    r"|\b(?:print|output|return|find|give|report|produce)\s(?:\w+\s){0,2}?any(?:\s(?:one\s)?of\b"
    r"|\svalid\b|\ssuch\b|\scorrect\b"
    r"|\soptimal\b|\spossible\b|\sone\b|\ssolution\b|\sanswer\b|\sorder\b)"
    r"|\b(?:print|output|return|answer|give)\b[^.!?]{0,80}?\bin any order\b"
    r"|\b(?:print|output|return)\s(?:\w+\s){0,4}any\ssuch\b"
    r"|\bany\s(?:valid|correct|optimal|of them|such|one)\s?(?:answer|solution|output)?"
    r"\s?(?:is|will be|are)\saccepted\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"(?:not|n't|never|without)\s(?:\w+\s)?$", re.IGNORECASE)
_SEVERAL_ELSEWHERE = re.compile(
    r"(?:どれ|いずれ|何|どちら)(?:を|か|で)[^。\n]{0,30}(?:出力|構わ|かまわ|正解|良い|よい)|答えが複数|複数(?:存在|ある)[^。\n]{0,20}(?:どれ|いずれ)|(?:输出|輸出)任意|任意(?:一个|一组|一種|一种|输出|解|方案|順序|顺序)|(?:如果|若)有多(?:组|种|个)[^。\n]{0,20}(?:任意|任何)|多解[^。\n]{0,10}任意"
    r"|아무거나|여러\s?(?:가지|개)[^.\n]{0,30}(?:아무|하나)|любо[йе]\s(?:из|один|ответ|вариант|порядк)|любую\sиз|в\sлюбом\sпорядке|выведите\sлюб"
    r"|(?:qualquer|cualquiera|cualquier)\s(?:uma?\s|un[ao]\s|de\s|das?\s|dos?\s|orden?|ordem|solu|respuest|resposta)|(?:beliebige?n?|irgendeine?)\s(?:davon|lösung|reihenfolge|antwort)|n'importe\s(?:laquelle|lequel|quel)"
    r"|(?:dowolne|którekolwiek|dowolną|dowolnej)|vilken\ssom\shelst|valfri\s|godtycklig",
    re.IGNORECASE,
)
_ANY_ORDER = re.compile(
    r"\b(?:return|output|print|answer|result|report|list|solution)\w{0,2}\b[^.!?]{0,140}?\b(?:in|with)\s(?:any|arbitrary)\s(?:arbitrary\s)?order\b"
    r"|\border\s(?:of\s[^.!?]{1,60}\s|in\swhich\s[^.!?]{1,60}\s)?(?:does\snot|doesn't|doesn’t|is\snot|isn't)\s(?:matter|important)"
    r"|任意の?順(?:番|序)?で?(?:出力|返)|順序は問わ|任意顺序(?:输出|返回)|(?:输出|返回)[^。\n]{0,20}顺序(?:不限|任意)|вывед\w+[^.\n]{0,60}любом\sпорядке|qualquer\sordem|cualquier\sorden",
    re.IGNORECASE,
)
_INNER_ORDER = re.compile(
    r"\border\sof\s(?:the\s)?(?:output|answer|result|\w+)\sand\s(?:the\s)?(?:order\sof\s)?[^.!?]{1,40}\s(?:does\snot|doesn't|do\snot)\smatter|\border\swithin\seach\b[^.!?]{0,40}(?:not\smatter|any)"
    r"|\beach\s\w+\s(?:may|can|could)\s(?:also\s)?be\s(?:returned\s)?in\sany\sorder",
    re.IGNORECASE,
)
_FIXED_DIGITS = re.compile(
    r"\b(?:exactly|precisely|with|to|rounded\s(?:off\s)?to|round(?:ed)?\s[^.!?\n]{0,30}?\bto|accurate\sto|up\sto)\s(?:\w+\s)?(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\s(?:\w+\s)?(?:decimals?|digits?|places|fractional)\b"
    r"|(?:the\snearest\s(?:tenth|hundredth|thousandth|cent))|小数(?:点|點)?(?:第|后|後|以下)?\s?[一二两三四五六七八九十\d]{1,2}\s?位|保留[^。\n]{0,12}小数|소수점\s?(?:아래|이하)?\s?\S{1,3}\s?(?:자리|째)"
    r"|(?:с\sточностью\sдо|ровно|округл)[^.\n]{0,30}(?:знак|цифр)|\d\s(?:casas\sdecimais|decimales|nachkommastellen|décimales|decimaler)|(?:dois|duas|dos|two)\s(?:casas|decimales)",
    re.IGNORECASE,
)
_SPACES_MATTER = re.compile(
    r"white\s?space[- ]sensitive|(?:leading|trailing)\s(?:white\s?)?spaces?\s(?:matter|count|are\simportant|must)|空格(?:敏感|不能)|presentation\s(?:error|matters)",
    re.IGNORECASE,
)


@frozen
class Facts:
    """What the prose says; None if it says nothing."""

    time_limit_s: float | None
    memory_limit_bytes: int | None
    url: str | None
    checker: str | None
    """Comparator that the prose asks for: ``float:1e-6``, ``tokens-nocase``."""
    several_answers: bool
    any_order: str = ""
    """``any-order`` if the answer's members may be in any order, ``any-order-nested`` if theirs may too."""
    has_fixed_digits: bool = False
    """The statement fixes how many digits stand behind the point: they count."""
    spaces_matter: bool = False
    file_io: tuple[str, str] | None = None
    """Names of input and output file that the page demands."""

    @property
    def accepts_others(self) -> bool:
        """Whether an output that differs from the one shown may be right, if only in its order."""
        return self.several_answers or bool(self.any_order)


def facts_of(text: str, language: str | None = None) -> Facts:
    """Read the facts from the text of a statement, as a person sees it.

    ``language`` chooses among limits such as ``2000/1000 MS (Java/Others)``; None takes the first.
    """
    plain = without_emphasis(text)
    flat = re.sub(r"\s+", " ", plain)
    any_order = ""
    if _ANY_ORDER.search(flat):
        any_order = "any-order-nested" if _INNER_ORDER.search(flat) else "any-order"
    return Facts(
        _time(plain, language),
        _memory(plain, language),
        _url(text),
        _checker(flat),
        _several(flat),
        any_order,
        bool(_FIXED_DIGITS.search(flat)),
        bool(_SPACES_MATTER.search(flat)),
        _file_io(plain),
    )


def _amount(match: re.Match[str], language: str | None) -> float:
    has_two = match["and"] == "/" and language not in {None, "java"}
    return float((match["other"] if has_two else match["n"]).replace(",", "."))


def _time(text: str, language: str | None) -> float | None:
    match = _TIME.search(text) or _below(text, _TIME_HEAD, _TIME_VALUE)
    if match is not None:
        return _amount(match, language) * _SECONDS[match["unit"].lower()] or None
    bare = _BARE_TIME.search(text)
    return float(bare["n"].replace(",", ".")) or None if bare is not None else None


def _memory(text: str, language: str | None) -> int | None:
    """Bytes. Judges mean 2**20 when they write MB."""
    match = _MEMORY.search(text) or _below(text, _MEMORY_HEAD, _MEMORY_VALUE)
    return (
        int(_amount(match, language) * _BYTES[match["unit"].lower()]) or None if match is not None else None
    )


def _below(text: str, head: re.Pattern[str], value: re.Pattern[str]) -> re.Match[str] | None:
    """The value below its head in a table of text: cells are kept apart by tabs or bars."""
    lines = [line for line in text.split("\n") if line.strip() and not re.fullmatch(r"[\s|:\-+]+", line)][
        :400
    ]
    for line, below in pairwise(lines):
        if "\t" not in line and "|" not in line:
            continue
        for name, cell in zip(re.split(r"[\t|]", line), re.split(r"[\t|]", below), strict=False):
            if head.fullmatch(name) and (match := value.fullmatch(cell)):
                return match
    return None


def _file_io(text: str) -> tuple[str, str] | None:
    given, written = _INPUT_FILE.search(text), _OUTPUT_FILE.search(text)
    if given is None and (heads := _FILE_HEADS.search(text)):
        return heads["input"], heads["output"]
    if given is None:
        return None
    name = given["name"]
    stem = name.rpartition(".")[0]
    return name, written["name"] if written is not None and written["name"] != name else f"{stem}.out"


def _url(text: str) -> str | None:
    links = [match[0].rstrip(".,;:") for match in _URL.finditer(text)]
    for link in links:
        if _JUDGES.search(link):
            return link
    for number, line in enumerate(text.split("\n")):
        stripped = re.sub(
            r"^(?:url|link|source|problem)\s?:\s?", "", line.strip(" *#<>_\t"), flags=re.IGNORECASE
        )
        if number < 10 and stripped in links:
            return stripped
    return None


def _checker(text: str) -> str | None:
    if match := _TOLERANCE.search(text):
        said = {re.sub(r"_[23]$", "", key): str(value) for key, value in match.groupdict().items() if value}
        if "plain" in said:
            return f"float:1e-{len(said['plain']) - 2}"
        power = int(said.get("power") or said["e"])
        return f"float:{said.get('mantissa', '1')}e-{power}"
    if _ANY_CASE.search(text):
        return "tokens-nocase"
    return None


def _several(flat: str) -> bool:
    """Whether any of several answers is right; that their order is free is another thing."""
    return any(
        re.search(r"\border\b|順|顺序|порядк|orden|ordem", match[0]) is None
        and not _NEGATED.search(flat[max(0, match.start() - 30) : match.start()])
        for pattern in (_SEVERAL, _SEVERAL_ELSEWHERE)
        for match in pattern.finditer(flat)
    )
