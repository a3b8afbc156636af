"""When outputs are the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_sandbox import UnknownName, comparator_named
from sstar_sandbox.comparators import KNOWN

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
words = st.lists(
    st.sampled_from(["1", "2", "01", "1.0", "-0", "yes", "No", "x", "1e3", "nan"]), max_size=5
).map(lambda parts: " ".join(parts).encode())


@pytest.mark.parametrize(
    ("name", "expected", "actual", "same"),
    [
        ("exact", b"a\n", b"a", False),
        ("tokens", b"1 2\n3", b" 1\t2 3 \r\n", True),
        ("tokens", b"Yes", b"yes", False),
        ("tokens-nocase", b"Yes", b"yEs", True),
        ("float:1e-6", b"0.3333333", b"0.33333334", True),
        ("float:1e-6", b"1000000000", b"1000000001", False),
        ("float:1e-6", b"1000000000.0", b"1000000001", True),
        ("float:1e-6", b"nan", b"nan", True),
        ("float:1e-6", b"inf", b"-inf", False),
        ("float:1e-6", b"1 2", b"1", False),
        ("float:1e-6", b"1_0.0", b"10.0", False),
        ("yesno", b"YES\nno", b"Yes NO", True),
        ("yesno", b"maybe", b"maybe", False),
        ("json", b"[1, 2]", b'{"$tuple": [1, 2]}', True),
        ("json", b'{"$set": [1, 2]}', b'{"$set": [2, 1]}', True),
        ("json", b"[1, 2]", b"[2, 1]", False),
        ("json", b"2", b"2.0", True),
        ("json", b"true", b"1", True),
        ("json", b'"1"', b"1", False),
        ("json", b"null", b"0", False),
        ("json", b'{"$float": "nan"}', b"NaN", True),
        ("json", b'{"a": 1, "b": 2}', b'{"b": 2, "a": 1}', True),
        ("json", b'{"$dict": [[1, 2]]}', b'{"1": 2}', False),
        ("json:1e-6", b"[0.1, [0.2]]", b"[0.1000000001, [0.2]]", True),
        ("json:1e-6", b"100000000", b"100000001", False),
        ("json:1e-6", b'{"$set": [0.1, 5]}', b'{"$set": [5, 0.10000000001]}', True),
        ("json", b"[1", b"[1", False),
        ("json", b"\xff", b"\xff", False),
    ],
)
def test_sameness(name: str, expected: bytes, actual: bytes, same: bool) -> None:
    assert comparator_named(name).same(expected, actual) is same


@pytest.mark.parametrize("name", ["nonsense", "float:x", "float:-1", "float:nan", "tokens:1", ""])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        comparator_named(name)
    assert all(known in str(caught.value) for known in KNOWN)


@pytest.mark.parametrize("name", KNOWN)
@given(left=words, right=words)
def test_equal_keys_mean_the_same_output(name: str, left: bytes, right: bytes) -> None:
    comparator = comparator_named(name)
    keys = comparator.key(left), comparator.key(right)
    if name not in {"json", "json:1e-6"} and None not in keys:
        assert (keys[0] == keys[1]) is comparator.same(left, right)


@given(left=values, right=values)
def test_equal_keys_mean_the_same_json(left: object, right: object) -> None:
    comparator = comparator_named("json")
    texts = json.dumps(left).encode(), json.dumps(right).encode()
    assert (comparator.key(texts[0]) == comparator.key(texts[1])) is comparator.same(*texts)


@pytest.mark.parametrize("name", ["json", "json:1e-6"])
@given(value=values)
def test_a_json_value_is_the_same_as_itself(name: str, value: object) -> None:
    text = json.dumps(value).encode()
    assert comparator_named(name).same(text, text)


@given(st.binary(max_size=200))
def test_no_output_whatever_makes_a_comparator_fail(output: bytes) -> None:
    for name in KNOWN:
        comparator = comparator_named(name)
        comparator.same(b"1", output)
        comparator.key(output)
