"""Which values a parameter may have that is a linked list, a tree or the calls on an object: made inputs stay legal.

The makers of inputs change JSON values. What they make for such a parameter is brought into its form here (a level order
without values that hang on nothing, a sorted list where all examples are sorted), or is not used at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from random import Random
from typing import Any

from attrs import evolve, frozen

from sstar_lsp.records import CallForm, Problem, Style

_SEARCH_TREE = re.compile(r"binary search tree|\bBST\b", re.IGNORECASE)
_SORTED = re.compile(r"\bsorted\b|\bascending\b|\bnon-decreasing\b", re.IGNORECASE)
_NODES = re.compile(r"number of nodes[^.\n]{0,60}?(?:range|between)?\s*\[?\s*(\d+)", re.IGNORECASE)


@frozen
class Structures:
    """What is known of the structures of a problem's calls."""

    form: CallForm
    examples: tuple[list[Any], ...]
    """Arguments of the example calls."""
    fewest: int = 0
    """Nodes of a list or tree."""
    is_search_tree: bool = False
    """All trees of the examples are, and the statement says so."""
    is_sorted: bool = False
    """All lists of the examples are, and the statement says so."""

    def repaired(self, call: list[Any]) -> list[Any] | None:
        """A call with its structures brought into their form; None where that cannot be."""
        if self.form.is_object:
            return call if self._is_object_call(call) else None
        made: list[Any] = []
        for place, value in enumerate(call):
            structure = self.form.arguments[place] if place < len(self.form.arguments) else ""
            if not structure:
                made.append(value)
            elif structure.removeprefix("list[").removesuffix("]") == "Node":
                # its forms differ too much: it stays as in an example
                if not any(place < len(known) and known[place] == value for known in self.examples):
                    return None
                made.append(value)
            elif structure.startswith("list["):
                items = value if isinstance(value, list) else [None]
                made.append([self._structure(structure[5:-1], item) for item in items])
                if None in made[-1]:
                    return None
            else:
                made.append(self._structure(structure, value))
                if made[-1] is None:
                    return None
        return made

    def _structure(self, structure: str, value: Any) -> list[Any] | None:
        """The value of one list or tree in its form; None where it is too small."""
        if not isinstance(value, list):
            return None
        if structure == "TreeNode":
            made = level_order(value)
            made = as_search_tree(made) if self.is_search_tree else made
        else:
            made = [item for item in value if _is_scalar(item)]
            made = sorted(made) if self.is_sorted and all(isinstance(item, int) for item in made) else made
        return made if sum(item is not None for item in made) >= self.fewest else None

    # --- calls on an object -----------------------------------------------------------------------

    def _is_object_call(self, call: list[Any]) -> bool:
        """Whether a sequence makes the object first, as an example does, and then calls what examples call."""
        if len(call) != 2 or not all(isinstance(part, list) for part in call) or len(call[0]) != len(call[1]):
            return False
        pairs = list(zip(*call, strict=True))
        made = {_signature(known[0][0], known[1][0]) for known in self.examples}
        called = {
            _signature(*pair) for known in self.examples for pair in list(zip(*known, strict=False))[1:]
        }
        signatures = [_signature(*pair) for pair in pairs]
        return len(signatures) > 1 and signatures[0] in made and set(signatures[1:]) <= called

    def changed_objects(self, random: Random) -> Iterator[list[Any]]:
        """Example sequences with calls left out, doubled or moved, and with other arguments; without end."""
        known = [list(zip(*example, strict=False)) for example in self.examples]
        known = [pairs for pairs in known if len(pairs) > 1]
        while known:
            first, *rest = random.choice(known)
            for _ in range(random.choice((1, 2, 3, 5))):
                place = random.randrange(len(rest))
                name, given = rest[place]
                match random.randrange(6):
                    case 0 if len(rest) > 1:
                        del rest[place]
                    case 1 if len(rest) > 1:
                        rest = rest[: place + 1]
                    case 2 | 3:
                        rest.insert(random.randrange(len(rest) + 1), (name, given))
                    case _:
                        alike = [pair for pair in rest if _signature(*pair) == _signature(name, given)]
                        rest[place] = (name, self._changed(random.choice(alike)[1], random))
            yield [[name for name, _ in (first, *rest)], [given for _, given in (first, *rest)]]

    def _changed(self, given: list[Any], random: Random) -> list[Any]:
        """Arguments with whole numbers somewhere between the smallest and the largest of the examples' calls."""
        calls = [arguments for example in self.examples for arguments in example[1][1:]]
        numbers = [item for arguments in calls for item in arguments if type(item) is int]

        def changed(item: Any) -> Any:
            is_changed = type(item) is int and random.random() < 0.5
            return random.randint(min(numbers), max(numbers)) if is_changed else item

        return [changed(item) for item in given]


