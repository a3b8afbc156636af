"""One pass over a TeX statement: each command, sign and environment becomes Markdown where it stands."""

from __future__ import annotations

import re
import unicodedata

from attrs import Factory, define, frozen

from sstar_lsp.problems.tex import words
from sstar_lsp.problems.tex.arguments import Cursor, Frame
from sstar_lsp.problems.text import code_block

MAX_TOKENS = 20_000
"""What comes after so many pieces of TeX is kept as it stands; statements have some thousands at most."""
MAX_EXAMPLES = 50

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
_ITEM_OPTION = re.compile(r"[ \t]*\[([^\[\]\n]{0,200})\][ \t]*")
_LINE_END_OPTIONS = re.compile(r"\*?(?:\[[^\[\]]{0,20}\])?")
_ENVIRONMENT = re.compile(r"\s{0,9}\{(?P<name>[A-Za-z]{1,40}\*?)\}")
_ACCENTED = re.compile(r"\s{0,3}(?:\{\s{0,3}\\?([A-Za-z]?)\s{0,3}\}|\\?([A-Za-z])(?![A-Za-z])|([A-Za-z]))")


@frozen
class TexStatement:
    """A statement that was written in TeX."""

    markdown: str
    """As people would read it; formulas stay TeX between dollars. Ends with one newline, or is empty."""
    title: str | None
    further_titles: tuple[str, ...]
    """Titles of further problems in the text (``\\problemname`` or ``\\begin{problem}``)."""
    examples: tuple[tuple[str, str], ...]
    """Input and output of each example that the text itself holds, as they stand."""
    figures: int
    """Pictures that the text needs and that are not here."""
    file_io: tuple[str, str] | None
    """Names of the files that ``olymp.sty`` names instead of standard input and output; they stand in ``markdown`` as
    well."""


@define
class Table:
    """A table whose end was not reached yet."""

    kept: list[str]
    """The output before the table."""
    rows: list[list[str]] = Factory(lambda: [[]])


