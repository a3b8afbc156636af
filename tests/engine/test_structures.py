"""Inputs made for linked structures and objects: legal whatever makes them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.world import World, finish, settings
from sstar_lsp.engine.test_inputs.free_inputs import cheap_waves
from sstar_lsp.engine.test_inputs.large_inputs import large_inputs
from sstar_lsp.engine.test_inputs.legality import legality_of
from sstar_lsp.engine.test_inputs.minimize import reductions
from sstar_lsp.engine.test_inputs.structures import as_search_tree, level_order, structures_of, why_malformed
from sstar_lsp.records import CallForm, Problem, Style, Test
from sstar_sandbox import Sandbox


def task(form: CallForm, statement: str, *calls: object, results: tuple[object, ...] = ()) -> Problem:
    """A function problem with these example calls."""
    wanted = results or (0,) * len(calls)
    tests = tuple(Test(json.dumps(call), json.dumps(r)) for call, r in zip(calls, wanted, strict=True))
    return Problem("T", statement, Style.FUNCTION, "Solution.f", "", tests, "json", call_form=form)


TREE = task(CallForm(("TreeNode",)), "Sum the leaves of a binary tree.", [[1, None, 2, 3]], [[5, 4, 8]], [[]])
SEARCH_TREE = task(
    CallForm(("TreeNode", "")),
    "Given a binary search tree, insert a value. The number of nodes in the tree is in the range [1, 100].",
    [[4, 2, 7, 1, 3], 5],
)
SORTED = task(CallForm(("list[ListNode]",)), "Merge k sorted lists.", [[[1, 4, 5], [1, 3, 4], [2, 6]]])
LIST = task(CallForm(("ListNode", "")), "Reverse the last k nodes.", [[1, 3, 2], 2])
GRAPH = task(CallForm(("Node",)), "Copy a graph.\n\n# self.neighbors = neighbors\n", [[[2], [1]]])
STACK = task(
    CallForm(is_object=True),
    "Design a stack.",
    [["MinStack", "push", "push", "top", "pop"], [[], [-2], [0], [], []]],
    [["MinStack", "push", "getMin"], [[], [7], []]],
)
ALL = {"tree": TREE, "search": SEARCH_TREE, "sorted": SORTED, "list": LIST, "graph": GRAPH, "stack": STACK}


def made(problem: Problem) -> list[list[object]]:
    """Calls of all waves."""
    return [json.loads(text) for wave in cheap_waves(problem, 40, 1) for _, text in wave]


def is_tree(values: list[object]) -> bool:
    places = 1
    for value in values:
        places += 1 if value is not None else -1
        if places < 0:
            return False
    return not values or (values[0] is not None and values[-1] is not None)


@pytest.mark.parametrize("name", ALL)
def test_made_changed_shrunk_and_large_inputs_are_all_legal(name: str) -> None:
    problem = ALL[name]
    legality = legality_of(problem)
    calls = [json.dumps(call) for call in made(problem)]
    if name != "graph":
        assert len(calls) > 10
    smaller = [text for call in calls[:10] for text in reductions(problem, call)]
    structures = structures_of(problem)
    for text in [*calls, *smaller, *large_inputs(problem, 1)]:
        assert why_malformed(structures, text) is None
    assert all(legality.why_illegal(text) is None for text in calls)


def test_trees_have_gaps_and_nothing_hangs_on_nothing() -> None:
    trees = [call[0] for call in made(TREE)]
    assert all(is_tree(tree) for tree in trees)
    assert any(None in tree for tree in trees)
    assert len({json.dumps(tree) for tree in trees}) > 20


def test_search_trees_stay_search_trees_and_lists_that_are_sorted_stay_sorted() -> None:
    found = structures_of(SEARCH_TREE)
    assert found is not None
    assert (found.is_search_tree, found.fewest) == (True, 1)
    assert all(call[0] == as_search_tree(call[0]) and call[0] for call in made(SEARCH_TREE))
    assert all(items == sorted(items) for call in made(SORTED) for items in call[0])
    assert any(call[0] != sorted(call[0]) for call in made(LIST))


def test_sequences_of_calls_begin_with_the_object_and_call_what_examples_call() -> None:
    sequences = made(STACK)
    for names, arguments in sequences:
        assert (names[0], arguments[0]) == ("MinStack", [])
        assert set(names[1:]) <= {"push", "top", "pop", "getMin"}
        assert all((len(args) == 1) is (name == "push") for name, args in zip(names, arguments, strict=True))


def test_values_of_classes_called_node_stay_as_in_the_examples() -> None:
    assert made(GRAPH) == []
    assert legality_of(GRAPH).why_illegal("[[[2], [3]]]") is not None


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (TREE, "[[null, 1]]"),
        (TREE, "[[1, null, null, 2]]"),
        (TREE, "[3]"),
        (LIST, "[[1, null], 2]"),
        (LIST, "[[[1]], 2]"),
        (SEARCH_TREE, "[[], 3]"),
        (SEARCH_TREE, "[[2, 3, 1], 3]"),
        (STACK, '[["push"], [[1]]]'),
        (STACK, '[["MinStack", "push"], [[], []]]'),
        (STACK, '[["MinStack", "fly"], [[], []]]'),
        (STACK, '[["MinStack", "push"], [[]]]'),
    ],
)
def test_a_malformed_structure_is_told(problem: Problem, text: str) -> None:
    assert legality_of(problem).why_illegal(text) is not None


@given(st.lists(st.none() | st.integers(-5, 5) | st.lists(st.integers(), max_size=2), max_size=12))
def test_any_list_becomes_a_tree_and_a_tree_stays_what_it_is(values: list[object]) -> None:
    tree = level_order(values)
    assert is_tree(tree)
    assert level_order(tree) == tree
    ordered = as_search_tree(tree)
    assert [value is None for value in ordered] == [value is None for value in tree]
    assert as_search_tree(ordered) == ordered


async def test_programs_on_objects_are_told_apart_by_changed_sequences(sandbox: Sandbox) -> None:
    code = """class MinStack:
    def __init__(self):
        self.items = []
    def push(self, x):
        self.items.append(x)
    def top(self):
        return self.items[-1] if self.items else None
    def pop(self):
        return self.items.pop() if self.items else None
    def getMin(self):
        return min(self.items) if self.items else None
"""
    wrong = code.replace("min(self.items)", "self.items[0]")
    problem = task(
        CallForm(is_object=True),
        "Design a stack.",
        [["MinStack", "push", "push", "getMin", "top"], [[], [-2], [0], [], []]],
        results=([None, None, None, -2, 0],),
    )
    world = World(samples=(code, wrong))
    state = await finish(sandbox, world, problem, settings(samples=2, rounds=0, inputs=30))
    assert len(state.survivors) == 2
    assert len(state.clusters) == 2
