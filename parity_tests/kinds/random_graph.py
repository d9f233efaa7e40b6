"""Random graphs: any kind of step, fan-out, shared parameters, several inputs, positions, tokens.

The makers below have the kinds that are no activations; every activation with `samples` is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity_tests.kinds.cases import HIDDEN, OUTPUTS
from parity_tests.kinds.known_kinds import built_in_layer, built_in_losses
from ref_numpy import (
    Add,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Graph,
    Layer,
    LayerNorm,
    Multiply,
    NetworkSpec,
    RMSNorm,
    Softmax,
    Unembedding,
    WholeNumbers,
)
from ref_numpy.graphs.chain import activation_from_name

SIZES, POSITIONS = range(1, 24), range(2, 7)  # of features and tokens; of positions
FEWEST, MOST = 3, 12  # steps
USES = 3  # of one tensor, after which no other step is given it
SHARED = 0.5  # how often a step shares a parameter where an earlier one has such a parameter
REUSED = 0.5  # how often a size is one that another tensor has, so that the two can be added

Shape = tuple[int, ...]


@dataclass
class Growth:
    """A graph that grows.

    Attributes:
        rng: of all choices.
        activations: that are drawn, by name.
        graph: so far.
        uses: how often each tensor is taken.
        sizes: that no tensor has yet.
    """

    rng: np.random.Generator
    activations: tuple[str, ...] = HIDDEN
    graph: Graph = field(init=False)
    uses: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.sizes = [int(n) for n in self.rng.permutation(SIZES)]
        self.graph = Graph({name: self.input() for name in self.names_of_inputs()})

    def names_of_inputs(self) -> list[str]:
        """Return the names of one to three inputs; most graphs have one or two."""
        return ["x", "v", "w"][: self.rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15])]

    def input(self) -> Any:
        """Return the shape of an input: (n,), (n, T), or whole numbers."""
        n, T = self.size(), int(self.rng.choice(POSITIONS))
        shapes: list[Any] = [(n,), (n, T), WholeNumbers(n), WholeNumbers(n, (T,))]
        return shapes[self.rng.choice(4, p=[0.5, 0.2, 0.15, 0.15])]

    def size(self) -> int:
        """Return a size that no tensor has; once all are taken, any."""
        return self.sizes.pop() if self.sizes else int(self.rng.choice(SIZES))

    def size_of_result(self) -> int:
        """Return a size of another tensor, so that the two can be added; or a new one."""
        known = [self.graph.shapes[name][0] for name in self.floats()]
        return self.pick(known) if known and self.rng.random() < REUSED else self.size()

    def pick(self, among: list[Any]) -> Any:
        """Return one of these."""
        return among[self.rng.integers(len(among))]

    def floats(self, positions: Shape | None = None, n: int | None = None) -> list[str]:
        """Return the tensors of floats that may still be taken, with these positions and size."""
        shapes: dict[str, Any] = {
            name: shape for name, shape in self.graph.shapes.items()
            if not isinstance(shape, WholeNumbers) and self.uses[name] < USES
        }  # fmt: skip
        return [
            name for name, (own, *others) in shapes.items()
            if positions in (None, (*others,)) and n in (None, own)
        ]  # fmt: skip

    def tokens(self) -> list[str]:
        """Return the inputs of whole numbers."""
        shapes = self.graph.shapes.items()
        return [n for n, shape in shapes if isinstance(shape, WholeNumbers) and self.uses[n] < USES]

    def one(self, names: list[str]) -> str:
        """Return one of these tensors, most often one that nothing takes yet."""
        unused = [name for name in names if not self.uses[name]]
        return self.pick(unused if unused and self.rng.random() < 0.5 else names)

    def unused(self) -> list[str]:
        """Return the tensors that nothing takes yet."""
        return [name for name in self.graph.shapes if not self.uses[name]]

    def add(self, layer: Layer, *inputs: str, shared: float = SHARED) -> str:
        """Add a step, which may share parameters of earlier ones, each so often."""
        share = {}
        for own, shape in layer.parameter_shapes().items():
            such = {
                step.parameters[own]: None for step in self.graph.steps
                if step.layer.parameter_shapes().get(own) == shape
            }  # fmt: skip
            if such and self.rng.random() < shared:
                share[own] = self.pick([*such])
        name = f"{layer.kind}.{len(self.graph.steps)}"
        self.uses.update(inputs)
        return self.graph.add(name, layer, *inputs, share=share)

    def steps_to_the_end(self) -> int:
        """Return how many steps `finish` adds."""
        unused = [self.graph.shapes[name] for name in self.unused()]
        tokens = [shape for shape in unused if isinstance(shape, WholeNumbers)]
        at_positions = sum(bool(t.shape) for t in tokens) + sum(
            not isinstance(shape, WholeNumbers) and len(shape) > 1 for shape in unused
        )
        return len(tokens) + at_positions + (len(unused) > 1) + 2

    def finish(self, n_y: int, output: Layer | None) -> None:
        """Take what nothing took into one tensor, and that to the output."""
        for name in self.tokens():
            if not self.uses[name]:
                embed(self, name)
        for name in self.unused():
            if len(self.graph.shapes[name]) > 1:
                self.add(Flatten(), name)
        last, *others = self.unused()
        if others:
            last = self.add(Concatenate(), last, *others)
        n = self.graph.shapes[last][0]
        last = self.add(Dense(n, n_y, bool(self.rng.random() < 0.8)), last)
        if output is not None:
            self.add(output, last)


def add_activation(g: Growth) -> None:
    """Add an activation, with any of its constants."""
    kind = g.pick([*g.activations])
    g.add(g.pick([*built_in_layer(kind).samples]), g.one(g.floats()))


def add_dense(g: Growth) -> None:
    """Add a dense layer, with a bias or without, now and then of an earlier one's sizes."""
    name = g.one(g.floats())
    n_prev = g.graph.shapes[name][0]
    earlier = [step.layer for step in g.graph.steps if getattr(step.layer, "n_prev", 0) == n_prev]
    again = earlier and g.rng.random() < SHARED
    n = g.pick(earlier).n if again else g.size_of_result()
    g.add(Dense(n_prev, n, bool(g.rng.random() < 0.75)), name)


