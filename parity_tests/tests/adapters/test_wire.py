"""Plain data as bytes and back: what goes in comes out, and bytes of another kind are refused."""

from __future__ import annotations

import json
import math
import struct
from collections import OrderedDict, namedtuple
from contextlib import suppress
from enum import Enum, IntEnum
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from parity_tests.adapters.candidate_process.in_this_process import passed_on
from parity_tests.adapters.candidate_process.plain_data import DEEPEST, DTYPES, Earlier, PlainData
from parity_tests.adapters.candidate_process.wire import (
    MOST_HEADER,
    Malformed,
    decoded,
    encoded,
    lengths,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
BYTES = st.binary(min_size=64, max_size=64)
SHAPES = st.sampled_from([(), (0,), (1,), (2, 1), (1, 0, 3), (2, 2)])
ARRAYS = st.builds(
    lambda name, data, shape: (
        np.frombuffer(data, np.uint8 if name == "bool" else name)[: math.prod(shape)]
        .reshape(shape)
        .astype(name)
    ),
    st.sampled_from(sorted(DTYPES)), BYTES, SHAPES,
)  # fmt: skip
DATA = st.recursive(
    SCALARS | ARRAYS,
    lambda inner: st.lists(inner) | st.tuples(inner, inner)
    | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner),
)  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Whether two values are of one type and, to the bit, equal."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and (
            np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        )  # fmt: skip
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, dict):
        return [*one] == [*other] and all(same(one[k], other[k]) for k in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.slow
@given(DATA)
@settings(max_examples=30)
def test_what_goes_in_comes_out(data: Any) -> None:
    assert same(passed_on(PlainData().of(data)), data)


def test_what_is_no_plain_data_becomes_it() -> None:
    pair = namedtuple("pair", "a b")
    number, text = IntEnum("number", "one"), Enum("text", {"W": "W1"}, type=str)
    A = np.arange(6.0).reshape(2, 3)
    for given_, expected in (
        (pair(1, 2.5), (1, 2.5)),
        (OrderedDict(b=1, a=[2]), {"b": 1, "a": [2]}),
        ({text.W: number.one, number.one: True}, {"W1": 1, 1: True}),
        (np.ma.masked_array(A), A),
        (A.T[::-1], A.T[::-1].copy()),
        (A.astype(">f8"), A),
        (np.float32(0.5), np.float32(0.5)),
        (np.str_("text"), "text"),
        (range(3), np.arange(3)),
        (torch.tensor([0.1, 2.0]), np.array([0.1, 2.0], np.float32)),
        (torch.tensor([0.5], dtype=torch.bfloat16), np.array([0.5], np.float32)),
    ):
        assert same(passed_on(PlainData().of(given_)), expected), given_


def test_anything_else_is_its_type_alone() -> None:
    for given_ in (object(), {1, 2}, b"x", iter([]), np.array([None]), 10**9999):
        (got,) = passed_on([PlainData().of(given_)])
        assert (type(got).__name__, vars(got)) == (type(given_).__name__, {})


def test_bytes_in_another_order_are_the_same_numbers() -> None:
    A = np.arange(6.0).reshape(2, 3)
    assert same(passed_on(A.astype(">f8")), A)


def test_one_array_stays_one_array() -> None:
    """Aliasing is a remark of a finding; and a view of other numbers is another array."""
    A = np.arange(6.0).reshape(2, 3)
    one, two, three = passed_on(PlainData().of([A, A[:, :], A[:1]]))
    assert np.may_share_memory(one, two)
    assert not np.may_share_memory(one, three)
    assert not np.may_share_memory(one, A)
    assert one.flags.writeable


def test_containers_within_themselves_end() -> None:
    x: list[Any] = [1]
    x.append(x)
    deepest, n = PlainData().of(x), 0
    while isinstance(deepest, list):
        deepest, n = deepest[1], n + 1
    assert (deepest.type_name, n) == ("list", DEEPEST + 1)
    assert passed_on(PlainData().of(x))[0] == 1


def test_an_object_of_an_earlier_call_is_named() -> None:
    assert passed_on({"caches": Earlier("L_model_forward", 1)}) == {
        "caches": Earlier("L_model_forward", 1)
    }


FLOAT = ["float64", [1]]


@pytest.mark.parametrize(
    ("header", "n"),
    [
        (b"", 0),
        (b"\xff", 0),
        (b"[1]", 0),
        (b"[" * 10**5, 0),
        (b'{"tuple": []}', 0),
        ([{"a": 1}, []], 0),
        ([["set", 1], []], 0),
        ([["array", 0], []], 0),
        ([["array", "0"], [FLOAT]], 16),
        ([["array", 0, 0], [FLOAT]], 16),
        ([["array", 0], [FLOAT]], 8),  # without what stands between arrays
        ([["array", 0], [FLOAT]], 32),
        ([["array", 0], [["float64", [-1]]]], 0),
        ([["array", 0], [["float64", [1.0]]]], 16),
        ([["array", 0], [["float64", [True]]]], 16),
        ([["array", 0], [["float64", [2**62, 2**62]]]], 16),
        ([["array", 0], [["float64", [1] * 33]]], 16),
        ([["array", 0], [["object", [1]]]], 16),
        ([["array", 0], [["V8", [1]]]], 16),
        ([["array", 0], [[["float64"], [1]]]], 16),
        ([["dict", [1]], []], 0),
        ([["dict", [["list"], 1]], []], 0),  # a list is no key
        ([[], []], 0),
        ([["other"], []], 0),
        ([["other", "\ud800"], []], 0),
        ([["earlier", "f"], []], 0),
        (b"[" + b"9" * 10**4 + b", []]", 0),
    ],
)  # fmt: skip
def test_other_bytes_are_refused(header: Any, n: int) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    with pytest.raises(Malformed):
        decoded(text, bytearray(n))


def test_a_header_that_no_answer_has_is_refused() -> None:
    with pytest.raises(Malformed):
        lengths(struct.pack("<QQ", MOST_HEADER + 1, 0))


@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
@settings(max_examples=60)
def test_a_damaged_message_is_refused_or_plain(place: int, new: bytes) -> None:
    message = bytearray(b"".join(encoded({"a": np.arange(3.0), "b": (1, [None, "text"])})))
    at = 16 + place % (len(message) - 16)
    message[at : at + len(new)] = new
    end = 16 + lengths(message[:16])[0]
    with suppress(Malformed):
        decoded(message[16:end], message[end:])
