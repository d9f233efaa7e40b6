"""A graph that grows by random steps, and ends in an output."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity_tests.kinds.cases import HIDDEN
from ref_numpy import Concatenate, Dense, Embedding, Flatten, Graph, Layer, WholeNumbers

SIZES, POSITIONS = range(1, 24), range(2, 7)  # of features and tokens; of positions
IMAGE, CHANNELS, SIDES = "image", (2, 3, 4, 6), range(3, 7)  # an input of images
LARGEST_SIDE = 9  # of an image that is taken further
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

    @property
    def shapes(self) -> dict[str, Any]:
        """The shape of one example of each tensor; WholeNumbers of tokens."""
        return self.graph.shapes

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
        known = [self.shapes[name][0] for name in self.floats()]
        return self.pick(known) if known and self.rng.random() < REUSED else self.size()

    def pick(self, among: list[Any]) -> Any:
        """Return one of these."""
        return among[self.rng.integers(len(among))]

    def floats(
        self, positions: Shape | None = None, n: int | None = None, images: bool = False
    ) -> list[str]:
        """Return the tensors of floats that may still be taken.

        Args:
            positions: which they have; None for any.
            n: their size; None for any.
            images: whether those are among them, where any positions are meant. Torch has their
                features first, which not every layer takes.
        """
        images = images or positions is not None
        shapes = {
            name: shape for name, shape in self.shapes.items()
            if not isinstance(shape, WholeNumbers) and self.uses[name] < USES
            and (images or len(shape) <= 2)
        }  # fmt: skip
        return [
            name for name, (own, *others) in shapes.items()
            if positions in (None, (*others,)) and n in (None, own)
        ]  # fmt: skip

    def image(self) -> str | None:
        """Return a tensor of small images: one of several, or else an input, which is added now.

        None where each has been taken often enough, or is large.
        """
        images = [n for n in self.floats(images=True) if self.is_small_image(n)]
        if not images and IMAGE not in self.shapes:
            H, W = (int(T) for T in self.rng.choice(SIDES, 2, replace=False))
            shape = (int(self.rng.choice(CHANNELS)), H, W)
            self.graph.inputs = {**self.graph.inputs, IMAGE: shape}
            self.graph.shapes[IMAGE] = shape
            return IMAGE
        return self.one(images) if images else None

    def is_small_image(self, name: str) -> bool:
        """Return whether a tensor has two axes of positions, not many of them."""
        _, *positions = self.shapes[name]
        return len(positions) == 2 and max(positions) <= LARGEST_SIDE

    def tokens(self) -> list[str]:
        """Return the inputs of whole numbers."""
        shapes = self.shapes.items()
        return [n for n, shape in shapes if isinstance(shape, WholeNumbers) and self.uses[n] < USES]

    def one(self, names: list[str]) -> str:
        """Return one of these tensors, most often one that nothing takes yet."""
        unused = [name for name in names if not self.uses[name]]
        return self.pick(unused if unused and self.rng.random() < 0.5 else names)

    def unused(self) -> list[str]:
        """Return the tensors that nothing takes yet."""
        return [name for name in self.shapes if not self.uses[name]]

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

    def close(self, name: str) -> None:
        """Give a tensor to no further step."""
        self.uses[name] = USES

    def add_input(self, name: str, of: Any) -> str:
        """Add an input to those of the beginning, and return its name."""
        self.graph.inputs = {**self.graph.inputs, name: of}
        self.graph.shapes[name] = of
        return name

    def takes_again(self) -> bool:
        """Draw whether a layer has the sizes of an earlier one."""
        return bool(self.rng.random() < SHARED)

    def embed(self, tokens: str) -> None:
        """Embed these tokens, now and then in vectors of the size of an earlier table."""
        V = self.shapes[tokens].n
        earlier: list[Any] = [s.layer for s in self.graph.steps if getattr(s.layer, "V", 0) == V]
        again = earlier and self.takes_again()
        n = self.pick(earlier).n if again else self.size_of_result()
        self.add(Embedding(V, n), tokens)

    def steps_to_the_end(self) -> int:
        """Return how many steps `finish` adds."""
        unused = [self.shapes[name] for name in self.unused()]
        tokens = [shape for shape in unused if isinstance(shape, WholeNumbers)]
        at_positions = sum(bool(t.shape) for t in tokens) + sum(
            not isinstance(shape, WholeNumbers) and len(shape) > 1 for shape in unused
        )
        return len(tokens) + at_positions + (len(unused) > 1) + 2

    def finish(self, n_y: int, output: Layer | None, at_positions: bool = False) -> None:
        """Take what nothing took into one tensor, and that to the output.

        Args:
            n_y: the outputs.
            output: the last layer; None of a dense one alone.
            at_positions: whether the output may have positions, where all that is left has them.
        """
        for name in self.tokens():
            if not self.uses[name]:
                self.embed(name)
        positions = {self.shapes[name][1:] for name in self.unused()}
        stay = at_positions and len(positions) == 1 and len(*positions) < 2
        for name in () if stay else self.unused():
            if len(self.shapes[name]) > 1:
                self.add(Flatten(), name)
        last, *others = self.unused()
        if others:
            last = self.add(Concatenate(), last, *others)
        n = self.shapes[last][0]
        last = self.add(Dense(n, n_y, bool(self.rng.random() < 0.8)), last)
        if output is not None:
            self.add(output, last)
