"""The function that a problem asks for: its name, its parameters, and the stub that a candidate must keep.

A stub may be a signature with nothing below it, which is no Python yet (LeetCode's editor).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from attrs import frozen

from sstar_lsp import ast_lock
from sstar_lsp.problems.source.literals import NoLiteral, literal_of
from sstar_lsp.records import CallForm

_MAX_SOURCE_CHARS = 1 << 20
_DEF = re.compile(r"^([ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+\w+")
_UNSUPPORTED_TYPES = re.compile(r"\b(NestedInteger)\b")
_STRUCTURES = re.compile(r"\b(ListNode|TreeNode|Node)\b")
_NODE_ATTRIBUTES = ("children", "random", "neighbors", "next")
"""Attributes that tell LeetCode's classes called ``Node`` apart, the telling ones first."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@frozen
class Parameter:
    """One positional parameter."""

    name: str
    default: object = None
    has_default: bool = False
    """Whether ``default`` is a literal that stands in the signature."""


@frozen
class Stub:
    """A function to be written: all but its name may be unknown."""

    entry_point: str
    """``two_sum``, or ``Solution.twoSum``."""
    parameters: tuple[Parameter, ...] = ()
    starter_code: str = ""
    """Imports, what stands before it, signature and docstring; without a body."""
    docstring: str = ""
    returns_bool: bool = False
    is_empty: bool = False
    """Whether nothing but a docstring, ``pass``, ``...`` or ``raise NotImplementedError`` stands in it."""
    call_form: CallForm | None = None
    """How arguments and result are built and read, where they are no plain values."""
    unsupported: str = ""
    """A type of its signature that a test cannot say (``ListNode``); empty if all is well."""

    @property
    def name(self) -> str:
        """The name without its class, which stands in the examples."""
        return self.entry_point.rpartition(".")[2]

    @property
    def expression(self) -> str:
        """Source that is the callable."""
        owner, _, name = self.entry_point.rpartition(".")
        return f"{owner}().{name}" if owner else name


def parse_source(source: str) -> ast.Module | None:
    """The syntax tree, with ``pass`` put into empty bodies; None when it is no Python."""
    if len(source) > _MAX_SOURCE_CHARS:
        return None
    return ast_lock.module_or_none(source) or ast_lock.module_or_none(_completed(source))


def _completed(source: str) -> str:
    """``pass`` after every signature that has nothing below it; the line numbers stay as they were."""
    lines = source.split("\n")
    at = 0
    while at < len(lines):
        match = _DEF.match(lines[at])
        end = _signature_end(lines, at) if match is not None else None
        if match is None or end is None:
            at += 1
            continue
        below = next(
            (line for line in lines[end + 1 :] if line.strip() and not line.lstrip().startswith("#")), ""
        )
        indent = len(match[1])
        if len(below) - len(below.lstrip()) <= indent or not below:
            lines[end] = lines[end].split("#")[0].rstrip() + " pass"
        at = end + 1
    return "\n".join(lines)


def _signature_end(lines: list[str], start: int) -> int | None:
    """The line whose colon ends the signature that begins at ``start``."""
    depth = 0
    for number in range(start, min(start + 40, len(lines))):
        code = lines[number].split("#")[0].rstrip()
        depth += sum(code.count(c) for c in "([{") - sum(code.count(c) for c in ")]}")
        if depth <= 0:
            return number if code.endswith(":") else None
    return None


def stubs_of(source: str) -> list[Stub]:
    """Every function of the source that a problem might ask for, in order."""
    tree = parse_source(source)
    if tree is None:
        return []
    lines = source.split("\n")
    return [_stub(function, owner, lines) for function, owner in _functions(tree)]


def node_attribute(text: str) -> str:
    """The attribute that tells which class ``Node`` a page means; empty if it says nothing."""
    for name in _NODE_ATTRIBUTES:
        if re.search(rf"\bself\.{name}\b|\bNode\s*\*?\s*{name}\b|\b{name}\s*=", text):
            return name
    return next((name for name in _NODE_ATTRIBUTES if re.search(rf"\b{name}\b", text)), "")


def class_stub(source: str) -> tuple[str, str] | None:
    """Name and source of a class with empty methods that is no ``Solution``: a design task."""
    tree = parse_source(source)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.ClassDef) and node.name not in {"Solution", "ListNode", "TreeNode", "Node"}:
            methods = [member for member in node.body if isinstance(member, Function)]
            if methods and all(_says_nothing(statement) for method in methods for statement in method.body):
                lines = _completed(source).split("\n")
                return node.name, "\n".join(lines[node.lineno - 1 : node.end_lineno]).rstrip() + "\n"
    return None


