"""Where a generated program keeps its parameters and its gradients, and how they are made."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from parity_tests.campaigns.generated_programs.line_writer import LineWriter, Ref
from parity_tests.campaigns.generated_programs.program_choices import Choices

ATTRIBUTES, DICTIONARY, LISTS, ARGUMENTS = "attributes", "dictionary", "lists", "arguments"
W_NAMES = (
    ("W{}", "b{}"), ("W{}", "b{}"), ("w{}", "b{}"), ("weights{}", "bias{}"), ("W_{}", "b_{}"),
    ("weights_{}", "biases_{}"),
)  # fmt: skip
D_NAMES = ("dW{} db{}", "dW{} db{}", "dw{} db{}", "grad_W{} grad_b{}", "d_W{} d_b{}")


@dataclass(frozen=True)
class ParameterStyle:
    """How a program names its parameters.

    Attributes:
        kind: ATTRIBUTES, DICTIONARY, LISTS or ARGUMENTS.
        own: names of W and b, with {} for the layer.
        holder: of the dictionary: "self.params", "params".
    """

    kind: str
    own: tuple[str, str] = ("W{}", "b{}")
    holder: str = "self.params"

    def ref(self, p: int) -> Ref:
        """Return how W (p = 0) or b (p = 1) of layer l is written."""
        return lambda l: self.written(p, str(l), str(l - 1))

    def in_loop(self, p: int) -> str:
        """Return how it is written with the variable l."""
        if self.kind == DICTIONARY:
            return f'{self.holder}[f"{self.own[p].format("{l}")}"]'
        return self.written(p, "l", "l - 1")

    def written(self, p: int, l: str, before: str) -> str:
        """Return how it is written."""
        name = self.own[p].format(l)
        return {
            ATTRIBUTES: f"self.{name}",
            ARGUMENTS: name,
            DICTIONARY: f'{self.holder}["{name}"]',
            LISTS: f"{('self.weights', 'self.biases')[p]}[{before}]",
        }[self.kind]


def draw_style(
    w: LineWriter, kinds: tuple[str, ...], holder: str = "self.params"
) -> ParameterStyle:
    """Return a random style."""
    kind = w.pick(*kinds)
    own = W_NAMES[w.rng.integers(len(W_NAMES))]
    return ParameterStyle(kind, W_NAMES[0] if kind == LISTS else own, holder)


def size_arguments(w: LineWriter, kind: str) -> tuple[str, list[str]]:
    """Return the arguments of sizes, and the expression of each size n_x, …, n_y."""
    c = w.c
    if c.dims:
        return "", [str(n) for n in c.dims]
    if kind == LISTS or (c.L > 1 and w.rng.random() < 0.2):
        name = w.pick("sizes", "layer_sizes", "layer_dims", "dims", "layers")
        return name, [f"{name}[{k}]" for k in range(c.L + 1)]
    first = w.pick("input_size", "n_in", "input_dim", "n_x", "n_features", "n_inputs")
    last = w.pick("output_size", "n_out", "output_dim", "n_y", "n_classes", "num_classes")
    one = w.pick("hidden_size", "n_hidden", "hidden_dim", "n_h", "hidden")
    several = w.pick("hidden{}", "n_hidden{}", "hidden_size{}", "h{}", "n_h{}")
    hidden = [one] if c.L == 2 else [several.format(l) for l in range(1, c.L)]
    return ", ".join([first, *hidden, last]), [first, *hidden, last]


def made_arrays(w: LineWriter, n_prev: str, n: str) -> tuple[str, str]:
    """Return the expressions that make W and b of a layer."""
    c: Choices = w.c
    W = ", ".join((n_prev, n) if c.in_out else (n, n_prev))
    made = w.pick(f"np.random.randn({W}) * 0.1", f"0.01 * np.random.randn({W})",
                  f"np.random.normal(0, 1, ({W}))", f"np.random.rand({W}) - 0.5",
                  f"np.random.randn({W}) * np.sqrt(2 / {n_prev})")  # fmt: skip
    shape = {"flat": n, "row": f"(1, {n})", "column": f"({n}, 1)"}[c.biases or "flat"]
    return made, f"np.zeros({shape})"


def init_lines(w: LineWriter, style: ParameterStyle, sizes: list[str]) -> list[str]:
    """Return the lines that make all parameters."""
    lines = []
    if style.kind == DICTIONARY:
        lines.append(f"{style.holder} = {{}}")
    made = [made_arrays(w, n_prev, n) for n_prev, n in pairwise(sizes)]
    if style.kind == LISTS:
        lines.append(f"self.weights = [{', '.join(W for W, _ in made)}]")
        return lines + ([f"self.biases = [{', '.join(b for _, b in made)}]"] if w.c.biases else [])
    for l, (W, b) in enumerate(made, start=1):
        lines.append(f"{style.ref(0)(l)} = {W}")
        if w.c.biases:
            lines.append(f"{style.ref(1)(l)} = {b}")
    return lines


def parameter_names(c: Choices, style: ParameterStyle) -> list[str]:
    """Return W1, b1, W2, b2, … as arguments."""
    each = [(style.ref(0)(l), style.ref(1)(l)) for l in range(1, c.L + 1)]
    return [x for W, b in each for x in ((W, b) if c.biases else (W,))]
