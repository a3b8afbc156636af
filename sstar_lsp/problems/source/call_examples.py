"""Examples of function problems as tests: doctests, asserts, ``check(candidate)``, ``f(1) => 2``, LeetCode's.

All end as the JSON arguments of :class:`~sstar_lsp.records.Test`, or as ``{"$check": source}`` where no plain
call says it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence

from attrs import evolve

from sstar_lsp.problems.source.literals import NoLiteral, encode, literal, literal_of, parse_expression
from sstar_lsp.problems.source.signatures import Parameter, Stub, parse_source
from sstar_lsp.records import Problem, Style, Test, TestOrigin
from sstar_sandbox.inside.python.values import from_json

_ARROW = re.compile(
    r"[ \t`]{0,4}(?:#\s{0,3})?(?:=>|==>|-->|->|\u279e|\u2192|\u21d2|===?|=(?=[ ]?[\"'\[({TFN])"
    r"|should (?:return|be|give)"
    r"|returns?|gives|outputs?|evaluates to)"
    r"\s{0,4}(?P<value>\S)"
)
_SENTENCE = re.compile(
    r"\b(?:for|if|given) (?P<given>\w+ ?= ?[^\n,]{1,100}(?=,)|[^\n]{1,300}?)(?:,[^\n]{0,120}?)??,? (?:the )?(?:output|result|answer|function|it) "
    r"(?:(?:should|must|will|would) )?(?:be|return|is|returns):? (?P<value>[^\n]{1,300})",
    re.IGNORECASE,
)
_MAX_CALL_CHARS = 4000
"""Of a call in prose; what is longer is no example."""
_NAMED = re.compile(r"[\s`*]*([A-Za-z_]\w*)(?:\s?\[[\w\s]{0,20}\]){0,3}[\s`*]*=(?!=)\s*")
"""``nums =``, and ``arr[] =`` or ``mat[n][m] =`` of pages that think in C."""
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def check(target: Stub, source: str) -> Test:
    """A test that runs ``source`` after the candidate."""
    names = (
        {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if (tree := parse_source(source))
        else set()
    )
    alias = "candidate" if "candidate" in names else target.name
    prefix = "" if alias == target.expression else f"{alias} = {target.expression}\n"
    return Test(json.dumps({"$check": prefix + source.strip() + "\n"}), "true")


def from_call(target: Stub, node: ast.expr, expected: object) -> Test:
    """The test that a call gives ``expected``. Raises :class:`NoLiteral` when it is no plain call."""
    if not isinstance(node, ast.Call) or not _is_target(target, node.func):
        raise NoLiteral("not a call of the function")
    arguments = [literal_of(argument) for argument in node.args]
    named = {keyword.arg: literal_of(keyword.value) for keyword in node.keywords}
    if None in named:
        raise NoLiteral("** in a call")
    for parameter in target.parameters[len(arguments) :]:
        if not named:
            break
        if parameter.name in named:
            arguments.append(named.pop(parameter.name))
        elif parameter.has_default:
            arguments.append(parameter.default)
        else:
            raise NoLiteral(f"no value for {parameter.name}")
    if named:
        raise NoLiteral(f"no parameter of the name {next(iter(named))}")
    return Test(encode(arguments), encode(expected))


def _is_target(target: Stub, node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name):
            return name in {target.name, "candidate"}
        case ast.Attribute(value=ast.Call(func=ast.Name(id="Solution")) | ast.Name(), attr=name):
            return "." in target.entry_point and name == target.name
    return False


def calls_target(target: Stub, tree: ast.AST) -> bool:
    """Whether the function is called anywhere in the tree."""
    return any(isinstance(node, ast.Call) and _is_target(target, node.func) for node in ast.walk(tree))


def from_assert(target: Stub, node: ast.Assert) -> Test | None:
    """The test of an assert; None when it does not call the function."""
    if not calls_target(target, node.test):
        return None
    try:
        match node.test:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                if isinstance(left, ast.Call) and _is_target(target, left.func):
                    return from_call(target, left, literal_of(right))
                return from_call(target, right, literal_of(left))
            case ast.Compare(left=left, ops=[ast.Is()], comparators=[ast.Constant(value=value)]):
                return from_call(target, left, value)
            case ast.UnaryOp(op=ast.Not(), operand=operand) if target.returns_bool:
                return from_call(target, operand, False)
            case ast.Call() if target.returns_bool:
                return from_call(target, node.test, True)
    except NoLiteral:
        pass
    return check(target, ast.unparse(ast.Assert(test=node.test)))


def from_statements(target: Stub, tree: ast.Module | None) -> list[Test]:
    """The tests of a module: asserts, ``def check(candidate)``, and a main block that holds asserts; none where the
    source is no Python."""
    return [test for node in (tree.body if tree else ()) for test in _from_statement(target, node)]


def _from_statement(target: Stub, node: ast.stmt) -> list[Test]:
    match node:
        case ast.Assert():
            test = from_assert(target, node)
            return [test] if test else []
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), body=body):
            return [test for inner in body for test in _from_statement(target, inner)]
        case ast.FunctionDef(name="check", body=body) if calls_target(target, node):
            if all(isinstance(inner, ast.Assert | ast.Pass | ast.Expr) for inner in body):
                return [test for inner in body for test in _from_statement(target, inner)]
            return [check(target, f"{ast.unparse(node)}\ncheck({target.expression})")]
        case ast.FunctionDef(name=name, args=arguments) if name.startswith("test_") and not arguments.args:
            if all(isinstance(inner, ast.Assert | ast.Pass | ast.Expr) for inner in node.body):
                return [test for inner in node.body for test in _from_statement(target, inner)]
            if calls_target(target, node):
                return [check(target, f"{ast.unparse(node)}\n{name}()")]
        case ast.For() if calls_target(target, node):
            return [check(target, ast.unparse(node))]
    return []


def doctests_of(target: Stub, text: str) -> list[Test]:
    """The tests of the ``>>>`` lines; those that show nothing to compare are left out."""
    tests: list[Test] = []
    setup: list[str] = []
    for source, want in _sessions(text):
        tree = parse_source(source)
        if tree is None or not tree.body or want.startswith("Traceback"):
            continue
        last = tree.body[-1]
        if not want and isinstance(last, ast.Assert):
            tests.extend([test] if (test := from_assert(target, last)) and not setup else [])
        elif not want and not (isinstance(last, ast.Expr) and isinstance(last.value, ast.Compare)):
            setup.append(source)
        elif isinstance(last, ast.Expr) and calls_target(target, last):
            tests.extend([test] if (test := _from_session(target, last.value, want, setup)) else [])
    return tests


def _sessions(text: str) -> list[tuple[str, str]]:
    """Source and what it shows, for each ``>>>``; never fails, however sloppy the text."""
    found: list[tuple[list[str], list[str]]] = []
    showing = False
    for raw in text.split("\n"):
        line = raw.strip()
        if line.startswith(">>>"):
            found.append(([line[3:].removeprefix(" ")], []))
            showing = True
        elif line.startswith("...") and showing and not found[-1][1]:
            found[-1][0].append(line[3:].removeprefix(" "))
        elif not line:
            showing = False
        elif showing:
            found[-1][1].append(line)
    return [("\n".join(source), "\n".join(want)) for source, want in found]


def _from_session(target: Stub, node: ast.expr, want: str, setup: Sequence[str]) -> Test | None:
    if isinstance(node, ast.Compare):
        truth = want in {"", "True"}
        asserted = ast.Assert(test=node if truth else ast.UnaryOp(op=ast.Not(), operand=node))
        return (
            from_assert(target, asserted)
            if not setup
            else check(target, "\n".join([*setup, ast.unparse(asserted)]))
        )
    try:
        match node:
            case ast.Call(func=ast.Name(id="print"), args=[inner], keywords=[]):
                return check(target, "\n".join([*setup, f"assert str({ast.unparse(inner)}) == {want!r}"]))
        value = literal(want)
        if setup:
            raise NoLiteral("needs what was set up before")
        return from_call(target, node, value)
    except NoLiteral:
        try:
            expected = parse_expression(want)
        except NoLiteral:
            return None
        if any(isinstance(inner, ast.Name) for inner in ast.walk(expected)) and not isinstance(
            expected, ast.Call
        ):
            return None
        return check(target, "\n".join([*setup, f"assert {ast.unparse(node)} == {ast.unparse(expected)}"]))


def arrows_of(target: Stub, text: str) -> list[Test]:
    """The tests of prose: ``f([1, 2]) => 3``, ``f(1) # returns 2``, ``For n = 3 the output should be 4``."""
    tests: list[Test] = []
    for match in re.finditer(rf"(?<![\w.]){re.escape(target.name)}\s?\(", text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()][-200:]
        end = closing(text[: match.end() + _MAX_CALL_CHARS], match.end() - 1)
        arrow = _ARROW.match(text, end + 1) if end is not None else None
        if end is None or arrow is None or ">>>" in before or before.lstrip().startswith(("def ", "assert ")):
            continue
        try:
            call = parse_expression(text[match.start() : end + 1])
            tests.append(from_call(target, call, literal(_value(text, arrow.start("value")))))
        except NoLiteral:
            continue
    for match in _SENTENCE.finditer(text):
        try:
            tests.append(
                from_example(target.parameters, match["given"].strip(" '`"), match["value"].strip(" '`."))
            )
        except NoLiteral:
            continue
    return tests