def _functions(tree: ast.Module) -> Iterator[tuple[Function, str]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node, ""
        elif isinstance(node, ast.ClassDef) and node.name == "Solution":
            for member in node.body:
                if isinstance(member, Function) and not member.name.startswith("_"):
                    yield member, "Solution"


def asked_for(stubs: Iterable[Stub], called: Iterable[str] = ()) -> Stub | None:
    """The one that is asked for: the last empty one, else one that tests call, else one with doctests."""
    candidates = [stub for stub in stubs if stub.name != "check" or not stub.parameters]
    names = set(called)
    tested = [stub for stub in candidates if stub.name in names]
    empty = [stub for stub in candidates if stub.is_empty]
    for group in ([stub for stub in tested if stub.is_empty], empty, tested):
        if group:
            return group[-1]
    with_doctests = [stub for stub in candidates if ">>>" in stub.docstring and stub.name in stub.docstring]
    return with_doctests[-1] if with_doctests else None


def _stub(function: Function, owner: str, lines: list[str]) -> Stub:
    arguments = [*function.args.posonlyargs, *function.args.args]
    if (
        owner
        and arguments
        and not any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
    ):
        arguments = arguments[1:]
    defaults: list[ast.expr | None] = [None] * len(arguments)
    for offset, node in enumerate(reversed(function.args.defaults)):
        if offset < len(defaults):
            defaults[-1 - offset] = node
    parameters = tuple(_parameter(a.arg, d) for a, d in zip(arguments, defaults, strict=True))
    annotations = [a.annotation for a in arguments] + [function.returns]
    types = " ".join(ast.unparse(annotation) for annotation in annotations if annotation is not None)
    unsupported = _UNSUPPORTED_TYPES.search(types)
    return Stub(
        entry_point=f"{owner}.{function.name}" if owner else function.name,
        parameters=parameters,
        starter_code=_starter(function, lines),
        docstring=ast.get_docstring(function) or "",
        returns_bool=isinstance(function.returns, ast.Name) and function.returns.id == "bool",
        is_empty=all(_says_nothing(node) for node in function.body),
        call_form=_call_form(function, arguments),
        unsupported=unsupported[1] if unsupported else "",
    )


def _call_form(function: Function, arguments: list[ast.arg]) -> CallForm | None:
    structures = tuple(_structure(argument.annotation) for argument in arguments)
    result = _structure(function.returns)
    returns_none = isinstance(function.returns, ast.Constant) and function.returns.value is None
    judged = 0 if returns_none and arguments else None
    if judged is None and not result and not any(structures):
        return None
    return CallForm(structures if any(structures) else (), result, judged)


def _structure(annotation: ast.expr | None) -> str:
    """``ListNode``, ``TreeNode``, ``list[ListNode]`` …, or nothing for a plain value."""
    source = "" if annotation is None else ast.unparse(annotation)
    match = _STRUCTURES.search(source)
    if match is None:
        return ""
    return f"list[{match[1]}]" if re.search(r"\b[Ll]ist\[", source) else match[1]


def _parameter(name: str, default: ast.expr | None) -> Parameter:
    if default is None:
        return Parameter(name)
    try:
        return Parameter(name, literal_of(default), has_default=True)
    except NoLiteral:
        return Parameter(name)


def _says_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(
            exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))
        ):
            return True
    return False


def _starter(function: Function, lines: list[str]) -> str:
    first = function.body[0]
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        end = (first.end_lineno or first.lineno) - 1
    else:
        found = _signature_end(lines, function.lineno - 1)
        end = function.lineno - 1 if found is None else found
    return "\n".join(lines[: end + 1]).strip("\n") + "\n"


def tests_start(source: str, entry: str) -> int | None:
    """Zero-based line where the tests at the end begin: asserts, ``check``, a main block that tests."""
    tree = parse_source(source)
    if tree is None:
        return None
    start: int | None = None
    for node in reversed(tree.body):
        if not _is_test(node, entry):
            break
        start = node.lineno - 1
    return start


def _is_test(node: ast.stmt, entry: str) -> bool:
    match node:
        case ast.Assert():
            return True
        case ast.FunctionDef(name=name):
            return name == "check" or name.startswith("test_")
        case ast.Expr(value=ast.Call(func=ast.Name(id="check"))):
            return True
        case ast.Assign(targets=[ast.Name(id="METADATA")]):
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            source = ast.unparse(node)
            return "assert " in source or "doctest" in source or f"check({entry.rpartition('.')[2]}" in source
    return False
