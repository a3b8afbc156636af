"""Function-style tests from source text: calls, asserts and checks as tests of the bench.

HumanEval, MBPP and our own format all write tests as Python; none of it is run here, only read. What is no
plain call with literals becomes a ``$check``: source that runs after the candidate, in the sandbox.
"""

from __future__ import annotations

import ast
import json

from attrs import evolve

from sstar_lsp.problems.source.call_examples import from_call, from_statements
from sstar_lsp.problems.source.literals import NoLiteral, literal, parse_expression
from sstar_lsp.problems.source.signatures import Stub, parse_source, stubs_of
from sstar_lsp.records import Test, TestOrigin

CHECKER = "json:1e-6"
"""Of function problems: values with numbers within 1e-6, as HumanEval+ and MBPP+ compare."""
_SET_CHECK = "assert set({call}) == set({value})\n"
_NOT_NONE_CHECK = "assert ({call} is not None) == ({value} is not None)\n"


def target_of(entry_point: str, starter_code: str) -> Stub:
    """The function of that name, with the parameters of its stub where there is one."""
    return next((s for s in stubs_of(starter_code) if s.entry_point == entry_point), Stub(entry_point))


def check_test(source: str, name: str) -> Test:
    """A hidden test that runs source after the candidate; it passes when nothing is raised."""
    text = json.dumps({"$check": f"import math\n{source}"}, ensure_ascii=False)
    return Test(text, "true", TestOrigin.HIDDEN, name)


def case_test(target: Stub, call: str, value: str, compare: str | None, name: str) -> Test:
    """A hidden test that a call gives a value; ``compare``: ``set`` or ``not_none`` for a looser sameness.
    Raises ``ValueError``: another ``compare``."""
    if compare == "set":
        return check_test(_SET_CHECK.format(call=call, value=value), name)
    if compare == "not_none":
        return check_test(_NOT_NONE_CHECK.format(call=call, value=value), name)
    if compare is not None:
        raise ValueError(f"unknown compare {compare!r}; known: not_none, set")
    try:
        test = from_call(target, parse_expression(call), literal(value))
        return evolve(test, origin=TestOrigin.HIDDEN, name=name)
    except NoLiteral:
        return check_test(f"assert {call} == {value}\n", name)


def assert_tests(target: Stub, source: str) -> list[Test]:
    """The tests of assert lines (public ones); what is no plain call runs as a check."""
    tree = parse_source(source)
    tests = from_statements(target, tree)
    if tree is not None and not tests and any(isinstance(node, ast.Assert) for node in tree.body):
        tests = [Test(json.dumps({"$check": source}), "true")]
    return [_with_math(test) for test in tests]


def _with_math(test: Test) -> Test:
    """MBPP's asserts use ``math`` without importing it: its own harness does."""
    if not test.is_check:
        return test
    source = json.loads(test.input)["$check"]
    return evolve(test, input=json.dumps({"$check": f"import math\n{source}"}, ensure_ascii=False))
