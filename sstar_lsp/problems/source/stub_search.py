"""Where a page shows the function that it asks for without a Python fence: pasted code, another language, a line of prose."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sstar_lsp.problems.pages.blocks import Block, Code, Line
from sstar_lsp.problems.source.signatures import Stub, asked_for, stubs_of

_UNFENCED = re.compile(r"(?:class Solution\b.*|def [A-Za-z_]\w*\(.*)")
_C_SIGNATURE = re.compile(
    r"(?:^|[\n;{}:])\s*(?:public\s+|static\s+|pub\s+)*(?P<type>[A-Za-z_][\w:<>,\[\]&* ]{0,80}?)[\s&*]+(?P<name>[A-Za-z_]\w*)\s*\((?P<parameters>[^(){};]{0,400})\)\s*(?:const\s*)?\{"
)
_SCRIPT_SIGNATURE = re.compile(
    r"(?:var|let|const|function)\s+(?P<name>[A-Za-z_]\w*)\s*(?:=\s*function\s*)?\((?P<parameters>[^(){};]{0,400})\)\s*(?::[^{]{0,80})?\{"
)


def unfenced_stub(statement: str, called: set[str]) -> Stub | None:
    """The function of code that was pasted into the text without a fence."""
    lines = statement.split("\n")
    for start, line in enumerate(lines):
        if not _UNFENCED.fullmatch(line):
            continue
        end = start + 1
        while end < len(lines) and (
            not lines[end].strip() or lines[end][0] in " \t)@" or _UNFENCED.fullmatch(lines[end])
        ):
            end += 1
        if stub := asked_for(stubs_of("\n".join(lines[start:end])), called):
            return stub
    return None


def foreign_stub(blocks: Sequence[Block]) -> Stub | None:
    """A Python stub for the signature that a page shows in C++, Java or JavaScript only."""
    for block in blocks:
        if not isinstance(block, Code) or len(block.text) > 20_000:
            continue
        for pattern in (
            (_C_SIGNATURE, _SCRIPT_SIGNATURE) if "Solution" in block.text or "function" in block.text else ()
        ):
            for match in pattern.finditer(block.text):
                names = [
                    re.sub(r"\s*(?:=.*|:.*)$", "", part).split()[-1].strip("&*[]")
                    for part in match["parameters"].split(",")
                    if part.strip()
                ]
                if match["name"] in {"main", "Solution", "if", "for", "while"} or not all(
                    name.isidentifier() for name in names
                ):
                    continue
                made = stubs_of(f"class Solution:\n    def {match['name']}(self, {', '.join(names)}):\n")
                if made and "TreeNode" not in match[0] and "ListNode" not in match[0]:
                    return made[0]
    return None


def bare_signature(blocks: Sequence[Block]) -> Stub | None:
    """A ``def f(…):`` line in the prose or in its inline code."""
    for block in blocks:
        if isinstance(block, Line) and len(block.text) < 500:
            match = re.search(r"def \w+\([^\n`]*\)(?: ?-> ?[^:`\n]+)?:?", block.text)
            if match and (found := stubs_of(match[0].rstrip(":") + ":")):
                return found[0]
    return None
