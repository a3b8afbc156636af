"""Function problems: which function is asked for, and the examples that call it.

Documents are a Python file with a stub, a Markdown statement with a stub in a fence, or LeetCode's page,
which may show no code at all.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from sstar_lsp.errors import ProblemError, RefusedProblem
from sstar_lsp.problems.languages import FUNCTION_LANGUAGES
from sstar_lsp.problems.pages.block_reader import blocks_of
from sstar_lsp.problems.pages.blocks import Block, Code, Line, rendered
from sstar_lsp.problems.source.call_examples import (
    arrows_of,
    assignments,
    doctests_of,
    example_value,
    from_example,
    from_statements,
    renamed,
)
from sstar_lsp.problems.source.document import Document
from sstar_lsp.problems.source.literals import NoLiteral, literal
from sstar_lsp.problems.source.signatures import (
    Parameter,
    Stub,
    asked_for,
    class_stub,
    node_attribute,
    parse_source,
    stubs_of,
)
from sstar_lsp.problems.source.stub_search import bare_signature, foreign_class, foreign_stub, unfenced_stub
from sstar_lsp.problems.statement.examples import Examples, Pair, examples_of
from sstar_lsp.problems.statement.prose import searchable, without_emphasis
from sstar_lsp.problems.statement.refusals import design as refused_design
from sstar_lsp.problems.statement.refusals import structure as refused_structure
from sstar_lsp.problems.statement.titles import title_of
from sstar_lsp.records import CallForm, Problem, Remark, Severity, Style, Test
from sstar_sandbox import LANGUAGES

_PYTHON = {"python", "py", "python3", "pycon", "doctest", ""}
_ASSERT = re.compile(r"^\s*assert\b.*")
_ASKED_NAME = re.compile(
    r"\b(?:complete|implement|write|finish)\b[^.\n]{0,60}?\b(?:function|method)\b[^.\n]{0,20}?[\s`*]([A-Za-z_]\w*)[`*]{0,3}\s?\(",
    re.IGNORECASE,
)
_MAX_NAME_CHARS = 500
"""Within so many characters an example that names its values has named the first."""
_SHOWN_NAME = re.compile(r"\bfunction\b[^.\n]{0,20}?[`*]{1,3}([A-Za-z_]\w*)\s?\(", re.IGNORECASE)
_IN_PLACE = re.compile(
    r"\b(?:do not|don't) return anything\b|\bmodify\s[^.\n]{0,60}\bin-?place\s(?:instead|and\sdo\snot)",
    re.IGNORECASE,
)


@frozen
class Page:
    """A document, taken apart, that may ask for a function."""

    document: Document
    statement: str
    blocks: Sequence[Block]
    examples: Examples
    name: str
    """The document's, for messages."""
    asked: str | None = None
    """The function that a person named."""


def function_problem(page: Page) -> Problem | None:
    """The document as a function problem (without title and facts); None when it is one for standard input.

    Raises:
        ProblemError: the function takes what no test can say, or is in a language in which none can be
            called.
    """
    if page.document.language is None:
        return _from_statement(page)
    return _from_source(page) if page.document.language == "python" else _from_foreign(page)


