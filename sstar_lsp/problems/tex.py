r"""A TeX statement as Markdown: what ``problem.en.tex`` of a Kattis package or Polygon's ``olymp.sty`` says.

One pass over the text without recursion, linear in it, and bounded: a statement is read while it is typed. The
libraries for this (pylatexenc and others) build a tree by recursion: they need seconds for a megabyte and end
on deep nesting. Only words that occur in statements are known; of another command its arguments are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from attrs import Factory, define, frozen

MAX_TOKENS = 40_000
"""What comes after so many pieces of TeX is kept as it stands; statements have some thousands at most."""
MAX_EXAMPLES = 50
_MAX_CAPTURES = 6
"""Arguments and tables inside each other that are read as such."""
_MAX_MACROS = 100
_MAX_USES = 2_000
"""Uses of the document's own macros that are replaced."""
_MAX_ARGUMENT_CHARS = 2_000
"""Of one argument of such a macro."""


@frozen
class TexStatement:
    """A statement that was written in TeX."""

    markdown: str
    """As people would read it; formulas stay TeX between dollars. Ends with one newline, or is empty."""
    title: str | None
    further_titles: tuple[str, ...]
    """Titles of other problems in the same text; each begins with ``\\problemname`` or ``\\begin{problem}``."""
    examples: tuple[tuple[str, str], ...]
    """Input and output of each example that the text itself holds, as they stand."""
    figures: int
    """Pictures that the text needs and that are not here."""
    time_limit: str | None
    """As ``olymp.sty`` has it: ``2 seconds``. It stands in ``markdown`` as well, as do the next two."""
    memory_limit: str | None
    file_io: tuple[str, str] | None
    """Names of the files that ``olymp.sty`` names instead of standard input and output."""


