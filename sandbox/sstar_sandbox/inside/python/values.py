"""Values as JSON text and back, with tags for what JSON cannot say.

The function style speaks JSON: a list of arguments in, one result out. This module is used on the host
and, as source text, inside the box, so it imports nothing but the standard library and keeps to
Python 3.8.

========================  ======================================
``{"$tuple": [..]}``      tuple
``{"$set": [..]}``        set, frozenset (order does not matter)
``{"$dict": [[k, v]..]}`` dict whose keys are not all plain strings
``{"$float": "nan"}``     nan, ``"inf"``, ``"-inf"``
``{"$bytes": "base64"}``  bytes, bytearray
``{"$complex": [re, im]}`` complex
========================  ======================================

Iterators of any kind (generators, ``map``, ``range``, dict views, deques) are listed. Anything else has no
JSON form: a :class:`TypeError` names its type.
"""

from __future__ import annotations

import base64
import json
import math
from collections import abc, deque
from typing import Any


def to_json(value: object) -> str:
    """JSON text of a value, on one line; raises TypeError for what has no JSON form."""
    return json.dumps(tagged(value), ensure_ascii=False, separators=(", ", ": "))


def from_json(text: str) -> object:
    """The value that ``to_json`` wrote; raises ValueError for text that is none."""
    return untagged(json.loads(text))


def tagged(value: Any) -> Any:
    """A tree of what :mod:`json` can write."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        number = float.__float__(value)
        if math.isfinite(number):
            return number
        return {"$float": "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"}
    if isinstance(value, list):
        return [tagged(item) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [tagged(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        return {
            "$set": sorted(
                (tagged(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True)
            )
        }
    if isinstance(value, abc.Mapping):
        if all(type(key) is str and not key.startswith("$") for key in value):
            return {key: tagged(item) for key, item in value.items()}
        return {"$dict": [[tagged(key), tagged(item)] for key, item in value.items()]}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, complex):
        return {"$complex": [tagged(value.real), tagged(value.imag)]}
    if isinstance(value, (abc.Iterator, range, abc.KeysView, abc.ValuesView, abc.ItemsView, deque)):
        return [tagged(item) for item in value]
    raise TypeError("a result of type %s has no JSON form" % type(value).__name__)  # noqa: UP031


def untagged(tree: Any) -> Any:
    """The value of a tree that :mod:`json` read."""
    if isinstance(tree, list):
        return [untagged(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if len(tree) == 1:
        tag, body = next(iter(tree.items()))
        if tag == "$tuple":
            return tuple(untagged(item) for item in body)
        if tag == "$set":
            return {frozen(untagged(item)) for item in body}
        if tag == "$dict":
            return {frozen(untagged(key)): untagged(item) for key, item in body}
        if tag == "$float":
            return float(body)
        if tag == "$bytes":
            return base64.b64decode(body)
        if tag == "$complex":
            return complex(untagged(body[0]), untagged(body[1]))
    return {key: untagged(item) for key, item in tree.items()}


def frozen(value: Any) -> Any:
    """The same value in a form that can be a key or a member of a set."""
    if isinstance(value, (list, tuple)):
        return tuple(frozen(item) for item in value)
    if isinstance(value, set):
        return frozenset(value)
    return value


# --- structures that judges of the function style define before a solution --------------------------


class ListNode:
    """One node of a linked list, as LeetCode writes it."""

    def __init__(self, val: Any = 0, next: Any = None) -> None:  # noqa: A002
        self.val = val
        self.next = next


class TreeNode:
    """One node of a binary tree, as LeetCode writes it."""

    def __init__(self, val: Any = 0, left: Any = None, right: Any = None) -> None:
        self.val = val
        self.left = left
        self.right = right


class Node:
    """LeetCode has several classes of this name; the caller sets its attributes, in their order."""

    sstar_parts = ("val", "children")

    def __init__(self, *given: Any, **named: Any) -> None:
        for part in self.sstar_parts:
            setattr(self, part, [] if part == "neighbors" else None)
        for part, value in (*zip(self.sstar_parts, given), *named.items()):  # noqa: B905 - Python 3.8
            if value is not None:
                setattr(self, part, value)
