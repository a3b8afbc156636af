"""Finds the program in a reply.

Replies hold prose, several fences, wrong tags, fences that never end, thoughts. A CommonMark parser finds the
fences; the choice among blocks is explained to the user.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Mapping

from attrs import evolve, frozen
from markdown_it import MarkdownIt

from sstar_lsp import ast_lock
from sstar_lsp.models.client.reasoning import without_thoughts
from sstar_lsp.models.diff_apply import apply_blocks, apply_diff, looks_like_diff
from sstar_sandbox import LANGUAGES

_TAGS = {name: frozenset({name, *language.aliases}) for name, language in LANGUAGES.items()}
_NOT_CODE = frozenset(
    {"text", "txt", "plaintext", "input", "output", "console", "bash", "sh", "shell", "diff", "json"}
)
_INDENTED_FENCE = re.compile(r"(?m)^[ \t]+(?=(?:```|~~~))")
_NO_BREAK_INDENT = re.compile(r"(?m)^[ \t]*\u00a0")
_LOOKS_LIKE: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(r"(?m)^(?:import |from \w|def |class |print\(|for |while |if |\w[\w, ]* = )"),
    "cpp": re.compile(r"(?m)^\s*#\s*include\b|\bint\s+main\s*\("),
    "c": re.compile(r"(?m)^\s*#\s*include\b|\bint\s+main\s*\("),
    "java": re.compile(r"(?m)\bclass\s+\w+\s*\{|^import java"),
    "rust": re.compile(r"(?m)^\s*fn\s+\w+\s*\(|^use std"),
    "go": re.compile(r"(?m)^package\s+\w+"),
    "javascript": re.compile(r"(?m)\brequire\(|^(?:const|let|var|function) "),
}


@frozen
class Extraction:
    """What a reply holds."""

    code: str | None
    """The program, ending in one newline; None if there is none."""
    truncated: bool = False
    """The reply ended inside its code or its thoughts: most likely ``max_tokens`` was too small."""
    remark: str = ""
    """For a person: how the code was found, or why there is none. Empty for the plain case."""


@frozen
class _Block:
    tag: str
    code: str
    closed: bool


_GO_PACKAGE = re.compile(r"(?m)^package[ \t]+(\w+)")
_GO_MAIN = re.compile(r"(?m)^func[ \t]+main[ \t]*\(")


def extract_code(text: str, language: str, *, base: str | None = None) -> Extraction:
    """The program of ``language`` (a name of :mod:`sstar_lsp.records`' languages) in a reply.

    Of several blocks: the longest that parses (only Python can be asked), else the longest. ``base``: the
    program that was to be repaired; a reply that is a change of it (a diff, search-and-replace blocks) is
    applied, where it fits exactly, and a quotation of it is passed over. Never raises.
    """
    found = _extracted(text, language, base)
    if language == "go" and found.code is not None and _GO_MAIN.search(found.code):
        return evolve(found, code=_with_package_main(found.code))
    return found


def _with_package_main(code: str) -> str:
    """A Go program whose package is ``main``, as it must be to be run."""
    package = _GO_PACKAGE.search(code)
    if package is None:
        return f"package main\n\n{code}"
    return code[: package.start(1)] + "main" + code[package.end(1) :]


def _extracted(text: str, language: str, base: str | None) -> Extraction:
    if _NO_BREAK_INDENT.search(text):  # gateways and pages make them of spaces
        text = text.replace("\u00a0", " ")
    text, thinking = without_thoughts(text.replace("\r\n", "\n"))
    if thinking and not text.strip():
        return Extraction(None, truncated=True, remark="the reply ended while the model was still thinking")
    blocks = _blocks(text)
    if base is not None and (changed := _changed(base, text, blocks, language)) is not None:
        return changed
    fits, remark = _of_language(blocks, language)
    if fits and all(_is_empty(block.code, language) for block in fits):
        return Extraction(None, remark="the code block holds comments only")
    if not fits:
        return _without_fence(text, language, had_blocks=bool(blocks))
    if base is not None:  # a repair may quote the program before
        fits = [block for block in fits if block.code.strip() != base.strip()] or fits
    whole = [block for block in fits if block.closed]
    parsing = [block for block in whole if _parses(block.code, language)]
    pool = parsing or whole or fits
    best = max(pool, key=lambda block: len(block.code))
    if len(fits) > 1:
        remark = remark or f"the longest of {len(fits)} code blocks"
    if not best.closed:
        return Extraction(best.code, truncated=True, remark="the reply ended inside its code block")
    return Extraction(best.code, remark=remark)


def _changed(base: str, text: str, blocks: list[_Block], language: str) -> Extraction | None:
    """The base with the reply's changes, where the reply is changes and no program."""
    if (code := apply_blocks(base, text)) is not None and _parses(code, language):
        return Extraction(_ended(code), remark="search-and-replace blocks, applied to the program before")
    diffs = [block for block in blocks if block.closed and looks_like_diff(block.code)]
    tags = _TAGS.get(language, frozenset())
    programs = [
        b
        for b in blocks
        if b not in diffs and b.tag in tags and (language != "python" or _is_program(b.code))
    ]
    if programs:
        return None
    for diff in [block.code for block in diffs] or ([text] if looks_like_diff(text) else []):
        code = apply_diff(base, diff)
        if code is not None and _parses(code, language):
            return Extraction(_ended(code), remark="a diff, applied to the program before")
    return None


def _blocks(text: str) -> list[_Block]:
    """Every fenced block, in order. Fences inside lists or quotes are blocks too."""
    text = _INDENTED_FENCE.sub(lambda found: "" if len(found[0].expandtabs(4)) > 3 else found[0], text)
    lines = text.split("\n")
    blocks = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or token.map is None:
            continue
        words = token.info.strip().split()
        tag = words[0].strip("{}.").lower() if words else ""
        end = next(
            (at for at in range(token.map[1] - 1, token.map[0], -1) if lines[at].strip(" >\t")), token.map[0]
        )
        closed = end > token.map[0] and lines[end].strip(" >\t").startswith(token.markup)
        code = token.content
        if all(line[:1] in " \t" for line in code.split("\n") if line.strip()):
            code = textwrap.dedent(code)  # which also empties blank lines: not wanted elsewhere
        if code.strip():
            blocks.append(_Block(tag, _ended(code), closed))
    return blocks


def _of_language(blocks: list[_Block], language: str) -> tuple[list[_Block], str]:
    """The blocks that may hold the program: rightly tagged, else untagged, else wrongly tagged."""
    tags = _TAGS.get(language, frozenset({language}))
    if right := [block for block in blocks if block.tag in tags]:
        return right, ""
    if untagged := [block for block in blocks if not block.tag]:
        likely = [block for block in untagged if _looks(block.code, language)]
        return likely or untagged, "the code block names no language"
    wrong = [block for block in blocks if block.tag not in _NOT_CODE]
    if likely := [block for block in wrong if _looks(block.code, language)]:
        return likely, f"the code block is tagged {likely[-1].tag!r}, not {language!r}"
    return [], ""


def _without_fence(text: str, language: str, *, had_blocks: bool) -> Extraction:
    """A reply that is all program, or none."""
    if had_blocks:
        return Extraction(None, remark=f"the reply has code, but none in {language}")
    body = text.strip("\n")
    if not body.strip():
        return Extraction(None, remark="the reply is empty")
    if language == "python":
        found = _python_lines(body)
        if found is not None:
            return Extraction(_ended(found), remark="the reply has code without a fence")
    elif _looks(body, language):
        start = _LOOKS_LIKE[language].search(body) if language in _LOOKS_LIKE else None
        at = body.rfind("\n", 0, start.start()) + 1 if start else 0
        return Extraction(_ended(body[at:]), remark="the reply has code without a fence")
    return Extraction(None, remark="the reply holds no code")


def _python_lines(text: str) -> str | None:
    """The longest run of lines that is a Python program and does something."""
    if _is_program(text):
        return text
    paragraphs = text.split("\n")
    starts = [at for at, line in enumerate(paragraphs) if _LOOKS_LIKE["python"].match(line)]
    for start in starts[:20]:
        for end in range(len(paragraphs), start, -1):
            if end < len(paragraphs) and paragraphs[end - 1].strip() and paragraphs[end].strip():
                continue  # programs end before an empty line
            candidate = "\n".join(paragraphs[start:end])
            if _is_program(candidate):
                return candidate
    return None


def _is_program(text: str) -> bool:
    """Parses, and is more than a word or a number that happens to."""
    tree = ast_lock.module_or_none(text)
    idle = (ast.Name, ast.Constant, ast.Tuple, ast.BinOp, ast.Compare, ast.Attribute)
    return tree is not None and any(
        not (isinstance(node, ast.Expr) and isinstance(node.value, idle)) for node in tree.body
    )


def _is_empty(code: str, language: str) -> bool:
    """Comments and nothing else, as a model leaves it that has nothing to say."""
    tree = ast_lock.module_or_none(code) if language == "python" else None
    return tree is not None and not tree.body


def _parses(code: str, language: str) -> bool:
    """Whether it is a program of the language as far as can be told here; True if it cannot."""
    return language != "python" or ast_lock.module_or_none(code) is not None


def _looks(code: str, language: str) -> bool:
    if language == "python" and _is_program(code):
        return True
    pattern = _LOOKS_LIKE.get(language)
    return pattern is None or pattern.search(code) is not None


def _ended(code: str) -> str:
    return code.strip("\n").rstrip() + "\n"