@define
class Reader(Cursor):
    """One pass over a statement."""

    tables: list[Table | None] = Factory(list)
    """Open tables; None for one that is too deep to be read as such."""
    lists: list[int] = Factory(list)
    """Open lists: the last number, or -1 for dots."""
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
    file_io: tuple[str, str] | None = None

    def statement(self) -> TexStatement:
        """What was read."""
        markdown = tidy("".join(self.out)).strip("\n")
        markdown = re.sub(r"\x01(\d+)\x01", lambda match: self.fences[int(match[1])], markdown)
        return TexStatement(
            markdown + "\n" if markdown.strip() else "",
            next(iter((*self.plain_title, *self.titles, *self.document_title)), None),
            tuple(self.titles[1:]),
            tuple(self.examples),
            self.figures,
            self.file_io,
        )

    def run(self) -> None:
        """Read the whole text."""
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
                self.frames.append(Frame())
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

    # Commands

    def word(self, word: str) -> None:
        if word in words.SYMBOLS:
            self.emit(words.SYMBOLS[word])
        elif word in words.ACCENTS and len(word) == 1 and self.accent(word):
            pass
        elif word in words.AROUND:
            around = words.AROUND[word]
            if self.argument(Frame(tail=around)):
                self.emit(around)
        elif word == "tabularnewline":
            self.end_line()
        elif word == "item":
            self.item()
        elif word == "begin":
            self.begin()
        elif word == "end":
            self.end()
        elif word in words.HEADINGS:
            titles = {"title": self.document_title}.get(word, self.titles if word in words.TITLES else None)
            self.capture(lambda text: self.heading(text, words.HEADINGS[word], titles))
        elif word in words.FIGURES:
            self.figures += not self.muted
            self.drop(words.FIGURES[word])
        elif word in words.EXAMPLES and len(self.examples) < MAX_EXAMPLES and self.is_before_argument():
            self.example()
        elif word in {"verb", "verb*", "lstinline"}:
            self.verb()
        elif word in words.OLYMP_HEADINGS:
            self.heading(words.OLYMP_HEADINGS[word], 2)
        elif word in words.DROPPED:
            self.drop(words.DROPPED[word])
        elif word == "caption":
            self.emit("\n\n")
            self.argument(Frame(tail="\n\n"))
        elif word == "footnote":
            if self.argument(Frame(tail=")")):
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
        elif not (sign in words.ACCENTS and self.accent(sign)):
            self.emit(words.SIGNS.get(sign, sign))

    def mark(self, mark: str) -> None:
        if mark == "&" and self.tables:
            self.end_cell()
        else:
            self.emit(words.MARKS.get(mark, mark))

    def accent(self, accent: str) -> bool:
        match = _ACCENTED.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        base = match[1] or match[2] or match[3] or " "
        self.emit(unicodedata.normalize("NFC", base + words.ACCENTS[accent]))
        return True

    def verb(self) -> None:
        mark = self.text[self.at : self.at + 1]
        if mark and not mark.isalnum() and mark not in " \n":
            self.at += 1
            raw = self.until("}" if mark == "{" else mark)
            self.emit(f"`{raw}`" if raw is not None else "")

    def heading(self, text: str, level: int, titles: list[str] | None = None) -> None:
        heading = " ".join(text.split())
        if titles is not None and heading:
            titles.append(bare(heading))
        if heading:
            self.emit(f"\n\n{'#' * level} {heading}\n\n")

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
        if words.RAW.fullmatch(name):
            self.raw(name)
        elif name in words.TABLES:
            self.skip_options()
            for _ in range(words.TABLES[name]):
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
            for _ in range(words.ENVIRONMENT_ARGUMENTS.get(name, 0)):
                self.raw_argument()

    def end(self) -> None:
        match = _ENVIRONMENT.match(self.text, self.at)
        if match is None:
            return
        self.at, name = match.end(), match["name"]
        if name == "document":
            self.at = len(self.text)
        elif name in words.TABLES:
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
            text = example_text(raw)
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
        values = [" ".join(plain(text).split()) for text in rest]
        given, wanted = values[:2]
        self.heading(plain(title), 1, self.titles)
        labelled = zip(("Input file", "Output file", "Time limit", "Memory limit"), values, strict=True)
        self.emit("\n\n".join(f"{label}: {value}" for label, value in labelled if value) + "\n\n")
        if not words.STANDARD.fullmatch(given) and not words.STANDARD.fullmatch(wanted):
            self.file_io = (given, wanted)

    def example(self) -> None:
        start = self.at
        given = self.raw_argument()
        wanted = self.raw_argument() if given is not None else None
        if given is None or wanted is None:
            self.at = start
        else:
            self.add_example(example_text(given), example_text(wanted))

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
        self.fences.append(code_block(text))

    # Tables

    def begin_table(self) -> None:
        if not self.may_capture():
            self.tables.append(None)
            return
        self.captures += 1
        self.tables.append(Table(self.out))
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


def plain(text: str) -> str:
    """Text of an argument that is no Markdown: signs without their backslash."""
    return re.sub(r"\\([#$%&_{}])", r"\1", text.replace("~", " "))


def bare(title: str) -> str:
    """A title without the marks of Markdown."""
    return re.sub(r"[*`]", "", title).strip()[:200]


def example_text(raw: str) -> str:
    """Example text of a macro or environment: the line ends next to the braces are no data."""
    text = raw.removeprefix("%").removeprefix("\n")
    text = re.sub(r"\\([#$%&_{}])", r"\1", re.sub(r"\\\\[ \t]*$", "", text, flags=re.MULTILINE))
    return text if not text or text.endswith("\n") else text + "\n"


def tidy(text: str) -> str:
    """No indentation of the source, no more than one blank line; the indentation of nested lists."""
    text = "\n".join(line.strip(" \t") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).replace("\0", "  ")