def _from_source(page: Page) -> Problem | None:
    code, statement, examples, asked = page.document.code, page.statement, page.examples, page.asked
    called = {asked} if asked else _called_names(code) | _called_names("\n".join(_asserts(page.blocks)))
    stub = asked_for(stubs_of(code), called)
    if stub is None:
        return _designed(statement, [code], examples) or _from_statement(page)
    if examples.pairs and not _is_leetcode(examples) and not stub.is_empty:
        return None
    if not stub.is_empty and not (">>>" in stub.docstring or called & {stub.name} or _is_leetcode(examples)):
        return None
    described = examples_of(blocks_of(stub.docstring, indented_code=False))
    documented, remarks = _from_pairs(stub.parameters, described)
    # their lines count from the docstring's first line, not from the page's
    documented = [evolve(test, lines=None) for test in documented]
    tests = [*_tests_in_text(stub, stub.docstring), *documented, *_tests_in_text(stub, statement)]
    tree = parse_source(code)
    shown = from_statements(stub, tree)
    asserts = "\n".join(ast.unparse(n) for n in (tree.body if tree else ()) if isinstance(n, ast.Assert))
    whole = stub.starter_code
    if statement.strip():
        whole = f"{statement.strip()}\n\n```python\n{whole}```\n"
    if asserts and shown:
        whole += f"\n{asserts}\n"
    problem = _problem(stub, whole, [*tests, *shown], examples)
    # Lines of a docstring are none of the document.
    told = [
        evolve(remark, line=None, message=re.sub(r" \(line \d+\)$", " (in the docstring)", remark.message))
        for remark in (*described.remarks, *remarks)
    ]
    return evolve(problem, remarks=(*problem.remarks, *told))


def _from_foreign(page: Page) -> Problem | None:
    """A file in C++ or JavaScript with a judge's starter code below the statement."""
    document, examples = page.document, page.examples
    shown = (
        f"{page.statement.strip()}\n\n{rendered([Code(document.code.strip(), 0, document.language or '')])}"
    )
    if (design := _designed(shown, [foreign_class(document.code)], examples)) is not None:
        return design
    if not _is_leetcode(examples):
        return None
    if document.language not in FUNCTION_LANGUAGES:
        known = ", ".join(LANGUAGES[language].title for language in FUNCTION_LANGUAGES)
        raise ProblemError(
            f"function problems are solved in {known} only; put the statement into a file of one of them, or into a .md file"
        )
    if (stub := foreign_stub([Code(document.code, 0, document.language)])) is not None:
        return _problem(stub, shown, [], examples)
    return _from_statement(page)


def _from_statement(page: Page) -> Problem | None:
    statement, blocks, examples = page.statement, page.blocks, page.examples
    fences = [b for b in blocks if isinstance(b, Code) and b.info.split(" ")[0].lower() in _PYTHON]
    asserts = "\n".join([*_asserts(blocks), *(fence.text for fence in fences)])
    called = {page.asked} if page.asked else _called_names(asserts)
    stub: Stub | None = None
    for fence in fences:
        stub = asked_for(stubs_of(fence.text), called) or stub
    bare = bare_signature(blocks)
    classes = [foreign_class(block.text) for block in blocks if isinstance(block, Code)]
    if stub is None and (design := _designed(statement, classes, examples)) is not None:
        return design
    stub = stub or unfenced_stub(statement, called) or bare or foreign_stub(blocks)
    if stub is not None and (stub.is_empty or stub.name in called or ">>>" in stub.docstring):
        text = "\n".join([stub.docstring, statement])
        tests = _tests_in_text(stub, text)
        for chunk in (*(fence.text for fence in fences), *_asserts(blocks)):
            tests.extend(from_statements(stub, parse_source(chunk)))
        if tests or not examples.pairs or _is_leetcode(examples):
            return _problem(stub, statement, tests, examples)
        return None
    if not called and (shown := _SHOWN_NAME.search(statement)) and arrows_of(Stub(shown[1]), statement):
        called = {shown[1]}
    if len(called) == 1 and not examples.pairs:
        return _asserted_only(statement, called.pop(), [*_asserts(blocks), *(f.text for f in fences)])
    if (design := _designed(statement, [fence.text for fence in fences], examples)) is not None:
        return design
    if refusal := refused_design(searchable(statement)):
        raise RefusedProblem(refusal.message(page.name), refusal.kind)
    inputs = [pair.input for pair in examples.pairs]
    names = [argument for given in inputs for argument, _ in assignments(given[:20_000]) if argument]
    if refusal := refused_structure(searchable(statement), names, inputs):
        raise RefusedProblem(refusal.message(page.name), refusal.kind)
    if _is_leetcode(examples):
        return _without_signature(statement, examples, page.asked)
    return None