def _signature(name: Any, given: Any) -> tuple[str, int]:
    return str(name), len(given) if isinstance(given, list) else -1


@lru_cache(maxsize=64)
def structures_of(problem: Problem) -> Structures | None:
    """What is known of a problem's structures; None where all its values are plain."""
    form = problem.call_form
    if problem.style is not Style.FUNCTION or form is None or not (any(form.arguments) or form.is_object):
        return None
    calls: list[list[Any]] = []
    for test in problem.public_tests:
        try:
            call = json.loads(test.input)
        except ValueError:
            continue
        if isinstance(call, list):
            calls.append(call)
    if form.is_object:
        calls = [
            call for call in calls if len(call) == 2 and all(isinstance(part, list) and part for part in call)
        ]
        return Structures(form, tuple(calls))
    fewest = _NODES.search(problem.statement)
    found = Structures(form, tuple(calls), int(fewest[1]) if fewest else 0)
    trees, lists = (_values(found, name) for name in ("TreeNode", "ListNode"))
    return evolve(
        found,
        is_search_tree=bool(_SEARCH_TREE.search(problem.statement))
        and all(tree == as_search_tree(tree) for tree in trees),
        is_sorted=bool(_SORTED.search(problem.statement))
        and any(len(items) > 1 for items in lists)
        and all(items == sorted(items) for items in lists if all(isinstance(i, int) for i in items)),
        fewest=min([found.fewest, *(len(items) for items in (*trees, *lists))]),
    )


def _values(structures: Structures, name: str) -> list[list[Any]]:
    """The examples' values of one structure."""
    found: list[list[Any]] = []
    for call in structures.examples:
        for value, structure in zip(call, structures.form.arguments, strict=False):
            if structure == name and isinstance(value, list):
                found.append(value)
            elif structure == f"list[{name}]" and isinstance(value, list):
                found += [item for item in value if isinstance(item, list)]
    return found


def repaired_text(structures: Structures | None, text: str) -> str | None:
    """A call as JSON with its structures brought into their form; None where that cannot be. Plain calls stay."""
    if structures is None:
        return text
    try:
        call = json.loads(text)
    except ValueError:
        return None
    made = structures.repaired(call) if isinstance(call, list) else None
    return None if made is None else json.dumps(made, ensure_ascii=False)


def why_malformed(structures: Structures | None, text: str) -> str | None:
    """Why a call's lists, trees or sequence of calls are none, for a person; None where they are."""
    if structures is None:
        return None
    made = repaired_text(structures, text)
    if made is not None and json.loads(made) == json.loads(text):
        return None
    if structures.form.is_object:
        return "it is no sequence of calls as the examples have them"
    return "a list or tree in it is none that the problem allows"


# --- trees ------------------------------------------------------------------------------------------


def _is_scalar(value: Any) -> bool:
    return isinstance(value, int | float | str)


def level_order(values: Sequence[Any]) -> list[Any]:
    """The values that make a tree in level order: what hangs on nothing is left out."""
    made: list[Any] = []
    places = 1
    for value in values:
        scalar = value if _is_scalar(value) else None
        if (scalar is None and not made) or not places:
            continue
        made.append(scalar)
        places += 1 if scalar is not None else -1
    while made and made[-1] is None:
        made.pop()
    return made


def as_search_tree(values: Sequence[Any]) -> list[Any]:
    """A tree of the same shape whose values are in order and different; as it is where they are no whole numbers."""
    numbers = sorted(value for value in values if value is not None and isinstance(value, int))
    if len(numbers) != sum(value is not None for value in values):
        return list(values)
    for place in range(1, len(numbers)):
        numbers[place] = max(numbers[place], numbers[place - 1] + 1)
    made: list[Any] = list(values)
    for place, number in zip(_in_order(values), numbers, strict=True):
        made[place] = number
    return made


def _in_order(values: Sequence[Any]) -> list[int]:
    """Places of the nodes of a level order, from the leftmost to the rightmost."""
    children: dict[int, list[int | None]] = {}
    following = 1
    for place, value in enumerate(values):
        if value is not None:
            both = [
                n if n < len(values) and values[n] is not None else None for n in (following, following + 1)
            ]
            children[place] = both
            following += 2
    found: list[int] = []
    stack: list[int] = []
    node: int | None = 0 if values else None
    while stack or node is not None:
        while node is not None:
            stack.append(node)
            node = children[node][0]
        met = stack.pop()
        found.append(met)
        node = children[met][1]
    return found
