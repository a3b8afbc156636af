"""Values as JSON and back."""

from __future__ import annotations

import math
from collections import OrderedDict, deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_sandbox import from_json, to_json

hashable = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3),
    max_leaves=6,
)
values = st.recursive(
    hashable,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.sets(hashable, max_size=3) | st.dictionaries(hashable, inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(values)
def test_what_is_written_is_read_back_as_the_same_value(value: object) -> None:
    assert from_json(to_json(value)) == value


def test_nan_and_infinities_survive() -> None:
    read = from_json(to_json([math.nan, math.inf, -math.inf]))
    assert isinstance(read, list)
    assert math.isnan(read[0])
    assert read[1:] == [math.inf, -math.inf]


def test_a_dict_that_looks_like_a_tag_is_not_taken_for_one() -> None:
    assert from_json(to_json({"$set": [1]})) == {"$set": [1]}


def test_sets_are_written_in_one_order() -> None:
    assert to_json({"b", "a", "c"}) == to_json({"c", "b", "a"}) == '{"$set": ["a", "b", "c"]}'


def test_iterators_are_listed() -> None:
    assert (
        to_json([range(3), (x for x in "ab"), {1: 2}.keys(), deque([1])])
        == '[[0, 1, 2], ["a", "b"], [1], [1]]'
    )
    assert to_json(OrderedDict(a=1)) == '{"a": 1}'


def test_what_has_no_json_form_is_named() -> None:
    with pytest.raises(TypeError, match="Exception"):
        to_json(Exception())