def _designed(statement: str, chunks: Sequence[str], examples: Examples) -> Problem | None:
    """A class whose methods the page's code shows, with lists of calls for examples."""
    lines = statement.split("\n")
    unfenced = next((n for n, line in enumerate(lines) if re.fullmatch(r"class [A-Z]\w*.*:\s*", line)), None)
    for chunk in [*chunks, *(["\n".join(lines[unfenced:])] if unfenced is not None else [])]:
        owner = class_stub(chunk)
        if owner is None:
            continue
        name, starter = owner
        tests, remarks = _from_pairs((), examples)
        tests = [test for test in tests if test.input.startswith(f'[["{name}"')]
        if tests:
            told = (*examples.remarks, *remarks)
            return _made(statement, name, tests, told, starter, CallForm(is_object=True))
    return None


def _problem(stub: Stub, statement: str, tests: Sequence[Test], examples: Examples) -> Problem:
    form = stub.call_form
    uses_node = form is not None and any(
        "Node" in re.findall(r"\w+", name) for name in (*form.arguments, form.result)
    )
    if stub.unsupported or (uses_node and not node_attribute(f"{stub.starter_code}\n{statement}")):
        raise RefusedProblem(
            f"{stub.entry_point} takes or returns a {stub.unsupported or 'Node'}, and nothing tells how it is built from "
            "an example; paste the class that the judge gives in its comment above the stub",
            "structure",
        )
    from_pairs, remarks = _from_pairs(stub.parameters, examples)
    found = [*from_pairs, *tests]
    if (
        form is not None
        and form.judged_argument is not None
        and all(test.expected == "null" for test in found)
    ):
        form = None  # it returns nothing, and nothing else is said of what it does
    told = (*examples.remarks, *remarks)
    return _made(statement, stub.entry_point, found, told, stub.starter_code, form)


def _made(
    statement: str,
    name: str,
    tests: Sequence[Test],
    remarks: tuple[Remark, ...],
    starter: str = "",
    form: CallForm | None = None,
) -> Problem:
    return Problem(
        title="",
        statement=statement.strip("\n") + "\n",
        style=Style.FUNCTION,
        entry_point=name,
        starter_code=starter,
        public_tests=renamed(tests),
        checker=_checker(tests),
        remarks=remarks,
        call_form=form,
    )


def _asserted_only(statement: str, name: str, chunks: Sequence[str]) -> Problem:
    """``Write a function to …`` and asserts or calls that name it (MBPP, Codewars): no signature at all."""
    stub = Stub(name)
    tests = [test for chunk in chunks for test in from_statements(stub, parse_source(chunk))]
    told = Remark(Severity.INFO, f"no signature: the function's name {name} is taken from its calls")
    return _made(statement, name, [*tests, *arrows_of(stub, statement)], (told,))


def _without_signature(statement: str, examples: Examples, named: str | None) -> Problem:
    """A page without code: the method's name is the page's or its title's, parameters the examples'."""
    names = [name for name, _ in assignments(examples.pairs[0].input)]
    asked = _ASKED_NAME.search(statement)
    words = re.findall(r"[A-Za-z][A-Za-z0-9]*", title_of(statement, None, "solve"))[:8]
    method = "".join([words[0].lower(), *(word.capitalize() for word in words[1:])]) if words else "solve"
    method = named or (asked[1] if asked is not None else method)
    parameters = tuple(Parameter(name) for name in names)
    starter = f"class Solution:\n    def {method}(self, {', '.join(names)}):\n"
    stub = asked_for(stubs_of(starter))
    if stub is None:  # a keyword for a name
        method, starter = "solve", f"class Solution:\n    def solve(self, {', '.join(names)}):\n"
        stub = Stub("Solution.solve", parameters, starter, is_empty=True)
    if _IN_PLACE.search(without_emphasis(statement)):
        stub = evolve(stub, call_form=CallForm(judged_argument=0))
    problem = _problem(stub, statement, [], examples)
    is_known = named is not None or asked is not None
    known = "the page names it" if is_known else "is assumed"
    remark = Remark(
        Severity.INFO if is_known else Severity.WARNING,
        f"no signature found: Solution.{method}({', '.join(names)}) {known}",
    )
    return evolve(problem, remarks=(remark, *problem.remarks))