def add_unary(make: Callable[[Growth, int], Layer]) -> Callable[[Growth], None]:
    """Return the maker of a layer of n features."""

    def maker(g: Growth) -> None:
        name = g.one(g.floats())
        g.add(make(g, g.graph.shapes[name][0]), name)

    return maker


def add_several(layer: Layer, several: bool) -> Callable[[Growth], None]:
    """Return the maker of a layer of inputs of one shape, two or, with `several`, up to three."""

    def maker(g: Growth) -> None:
        first = g.one(g.floats())
        n, *positions = g.graph.shapes[first]
        alike = [name for name in g.floats((*positions,), n) if name != first]
        others = [g.one(alike)] if alike else [first]
        if several and len(alike) > 1 and g.rng.random() < 0.3:
            others.append(g.one(alike))
        g.add(layer, first, *others)

    return maker


def add_concatenate(g: Growth) -> None:
    """Concatenate two or three tensors of the same positions."""
    first = g.one(g.floats())
    alike = g.floats((*g.graph.shapes[first][1:],))
    g.add(Concatenate(), first, *(g.one(alike) for _ in range(g.rng.integers(1, 3))))


def add_flatten(g: Growth) -> None:
    """Flatten a tensor at positions, if there is one."""
    floats = g.floats()
    at_positions = [name for name in floats if len(g.graph.shapes[name]) > 1]
    g.add(Flatten(), g.one(at_positions or floats))


def add_embedding(g: Growth) -> None:
    """Embed tokens, if there are any."""
    if tokens := g.tokens():
        embed(g, g.one(tokens))


