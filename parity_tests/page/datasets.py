"""The examples of a page, from one of torch_impl's data sets or at random."""

from __future__ import annotations

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.page_request import DATA
from ref_numpy import Array, NetworkSpec, WholeNumbers, one_hot
from ref_numpy.data.preprocessing import Standardiser
from ref_numpy.propagation import Inputs
from torch_impl.data import sources

# The data set of a page without --data, by the network's numbers of inputs and outputs.
FITS: dict[tuple[int, ...], str] = {
    (2, 1): "planar_flower",
    (64, 10): "digits",
    (30, 1): "breast_cancer",
}


def choose_examples(
    spec: NetworkSpec, name: str | None, m: int, seed: int
) -> tuple[str, Inputs, Array]:
    """Choose m examples of a data set at random, standardised.

    Args:
        spec: the network.
        name: one of DATA, functions of torch_impl.data.sources, or "random"; None takes the data
            set that fits the network.
        m: how many.
        seed: of the choice.

    Returns:
        The data set in words, X (n_x, m), or each input by name, and Y (n_y, m).

    Raises:
        InputError: there is no such data set, or it does not fit the network.
    """
    (n_y,) = spec.output_shape
    classes = spec.loss.classifies
    if name is None:
        fits = FITS.get((*spec.input_shape, n_y), "random") if takes_rows(spec) else "random"
        name = fits if classes else "random"
    if name == "random":
        _, X, Y = random_problem(spec, m, seed)
        return "random numbers", X, Y
    if name not in DATA:
        raise input_error("page.data", data=name, known=", ".join(DATA))
    examples: sources.Examples = getattr(sources, name)()
    x, y = examples.x.reshape(len(examples.x), -1).astype(np.float64), np.asarray(examples.y)
    if not takes_rows(spec):
        raise input_error("page.rows", data=name, network=spec.summary)
    (n_x,) = spec.input_shape
    n_classes = int(y.max()) + 1
    outputs = {1, n_classes} if n_classes == 2 else {n_classes}
    if x.shape[1] != n_x or n_y not in outputs or not classes:
        raise input_error(
            "page.data-sizes",
            data=name,
            n_x=x.shape[1],
            n_classes=n_classes,
            network=spec.summary,
            n_y=min(outputs),
        )
    if m > len(x):
        raise input_error("page.examples", examples=m, most=len(x), data=name)
    X = Standardiser.of(x.T).apply(x.T)
    some = np.random.default_rng(seed).permutation(len(x))[:m]
    Y = one_hot(y[some], n_classes)
    return f"{m} examples of {name}", X[:, some], Y[1:] if n_y == 1 else Y


def takes_rows(spec: NetworkSpec) -> bool:
    """Return whether the network's only input is a row of numbers for each example."""
    (first, *others) = spec.inputs.values()
    return not others and not isinstance(first, WholeNumbers) and len(first) == 1


def default_examples(spec: NetworkSpec, m: int) -> int:
    """Return m, or the next number that is no size of the graph, so that no tensor is square."""
    if spec.is_chain:
        return m
    shapes = spec.trace_shapes(0) | spec.parameter_shapes
    sizes = {n for shape in shapes.values() for n in shape}
    while m in sizes:
        m += 1
    return m
