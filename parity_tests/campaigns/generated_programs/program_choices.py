"""What a generated program computes, and by which conventions: drawn at random from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parity_tests.adapters.interfaces.data_forms import FLAT as FLAT_LABELS
from parity_tests.adapters.interfaces.data_forms import INDICES, MATRIX
from parity_tests.adapters.interfaces.layout import COLUMN, FLAT, ROW, Layout
from parity_tests.adapters.interfaces.scales import MEAN
from ref_numpy import NetworkSpec

Rng = np.random.Generator

HIDDEN = ("relu", "tanh", "sigmoid")
OUTPUTS = (
    ("softmax", "cross_entropy"), ("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy"),
    ("sigmoid", "squared_error"), ("identity", "squared_error"), ("tanh", "squared_error"),
)  # fmt: skip
CLASS, LOSS_METHOD, LOSS_FUNCTION, FUNCTIONS = "class", "loss method", "loss function", "functions"
TRAIN_STEP, ONE_EXAMPLE = "train step", "one example"
LAYER_CLASSES, LAYER_FUNCTIONS, COURSE = "layer classes", "layer functions", "course"
LAYER_NETWORK, ENGINE, SCRIPT = "network of layers", "engine", "script"
INTERFACES = (
    CLASS, LOSS_METHOD, LOSS_FUNCTION, FUNCTIONS, TRAIN_STEP, ONE_EXAMPLE, LAYER_CLASSES,
    LAYER_NETWORK, LAYER_FUNCTIONS, COURSE, ENGINE, SCRIPT,
)  # fmt: skip

# Scales of a cost that programs have; those over outputs where there are several.
SQUARED = (MEAN, "sum", "mean, without ½", "sum, without ½")
OVER_OUTPUTS = ("mean over outputs", "mean over outputs, without ½")


@dataclass(frozen=True)
class Choices:
    """What a program computes, and how it lays out and scales its numbers.

    Attributes:
        seed: from which all of it, and the spelling of each line, is drawn.
        interface: one of `INTERFACES`.
        hidden: the activations of the hidden layers.
        output: the output's activation.
        loss: the kind of the loss.
        n_y: the number of outputs: 1 or 4, or that of the program's own sizes.
        rows: the examples are rows.
        in_out: W is (n_prev, n).
        biases: the shape of b, of `layout`; "" for none.
        cost: the scale of J, of `scales`; "" where the program has no J.
        gradients: the scale of the gradients.
        labels: the form of the labels, of `data_forms`.
        precision: the arithmetic.
        dims: sizes that the program itself has; () where it takes any.
    """

    seed: int
    interface: str
    hidden: tuple[str, ...]
    output: str
    loss: str
    n_y: int
    rows: bool
    in_out: bool
    biases: str
    cost: str
    gradients: str
    labels: str
    precision: str
    dims: tuple[int, ...] = ()

    @property
    def L(self) -> int:
        """The number of layers."""
        return len(self.hidden) + 1

    @property
    def layout(self) -> Layout:
        """The layout of the arrays."""
        return Layout(self.rows, self.in_out, self.biases or COLUMN)

    @property
    def rng(self) -> Rng:
        """Random numbers for the spelling."""
        return np.random.default_rng([self.seed, 1])

    @property
    def kinds(self) -> str:
        """In words, as `NetworkSpec.summary` has them: "(relu, softmax), cross_entropy"."""
        sizes = range(2, self.L + 3)
        spec = NetworkSpec.dense([*sizes], self.hidden or "relu", self.output, self.loss)
        return spec.summary.partition(" ")[2]


def draw_choices(seed: int, interface: str = "") -> Choices:
    """Return the choices of a seed.

    Args:
        seed: of the random numbers.
        interface: one of `INTERFACES`; "" takes each in turn.
    """
    rng = np.random.default_rng([seed, 0])
    interface = interface or INTERFACES[seed % len(INTERFACES)]
    layers = int(rng.choice([1, 2, 2, 2, 3, 3, 4]))
    g, (output, loss) = str(rng.choice(HIDDEN)), OUTPUTS[rng.integers(len(OUTPUTS))]
    n_y = 1 if output != "softmax" and rng.random() < 0.6 else 4
    rows, in_out = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    usual = [COLUMN, COLUMN, COLUMN, FLAT] if not rows else [FLAT, FLAT, ROW, ROW, COLUMN]
    biases = "" if rng.random() < 0.1 else str(rng.choice(usual))
    gradients = draw_scale(rng, loss, n_y)
    cost = gradients if rng.random() < 0.75 else ""
    labels = draw_labels(rng, output, n_y)
    precision = "float32" if rng.random() < 0.2 else "float64"
    dims: tuple[int, ...] = ()
    if rng.random() < 0.15:
        sizes = rng.permutation(range(3, 13))[:layers]
        dims = (*map(int, sizes), n_y if n_y not in sizes else n_y * 4)
    made = Choices(
        seed, interface, (g,) * (layers - 1), output, loss, dims[-1] if dims else n_y,
        rows, in_out, biases, cost, gradients, labels, precision, dims,
    )  # fmt: skip
    return fitted_to_interface(made, rng)


def draw_scale(rng: Rng, loss: str, n_y: int) -> str:
    """Return a scale that a cost of this loss may have."""
    if loss != "squared_error":
        means = [OVER_OUTPUTS[0]] if loss == "binary_cross_entropy" and n_y > 1 else []
        return str(rng.choice([MEAN, MEAN, "sum", *means]))
    return str(rng.choice([*SQUARED, *(OVER_OUTPUTS if n_y > 1 else ())]))


def draw_labels(rng: Rng, output: str, n_y: int) -> str:
    """Return a form that the labels of such a network may have."""
    if n_y == 1:
        return str(rng.choice([MATRIX, FLAT_LABELS]))
    return str(rng.choice([MATRIX, INDICES])) if output == "softmax" else MATRIX


def fitted_to_interface(c: Choices, rng: Rng) -> Choices:
    """Return the choices without those that an interface does not leave open."""
    given = {**vars(c)}
    if c.interface == TRAIN_STEP:  # an update is read at float64 alone
        given["precision"] = "float64"
    if c.interface in (LOSS_METHOD, LOSS_FUNCTION):
        given["cost"] = c.gradients
    if c.interface in (LAYER_CLASSES, LAYER_NETWORK, LAYER_FUNCTIONS):
        given |= of_layers(c, rng)
    if c.interface == ENGINE:
        kinds = tuple(map(str, rng.permutation(HIDDEN)[: rng.integers(1, 4)]))
        given |= {"hidden": kinds, "output": "identity", "loss": "squared_error"}
    if c.interface == COURSE:
        g, layers = (("tanh", 1), ("relu", 2), ("relu", 2))[c.seed // len(INTERFACES) % 3]
        given |= {
            "hidden": (g,) * layers, "output": "sigmoid", "loss": "binary_cross_entropy", "n_y": 1,
            "rows": False, "in_out": False, "biases": COLUMN, "cost": MEAN, "gradients": MEAN,
            "labels": MATRIX, "dims": (),
        }  # fmt: skip
    if c.interface == SCRIPT:
        given |= {"n_y": c.n_y if c.n_y in (1, 4) else 4, "dims": ()}
    if c.interface in (ENGINE, COURSE, SCRIPT):
        given["precision"] = "float64"
    if c.interface == ONE_EXAMPLE:  # each call is of one example: sums
        scales = ["sum", "sum, without ½"] if c.loss == "squared_error" else ["sum"]
        given["gradients"] = scale = str(rng.choice(scales))
        given["cost"] = scale if c.cost else ""
        given |= {"labels": MATRIX, "rows": False, "biases": c.biases and COLUMN}
    return Choices(**given)


def of_layers(c: Choices, rng: Rng) -> dict[str, object]:
    """Return the choices of a program of layers, whose loss is given the last Z."""
    output, loss = OF_LAYERS[rng.integers(len(OF_LAYERS))]
    n_y = 1 if output != "softmax" and rng.random() < 0.4 else 4
    kinds = tuple(map(str, rng.permutation(HIDDEN)[: rng.integers(1, 4)]))
    gradients = draw_scale(rng, loss, n_y)
    cost = gradients if rng.random() < 0.85 else ""
    if c.interface == LAYER_FUNCTIONS:
        n_y, scales = 4, [MEAN, "sum", *(SQUARED[2:] if loss == "squared_error" else ())]
        cost = cost and str(rng.choice(scales))
        gradients = cost or str(rng.choice([MEAN, "sum"]))
    elif not cost:  # the first gradient is then A − Y
        output, loss, gradients = "identity", "squared_error", str(rng.choice([MEAN, "sum"]))
    if c.interface == LAYER_NETWORK:
        kinds = kinds[:1] * int(rng.integers(1, 3)) if rng.random() < 0.6 else kinds[:2]
    elif c.interface == LAYER_CLASSES and len(kinds) == 1:  # a network has two hidden layers
        kinds *= 2
    biases = c.biases or FLAT if c.interface == LAYER_FUNCTIONS else c.biases
    return {
        "hidden": kinds, "output": output, "loss": loss, "n_y": n_y, "cost": cost,
        "gradients": gradients, "labels": draw_labels(rng, output, n_y), "dims": (),
        "biases": biases,
    }  # fmt: skip


OF_LAYERS = (
    ("softmax", "cross_entropy"), ("softmax", "cross_entropy"),
    ("sigmoid", "binary_cross_entropy"), ("identity", "squared_error"),
)  # fmt: skip
