"""The inputs that are made of a column's values: a number with its indicator, one for each word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ref_numpy.data.table_values import Kind
from ref_numpy.layer import Array

# The parts of a date: its days since 1970-01-01, and these as words, in this order.
DAYS, MONTH, WEEKDAY, HOUR = "", "month", "weekday", "hour"
DATE_WORDS = (MONTH, WEEKDAY, HOUR)


@dataclass(frozen=True)
class NumberInput:
    """A number, and 1 where it was missing.

    Args:
        part: of a date; "" of other columns.
        fill: the number that replaces a missing one.
        indicator: there is a second input, 1 where the number was missing and else 0.
    """

    part: str
    fill: float
    indicator: bool

    @property
    def names(self) -> list[str]:
        """What follows the column's name in those of the inputs."""
        own = f" {self.part}" if self.part else ""
        return [own, f"{own} missing"] if self.indicator else [own]

    def encode(self, values: Array) -> Iterator[Array]:
        """Yield each input (m,) of values (m,) float64."""
        missing = np.isnan(values)
        yield np.where(missing, self.fill, values)
        if self.indicator:
            yield missing


@dataclass(frozen=True)
class WordInput:
    """One input for each word, 1 where the value is that word and else 0.

    A word that is none of these is 0 everywhere, or 1 in an input for all rare words.

    Args:
        part: of a date; "" of other columns.
        fill: the word that replaces a missing one: "" where the training had holes, too, which are
            then a word of their own.
        words: those with an input, in its order.
        rare: there is an input for all other words, the last one.
    """

    part: str
    fill: str
    words: tuple[str, ...]
    rare: bool

    @property
    def names(self) -> list[str]:
        """What follows the column's name in those of the inputs."""
        own = f" {self.part}" if self.part else ""
        each = [f"{own}={word}" if word else f"{own} missing" for word in self.words]
        return [*each, f"{own} rare"] if self.rare else each

    def encode(self, values: Array) -> Iterator[Array]:
        """Yield each input (m,) of values (m,), words."""
        other = len(self.words)
        position = {word: k for k, word in enumerate(self.words)}
        position.setdefault("", position.get(self.fill, other))
        numbers = np.fromiter((position.get(word, other) for word in values), int, len(values))
        for k in range(other + self.rare):
            yield numbers == k


Input = NumberInput | WordInput


def parts_of(kind: Kind, values: Array) -> dict[str, Array]:
    """Return the values of which a column's inputs are made, by the names of their parts.

    A date has its days since 1970-01-01, a whole number, and as words its month, its weekday
    (Monday is 1), and its hour. All of it is arithmetic of integers.
    """
    if kind != "date":
        return {"": values}
    known = ~np.isnat(values)
    days = values.astype("datetime64[D]").astype(np.int64)
    months = values.astype("datetime64[M]").astype(np.int64)
    words = {
        MONTH: months % 12 + 1,
        WEEKDAY: (days + 3) % 7 + 1,  # 1970-01-01 was a Thursday
        HOUR: values.astype(np.int64) // 3600 % 24,
    }
    return {
        DAYS: np.where(known, days, np.nan),
        **{name: np.where(known, of.astype(str).astype(object), "") for name, of in words.items()},
    }


def inputs_from(fields: Sequence[Mapping[str, Any]]) -> tuple[Input, ...]:
    """Read the inputs of a column: those of words have `words`."""

    def one(of: Mapping[str, Any]) -> Input:
        if "words" not in of:
            return NumberInput(str(of["part"]), float(of["fill"]), bool(of["indicator"]))
        words = tuple(map(str, of["words"]))
        return WordInput(str(of["part"]), str(of["fill"]), words, bool(of["rare"]))

    return tuple(map(one, fields))
