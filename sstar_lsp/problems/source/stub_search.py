"""Stubs outside of Python fences: in pasted code, in another language, in a line of prose."""

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


_CLASS = re.compile(r"\bclass\s+(?P<name>[A-Z]\w*)\s*\{|\bvar\s+(?P<var>[A-Z]\w*)\s*=\s*function\b")
_METHOD = re.compile(
    r"(?:^|[\n;{}:])\s*(?:public\s+)?(?:(?P<type>[A-Za-z_][\w:<>,\[\]&* ]{0,80}?)[\s&*]+)?(?:var\s+|\w+\.prototype\.)?(?P<name>[A-Za-z_]\w*)"
    r"\s*(?:=\s*function\s*)?\((?P<parameters>[^(){};]{0,400})\)\s*(?:const\s*)?(?::[^{}();]{0,80})?\{(?:\s|//[^\n]*)*\}"
)
"""A method or constructor with an empty body, in a class of C++, Java or JavaScript, or on a prototype."""


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


_PARAMETER = re.compile(
    r"(?P<type>[\w:<>,&*\[\] ]*?)[\s&*]*\b(?P<name>[A-Za-z_]\w*)(?P<dimensions>(?:\[\])*)"
)
_JSDOC = re.compile(r"@(?:param|returns?)\s*\{(?P<type>[^{}\n]{1,60})\}[ \t]*(?P<name>\w*)")
_NO_TASK = {"main", "Solution", "ListNode", "TreeNode", "Node", "if", "for", "while"}
_PYTHON_TYPES = {
    **dict.fromkeys(("int", "long", "long long", "short", "i32", "i64"), "int"),
    **dict.fromkeys(("double", "float", "f64"), "float"),
    **dict.fromkeys(("string", "std::string", "String", "char", "character"), "str"),
    **dict.fromkeys(("bool", "boolean"), "bool"),
    **dict.fromkeys(("ListNode", "TreeNode"), "Optional[{}]"),
    "void": "None",
}


def _annotation(foreign: str) -> str:
    """A type of C++, Java or a JSDoc comment as a Python annotation; empty if it says nothing."""
    plain = re.sub(r"\b(?:const|public|static|unsigned)\b|[&*?]|\|\s*null", " ", foreign)
    plain = " ".join(plain.split())
    inner = re.fullmatch(r"(?:std::)?(?:vector|List|Array)<(.*)>|(.*?) ?\[\]", plain)
    if inner is not None:
        item = _annotation(inner[1] or inner[2] or "")
        return f"List[{item}]" if item else "list"
    return _PYTHON_TYPES.get(plain, "").format(plain)


def foreign_stub(blocks: Sequence[Block]) -> Stub | None:
    """A Python stub for the signature that a page shows in C++, Java or JavaScript only."""
    for block in blocks:
        if not isinstance(block, Code) or len(block.text) > 20_000:
            continue
        for pattern in (
            (_C_SIGNATURE, _SCRIPT_SIGNATURE) if "Solution" in block.text or "function" in block.text else ()
        ):
            for match in pattern.finditer(block.text):
                stub = _translated(block.text, match)
                if stub is not None:
                    return stub
    return None


def foreign_class(code: str) -> str:
    """A class with empty methods, shown in C++, Java or JavaScript, as Python; empty if there is none."""
    # Runs of spaces would make the search slow.
    code = "\n".join(filter(None, (" ".join(line.split()) for line in code[:20_000].splitlines())))
    owner = _CLASS.search(code)
    name = (owner["name"] or owner["var"]) if owner is not None else "Solution"
    if owner is None or name in _NO_TASK:
        return ""
    end = 0
    methods = []
    for match in _METHOD.finditer(code, owner.start() if owner["name"] else 0):
        is_constructor = match["name"] in {name, "constructor"}
        method = _signature(code[end : match.start()], match, "__init__" if is_constructor else match["name"])
        if method is not None:
            methods.append(f"    {method}\n        pass\n")
        end = match.end()
    return f"class {name}:\n{''.join(methods)}" if methods else ""


def _translated(text: str, match: re.Match[str]) -> Stub | None:
    """The signature found in a code block, as Python; None if it is none, or has unknown kinds of nodes."""
    signature = _signature(text[: match.start()], match, match["name"])
    if signature is None or match["name"] in _NO_TASK or ("Node" in match[0] and "Node" not in signature):
        return None
    made = stubs_of(f"class Solution:\n    {signature}\n")
    return made[0] if made else None


def _signature(before: str, match: re.Match[str], name: str) -> str | None:
    """``def name(self, …):`` for a match, with what a comment of JavaScript before it says of types."""
    described = list(_JSDOC.finditer(before))
    types = {found["name"]: found["type"] for found in described}
    result = match.groupdict().get("type") or next(
        (found["type"] for found in described if found[0].startswith("@return")), ""
    )
    parameters = []
    for part in match["parameters"].split(","):
        if not part.strip():
            continue
        found = _PARAMETER.fullmatch(re.sub(r"\s*(?:=.*|(?<!:):(?!:).*)$", "", part).strip())
        if found is None:
            return None
        annotation = _annotation((found["type"] or types.get(found["name"], "")) + found["dimensions"])
        parameters.append(f"{found['name']}: {annotation}" if annotation else found["name"])
    returned = _annotation(result)
    arrow = f" -> {returned}" if returned and name != "__init__" else ""
    return f"def {name}({', '.join(('self', *parameters))}){arrow}:"


def bare_signature(blocks: Sequence[Block]) -> Stub | None:
    """A ``def f(…):`` line in the prose or in its inline code."""
    for block in blocks:
        if isinstance(block, Line) and len(block.text) < 500:
            match = re.search(r"def \w+\([^\n`]*\)(?: ?-> ?[^:`\n]+)?:?", block.text)
            if match and (found := stubs_of(match[0].rstrip(":") + ":")):
                return found[0]
    return None
