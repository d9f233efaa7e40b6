"""Labels of any kind, their order and their names."""

from __future__ import annotations

import numpy as np
import pytest

from ref_numpy import InputError
from ref_numpy.data.labels import (
    check_kind,
    distinct,
    has_zeros_and_ones,
    is_one_hot,
    names_of,
    shortened,
)


@pytest.mark.parametrize(
    ("y", "names", "numbers"),
    [
        ([3, 1, 3], ["1", "3"], [1, 0, 1]),
        ([[3], [1], [3]], ["1", "3"], [1, 0, 1]),
        ([3.0, -1.5, -0.0], ["-1.5", "0", "3"], [2, 0, 1]),
        (np.array([0.1], np.float32), ["0.1"], [0]),
        ([1e20, 2.0**70], ["100000000000000000000", str(2**70)], [0, 1]),
        ([True, False], ["False", "True"], [1, 0]),
        (["b", "", "ä"], ["", "b", "ä"], [1, 0, 2]),
        (np.array(["", "ä"], object), ["", "ä"], [0, 1]),
        (np.array([b"b", "a"], object), ["a", "b"], [1, 0]),
        (np.array([b"b", b"a"], object), ["a", "b"], [1, 0]),
        ([b"k\xc3\xa4tze", b"\xff"], ["kätze", "\\xff"], [0, 1]),
    ],
)
def test_labels_in_their_order(y, names: list[str], numbers: list[int]) -> None:
    values, inverse = distinct(np.array(y))
    assert names_of(values) == names
    assert all(type(name) is str for name in names_of(values))
    assert inverse.tolist() == numbers


def test_objects_become_words() -> None:
    for given, kind in ((["a", "b"], "U"), ([b"a", b"b"], "S"), (["a", b"b"], "S")):
        assert check_kind(np.array(given, object)).dtype.kind == kind
    for given in (["a", None], [1, 2], [[1], 2]):
        with pytest.raises(InputError, match="y has dtype object") as refused:
            check_kind(np.array(given, object))
        assert refused.value.code == "data.labels-kind"


def test_rows_of_zeros_and_ones() -> None:
    for y, bits, one_hot in (
        ([[0, 1], [1, 0]], True, True),
        ([[0.0, 1.0]], True, True),
        ([[True, False]], True, True),
        ([[1, 1], [1, 0]], True, False),
        ([[0, 0], [1, 0]], True, False),
        ([[1], [1]], True, False),
        ([[2, -1]], False, False),
        ([1, 0], False, False),
        ([["a", "b"]], False, False),
        (np.ones((1, 2, 2)), False, False),
    ):
        assert has_zeros_and_ones(np.array(y)) is bits
        assert is_one_hot(np.array(y)) is one_hot


def test_a_name_has_room_in_a_sentence() -> None:
    assert shortened("a" * 24) == "a" * 24
    assert shortened("a" * 25) == "a" * 23 + "…"
    assert shortened("abc", 3) == "abc"
    assert shortened("abcd", 3) == "ab…"
    assert shortened("a\nb\u202e") == "a·b·"
