"""Calls a candidate inside the box: builds linked structures before the call, reads them back after it.

Not imported to be used: its text is put behind a candidate's program
(:mod:`sstar_lsp.engine.run.execution.call_forms`), so that the lines of the program keep their numbers.
Nothing but the standard library, Python 3.8, names that no program has. ``ListNode``, ``TreeNode`` and
``Node`` are those of the candidate, else those that the sandbox defines.
"""

import copy as _sstar_copy
import json as _sstar_json
from typing import Any

_SSTAR_MOST_NODES = 100_000
"""Of one structure that is read back; more are a mistake, most likely a cycle."""
_SSTAR_PARTS = {
    "children": ("val", "children"),
    "next": ("val", "left", "right", "next"),
    "random": ("val", "next", "random"),
    "neighbors": ("val", "neighbors"),
}
"""Attributes of LeetCode's classes that are all called ``Node``."""
_SSTAR_FORM: Any = {}
"""``entry``, ``arguments``, ``result``, ``judged_argument``, ``is_object``, ``node``: set below."""
_sstar_built: Any = set()
"""Identities of the nodes that the program was given."""


def _sstar_node(name: Any, **parts: Any) -> Any:
    """A node without calling its constructor, which may want anything."""
    kind = globals()[name]
    node = kind.__new__(kind)
    for part, value in parts.items():
        setattr(node, part, value)
    _sstar_built.add(id(node))
    return node


def _sstar_build(form: Any, value: Any) -> Any:
    if form.startswith("list["):
        return [_sstar_build(form[5:-1], item) for item in value]
    if not form or value is None:
        return value
    if not isinstance(value, list):
        raise ValueError(f"a {form} is written as a list, not as {value!r}")
    if form == "ListNode":
        return _sstar_build_list(value)
    if form == "TreeNode":
        return _sstar_build_tree("TreeNode", value, {})
    return {
        "children": _sstar_build_children,
        "next": lambda values: _sstar_build_tree("Node", values, {"next": None}),
        "random": _sstar_build_random,
        "neighbors": _sstar_build_graph,
    }[_SSTAR_FORM["node"]](value)


def _sstar_build_list(values: Any) -> Any:
    head = None
    for value in reversed(values):
        head = _sstar_node("ListNode", val=value, next=head)
    return head


def _sstar_build_tree(name: Any, values: Any, more: Any) -> Any:
    if not values:
        return None
    nodes = [None if v is None else _sstar_node(name, val=v, left=None, right=None, **more) for v in values]
    place = 1
    for node in nodes:
        if node is not None:
            for side in ("left", "right"):
                if place < len(nodes):
                    setattr(node, side, nodes[place])
                    place += 1
    if place < len(nodes) or nodes[0] is None:
        raise ValueError(f"{values!r} is no tree in level order")
    return nodes[0]


def _sstar_build_children(values: Any) -> Any:
    if not values:
        return None
    root = _sstar_node("Node", val=values[0], children=[])
    parents = [root]
    place = 0
    for value in values[2:]:
        if value is None:
            place += 1
        else:
            child = _sstar_node("Node", val=value, children=[])
            parents[place].children.append(child)
            parents.append(child)
    return root


def _sstar_build_random(pairs: Any) -> Any:
    nodes = [_sstar_node("Node", val=value, next=None, random=None) for value, _ in pairs]
    for place, (_, other) in enumerate(pairs):
        nodes[place].next = nodes[place + 1] if place + 1 < len(nodes) else None
        nodes[place].random = None if other is None else nodes[other]
    return nodes[0] if nodes else None


def _sstar_build_graph(neighbors: Any) -> Any:
    nodes = [_sstar_node("Node", val=number, neighbors=[]) for number in range(1, len(neighbors) + 1)]
    for node, others in zip(nodes, neighbors):  # noqa: B905 - Python 3.8
        node.neighbors.extend(nodes[other - 1] for other in others)
    return nodes[0] if nodes else None


def _sstar_read(form: Any, value: Any) -> Any:
    if form.startswith("list["):
        return [_sstar_read(form[5:-1], item) for item in value]
    if not form:
        return value
    if value is None:
        return []
    if not isinstance(value, globals()[form]):
        raise TypeError(f"the result is of type {type(value).__name__}, and a {form} is wanted")
    if form == "ListNode":
        return [node.val for node in _sstar_chain(value)]
    if form == "TreeNode":
        return _sstar_read_tree(value)
    return {
        "children": _sstar_read_children,
        "next": _sstar_read_levels,
        "random": _sstar_read_random,
        "neighbors": _sstar_read_graph,
    }[_SSTAR_FORM["node"]](value)


def _sstar_meet(node: Any, seen: Any) -> Any:
    """Note that a node was met; a structure that never ends is an error instead of a hang."""
    if id(node) in seen:
        raise ValueError("the linked structure has a cycle, or a node in two places")
    if len(seen) == _SSTAR_MOST_NODES:
        raise ValueError(f"the linked structure has more than {_SSTAR_MOST_NODES} nodes")
    seen[id(node)] = len(seen)
    return node


