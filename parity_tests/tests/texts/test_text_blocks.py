"""A text in blocks: its parts, its labels, and the text of a network that is trained already."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from ref_numpy.graphs.gpt import gpt
from torch_impl.data.texts.text_file import Text, text_state

TEXT = "".join(chr(ord("A") + k) for k in range(50))  # 50 different characters, in order


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (path := tmp_path / "text.txt").write_text(TEXT, "utf-8")
    return path


def text_of(path: Path | str, **options: Any) -> Text:
    return Text(str(path), **{"T": 4, "val_fraction": 0.2, "test_fraction": 0.2} | options)


def test_parts_are_contiguous_and_each_label_is_the_next_token(path: Path) -> None:
    """10 of 50 to test, 8 of the 40 before to validate; (32 − 1) // 4, … blocks."""
    data = text_of(path)
    data.setup("fit")
    assert data.part_sizes == {"train": 7, "val": 1, "test": 2}
    assert (data.n_x, data.n_y, data.vocabulary, data.output) == (4, 4, 50, "tokens")
    firsts = {"train": 0, "val": 32, "test": 40}
    for part, first in firsts.items():
        x, y = (tensor.numpy() for tensor in data.parts[part][:])
        np.testing.assert_array_equal(x.ravel(), first + np.arange(x.size))
        np.testing.assert_array_equal(y, x + 1)
    data.check_network(gpt(50, 4, 2, 1, 1))
    assert data.described.names == tuple(TEXT)
    assert data.notes["blocks"] == "of 4 tokens: 7 to train, 1 to validate, 2 to test"
    without = text_of(path, val_fraction=0)
    assert without.part_sizes == {"train": 9, "val": 0, "test": 2}


def test_every_python_has_a_text() -> None:
    data = Text()
    right = hashlib.sha256("\n\n".join(topics.values()).encode()).hexdigest()
    assert data.state_dict()["sha256"] == right
    assert data.title.startswith("pydoc_data.topics of Python 3.")
    assert len(data.text) > 400_000


def test_byte_pairs_are_those_of_the_part_to_train_with(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    (path := tmp_path / "text.txt").write_text("ab ab ab ab " * 9 + "xyz xyz " * 4, "utf-8")
    data = text_of(path, byte_pairs=260)
    names = data.tokens.names[256:]
    assert any("ab" in name for name in names)
    assert not any("xy" in name or "yz" in name for name in names)
    assert data.vocabulary == data.tokens.size
    assert "byte pairs" in data.notes["vocabulary"]


def other(path: Path, text: str) -> Path:
    (other := path.with_name("other.txt")).write_text(text, "utf-8")
    return other


REFUSALS: list[tuple[str, Callable[[Path], object]]] = [
    ("text.unreadable", lambda path: text_of(path.with_name("missing.txt")).text),
    ("text.unreadable", lambda path: text_of(path.parent).text),
    ("text.short", lambda path: text_of(path, T=8).loaded),
    ("data.size", lambda path: text_of(path, T=0)),
    ("data.fraction", lambda path: text_of(path, test_fraction=0)),
    ("text.byte-pairs", lambda path: text_of(path, byte_pairs=100).vocabulary),
]


@pytest.mark.parametrize(("code", "read"), REFUSALS)
def test_what_is_no_text_is_refused(path: Path, code: str, read: Callable[[Path], object]) -> None:
    with pytest.raises(InputError) as refused:
        read(path)
    assert refused.value.code == code


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError) as refused:
        _ = text_of(path).text
    assert refused.value.code == "text.unreadable"


def test_a_trained_networks_text_keeps_its_parts_and_vocabulary(path: Path) -> None:
    state = text_of(path).state_dict()
    again = text_of(path)
    again.use_vocabulary(state, resumes=True)
    again.load_state_dict(state)
    assert again.part_sizes == {"train": 7, "val": 1, "test": 2}
    assert text_state({"epoch": 1, "loops": {}, "Text": state}) is state
    assert text_state({"epoch": 1, "TokenFile": {"content": ""}}) is None
    with pytest.raises(InputError) as refused:
        text_of(path, val_fraction=0.5).load_state_dict(state)
    assert refused.value.code == "checkpoint.other-batches"
    with pytest.raises(InputError) as refused:
        text_of(path).load_state_dict({**state, "byte_pairs": 300})
    assert refused.value.facts["name"] == "byte_pairs"


def test_another_text_is_refused_unless_it_is_named_as_such(path: Path) -> None:
    state = text_of(path).state_dict()
    elsewhere = text_of(other(path, TEXT[20:30]))
    with pytest.raises(InputError) as refused:
        elsewhere.use_vocabulary(state, resumes=True)
    assert refused.value.code == "checkpoint.other-text"
    elsewhere = text_of(other(path, TEXT[20:30]))
    elsewhere.use_vocabulary(state, resumes=False)
    elsewhere.setup("test")
    assert elsewhere.part_sizes == {"val": 2, "test": 2}
    x, _ = elsewhere.parts["test"][:]
    assert x.ravel().tolist() == [*range(20, 28)]  # by the vocabulary of the training
    assert elsewhere.vocabulary == 50
    unknown = text_of(other(path, TEXT[:9] + "é"))
    unknown.use_vocabulary(state, resumes=False)
    with pytest.raises(InputError) as refused:
        unknown.setup("test")
    assert refused.value.code == "text.unknown-character"
    path.write_text(TEXT[::-1], "utf-8")
    with pytest.raises(InputError) as refused:
        text_of(path).use_vocabulary(state, resumes=False)
    assert refused.value.code == "checkpoint.other-text"
    assert refused.value.facts["theirs"] == hashlib.sha256(TEXT.encode()).hexdigest()[:12]


def test_bits_a_character(path: Path, tmp_path: Path) -> None:
    """A cost of 3 ln 2 is 3 bits a token; two characters a token halve it."""
    assert text_of(path).bits_per_character(3 * math.log(2), "test") == 3
    pytest.importorskip("tokenizers")
    (pairs := tmp_path / "pairs.txt").write_text("ab" * 40, "utf-8")
    data = text_of(pairs, byte_pairs=257)
    assert data.bits_per_character(3 * math.log(2), "test") == 1.5