def tex_to_markdown(text: str) -> TexStatement:
    """Read a TeX statement. Never raises: what is no TeX stays as it stands."""
    text = re.sub(r"[\0\1]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _with_own_macros(text)
    begin = re.search(r"\\begin\s{0,9}\{document\}", text)
    if begin is not None:
        text = text[begin.end() :]
    reader = _Reader(text)
    if plain := re.search(
        r"^%+\s{0,9}plainproblemname:(.{0,200}\S)", text, re.MULTILINE
    ):  # Kattis' problemtools
        reader.plain_title.append(plain[1].strip())
    reader.run()
    return reader.statement()


_TOKEN = re.compile(
    r"""
    (?P<comment>%[^\n]*+(?:\n[ \t]*+(?=\S))?)
    | (?P<math>\$\$(?:[^$\\]++|\\.|\$(?!\$))*+\$\$ | \$(?:[^$\\]++|\\.)++\$)
    | \\(?P<word>[A-Za-z@]++\*?)[ \t]*+(?:\n(?![ \t]*+\n)[ \t]*+)?
    | \\(?P<sign>.)
    | (?P<open>\{)
    | (?P<close>\})
    | (?P<mark>`` | '' | ,, | --- | -- | [&~`])
    | (?P<text>[^\\{}$%&~`',-]++ | .)
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKS = {"``": '"', "''": '"', ",,": '"', "---": "—", "--": "–", "~": " ", "`": "'"}
_OPTION = re.compile(r"\s{0,20}\[[^\[\]]{0,300}\]")
_ITEM_OPTION = re.compile(r"[ \t]*\[([^\[\]\n]{0,200})\][ \t]*")
_LINE_END_OPTIONS = re.compile(r"\*?(?:\[[^\[\]]{0,20}\])?")
_BRACE = re.compile(r"[ \t]*+(?:\n[ \t]*+)?\{")
_ENVIRONMENT = re.compile(r"\s{0,9}\{(?P<name>[A-Za-z]{1,40}\*?)\}")
_BALANCED = re.compile(r"\\.|[{}]", re.DOTALL)
_ACCENTED = re.compile(r"\s{0,3}(?:\{\s{0,3}\\?([A-Za-z]?)\s{0,3}\}|\\?([A-Za-z])(?![A-Za-z])|([A-Za-z]))")

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "c": "\u0327", "k": "\u0328", "d": "\u0323",
}  # fmt: skip
_SYMBOLS = {
    "ldots": "...", "dots": "...", "textellipsis": "...", "textbackslash": "\\", "textasciitilde": "~",
    "textasciicircum": "^", "textless": "<", "textgreater": ">", "textbar": "|", "textunderscore": "_",
    "textquotesingle": "'", "textendash": "–", "textemdash": "—", "textdegree": "°", "S": "§", "P": "¶",
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "aa": "å", "AA": "Å", "l": "ł",
    "L": "Ł", "i": "ı", "j": "ȷ", "th": "þ", "TH": "Þ", "dh": "ð", "DH": "Ð", "quad": " ", "qquad": "  ",
    "enspace": " ", "space": " ", "par": "\n\n", "newline": "\n", "linebreak": "\n", "LaTeX": "LaTeX",
    "TeX": "TeX", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "times": "×", "cdot": "·", "euro": "€",
    "lq": "'", "rq": "'", "glqq": '"', "grqq": '"',
}  # fmt: skip
_SIGNS = {"\\": "\n", " ": " ", "\n": " ", ",": "", ";": " ", ":": " ", "!": "", "/": "", "-": "", "@": ""}
_AROUND = {
    "textbf": "**", "emph": "*", "textit": "*", "textsl": "*", "texttt": "`", "t": "`", "bf": "**",
    "it": "*", "tt": "`", "underline": "*",
}  # fmt: skip
"""What stands before and after the argument. A switch without an argument (``\\bf``) says nothing."""
_DROPPED = {
    "label": 1, "ref": 1, "eqref": 1, "pageref": 1, "autoref": 1, "cref": 1, "cite": 1, "vspace": 1, "vspace*": 1,
    "hspace": 1, "hspace*": 1, "setlength": 2, "addtolength": 2,
    "bibliographystyle": 1, "usepackage": 1, "documentclass": 1, "pagestyle": 1, "thispagestyle": 1, "input": 1,
    "include": 1, "color": 1, "setcounter": 2, "graphicspath": 1, "rule": 2, "cline": 1, "multirow": 2,
    "multicolumn": 2, "resizebox": 2, "scalebox": 1, "textcolor": 1, "lstset": 1, "author": 1,
    "date": 1, "href": 1, "parbox": 1, "raisebox": 1, "usetikzlibrary": 1, "contest": 3,
}  # fmt: skip
"""How many arguments of a command say nothing to a reader; what follows them is kept."""
_FIGURES = {"includegraphics": 1, "illustration": 3, "includesvg": 1, "epsfbox": 1}
_HEADINGS = {
    "section": 2, "section*": 2, "subsection": 3, "subsection*": 3, "subsubsection": 4, "subsubsection*": 4,
    "paragraph": 4, "paragraph*": 4, "chapter": 1, "chapter*": 1, "problemname": 1, "problemtitle": 1, "title": 1,
}  # fmt: skip
_TITLES = {"problemname", "problemtitle"}
_OLYMP_HEADINGS = {
    "InputFile": "Input", "OutputFile": "Output", "Interaction": "Interaction", "Note": "Note", "Notes": "Notes",
    "Example": "Example", "Examples": "Examples", "Scoring": "Scoring", "Constraints": "Constraints",
    "Limitations": "Limitations", "Explanation": "Explanation", "Explanations": "Explanations", "Input": "Input",
    "Output": "Output", "Subtasks": "Subtasks", "Specification": "Specification", "SubtaskWithCost": "Subtasks",
    "inputdesc": "Input", "outputdesc": "Output", "InputDescription": "Input", "OutputDescription": "Output",
}  # fmt: skip
_EXAMPLES = {"exmp", "exmpexplained", "sampleio", "sample", "example"}
_RAW = re.compile(
    r"verbatim\*?|lstlisting|alltt|minted|comment|tikzpicture"
    r"|(?:equation|align|gather|displaymath|math|eqnarray|multline)\*?"
    r"|sample_?(?:input|output|in|out)",
    re.IGNORECASE,
)
_TABLES = {"tabular": 1, "tabular*": 2, "tabularx": 2, "tabulary": 2, "longtable": 1, "array": 1}
_ENVIRONMENT_ARGUMENTS = {
    "wrapfigure": 2,
    "minipage": 1,
    "multicols": 1,
    "adjustbox": 1,
    "list": 2,
    "subfigure": 1,
}
_STANDARD = re.compile(
    r"(?:standard|стандартн|std|стд|console|клавиатура|экран|screen|keyboard).*|", re.IGNORECASE | re.DOTALL
)


@define
class _Frame:
    """An open brace: what follows when it closes, and where its text goes."""

    on_close: Callable[[str], None] | None = None
    """Gets the text between the braces; None: the text went where everything goes."""
    kept: list[str] | None = None
    """The output before the brace, while the argument is captured."""
    tail: str = ""
    """Written at the closing brace."""


@define
class _Table:
    kept: list[str]
    """The output before the table."""
    rows: list[list[str]] = Factory(lambda: [[]])


@define
class _Reader:
    text: str
    at: int = 0
    out: list[str] = Factory(list)
    frames: list[_Frame] = Factory(list)
    tables: list[_Table | None] = Factory(list)
    """Open tables; None for one that is too deep to be read as such."""
    lists: list[int] = Factory(list)
    """Open lists: the last number, or -1 for dots."""
    captures: int = 0
    muted: int = 0
    """Depth of arguments that are dropped."""
    plain_title: list[str] = Factory(list)
    """In a comment for Kattis' tools, at most one."""
    document_title: list[str] = Factory(list)
    """Of ``\\title``, which may be that of a contest."""
    titles: list[str] = Factory(list)
    """Of the problems."""
    examples: list[tuple[str, str]] = Factory(list)
    pending_input: str | None = None
    fences: list[str] = Factory(list)
    """Text that is kept as it stands; its place in ``out`` is marked by its number between two ``U+0001``."""
    figures: int = 0
    limits: tuple[str | None, str | None] = (None, None)
    file_io: tuple[str, str] | None = None
    unclosed: set[str] = Factory(set)
    """Ends that were looked for and are not in the rest of the text."""

    def statement(self) -> TexStatement:
        markdown = _tidy("".join(self.out)).strip("\n")
        markdown = re.sub(r"\x01(\d+)\x01", lambda match: self.fences[int(match[1])], markdown)
        return TexStatement(
            markdown + "\n" if markdown.strip() else "",
            next(iter((*self.plain_title, *self.titles, *self.document_title)), None),
            tuple(self.titles[1:]),
            tuple(self.examples),
            self.figures,
            *self.limits,
            self.file_io,
        )

    def run(self) -> None:
        text, match = self.text, _TOKEN.match
        for _ in range(MAX_TOKENS):
            token = match(text, self.at)
            if token is None:
                break
            self.at = token.end()
            kind = token.lastgroup
            if kind == "text":
                self.emit(token[0])
            elif kind == "math":
                self.emit(" ".join(token[0].split()) if "\n" in token[0] else token[0])
            elif kind == "word":
                self.word(token["word"])
            elif kind == "sign":
                self.sign(token["sign"])
            elif kind == "open":
                self.frames.append(_Frame())
            elif kind == "close":
                self.close()
            elif kind == "mark":
                self.mark(token[0])
        rest = self.text[self.at :]
        while self.frames:
            self.close()
        while self.tables:
            self.end_table()
        self.muted = 0
        self.emit(rest)

    def emit(self, text: str) -> None:
        if not self.muted:
            self.out.append(text)

    # Arguments

    def skip_options(self) -> None:
        while match := _OPTION.match(self.text, self.at):
            self.at = match.end()

    def argument(self, frame: _Frame) -> bool:
        """Enter the braces that follow; False where none do."""
        self.skip_options()
        match = _BRACE.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        self.frames.append(frame)
        return True

    def capture(self, on_close: Callable[[str], None]) -> None:
        """Give the text of the argument that follows to ``on_close``; an empty one where there is none."""
        if self.captures >= _MAX_CAPTURES:
            return
        kept = self.out
        if self.argument(_Frame(on_close, kept)):
            self.captures += 1
            self.out = []

    def drop(self, arguments: int) -> None:
        """Leave out so many arguments."""
        if arguments <= 0:
            return

        def then(_text: str) -> None:
            self.muted -= 1
            self.drop(arguments - 1)

        if self.argument(_Frame(then)):
            self.muted += 1

    def close(self) -> None:
        if not self.frames:
            return
        frame = self.frames.pop()
        self.emit(frame.tail)
        captured = ""
        if frame.kept is not None:
            captured, self.out = "".join(self.out), frame.kept
            self.captures -= 1
        if frame.on_close is not None:
            frame.on_close(captured)

    def raw_argument(self) -> str | None:
        """The next argument as it stands; None where its braces do not close."""
        match = _BRACE.match(self.text, self.at)
        if match is None or "}" in self.unclosed:
            return None
        inside = _closing(self.text, match.end(), len(self.text))
        if inside is None:
            self.unclosed.add("}")
            return None
        self.at = inside + 1
        return self.text[match.end() : inside]

    def until(self, end: str) -> str | None:
        """The text up to ``end``, which is passed; None where it does not come."""
        found = -1 if end in self.unclosed else self.text.find(end, self.at)
        if found < 0:
            self.unclosed.add(end)
            return None
        raw, self.at = self.text[self.at : found], found + len(end)
        return raw

    # Commands

    def word(self, word: str) -> None:
        if word in _SYMBOLS:
            self.emit(_SYMBOLS[word])
        elif word in _ACCENTS and len(word) == 1 and self.accent(word):
            pass
        elif word in _AROUND:
            around = _AROUND[word]
            if self.argument(_Frame(tail=around)):
                self.emit(around)
        elif word == "tabularnewline":
            self.end_line()
        elif word == "item":
            self.item()
        elif word == "begin":
            self.begin()
        elif word == "end":
            self.end()
        elif word in _HEADINGS:
            titles = {"title": self.document_title}.get(word, self.titles if word in _TITLES else None)
            self.capture(lambda text: self.heading(text, _HEADINGS[word], titles))
        elif word in _FIGURES:
            self.figures += not self.muted
            self.drop(_FIGURES[word])
        elif word in _EXAMPLES and _BRACE.match(self.text, self.at):
            self.example()
        elif word in {"verb", "verb*", "lstinline"}:
            self.verb()
        elif word in _OLYMP_HEADINGS:
            self.heading(_OLYMP_HEADINGS[word], 2)
        elif word in _DROPPED:
            self.drop(_DROPPED[word])
        elif word == "caption":
            self.emit("\n\n")
            self.argument(_Frame(tail="\n\n"))
        elif word == "footnote":
            if self.argument(_Frame(tail=")")):
                self.emit(" (")
        elif word in {"hline", "toprule", "midrule", "bottomrule", "exmpfile"}:
            self.drop(2 if word == "exmpfile" else 0)
        else:
            self.skip_options()

    def sign(self, sign: str) -> None:
        if sign == "\\":
            if match := _LINE_END_OPTIONS.match(self.text, self.at):
                self.at = match.end()
            self.end_line()
        elif sign in "([":
            end = r"\)" if sign == "(" else r"\]"
            raw = self.until(end)
            mark = "$" if sign == "(" else "$$"
            self.emit("" if raw is None else mark + " ".join(raw.split()) + mark)
        elif not (sign in _ACCENTS and self.accent(sign)):
            self.emit(_SIGNS.get(sign, sign))

    def mark(self, mark: str) -> None:
        if mark == "&" and self.tables:
            self.end_cell()
        else:
            self.emit(_MARKS.get(mark, mark))

    def accent(self, accent: str) -> bool:
        match = _ACCENTED.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        base = match[1] or match[2] or match[3] or " "
        self.emit(unicodedata.normalize("NFC", base + _ACCENTS[accent]))
        return True

    def verb(self) -> None:
        mark = self.text[self.at : self.at + 1]
        if mark and not mark.isalnum() and mark not in " \n":
            self.at += 1
            raw = self.until("}" if mark == "{" else mark)
            self.emit(f"`{raw}`" if raw is not None else "")

    def heading(self, text: str, level: int, titles: list[str] | None = None) -> None:
        words = " ".join(text.split())
        if titles is not None and words:
            titles.append(_bare(words))
        if words:
            self.emit(f"\n\n{'#' * level} {words}\n\n")

    def item(self) -> None:
        if not self.lists:
            self.emit("\n- ")
            return
        mark = "-"
        if self.lists[-1] >= 0:
            self.lists[-1] += 1
            mark = f"{self.lists[-1]}."
        # Spaces at the begin of a line of the source are dropped later; these two are no spaces yet.
        self.emit("\n" + "\0" * min(len(self.lists) - 1, 5) + mark + " ")
        if option := _ITEM_OPTION.match(self.text, self.at):
            self.at = option.end()
            self.emit(option[1] + " ")

    # Environments

    def begin(self) -> None:
        match = _ENVIRONMENT.match(self.text, self.at)
        if match is None:
            return
        self.at, name = match.end(), match["name"]
        if _RAW.fullmatch(name):
            self.raw(name)
        elif name in _TABLES:
            self.skip_options()
            for _ in range(_TABLES[name]):
                self.raw_argument()
            self.begin_table()
        elif name in {"itemize", "enumerate", "description"}:
            self.skip_options()
            self.lists.append(0 if name == "enumerate" else -1)
            self.emit("\n\n")
        elif name in {"problem", "problem*"}:
            self.olymp_problem()
        elif name in {"example", "examples"}:
            self.emit("\n\n")
        elif name[0].isupper():
            self.heading(name, 2)
        else:
            self.skip_options()
            for _ in range(_ENVIRONMENT_ARGUMENTS.get(name, 0)):
                self.raw_argument()

    def end(self) -> None:
        match = _ENVIRONMENT.match(self.text, self.at)
        if match is None:
            return
        self.at, name = match.end(), match["name"]
        if name == "document":
            self.at = len(self.text)
        elif name in _TABLES:
            self.end_table()
        elif name in {"itemize", "enumerate", "description"} and self.lists:
            self.lists.pop()
            self.emit("\n" if self.lists else "\n\n")
        elif name not in {"center", "minipage"}:
            self.emit("\n\n")

    def raw(self, name: str) -> None:
        kind = name.lower().rstrip("*").replace("_", "")
        if kind in {"lstlisting", "minted", "verbatim"}:
            self.skip_options()
        if kind == "minted":
            self.raw_argument()
        raw = self.until(f"\\end{{{name}}}")
        if raw is None:
            return
        if kind == "tikzpicture":
            self.figures += not self.muted
        elif kind.startswith("sample"):
            text = _example_text(raw)
            if "in" in kind:
                self.pending_input = text
            elif self.pending_input is not None:
                self.add_example(self.pending_input, text)
                self.pending_input = None
        elif kind in {"verbatim", "lstlisting", "alltt", "minted"}:
            self.fence(raw.removeprefix("\n"))
        elif kind != "comment":
            self.emit(f"\n\n$${' '.join(raw.split())}$$\n\n")

    def olymp_problem(self) -> None:
        self.skip_options()
        title, *rest = (self.raw_argument() or "" for _ in range(5))
        given, wanted, time, memory = (" ".join(_plain(text).split()) for text in rest)
        self.heading(_plain(title), 1, self.titles)
        lines = [
            f"{label}: {value}"
            for label, value in (
                ("Input file", given),
                ("Output file", wanted),
                ("Time limit", time),
                ("Memory limit", memory),
            )
            if value
        ]
        self.emit("\n\n".join(lines) + "\n\n")
        self.limits = (time or None, memory or None)
        if not _STANDARD.fullmatch(given) and not _STANDARD.fullmatch(wanted):
            self.file_io = (given, wanted)

    def example(self) -> None:
        start = self.at
        given = self.raw_argument()
        wanted = self.raw_argument() if given is not None else None
        if given is None or wanted is None:
            self.at = start
        else:
            self.add_example(_example_text(given), _example_text(wanted))

    def add_example(self, given: str, wanted: str) -> None:
        if self.muted or len(self.examples) >= MAX_EXAMPLES:
            return
        self.examples.append((given, wanted))
        number = len(self.examples)
        for side, text in (("Input", given), ("Output", wanted)):
            self.heading(f"Sample {side} {number}", 2)
            self.fence(text)

    def fence(self, text: str) -> None:
        self.emit(f"\n\n\1{len(self.fences)}\1\n\n")
        self.fences.append(_fenced(text))

    # Tables

    def begin_table(self) -> None:
        if self.captures >= _MAX_CAPTURES:
            self.tables.append(None)
            return
        self.captures += 1
        self.tables.append(_Table(self.out))
        self.out = []

    def end_cell(self) -> None:
        table = self.tables[-1]
        if table is None:
            self.emit(" ")
            return
        table.rows[-1].append(" ".join("".join(self.out).split()))
        self.out = []

    def end_line(self) -> None:
        table = self.tables[-1] if self.tables else None
        if table is None:
            self.emit("\n")
        else:
            self.end_cell()
            table.rows.append([])

    def end_table(self) -> None:
        if not self.tables:
            return
        self.end_cell()
        table = self.tables.pop()
        if table is None:
            return
        self.captures -= 1
        self.out = table.kept
        rows = [row for row in table.rows if any(row)]
        width = max(map(len, rows), default=0)
        if width and width * len(rows) <= MAX_TOKENS:
            full = [row + [""] * (width - len(row)) for row in rows]
            full.insert(1, ["---"] * width)
            lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in full]
            self.emit("\n\n" + "\n".join(lines) + "\n\n")


def _closing(text: str, start: int, end: int) -> int | None:
    """Where the brace closes that opened before ``start``."""
    depth = 1
    for match in _BALANCED.finditer(text, start, end):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None


def _with_own_macros(text: str) -> str:
    r"""The text with its ``\newcommand`` and ``\def`` carried out, as far as they are simple."""
    define_ = re.compile(
        r"\\(?:(?:re)?newcommand\*?|providecommand\*?|DeclareMathOperator\*?)\s{0,3}(?:\{\s?\\(?P<a>[A-Za-z@]{1,40})\s?\}"
        r"|\\(?P<b>[A-Za-z@]{1,40}))\s{0,3}(?:\[(?P<n>\d)\])?\s{0,3}\{"
        r"|\\def\s{0,3}\\(?P<c>[A-Za-z@]{1,40})\s{0,3}(?P<d>(?:\#\d){0,9})\s{0,3}\{"
    )
    macros: dict[str, tuple[int, str]] = {}
    pieces: list[str] = []
    at = 0
    while len(macros) < _MAX_MACROS and (match := define_.search(text, at)) is not None:
        end = _closing(text, match.end(), match.end() + _MAX_ARGUMENT_CHARS)
        if end is None:
            break
        name = match["a"] or match["b"] or match["c"]
        body = " ".join(text[match.end() : end].split("\n"))
        macros[name] = (int(match["n"] or len(match["d"] or "") // 2), re.sub(r"\\xspace\b", "", body))
        pieces.append(text[at : match.start()])
        at = end + 1
    if not macros:
        return text
    text = "".join(pieces) + text[at:]
    use = re.compile(
        r"\\(?P<name>" + "|".join(map(re.escape, macros)) + r")(?![A-Za-z@])(?:\{\}|[ \t]*(?=\{))?"
    )
    for _ in range(3):  # a macro may use another one
        text, uses = _carried_out(text, macros, use)
        if not uses:
            break
    return text


def _carried_out(text: str, macros: dict[str, tuple[int, str]], use: re.Pattern[str]) -> tuple[str, int]:
    pieces: list[str] = []
    at = uses = 0
    room = 2 * len(text) + 50_000
    for match in use.finditer(text):
        if uses == _MAX_USES or room < 0:
            break
        if match.start() < at:
            continue
        count, body = macros[match["name"]]
        end, arguments = match.end(), []
        for _ in range(count):
            closing = (
                _closing(text, end + 1, end + _MAX_ARGUMENT_CHARS) if text.startswith("{", end) else None
            )
            if closing is None:
                break
            arguments.append(text[end + 1 : closing])
            end = closing + 1
        made = _filled_in(body, arguments)
        pieces += [text[at : match.start()], made]
        room -= len(made)
        at, uses = end, uses + 1
    return "".join(pieces) + text[at:], uses


def _filled_in(body: str, arguments: list[str]) -> str:
    def argument(number: re.Match[str]) -> str:
        index = int(number[1]) - 1
        return arguments[index] if 0 <= index < len(arguments) else ""

    return re.sub(r"#(\d)", argument, body)


def _plain(text: str) -> str:
    return re.sub(r"\\([#$%&_{}])", r"\1", text.replace("~", " "))


def _bare(title: str) -> str:
    return re.sub(r"[*`]", "", title).strip()[:200]


def _example_text(raw: str) -> str:
    """Example text of a macro or environment: the line ends next to the braces are no data."""
    text = raw.removeprefix("%").removeprefix("\n")
    text = re.sub(r"\\([#$%&_{}])", r"\1", re.sub(r"\\\\[ \t]*$", "", text, flags=re.MULTILINE))
    return text if not text or text.endswith("\n") else text + "\n"


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    body = text if text.endswith("\n") else text + "\n"
    return f"{'`' * (longest + 1)}\n{body}{'`' * (longest + 1)}"


def _tidy(text: str) -> str:
    """No indentation of the source, no more than one blank line; the indentation of nested lists."""
    text = "\n".join(line.strip(" \t") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).replace("\0", "  ")