def _sstar_chain(head: Any) -> Any:
    seen: Any = {}
    nodes = []
    while head is not None:
        nodes.append(_sstar_meet(head, seen))
        head = head.next
    return nodes


def _sstar_read_tree(root: Any) -> Any:
    values, nodes, seen = [], [root], {}  # type: ignore[var-annotated]
    for node in nodes:
        if node is None:
            values.append(None)
        else:
            values.append(_sstar_meet(node, seen).val)
            nodes += [node.left, node.right]
    return _sstar_trimmed(values)


def _sstar_trimmed(values: Any) -> Any:
    while values and values[-1] is None:
        values.pop()
    return values


def _sstar_read_children(root: Any) -> Any:
    seen: Any = {}
    nodes = [_sstar_meet(root, seen)]
    values = [root.val, None]
    for node in nodes:
        children = [_sstar_meet(child, seen) for child in node.children or ()]
        nodes += children
        values += [child.val for child in children] + [None]
    return _sstar_trimmed(values)


def _sstar_read_levels(root: Any) -> Any:
    """Level after level along the ``next`` pointers, ``#`` behind each."""
    values, seen, first = [], {}, root  # type: ignore[var-annotated]
    while first is not None:
        node, first = first, None
        while node is not None:
            values.append(_sstar_meet(node, seen).val)
            first = first or node.left or node.right
            node = node.next
        values.append("#")
    return values


def _sstar_read_random(head: Any) -> Any:
    nodes = _sstar_chain(head)
    places = {id(node): place for place, node in enumerate(nodes)}
    _sstar_refuse_given(nodes)
    return [[node.val, None if node.random is None else places[id(node.random)]] for node in nodes]


def _sstar_read_graph(node: Any) -> Any:
    found = {id(node): node}
    nodes = [node]
    for one in nodes:
        for other in one.neighbors:
            if id(other) not in found and len(found) < _SSTAR_MOST_NODES:
                found[id(other)] = other
                nodes.append(other)
    _sstar_refuse_given(nodes)
    nodes.sort(key=lambda one: one.val)
    return [[other.val for other in one.neighbors] for one in nodes]


def _sstar_refuse_given(nodes: Any) -> None:
    if any(id(node) in _sstar_built for node in nodes):
        raise ValueError("the copy holds nodes of the original")


def _sstar_object(calls: Any, arguments: Any) -> Any:
    """What each call on one object returned; the first one makes it."""
    if len(calls) != len(arguments):
        raise ValueError(f"{len(calls)} calls and {len(arguments)} lists of arguments")
    if calls[0] not in globals():
        raise NameError(f"the program defines no class {calls[0]}")
    made = globals()[calls[0]](*_sstar_given(arguments[0]))
    results = [None]
    for name, given in zip(calls[1:], arguments[1:]):  # noqa: B905 - Python 3.8
        result = getattr(made, name)(*given)
        structures = [form for form in ("ListNode", "TreeNode") if isinstance(result, globals()[form])]
        if structures:
            result = _sstar_read(structures[0], result)
        elif isinstance(result, (list, dict, set)):
            result = _sstar_copy.deepcopy(result)  # later calls may change it
        results.append(result)
    return results


def _sstar_given(arguments: Any) -> Any:
    forms = [*_SSTAR_FORM["arguments"], *[""] * len(arguments)]
    return [_sstar_build(form, value) for form, value in zip(forms, arguments)]  # noqa: B905 - Python 3.8


def _sstar_entry(entry: Any) -> Any:
    """The function or method that is called."""
    names = globals()
    head, dot, method = entry.partition(".")
    if dot and head in names:
        return getattr(names[head](), method)
    name = method if dot else head
    if name in names:
        return names[name]
    if "Solution" in names and hasattr(names["Solution"], name):
        return getattr(names["Solution"](), name)
    raise NameError(f"the program defines no {entry}")


def _sstar_call(*arguments: Any) -> Any:
    """The entry point: plain values in, plain values out."""
    if _SSTAR_FORM["is_object"]:
        return _sstar_object(*arguments)
    given = _sstar_given(arguments)
    result = _sstar_entry(_SSTAR_FORM["entry"])(*given)
    judged = _SSTAR_FORM["judged_argument"]
    if judged is None:
        return _sstar_read(_SSTAR_FORM["result"], result)
    return _sstar_read(
        _SSTAR_FORM["arguments"][judged] if judged < len(_SSTAR_FORM["arguments"]) else "", given[judged]
    )


def _sstar_is_called(form: Any) -> None:
    """Take the form of the call, and give the sandbox's own ``Node`` the problem's attributes."""
    _SSTAR_FORM.update(_sstar_json.loads(form))
    kind: Any = globals().get("Node")
    if hasattr(kind, "sstar_parts") and _SSTAR_FORM["node"]:
        kind.sstar_parts = _SSTAR_PARTS[_SSTAR_FORM["node"]]
