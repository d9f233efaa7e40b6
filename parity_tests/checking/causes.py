"""A cause of a wrong tensor: the mistake whose formula gives the tensor's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# A cause is stated without "perhaps" where fewer than this many of the mistakes that were tried
# would give, by chance, numbers that are as wrong as the candidate's.
MOST_FALSE_POSITIVES = 1e-3


@dataclass(frozen=True)
class Cause:
    """A mistake whose formula gives a tensor's numbers.

    Attributes:
        code: its stable name, such as "dW.missing-1/m"; of two mistakes "dW.A-for-A_prev+…".
        sentence: the mistake in words, with `facts` in braces.
        formula: the wrong one, which may contain a constant c.
        right: the right one beside it.
        facts: the layer, a constant, a precision … that the sentence names; and `size`, the name
            of a number such as √m that the constant c is.
        p_value: the probability that this formula gives, by chance, numbers that are as wrong.
        n_hypotheses: how many formulas were tried.
        scale: c ± its error, where all numbers are c times the right ones: then one number was
            wrong, and not so many.
        is_choice: people choose it on purpose, such as an ε.
    """

    code: str
    sentence: str
    formula: str
    right: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    p_value: float = 0.0
    n_hypotheses: int = 1
    scale: tuple[float, float] | None = None
    is_choice: bool = False

    @property
    def message(self) -> str:
        """The mistake in words."""
        return self.sentence.format(**self.facts)

    @property
    def wrong_line(self) -> str:
        """The wrong formula, with its constant."""
        return f"{self.formula},  c = {self.facts['c']}" if "c" in self.facts else self.formula

    @property
    def key(self) -> tuple[Any, ...]:
        """The mistake without its probability: causes of other examples are compared by it.

        A constant that is √m is another number with other examples, and the same mistake.
        """
        of_m = ("c",) if "size" in self.facts else ()
        return self.code, *sorted((n, x) for n, x in self.facts.items() if n not in of_m)

    @property
    def false_positives(self) -> float:
        """The expected number of formulas that give such numbers by chance (Bonferroni)."""
        return self.n_hypotheses * self.p_value

    @property
    def is_certain(self) -> bool:
        """Whether chance explains the numbers in less than one case in a thousand."""
        return self.false_positives <= MOST_FALSE_POSITIVES

    def to_json(self) -> dict[str, Any]:
        """Return its fields, with the sentence and the formula as they are printed."""
        return {
            "code": self.code, "message": self.message, "wrong_line": self.wrong_line,
            "right": self.right, "facts": self.facts, "p_value": self.p_value,
            "n_hypotheses": self.n_hypotheses, "scale": self.scale, "is_choice": self.is_choice,
        }  # fmt: skip
