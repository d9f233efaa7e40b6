"""The lines of a generated program, each spelled in one of the usual ways, or with one mistake.

Every spelling is equal on paper; a mistake is another expression that runs too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from parity_tests.adapters.interfaces.data_forms import INDICES
from parity_tests.adapters.interfaces.layout import COLUMN, FLAT, ROW
from parity_tests.campaigns.generated_programs.program_choices import Choices


@dataclass(frozen=True)
class Mistake:
    """A mistake that a program may have.

    Attributes:
        code: what is wrong: "missing-1/m".
        tensor: the first that is wrong; "dW*" of a loop over the layers.
    """

    code: str
    tensor: str


@dataclass
class LineWriter:
    """Writes the expressions of one program.

    Attributes:
        c: what the program computes.
        planted: the number of the mistake to plant; None for none.
        mistakes: those that the program may have, in the order of its lines.
        m: the variable of the number of examples.
        early: 1/m is in the first gradient, not in those of the parameters.
    """

    c: Choices
    planted: int | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    m: str = "m"
    early: bool = False
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.rng = self.c.rng
        self.m = self.pick("m", "N", "n_samples", "batch_size")
        self.early = bool(self.rng.random() < 0.4)

    @property
    def is_double(self) -> bool:
        """Whether arrays of float64 may be made within."""
        return self.c.precision == "float64"

    def pick(self, *options: str) -> str:
        """Return one of the options."""
        return options[self.rng.integers(len(options))]

    def double(self, *options: str) -> tuple[str, ...]:
        """Return spellings that make arrays of float64, where the program computes in it."""
        return options if self.is_double else ()

    def or_wrong(self, tensor: str, right: str, *wrong: tuple[str, str]) -> str:
        """Return the right text, or the wrong one (code, text) whose turn it is."""
        chosen = right
        for code, text in wrong:
            if text != right:
                if len(self.mistakes) == self.planted:
                    chosen = text
                self.mistakes.append(Mistake(code, tensor))
        return chosen

    def product(self, a: str, b: str) -> str:
        """Return a @ b; each is a name, perhaps transposed."""
        every = [f"{a} @ {b}", f"np.dot({a}, {b})", f"np.matmul({a}, {b})", f"{a}.dot({b})"]
        if self.rng.random() < 0.08:
            left, right = a.removesuffix(".T"), b.removesuffix(".T")
            i, k = "ji" if a != left else "ij", "kj" if b != right else "jk"
            return f'np.einsum("{i},{k}->ik", {left}, {right})'
        return self.pick(*every)

    def linear(self, a: str, W: str, b: str, tensor: str = "Z*") -> str:
        """Return Z = W A_prev + b."""
        rows, in_out = self.c.rows, self.c.in_out
        W = W if rows == in_out else f"{W}.T"
        z = self.product(a, W) if rows else self.product(W, a)
        if not self.c.biases:
            return z
        full = f"{z} + {self.bias(b)}"
        return self.or_wrong(tensor, full, ("missing-b", z), ("minus-b", f"{z} - {self.bias(b)}"))

    def bias(self, b: str) -> str:
        """Return b in a shape that is added to Z."""
        if self.c.rows:
            return self.pick(f"{b}.T", f"{b}.reshape(1, -1)") if self.c.biases == COLUMN else b
        flat = self.pick(f"{b}[:, None]", f"{b}.reshape(-1, 1)", f"{b}[:, np.newaxis]")
        return {COLUMN: b, FLAT: flat, ROW: f"{b}.T"}[self.c.biases]

    def gradient_of_W(self, a: str, d: str, tensor: str, scale: bool) -> str:
        """Return dW = dZ A_prevᵀ, with 1/m where the scale is not in dZ."""
        rows, in_out = self.c.rows, self.c.in_out
        left, right = (a, d) if in_out else (d, a)
        g = self.product(f"{left}.T", right) if rows else self.product(left, f"{right}.T")
        return self.averaged(g, tensor, scale)

    def gradient_of_b(self, d: str, tensor: str, scale: bool) -> str:
        """Return db = Σ dZ, in the shape of b."""
        axis = int(not self.c.rows)
        plain = self.pick(f"np.sum({d}, axis={axis})", f"{d}.sum(axis={axis})", f"{d}.sum({axis})")
        kept = self.pick(f"np.sum({d}, axis={axis}, keepdims=True)",
                         f"{d}.sum(axis={axis}, keepdims=True)")  # fmt: skip
        column = self.pick(f"{plain}.reshape(-1, 1)", f"{plain}[:, None]")
        row = self.pick(f"{plain}.reshape(1, -1)", f"{plain}[None, :]")
        of_shape = {
            FLAT: [plain, plain, f'np.einsum("ij->{"ij"[not axis]}", {d})'],
            ROW: [row] if axis else [kept, kept, row],
            COLUMN: [kept, kept, column] if axis else [column],
        }[self.c.biases]
        g = self.pick(*of_shape)
        wrong = [("mean-for-sum", g.replace("np.sum", "np.mean").replace(".sum(", ".mean("))]
        g = self.or_wrong(tensor, g, *(w for w in wrong if "einsum" not in g))
        return self.averaged(g, tensor, scale)

    def averaged(self, g: str, tensor: str, scale: bool) -> str:
        """Return a gradient of parameters with the factor of the cost, if it is not in dZ."""
        factor = self.factor
        if not scale or not factor:
            return g
        inner = f"({g})" if "@" in g or " + " in g else g
        every = [f"{inner} / {factor}", f"(1 / {factor}) * {inner}", f"1 / {factor} * {inner}"]
        right = self.pick(*every)
        shows = self.shows_scale if "*" not in tensor else self.c.cost or self.c.biases
        missing = [("missing-1/m", g)] if shows else []
        return self.or_wrong(tensor, right, *missing)

    @property
    def shows_scale(self) -> bool:
        """Whether a gradient in another scale than the others' contradicts something."""
        return bool(self.c.cost or self.c.L > 1 or self.c.biases)

    @property
    def factor(self) -> str:
        """What the sum over examples is divided by: "m", "(m * n_y)", "" for nothing."""
        if "over outputs" in self.c.gradients:
            return f"({self.m} * {self.c.n_y})"
        return self.m if self.c.gradients.startswith("mean") else ""

    @property
    def twice(self) -> bool:
        """Whether the squared error is without its ½."""
        return "½" in self.c.gradients

    def gradient_of_A(self, W: str, d: str, tensor: str) -> str:
        """Return dA_prev = Wᵀ dZ."""
        W = f"{W}.T" if self.c.rows == self.c.in_out else W
        return self.product(d, W) if self.c.rows else self.product(W, d)

    def hidden_gradient(self, g: str, dA: str, z: str, a: str, tensor: str) -> str:
        """Return dZ = dA ∗ g'(Z); dA is an expression."""
        inner = f"({dA})" if "@" in dA else dA
        missing = "missing-derivative", dA
        if g == "relu":
            of_double = self.double(f"np.where({z} > 0, 1.0, 0.0)", f"({z} > 0).astype(float)")
            mask = self.pick(f"({z} > 0)", f"({a} > 0)", f"np.sign({a})", *of_double)
            right = self.pick(f"{inner} * {mask}", f"{mask} * {inner}",
                              f"np.where({z} > 0, {dA}, 0)")  # fmt: skip
            return self.or_wrong(tensor, right, missing, ("mask-of-dA", f"{inner} * ({inner} > 0)"))
        prime = self.prime(g, z, a)
        wrong = {"tanh": f"(1 - {a})", "sigmoid": f"(1 - {a})"}[g]
        of_z = f"(1 - {z} ** 2)" if g == "tanh" else f"{z} * (1 - {z})"
        right = self.pick(f"{inner} * {prime}", f"{prime} * {inner}", f"np.multiply({dA}, {prime})")
        return self.or_wrong(
            tensor, right, missing, ("wrong-derivative", f"{inner} * {wrong}"),
            ("Z-for-A", f"{inner} * {of_z}"),
        )  # fmt: skip

    def prime(self, g: str, z: str, a: str) -> str:
        """Return g'(Z) of tanh or the sigmoid, of A or Z."""
        if g == "tanh":
            return self.pick(
                f"(1 - {a} ** 2)", f"(1 - {a} * {a})", f"(1 - np.square({a}))",
                f"(1 - np.power({a}, 2))", f"(1 - np.tanh({z}) ** 2)", f"(1.0 - {a}**2)",
                f"((1 + {a}) * (1 - {a}))",
            )  # fmt: skip
        return self.pick(f"({a} * (1 - {a}))", f"(1 - {a}) * {a}", f"({a} - {a} ** 2)",
                         f"(1.0 - {a}) * {a}")  # fmt: skip

    def indented(self, lines: list[str], depth: int = 1) -> str:
        """Return lines with the indentation of a block."""
        return "".join(f"{'    ' * depth}{line}\n" for text in lines for line in text.split("\n"))

    @property
    def axis(self) -> int:
        """The axis of the outputs."""
        return int(self.c.rows)

    @property
    def takes_indices(self) -> bool:
        """Whether labels are the numbers of classes."""
        return self.c.labels == INDICES


Ref = Callable[[int], str]  # how a program names something of layer l
