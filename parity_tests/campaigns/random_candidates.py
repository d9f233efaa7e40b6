"""Random problems for the campaign of false positives: a network, a batch, a kind of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.campaigns.data_kinds import DATA_KINDS, Data, mapped_floats
from parity_tests.campaigns.random_gpts import random_gpt
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.cases import COMBINED, HIDDEN, OUTPUTS
from parity_tests.kinds.known_kinds import built_in_losses
from parity_tests.kinds.random_graph import random_graph
from parity_tests.kinds.random_problem import mapped_inputs, random_problem
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.arrays.axes import number_of_examples
from ref_numpy.propagation import Inputs

SMALL, MANY_EXAMPLES, WIDE = "small", "many examples", "wide"
SIZES = {SMALL: 0.9, MANY_EXAMPLES: 0.05, WIDE: 0.05}  # how often
RANDOM_DATA = 0.4  # how often; the rest is of the other kinds, each as often


@dataclass(frozen=True)
class Problem:
    """A network and batch, and the seed that gives it again.

    Attributes:
        seed: of this problem.
        kind: of the data.
        spec: the network.
        params: its parameters.
        X: the inputs, (n_x, m), or each by name.
        Y: the labels, (n_y, m).
        context: of a graph that draws random numbers or has state, every other time one that
            trains.
    """

    seed: int
    kind: str
    spec: NetworkSpec
    params: dict[str, Array]
    X: Inputs
    Y: Array
    context: Context | None = None

    def rounded_to(self, precision: str) -> tuple[NetworkSpec, dict[str, Array], Inputs, Array]:
        """Return (spec, params, X, Y) in numbers of a precision."""
        p = precision_named(precision)

        def rounded(x: Array) -> Array:
            is_whole = x.dtype.kind in "iu"
            return x if is_whole else p.round(np.clip(x, -p.largest, p.largest))

        params = {name: rounded(x) for name, x in self.params.items()}
        X = mapped_inputs(self.X, rounded)
        return self.spec, params, X, rounded(self.Y)

    def __str__(self) -> str:
        training = ", in training" if self.context else ""
        about = f"{self.spec.summary}, m = {number_of_examples(self.Y)}, {self.kind}{training}"
        return f"seed {self.seed}: {about}"


def random_network(
    rng: np.random.Generator, activations: tuple[str, ...] = COMBINED
) -> tuple[NetworkSpec, int]:
    """Return a network and the number m of its examples, with any output and loss.

    Small: up to six hidden layers of 1 to 64 units, m up to 128. Many examples: up to two hidden
    layers of up to 8 units, m up to 65,536. Wide: up to 16,384 inputs or units, m up to 32.

    Args:
        rng: of the random numbers.
        activations: of the hidden layers, and of an output under squared error.
    """
    size = rng.choice(list(SIZES), p=list(SIZES.values()))
    i = rng.integers(len(OUTPUTS))
    output, loss, n_y = OUTPUTS[i]
    if output in COMBINED and loss == "squared_error":
        output = activations[i % len(activations)] if activations != COMBINED else output
    if loss != "binary_cross_entropy":
        n_y = int(rng.integers(2, 12))
    n_hidden = int(rng.integers(0, 7 if size == SMALL else 3))
    widths = power_of_2(rng, 0, 6 if size == SMALL else 3, n_hidden + 1)
    m = int(power_of_2(rng, 0, 7))
    if size == MANY_EXAMPLES:
        m = int(power_of_2(rng, 7, 16))
    if size == WIDE:
        m = int(power_of_2(rng, 0, 5))
        widths[rng.integers(n_hidden + 1)] = power_of_2(rng, 6, 14)
    hidden = [str(g) for g in rng.choice(activations, n_hidden)]
    lambd = float(rng.choice([0.0, 2.0 ** rng.uniform(-4, 4)]))
    of = built_in_losses()[loss].sample or loss
    return NetworkSpec.dense([*widths, n_y], hidden, output, of, lambd), m


def power_of_2(rng: np.random.Generator, low: float, high: float, size: int | None = None) -> Any:
    """Return whole numbers whose logarithm is evenly distributed."""
    return np.rint(2 ** rng.uniform(low, high, size)).astype(int)


def random_data(spec: NetworkSpec, m: int, precision: str, rng: np.random.Generator) -> Data:
    """Return weights and inputs of any scale that does not overflow at the precision."""
    params, X, Y = random_problem(spec, m, int(rng.integers(2**32)))
    largest = 12 if precision_named(precision).largest > 1e6 else 2  # float16 ends at 65504
    scales = {name: 2.0 ** rng.uniform(-2, 2) for name in params}
    params = {name: scales[name] * value for name, value in params.items()}
    scale = 2.0 ** rng.uniform(-12, largest)
    return params, mapped_floats(X, lambda x: x * scale), Y


def random_candidate(
    seed: int,
    precision: str,
    data_sets_per_graph: int = 1,
    activations: tuple[str, ...] = COMBINED,
    graphs: bool = False,
    gpts: bool = False,
) -> Problem:
    """Return the problem of a seed.

    Args:
        seed: its network is that of seed // data_sets_per_graph.
        precision: at which it is to be computed.
        data_sets_per_graph: see `Engine`.
        activations: of its network; a graph has all of them unless others are named.
        graphs: whether the network is a random graph.
        gpts: whether it is one of a GPT or a Llama.
    """
    of_network = np.random.default_rng([seed // data_sets_per_graph, 0])
    if gpts:
        spec, m = random_gpt(of_network), int(of_network.integers(1, 9))
    elif graphs:
        named = HIDDEN if activations == COMBINED else activations
        spec, m = random_graph(of_network, named), int(of_network.integers(1, 41))
    else:
        spec, m = random_network(of_network, activations)
    rng = np.random.default_rng([seed, 1])
    kinds = list(DATA_KINDS)
    others = (1 - RANDOM_DATA) / (len(kinds) - 1)
    kind = str(rng.choice(kinds, p=[RANDOM_DATA] + [others] * (len(kinds) - 1)))
    params, X, Y = DATA_KINDS[kind](spec, random_data(spec, m, precision, rng), rng)
    context = random_context(spec, m, np.random.default_rng([seed, 2])) if graphs else None
    return Problem(seed, kind, spec, params, X, Y, context)


def random_context(spec: NetworkSpec, m: int, rng: np.random.Generator) -> Context | None:
    """Return a context that trains, of any update and examples; every other time none.

    Args:
        spec: the network; of one that draws nothing and has no state there is none, nor of a
            single example that has no others to be normalised with.
        m: the number of examples.
        rng: of the random numbers.
    """
    if not spec.acts_in_training or (m < 2 and spec.couples_examples) or rng.random() < 0.5:
        return None
    seed, update, first = (int(x) for x in rng.integers(2**32, size=3))
    context = spec.context(m, training=True, seed=seed, update=update)
    return context._replace(examples=first + rng.permutation(m))