def _value(text: str, start: int) -> str:
    """The literal that begins here: a bracket to its end, else the rest of the line."""
    if text[start] in _CLOSING and (end := closing(text[: start + _MAX_CALL_CHARS], start)) is not None:
        return text[start : end + 1]
    line = re.split(r"\n|  ", text[start : start + 500], maxsplit=1)[0]
    return line.rpartition(" = ")[2].strip().rstrip(".;,`")


def closing(text: str, start: int) -> int | None:
    """Index of the bracket that closes the one at ``start``; strings are skipped."""
    stack: list[str] = []
    for at, char in _outside_strings(text, start):
        if char in _CLOSING:
            stack.append(_CLOSING[char])
        elif char in ")]}":
            if not stack or stack.pop() != char:
                return None
            if not stack:
                return at
    return None


def _outside_strings(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """The characters from ``start`` on that stand in no string, each with its index."""
    quote = ""
    at = start
    while at < len(text):
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        else:
            yield at, char
        at += 1


def assignments(text: str) -> list[tuple[str, str]]:
    """``nums = [2, 7], target = 9`` as names and literals; names are empty for bare values."""
    found: list[tuple[str, str]] = []
    for part in _split(text):
        match = _NAMED.match(part)
        found.append((match[1], part[match.end() :].strip()) if match else ("", part.strip()))
    return found


def _split(text: str) -> list[str]:
    """Cut at commas and line ends outside of brackets and strings."""
    parts: list[str] = []
    depth = begin = 0
    for at, char in _outside_strings(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char in ",\n" and depth <= 0 and not text[begin:at].rstrip().endswith("="):
            parts.append(text[begin:at])
            begin = at + 1
    parts.append(text[begin:])
    return [part for part in parts if part.strip()]


def from_example(parameters: Sequence[Parameter], given: str, expected: str) -> Test:
    """The test of a LeetCode example. Raises :class:`NoLiteral` saying what could not be read."""
    pairs = assignments(given)
    names = [name for name, _ in pairs]
    values = {name: example_value(text) for name, text in pairs if name}
    if values and len(values) == len(pairs) and parameters and set(names) <= {p.name for p in parameters}:
        arguments = []
        for parameter in parameters:
            if parameter.name not in values and not parameter.has_default:
                raise NoLiteral(f"no value for {parameter.name}")
            arguments.append(values.get(parameter.name, parameter.default))
    else:
        arguments = [example_value(text) for _, text in pairs]
        required = sum(not parameter.has_default for parameter in parameters)
        if parameters and not required <= len(arguments) <= len(parameters):
            raise NoLiteral(f"{len(arguments)} values for {len(parameters)} parameters")
    return Test(encode(arguments), encode(example_value(expected.strip().rstrip("."))))


def example_value(text: str) -> object:
    """The value of a literal in Python's, JSON's or C's form (``{1, 2}``). Raises :class:`NoLiteral`."""
    text = text.strip().strip("`").strip()
    if "{" in text and ":" not in text:
        text = text.replace("{", "[").replace("}", "]")
    return literal(text)


def readable_input(problem: Problem, text: str) -> str:
    """A test input as a person or a model reads it: stdin as it is, arguments as a call."""
    return render_call(problem, text) if problem.style is Style.FUNCTION else text


def render_call(problem: Problem, test_input: str) -> str:
    """A test's input for a person: ``two_sum([2, 7], 9)``; stdin text and checks as they stand."""
    if problem.entry_point is None:
        return test_input
    try:
        parsed = json.loads(test_input)
        if isinstance(parsed, dict) and "$check" in parsed:
            return str(parsed["$check"])
        arguments = from_json(test_input)
    except (ValueError, TypeError, KeyError, RecursionError):
        return test_input
    if not isinstance(arguments, list):
        return test_input
    return f"{problem.entry_point.rpartition('.')[2]}({', '.join(repr(argument) for argument in arguments)})"


def renamed(tests: Sequence[Test], origin: TestOrigin = TestOrigin.SAMPLE) -> tuple[Test, ...]:
    """The tests once each, numbered for a person."""
    once: dict[tuple[str, str], Test] = {}
    for test in tests:
        once.setdefault((test.input, test.expected), test)
    return tuple(evolve(test, origin=origin, name=f"example {n}") for n, test in enumerate(once.values(), 1))