def _is_leetcode(examples: Examples) -> bool:
    """Whether every example gives named values (``nums = [1, 2], k = 3``)."""
    if not all("=" in pair.input[:_MAX_NAME_CHARS] for pair in examples.pairs):
        return False
    named = [assignments(pair.input[:200_000]) for pair in examples.pairs]
    return all(pairs and all(name for name, _ in pairs) for pairs in named) and any(map(_are_values, named))


def _are_values(pairs: Sequence[tuple[str, str]]) -> bool:
    try:
        for _, value in pairs:
            example_value(value)
    except NoLiteral:
        return False
    return True


def _from_pairs(parameters: Sequence[Parameter], examples: Examples) -> tuple[list[Test], list[Remark]]:
    tests: list[Test] = []
    remarks: list[Remark] = []
    for number, pair in enumerate(examples.pairs, 1):
        try:
            tests.append(
                evolve(_from_pair(parameters, pair), lines=(pair.line, pair.end), is_sure=pair.is_sure)
            )
        except NoLiteral as error:
            message = f"example {number} could not be read as a call: {error} (line {pair.line + 1})"
            remarks.append(Remark(Severity.WARNING, message, pair.line))
    return tests, remarks


def _from_pair(parameters: Sequence[Parameter], pair: Pair) -> Test:
    try:
        return from_example(parameters, pair.input, pair.output)
    except NoLiteral:
        first = pair.output.strip().split("\n")[0]
        if first == pair.output.strip():
            raise
        return from_example(parameters, pair.input, first)


def _tests_in_text(stub: Stub, text: str) -> list[Test]:
    return [*doctests_of(stub, text), *arrows_of(stub, text)]


def _asserts(blocks: Sequence[Block]) -> list[str]:
    """The assert lines that stand in the prose."""
    return [
        b.text.strip(" `*-")
        for b in blocks
        if isinstance(b, Line) and len(b.text) < 10_000 and _ASSERT.match(b.text)
    ]


def _called_names(source: str) -> set[str]:
    """Names of the functions that asserts call."""
    names: set[str] = set()
    for tree in _trees(source):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assert):
                for call in ast.walk(node.test):
                    if isinstance(call, ast.Call):
                        names |= _callee(call)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check":
                names |= {arg.id for arg in node.args if isinstance(arg, ast.Name)}
    return names - _BUILTINS


_BUILTINS = set(dir(builtins)) | {"Counter", "candidate", "isclose", "math"}


def _callee(call: ast.Call) -> set[str]:
    match call.func:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(value=ast.Call(func=ast.Name(id="Solution")), attr=name):
            return {name}
    return set()


def _trees(source: str) -> Iterator[ast.Module]:
    whole = parse_source(source)
    if whole is not None:
        yield whole
        return
    for line in source.split("\n"):
        if line.strip().startswith("assert") and (tree := parse_source(line.strip())) is not None:
            yield tree


def _checker(tests: Sequence[Test]) -> str:
    """``json``, with a small tolerance where an expected value is no whole number."""
    for test in tests:
        try:
            if _has_float(literal(test.expected)):
                return "json:1e-6"
        except NoLiteral:
            continue
    return "json"


def _has_float(value: object) -> bool:
    if isinstance(value, float):
        return True
    if isinstance(value, dict):
        return any(map(_has_float, [*value.keys(), *value.values()]))
    return isinstance(value, list | tuple | set) and any(map(_has_float, value))
