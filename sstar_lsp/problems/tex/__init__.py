"""A TeX statement as Markdown: ``problem.en.tex`` of a Kattis package, or Polygon's ``olymp.sty``.

One linear pass without recursion, because a statement is read while it is typed; libraries such as pylatexenc
build a tree, need seconds for a megabyte and fail on deep nesting. Of an unknown command the arguments are
kept.
"""

from __future__ import annotations

import re

from sstar_lsp.problems.tex.macros import with_own_macros
from sstar_lsp.problems.tex.reader import MAX_EXAMPLES, MAX_TOKENS, Reader, TexStatement

__all__ = ["MAX_EXAMPLES", "MAX_TOKENS", "TexStatement", "tex_to_markdown"]


def tex_to_markdown(text: str) -> TexStatement:
    """Read a TeX statement. Never raises: what is no TeX stays as it stands."""
    text = re.sub(r"[\0\1]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = with_own_macros(text)
    begin = re.search(r"\\begin\s{0,9}\{document\}", text)
    if begin is not None:
        text = text[begin.end() :]
    reader = Reader(text)
    # A comment that Kattis' tools read.
    if plain := re.search(r"^%+\s{0,9}plainproblemname:(.{0,200}\S)", text, re.MULTILINE):
        reader.plain_title.append(plain[1].strip())
    reader.run()
    return reader.statement()
