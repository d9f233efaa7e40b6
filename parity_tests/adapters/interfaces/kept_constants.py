"""Constants that a program keeps in attributes and global variables, set to what a check needs.

A learning rate of 2^600 shows the gradient in the update. A penalty, a momentum and a rate of
dropout are 0, what dropout keeps is 1, and a gradient is cut off nowhere, so that it is that of the
loss alone. One batch has all examples, and is run once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import ALPHA, BATCH, PENALTY, REPEATS, role
from parity_tests.adapters.interfaces.parameter_slots import IsOwn, leaves, put
from parity_tests.adapters.own_functions import names_of_code, reached_from

# A program that updates its parameters takes them to θ − α g. With this α, θ is less than half a
# unit in the last place of α g, so that the result is −α g to the bit, and so g; or θ, where g = 0.
RATE = 2.0**600
VALUES = {"none": 0.0, "kept": 1.0, "limit": math.inf}


@dataclass
class KeptConstants:
    """The constants of a program that are no arguments.

    Attributes:
        is_own: whether a class is the candidate's.
        tables: the global variables of its functions, each with the names that these use.
    """

    is_own: IsOwn
    tables: list[tuple[dict[str, Any], tuple[str, ...]]] = field(default_factory=list)

    @classmethod
    def of(
        cls, functions: Iterable[Any], namespace: Mapping[str, Any], is_own: IsOwn
    ) -> KeptConstants:
        """Return those that functions of a file use."""
        tables: dict[int, tuple[dict[str, Any], set[str]]] = {}
        for f in reached_from(functions, namespace).values():
            if isinstance(f, FunctionType) and f.__module__ == namespace.get("__name__"):
                names = tables.setdefault(id(f.__globals__), (f.__globals__, set()))[1]
                names.update(names_of_code(f.__code__))
        found = [
            (table, tuple(sorted(n for n in names if is_constant(n, table.get(n)))))
            for table, names in tables.values()
        ]
        return cls(is_own, [(table, names) for table, names in found if names])

    @contextmanager
    def set_to(
        self, held: Any, strengths: Mapping[str, float], m: int, rate: float | None
    ) -> Iterator[None]:
        """Set the constants of an object and the global ones; afterwards the latter are as before.

        Args:
            held: the object.
            strengths: of penalties, by name; others are 0.
            m: of examples.
            rate: for learning rates; None leaves them as they are.
        """
        before = [(table, n, table[n]) for table, names in self.tables for n in names]
        for name, owner, path in [*self.places(held)]:
            value = (
                m
                if is_batch(name)
                else 1
                if is_repeated(name)
                else strengths.get(name, VALUES.get(role(name) or "", rate))
            )
            if value is not None:
                with suppress(AttributeError, TypeError):
                    put(owner, path, value)
        try:
            yield
        finally:
            for table, name, value in before:
                table[name] = value

    def places(self, held: Any) -> Iterator[tuple[str, Any, tuple[Any, ...]]]:
        """Yield the name of each constant, and where it is.

        Beside another learning rate alpha is the slope of a leaky ReLU.
        """
        every: list[tuple[str, Any, tuple[Any, ...]]] = []
        for table, names in self.tables:
            every += ((n, table, (n,)) for n in names)
        for leaf in leaves(held, self.is_own):
            if leaf.path and is_constant(leaf.name, leaf.array):
                every.append((leaf.name, held, leaf.path))
        is_rated = any(is_rate(n) and not ALPHA.fullmatch(n) for n, _, _ in every)
        yield from (one for one in every if not (is_rated and ALPHA.fullmatch(one[0])))

    def names(self, held: Any) -> list[str]:
        """Return the names of penalties and the like, 0 or 1; not of rates, batches and epochs."""
        every = {n for n, _, _ in self.places(held)}
        return sorted(n for n in every if role(n) in VALUES)

    def has_rate(self, held: Any) -> bool:
        """Return whether the program keeps a learning rate."""
        return any(is_rate(n) for n, _, _ in self.places(held))


def is_constant(name: str, x: Any) -> bool:
    """Return whether a number has the name of such a constant; a whole number may be a size."""
    if type(x) is int and x > 1:
        return is_batch(name) or is_repeated(name)
    if not isinstance(x, float | np.floating) and not (type(x) is int and x == 0):
        return False
    return role(name) in VALUES or is_rate(name)


def is_rate(name: str) -> bool:
    """Return whether a name is that of a learning rate."""
    return role(name) == "rate"


def is_batch(name: str) -> bool:
    """Return whether a name is that of the size of a batch."""
    return bool(re.fullmatch(BATCH, name, re.IGNORECASE))


def is_repeated(name: str) -> bool:
    """Return whether a name is that of how often the data are gone through."""
    return bool(re.fullmatch(REPEATS, name, re.IGNORECASE))


def is_penalty(name: str) -> bool:
    """Return whether a name is that of a penalty's strength."""
    return bool(re.fullmatch(PENALTY, name, re.IGNORECASE))
