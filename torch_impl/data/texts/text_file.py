"""A text as blocks of tokens: `--data Text --data.path FILE`, or one that every Python has."""

from __future__ import annotations

import hashlib
import math
import platform
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from torch_impl.data.source_data import PURPOSES
from torch_impl.data.texts.tokens import Texts, TokenData
from torch_impl.data.texts.vocabularies import BytePairs, Characters, Vocabulary, vocabulary_from
from torch_impl.training_messages import input_error

SHOWN = 12  # hexadecimal digits of a SHA-256 in a sentence


class Text(TokenData):
    """A text, in blocks of T tokens; the labels are the tokens that come next.

    The parts are contiguous: first that to train with, then that to validate, and the end of the
    text to test. Of each part, what is left after its last whole block is not used.

    Args:
        path: of a file in UTF-8; None takes the topics of Python's own help, pydoc_data.topics,
            which differ from version to version.
        T: the tokens of a block.
        byte_pairs: the size of a vocabulary of byte pairs, which the package tokenizers trains on
            the part to train with; None takes the characters of the text.
        val_fraction: of the characters before the test part, held out to choose the epoch by.
        test_fraction: of all characters, held out.
        kwargs: see `Data`.
    """

    endings: ClassVar[tuple[str, ...]] = (".txt",)
    path_option: ClassVar[str] = "path"

    def __init__(
        self,
        path: str | None = None,
        T: int = 128,
        byte_pairs: int | None = None,
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        **kwargs,
    ) -> None:
        super().__init__(val_fraction, test_fraction, split_seed=0, **kwargs)
        if T < 1:
            raise input_error("data.size", name="T", given=T, least=1)
        self.path, self.T, self.byte_pairs = path, T, byte_pairs
        self.trained: Vocabulary | None = None  # the vocabulary of a network that is trained
        self.sizes: dict[str, int] = {}

    @property
    def title(self) -> str:
        """The file's path; of the topics, the version of Python that they are of."""
        return self.path or f"pydoc_data.topics of Python {platform.python_version()}"

    @cached_property
    def text(self) -> str:
        """The whole text.

        Raises:
            InputError: the file is no text.
        """
        if self.path is None:
            from pydoc_data.topics import topics

            return "\n\n".join(topics.values())
        try:
            return Path(self.path).read_text("utf-8-sig")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
            raise input_error("text.unreadable", path=self.path, error=reason) from error

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the text in UTF-8."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def texts(self) -> dict[str, str]:
        """The text of each part; of a text that the network was not trained on, all in one."""
        if self.is_other:
            return {"test": self.text}
        return contiguous_parts(self.text, **self.fractions)

    @cached_property
    def tokens(self) -> Vocabulary:
        """The vocabulary: that of the trained network, if there is one."""
        if self.trained is not None:
            return self.trained
        if self.byte_pairs is None:
            return Characters.of(self.text)
        return BytePairs.trained(self.texts.get("train", self.text), self.byte_pairs)

    @property
    def vocabulary(self) -> int:
        """The number of different tokens."""
        return self.tokens.size

    def load(self) -> tuple[Texts, None]:
        """Return the blocks of all parts, in their order.

        Raises:
            InputError: a part is shorter than a block.
        """
        blocks = {}
        for part, text in self.texts.items():
            numbers = self.tokens.encode(text)
            if len(numbers) <= self.T and (text or part != "val"):
                facts = {"tokens": len(numbers), "T": self.T, "purpose": PURPOSES[part]}
                raise input_error("text.short", title=self.title, **facts)
            blocks[part] = blocks_of(numbers, self.T)
        self.sizes = {part: len(x) for part, (x, _) in blocks.items()}
        x, y = (np.concatenate(arrays) for arrays in zip(*blocks.values(), strict=True))
        return Texts(x, y), None

    @property
    def n_x(self) -> int:
        """The tokens of a block, T."""
        return self.T

    @property
    def n_y(self) -> int:
        """The labels of a block, T."""
        return self.T

    @property
    def compared(self) -> tuple[str, ...]:
        """The parts of the state that a training resumes with unchanged."""
        return (*super().compared, "byte_pairs")

    def rows_of_parts(self, m: int, own_test: bool) -> dict[str, Array | None]:
        """Return the numbers of each part's blocks, which are in their order."""
        ends = np.cumsum([0, *self.sizes.values()])
        each = zip(self.sizes, ends[:-1], ends[1:], strict=True)
        return {part: np.arange(first, end) for part, first, end in each}

    @property
    def notes(self) -> dict[str, str]:
        """The lines about the text for the first lines of a run, by their names."""
        _ = self.loaded  # which counts the blocks
        kind = "characters" if isinstance(self.tokens, Characters) else "byte pairs"
        sizes = [f"{n or 'none'} {PURPOSES[part]}" for part, n in self.sizes.items()]
        return {
            "text": f"{len(self.text):,} characters, SHA-256 {self.sha256[:SHOWN]}…",
            "vocabulary": f"{self.vocabulary} {kind}",
            "blocks": f"of {self.T} tokens: {', '.join(sizes)}",
        }

    def bits_per_character(self, cost: float, part: str) -> float:
        """Compute J / ln 2 · tokens / characters, of a cost J of a part in nats a token.

        Args:
            cost: the mean over the tokens.
            part: of which all tokens are counted, also those after the last whole block.
        """
        text = self.texts.get(part, self.text)  # of another text, all is one part
        return cost / math.log(2) * (len(self.tokens.encode(text)) / len(text))

    def use_vocabulary(self, state: Mapping[str, Any], resumes: bool) -> None:
        """Take the vocabulary of a trained network, and compare its text with this one.

        Args:
            state: of the data, in the network's checkpoint.
            resumes: the training continues, and does so on the same text.

        Raises:
            InputError: the text is another, and not named as another.
        """
        if self.trained is not None:
            return
        theirs = state["sha256"]
        self.is_other = theirs != self.sha256
        if self.is_other and (resumes or state["path"] == self.path):
            shown = {"theirs": theirs[:SHOWN], "ours": self.sha256[:SHOWN]}
            raise input_error("checkpoint.other-text", title=self.title, **shown)
        self.trained = vocabulary_from(state["vocabulary"])

    def use_all(self, stage: str) -> None:
        """Take all blocks for a network that was trained on another text."""
        if not self.is_other:  # else they are one part already
            super().use_all(stage)

    def check_network(self, spec: NetworkSpec) -> None:
        """Check that every token is one of the network's, and name its classes by the tokens."""
        super().check_network(spec)
        if spec.output_shape[0] == self.vocabulary:
            self.classes = DataSpec(spec.input_shape, "classes", self.tokens.names)

    def state_dict(self) -> dict[str, Any]:
        """Return what determines the batches, and what the text is, and how it is encoded."""
        return {
            **super().state_dict(),
            "content": self.sha256,  # whatever its parts are
            "path": self.path,
            "sha256": self.sha256,
            "byte_pairs": self.byte_pairs,
            "vocabulary": self.tokens.state(),
        }


def blocks_of(numbers: Array, T: int) -> Texts:
    """Return blocks x (m, T), and as labels y (m, T) the tokens that come next.

    Args:
        numbers: of the tokens of a text, (n,); each but the first is a label once at most.
        T: the tokens of a block.
    """
    m = max(0, len(numbers) - 1) // T
    x, y = numbers[: m * T], numbers[1 : m * T + 1]
    return Texts(x.reshape(m, T), y.reshape(m, T))


def contiguous_parts(text: str, val_fraction: float, test_fraction: float) -> dict[str, str]:
    """Return the beginning of a text to train with, what follows to validate, the end to test."""
    rest = len(text) - math.ceil(test_fraction * len(text))
    train = rest - math.ceil(val_fraction * rest)
    return {"train": text[:train], "val": text[train:rest], "test": text[rest:]}


def text_state(checkpoint: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a checkpoint records of the text that its network was trained on, if any."""
    found = (state for state in checkpoint.values() if isinstance(state, Mapping))
    return next((state for state in found if {"sha256", "vocabulary"} <= state.keys()), None)
