"""Generated scripts: a training loop with variables, at the top of a file or in a function."""

from __future__ import annotations

from parity_tests.adapters.interfaces.data_forms import FLAT, INDICES
from parity_tests.campaigns.generated_programs.class_programs import ClassWriter
from parity_tests.campaigns.generated_programs.function_programs import FunctionWriter
from parity_tests.campaigns.generated_programs.line_writer import LineWriter
from parity_tests.campaigns.generated_programs.loss_lines import (
    cost_expression,
    count_line,
    label_lines,
)
from parity_tests.campaigns.generated_programs.parameter_styles import (
    ARGUMENTS,
    DICTIONARY,
    draw_style,
    init_lines,
)

SIZES = ("6", "8", "10", "12")


def script(w: LineWriter) -> str:
    """Write a loop that computes the passes and updates its variables."""
    k, c = FunctionWriter(**vars(ClassWriter.of(w))), w.c
    k.style = draw_style(w, (ARGUMENTS, ARGUMENTS, DICTIONARY), w.pick("params", "net", "model"))
    X, y, n = k.X, k.y, k.names(False)
    rate = w.pick("lr", "learning_rate", "alpha", "eta")
    m = w.pick("100", "150", "200")
    data = [
        f"{X} = np.random.randn({f'{m}, {SIZES[0]}' if c.rows else f'{SIZES[0]}, {m}'})",
        f"{y} = {made_labels(w, m)}",
    ]
    made = init_lines(w, k.style, [*SIZES[: c.L], str(c.n_y)])
    settings = [f"{rate} = 0.1", count_line(w, X, y), *label_lines(w, y)]
    body = k.passes.forward(n)
    epoch = w.pick("epoch", "i", "it", "step")
    if c.cost:
        cost = w.pick("loss", "cost", "J")
        body.append(f"{cost} = {cost_expression(w, n.a(c.L), y)}")
        body += [f"if {epoch} % 100 == 0:", f"    print({epoch}, {cost})"]
    body += [*k.passes.backward(n, y), *updates(w, k, rate)]
    loop = [f"for {epoch} in range(1000):", *(f"    {line}" for line in body)]
    if w.rng.random() < 0.6:
        return k.file(["\n".join(filter(None, [*data, *made, *settings, *loop])) + "\n"])
    head = f"{w.pick('train', 'fit', 'main', 'gradient_descent')}({X}, {y}, {rate}=0.1)"
    train = k.function(head, [*made, *settings[1:], *loop, f"return {k.parameters}"])
    return k.file([train])


def updates(w: LineWriter, k: FunctionWriter, rate: str) -> list[str]:
    """Return the lines of the updates."""
    is_in_place, n = w.rng.random() < 0.5, k.names(False)
    lines = []
    for l in range(1, w.c.L + 1):
        pairs = [(n.W(l), n.dW(l), "dW"), *([(n.b(l), n.db(l), "db")] if w.c.biases else [])]
        for p, g, letter in pairs:
            right = f"{p} -= {rate} * {g}" if is_in_place else f"{p} = {p} - {rate} * {g}"
            wrong = right.replace("-=", "+=") if is_in_place else right.replace(" - ", " + ")
            lines.append(w.or_wrong(f"{letter}{l}", right, ("ascends", wrong)))
    return lines


def made_labels(w: LineWriter, m: str) -> str:
    """Return random labels."""
    c = w.c
    if c.output == "softmax":
        indices = f"np.random.randint(0, {c.n_y}, {m})"
        one_hot = f"np.eye({c.n_y})[{indices}]"
        return indices if c.labels == INDICES else one_hot if c.rows else f"{one_hot}.T"
    shape = f"{m}" if c.labels == FLAT else f"{m}, {c.n_y}" if c.rows else f"{c.n_y}, {m}"
    if c.loss == "binary_cross_entropy":
        return f"(np.random.rand({shape}) > 0.5) * 1.0"
    return f"np.random.rand({shape})"
