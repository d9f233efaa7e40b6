"""From a text to the numbers of its tokens and back: characters, or byte pairs that are frequent.

vocabulary = Characters.of("abracadabra")     # abcdr
vocabulary.encode("bad")                      # [1, 0, 3]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from ref_numpy.layer import Array
from torch_impl.training_messages import input_error

BYTES = 256  # each is a token of every vocabulary of byte pairs, so that it has any text


class Vocabulary(ABC):
    """The tokens of a text, numbered from 0.

    Attributes:
        kind: by which `vocabulary_from` finds the class.
    """

    kind: ClassVar[str]

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The tokens, in the order of their numbers; no two are the same."""

    @abstractmethod
    def encode(self, text: str) -> Array:
        """Return the numbers of a text's tokens, (n,).

        Raises:
            InputError: a character is not in the vocabulary.
        """

    @abstractmethod
    def decode(self, numbers: Array) -> str:
        """Return the text of these tokens, (n,)."""

    @abstractmethod
    def state(self) -> dict[str, str]:
        """Return what `vocabulary_from` makes the same vocabulary of: its kind, and texts."""

    @property
    def size(self) -> int:
        """The number of tokens."""
        return len(self.names)


@dataclass(frozen=True)
class Characters(Vocabulary):
    """Each character is a token.

    Args:
        characters: all of them, in the order of their code points.
    """

    characters: str

    kind: ClassVar[str] = "characters"

    @classmethod
    def of(cls, text: str) -> Characters:
        """Return the vocabulary of a text."""
        return cls("".join(sorted({*text})))

    @property
    def names(self) -> tuple[str, ...]:
        """The characters."""
        return tuple(self.characters)

    def encode(self, text: str) -> Array:
        """Return the numbers of the characters.

        Raises:
            InputError: one is not in the vocabulary.
        """
        known, given = code_points(self.characters), code_points(text)
        numbers = np.minimum(np.searchsorted(known, given), len(known) - 1)
        if (unknown := known[numbers] != given).any():
            at = int(unknown.argmax())
            facts = {"character": text[at], "position": at + 1, "size": self.size}
            raise input_error("text.unknown-character", **facts)
        return numbers.astype(np.int64)

    def decode(self, numbers: Array) -> str:
        """Return the characters."""
        return "".join(self.characters[k] for k in numbers)

    def state(self) -> dict[str, str]:
        """Return the kind and the characters."""
        return {"kind": self.kind, "characters": self.characters}


@dataclass(frozen=True)
class BytePairs(Vocabulary):
    """Tokens are bytes, and pairs of tokens that were the most frequent when they were joined.

    Sennrich, Haddow and Birch, *Neural Machine Translation of Rare Words with Subword Units*, ACL
    2016; of bytes as GPT-2 has them, so that there is no unknown character.

    Args:
        tokenizer: the JSON of the package tokenizers.
    """

    tokenizer: str

    kind: ClassVar[str] = "byte-pairs"

    @classmethod
    def trained(cls, text: str, size: int) -> BytePairs:
        """Return the vocabulary that a text is encoded with in few tokens.

        Args:
            text: the text.
            size: the number of tokens, more than the 256 bytes; of a short text there are fewer.

        Raises:
            InputError: the size is too small, or the package is not installed.
        """
        if size <= BYTES:
            raise input_error("text.byte-pairs", given=size, least=BYTES + 1)
        package = tokenizers_package()
        from tokenizers import decoders, models, pre_tokenizers, trainers  # pyright: ignore

        program = package.Tokenizer(models.BPE())
        program.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        program.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=size, initial_alphabet=alphabet, show_progress=False, special_tokens=[]
        )
        program.train_from_iterator(text.splitlines(keepends=True), trainer)
        return cls(program.to_str())

    @cached_property
    def program(self) -> Any:
        """The tokenizer.

        Raises:
            InputError: the package is not installed.
        """
        return tokenizers_package().Tokenizer.from_str(self.tokenizer)

    @property
    def names(self) -> tuple[str, ...]:
        """The tokens as the package writes them: "Ġ" is a space, "Ċ" the end of a line."""
        numbers: dict[str, int] = self.program.get_vocab()
        return tuple(sorted(numbers, key=lambda name: numbers[name]))

    def encode(self, text: str) -> Array:
        """Return the numbers of the tokens."""
        lines = text.splitlines(keepends=True)  # no pair is longer than a word
        encoded = self.program.encode_batch(lines)
        return np.array([k for line in encoded for k in line.ids], np.int64)

    def decode(self, numbers: Array) -> str:
        """Return the text; bytes that are no character are written as �."""
        return self.program.decode([int(k) for k in numbers])

    def state(self) -> dict[str, str]:
        """Return the kind and the package's JSON."""
        return {"kind": self.kind, "tokenizer": self.tokenizer}


def vocabulary_from(state: Mapping[str, str]) -> Vocabulary:
    """Return the vocabulary of which a checkpoint has the state.

    Raises:
        KeyError: it is no such state.
    """
    kinds = {kind.kind: kind for kind in (Characters, BytePairs)}
    fields = dict(state)
    return kinds[fields.pop("kind")](**fields)


def code_points(text: str) -> Array:
    """Return the code points of a text's characters, (n,), of halves of surrogate pairs too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def tokenizers_package() -> Any:
    """Import the package tokenizers.

    Raises:
        InputError: it is not installed.
    """
    try:
        import tokenizers  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise input_error("text.no-tokenizers") from error
    return tokenizers
