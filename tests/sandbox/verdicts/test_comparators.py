"""When outputs are the same."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sstar_sandbox import UnknownName, comparator_named
from sstar_sandbox.verdicts.comparators import KNOWN

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
        ("lines", b"  *\n ***\n", b"  *  \r\n ***\n\n", True),
        ("lines", b"  *\n ***\n", b"*\n***\n", False),
        ("lines", b"a  b\n", b"a b\n", False),
        ("lines", b"\na\n", b"a\n", False),
        ("numbers", b"5.66666666667", b"5.666666666666667", True),
        ("numbers", b"5.66666666667", b"5.6", False),
        ("numbers", b"3.14", b"3.1416", True),
        ("numbers", b"3.14", b"3.1461", False),
        ("numbers", b"0.00", b"0.001", True),
        ("numbers", b"5.0", b"5", True),
        ("numbers", b"5.0", b"5.02", False),
        ("numbers", b"5", b"5.0", False),
        ("numbers", b"05 x", b"5 x", False),
        ("numbers", b"1.5e3 m", b"1502 m", True),
        ("float:1e-9", b"1.66667", b"1.6666666667", True),
        ("float:1e-9", b"1.66667", b"1.66668", False),
        ("float:1e-9", b"2", b"2.0000001", False),
        ("float:1e-9", b"x.66667", b"x.666666", False),
        ("json:1e-9", b"[1.66667]", b"[1.6666666666666667]", True),
        ("json:1e-9", b"1.6666666666666667", b"1.66667", False),
        ("json:1e-9", b"4.0", b"4.00001", False),
        ("json:1e-9", b"4.00000", b"4.000001", True),
        ("json:any-order", b"[1, 2, 2]", b"[2, 1, 2]", True),
        ("json:any-order", b"[1, 2, 2]", b"[2, 1, 1]", False),
        ("json:any-order", b"[[1, 2], [3]]", b"[[3], [1, 2]]", True),
        ("json:any-order", b"[[1, 2], [3]]", b"[[3], [2, 1]]", False),
        ("json:any-order-nested", b"[[1, 2], [3]]", b"[[3], [2, 1]]", True),
        ("json:any-order-nested", b'{"a": [1, 2]}', b'{"a": [2, 1]}', True),
        ("json:any-order", b'{"a": [1, 2]}', b'{"a": [2, 1]}', False),
        ("json:any-order", b"[1]", b'{"$set": [1]}', False),
        ("json:any-order,1e-5", b"[0.5, 0.25]", b"[0.250001, 0.500001]", True),
        ("json:any-order,1e-5", b"[0.5, 0.25]", b"[0.25, 0.56]", False),
        ("json:any-order-nested,1e-5", b"[[1, 0.50], [2]]", b"[[2], [0.500001, 1]]", True),
        # the first two fit both of the others' members; only one pairing is right
        ("json:any-order,0.1", b"[0.50, 0.58]", b"[0.6, 0.42]", True),
        ("json:1e-6", b'{"$set": [0.1]}', b'{"$set": [0.2]}', False),
        ("json", b'{"$float": []}', b'{"$float": []}', False),
        ("json", b'{"$float": null}', b'{"$float": null}', False),
        ("json", b'{"$float": true}', b'{"$float": true}', False),
        ("json", b'{"$dict": [1]}', b'{"$dict": [1]}', False),
        ("json", b'{"$bytes": {"$float": []}}', b'{"$bytes": {"$float": []}}', False),
        ("json", b'{"$bytes": "YQ=="}', b'{"$bytes": "YQ=="}', True),
        ("json", b'{"$complex": [1, 2]}', b'{"$complex": [1.0, 2]}', True),
        ("json", b'{"$complex": [[], 2]}', b'{"$complex": [[], 2]}', False),
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


KINDS = {
    "yesno": st.lists(st.sampled_from(["yes", "No"])).map(lambda said: " ".join(said).encode()),
    "json": values.map(lambda value: json.dumps(value).encode()),
}
"""Outputs that a comparator takes, by the beginning of its name; the others take any bytes."""
hostile = (
    st.binary(max_size=200)
    | words
    | values.map(lambda value: json.dumps(value).encode())
    | st.recursive(
        st.sampled_from([b"1", b"0.50", b"null", b'"x"', b"1e400", b"-0.0", b"NaN", b"true"]),
        lambda inner: (
            st.tuples(st.sampled_from(["float", "dict", "set", "tuple", "bytes", "complex"]), inner).map(
                lambda pair: b'{"$%s": %s}' % (pair[0].encode(), pair[1])
            )
            | st.lists(inner, max_size=3).map(lambda items: b"[%s]" % b",".join(items))
        ),
        max_leaves=6,
    )
)
"""Among them JSON whose tags hold what they should not."""


@pytest.mark.parametrize("name", KNOWN)
@given(data=st.data())
def test_an_output_of_its_kind_is_the_same_as_itself(name: str, data: st.DataObject) -> None:
    output = data.draw(KINDS.get(name.partition(":")[0], st.binary(max_size=50) | words))
    comparator = comparator_named(name)
    assert comparator.same(output, output)
    assert comparator.alike(output, output)


@pytest.mark.parametrize("name", KNOWN)
@given(left=hostile, right=hostile)
def test_no_output_whatever_makes_a_comparator_fail_and_likeness_has_no_direction(
    name: str, left: bytes, right: bytes
) -> None:
    comparator = comparator_named(name)
    assert comparator.same(left, right) in {True, False}
    assert comparator.alike(left, right) is comparator.alike(right, left)


@pytest.mark.parametrize("name", ["json:any-order", "json:any-order,1e-6"])
@given(items=st.lists(values, max_size=6), random=st.randoms(use_true_random=False))
def test_any_order_means_any_order(name: str, items: list[object], random: Random) -> None:
    shuffled = random.sample(items, len(items))
    assert comparator_named(name).same(json.dumps(items).encode(), json.dumps(shuffled).encode())


@given(st.lists(st.floats(0, 9), min_size=1, max_size=400), st.randoms(use_true_random=False))
def test_numbers_in_any_order_are_paired_within_the_tolerance(numbers: list[float], random: Random) -> None:
    shuffled = [number + random.choice((-1e-7, 0, 1e-7)) for number in random.sample(numbers, len(numbers))]
    comparator = comparator_named("json:any-order,1e-6")
    assert comparator.same(json.dumps(numbers).encode(), json.dumps(shuffled).encode())
    assert not comparator.same(json.dumps(numbers).encode(), json.dumps([*shuffled[1:], 99]).encode())


@pytest.mark.parametrize(
    "output",
    [
        b"[" * (1 << 20),
        b"[" * 150 + b"]" * 150,
        b"[" + b"[]," * (5 << 20) + b"[]]",
        b'{"$set": [' + b'{"$tuple": [' * 600,
        b"[" + b"9" * 10_000 + b"]",
    ],
    ids=["open brackets", "deep", "16 MiB of lists", "open tags", "a number of 10,000 digits"],
)
def test_json_that_would_take_long_is_the_same_as_nothing(output: bytes) -> None:
    assert not comparator_named("json:any-order-nested,1e-6").same(output, output)
    assert not comparator_named("json").same(output, output)


@pytest.mark.parametrize(
    "name",
    ["json:any", "json:any-order,any-order-nested", "json:1e-6,1e-7", "json:", "numbers:1e-3", "lines:2"],
)
def test_a_wrong_option_is_an_error_that_lists_what_there_is(name: str) -> None:
    with pytest.raises(UnknownName, match="json:any-order-nested"):
        comparator_named(name)


def test_two_candidates_are_compared_with_the_tolerance_alone() -> None:
    comparator = comparator_named("float:1e-9")
    assert comparator.same(b"1.67", b"1.6667")
    assert not comparator.alike(b"1.67", b"1.6667")
    assert not comparator_named("json:1e-9").alike(b"1.67", b"1.6667")