def embed(g: Growth, tokens: str) -> None:
    """Embed these tokens, now and then in vectors of the size of an earlier table."""
    V: int = g.graph.shapes[tokens].n  # pyright: ignore[reportAttributeAccessIssue]
    earlier = [step.layer.n for step in g.graph.steps if getattr(step.layer, "V", 0) == V]
    again = earlier and g.rng.random() < SHARED
    g.add(Embedding(V, g.pick(earlier) if again else g.size_of_result()), tokens)


def add_unembedding(g: Growth) -> None:
    """Score the tokens of an embedding, or of a vocabulary of its own."""
    tables = [step.layer for step in g.graph.steps if "E" in step.parameters]
    fitting = [(t, name) for t in tables for name in g.floats(n=t.n)]
    if fitting and g.rng.random() < 0.8:
        table, name = g.pick(fitting)
        g.add(Unembedding(table.n, table.V), name)
    else:
        name = g.one(g.floats())
        g.add(Unembedding(g.graph.shapes[name][0], g.size()), name)


def add_again(g: Growth) -> None:
    """Apply an earlier layer once more, mostly with the same parameters."""
    fitting = [
        (step.layer, name) for step in g.graph.steps if step.layer.symbol in ("Z", "N")
        for name in g.floats(n=step.input_shapes[0][0])
    ]  # fmt: skip
    if fitting:
        g.add(*g.pick(fitting), shared=0.9)


EPSILONS = 1e-5, 1e-6, 2.0**-4
MAKERS: dict[str, Callable[[Growth], None]] = {
    "activation": add_activation,
    "dense": add_dense,
    "softmax": add_unary(lambda g, n: Softmax()),
    "dropout": add_unary(lambda g, n: Dropout(0.25)),
    "layer_norm": add_unary(lambda g, n: LayerNorm(n, g.pick([*EPSILONS]))),
    "rms_norm": add_unary(lambda g, n: RMSNorm(n, g.pick([*EPSILONS]))),
    "add": add_several(Add(), several=True),
    "multiply": add_several(Multiply(), several=False),
    "concatenate": add_concatenate,
    "flatten": add_flatten,
    "embedding": add_embedding,
    "unembedding": add_unembedding,
    "again": add_again,
}
OFTEN = {"activation": 3, "dense": 3, "flatten": 0.5, "again": 2}  # the others: 1


def random_graph(
    rng: np.random.Generator | int, activations: tuple[str, ...] = HIDDEN
) -> NetworkSpec:
    """Return a graph of 3 to 12 steps, with any output and loss that fit.

    Sizes are pairwise distinct, but where tensors are added, multiplied or have a shared parameter.

    Args:
        rng: of all choices, or a seed.
        activations: that are drawn, by name.
    """
    g = Growth(np.random.default_rng(rng), activations)
    output, loss, n_y = g.pick([*OUTPUTS])
    if loss != "binary_cross_entropy":
        n_y = int(g.rng.integers(2, 12))
    # The loss of values takes a dense layer's result without an activation as well.
    bare = output == "identity" and loss != "hinge" and g.rng.random() < 0.5
    n_steps = g.rng.integers(FEWEST, MOST + 1) + bare
    often = np.array([OFTEN.get(kind, 1) for kind in MAKERS])
    # A step may add two more to the end: one that flattens its result, one that concatenates it.
    while (n := len(g.graph.steps) + g.steps_to_the_end()) < n_steps and n + 3 <= MOST:
        kind = g.rng.choice([*MAKERS], p=often / often.sum())
        if kind == "embedding" or g.floats():
            MAKERS[str(kind)](g)
        else:
            add_embedding(g)
    g.finish(n_y, None if bare else activation_from_name(output))
    lambd = float(g.rng.choice([0.0, 2.0 ** g.rng.uniform(-4, 4)]))
    return NetworkSpec.from_graph(g.graph, built_in_losses()[loss].sample or loss, lambd)
