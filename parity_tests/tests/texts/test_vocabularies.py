"""Tokens of a text: characters and byte pairs, there and back."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ref_numpy import InputError
from torch_impl.data.texts.vocabularies import (
    BytePairs,
    Characters,
    vocabulary_from,
)

ODD = "zwölf ☃, 𝄞\r\n\ttea\u2028"


def test_characters_are_numbered_by_their_code_points() -> None:
    vocabulary = Characters.of("abracadabra")
    assert vocabulary.names == ("a", "b", "c", "d", "r")
    numbers = vocabulary.encode("bad")
    assert (numbers.tolist(), numbers.dtype) == ([1, 0, 3], np.int64)
    assert vocabulary.decode(numbers) == "bad"
    assert vocabulary.size == 5


@given(st.text(min_size=1))
def test_any_text_is_read_again(text: str) -> None:
    vocabulary = vocabulary_from(Characters.of(text).state())
    assert vocabulary.decode(vocabulary.encode(text)) == text
    assert vocabulary.encode("").shape == (0,)


@pytest.mark.parametrize(("text", "character", "position"), [
    ("crab!", "!", 5), ("e", "e", 1), ("a\ud800", "\ud800", 2), ("zA", "z", 1),
])  # fmt: skip
def test_an_unknown_character_is_refused(text: str, character: str, position: int) -> None:
    with pytest.raises(InputError) as refused:
        Characters.of("abracadabra").encode(text)
    assert refused.value.code == "text.unknown-character"
    assert refused.value.facts == {"character": character, "position": position, "size": 5}


def test_the_most_frequent_pairs_are_joined() -> None:
    """Of "hugs", "hug" and "bug": u and g, four times; then h and ug, three times."""
    pytest.importorskip("tokenizers")
    vocabulary = BytePairs.trained("hug hug\nhugs\nbug\n", 258)
    assert vocabulary.size == 258
    assert vocabulary.names[256:] == ("ug", "hug")
    (hug,) = vocabulary.encode("hug")
    assert vocabulary.names[hug] == "hug"
    assert [vocabulary.names[k] for k in vocabulary.encode("bugs")] == ["b", "ug", "s"]
    again = vocabulary_from(vocabulary.state())
    assert again == vocabulary
    for text in (ODD, "hugs hug\n", "a\n\n b", ""):
        assert again.decode(again.encode(text)) == text


def test_a_vocabulary_has_every_byte() -> None:
    with pytest.raises(InputError) as refused:
        BytePairs.trained("hug", 256)
    assert refused.value.code == "text.byte-pairs"
    assert refused.value.facts["least"] == 257


def test_the_package_is_named_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    for make in (lambda: BytePairs.trained("hug", 300), lambda: BytePairs("{}").encode("hug")):
        with pytest.raises(InputError, match="pip install tokenizers") as refused:
            make()
        assert refused.value.code == "text.no-tokenizers"
