"""Generated functions of a network: of dictionaries of parameters, or of W1, b1, W2, b2."""

from __future__ import annotations

from parity_tests.campaigns.generated_programs.class_programs import ClassWriter
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
    parameter_names,
    size_arguments,
)
from parity_tests.campaigns.generated_programs.pass_lines import Names


class FunctionWriter(ClassWriter):
    """Writes functions of a network."""

    def start(self) -> str:
        """Choose the style, and return the function that makes the parameters, if there is one."""
        w = self.w
        holder = w.pick("params", "parameters", "model", "theta")
        self.style = draw_style(w, (ARGUMENTS, DICTIONARY), holder)
        self.loops = self.style.kind == DICTIONARY and w.rng.random() < 0.4
        if self.style.kind == ARGUMENTS and not w.c.dims and w.rng.random() < 0.5:
            return ""
        given, sizes = size_arguments(w, self.style.kind)
        name = w.pick("init_params", "initialize_parameters", "create_model", "init_weights")
        lines = [*init_lines(w, self.style, sizes), f"return {self.parameters}"]
        return self.function(f"{name}({given})", lines)

    @property
    def L(self) -> str:
        """The number of layers, for a loop."""
        return f"len({self.style.holder}) // 2" if self.w.c.biases else f"len({self.style.holder})"

    @property
    def parameters(self) -> str:
        """The parameters as arguments, or as a result."""
        of = self.style
        if of.kind == DICTIONARY:
            return of.holder
        names = parameter_names(self.w.c, of)
        return ", ".join(names) + ("," if len(names) == 1 else "")

    @property
    def given(self) -> str:
        """The parameters as arguments."""
        return self.parameters.removesuffix(",")

    def function(self, head: str, lines: list[str]) -> str:
        """Return a function."""
        return f"def {head}:\n{self.w.indented(list(filter(None, lines)))}\n\n"

    def file(self, functions: list[str]) -> str:
        """Return the file."""
        own = self.passes.g.text
        return "import numpy as np\n\n\n" + (f"{own}\n\n" if own else "") + "".join(functions)


def loss_function(w: LineWriter) -> str:
    """Write a function of parameters, X and y that returns J and the gradients."""
    k = FunctionWriter(**vars(ClassWriter.of(w)))
    made = k.start()
    X, y = k.X, k.y
    lines = [count_line(w, X, y), *label_lines(w, y)]
    n = k.names(False)
    if k.loops:
        lines += k.passes.forward_loop(X, k.style.in_loop(0), k.style.in_loop(1), k.L)
        lines.append(f"loss = {cost_expression(w, 'a', y)}")
        own = w.pick("dW db", "W b").split()
        dW, db = (f'grads[f"{key}{{l}}"]' for key in own)
        lines += ["grads = {}", *k.passes.backward_loop(y, k.style.in_loop(0), k.L, dW, db)]
        result = "grads"
    else:
        lines += k.passes.forward(n)
        lines.append(f"loss = {cost_expression(w, n.a(w.c.L), y)}")
        lines += k.passes.backward(n, y)
        result = k.returned(n)
        result = f"({result})" if result[0] not in "{" else result
    name = w.pick("loss", "loss_and_grads", "loss_and_gradients", "cost_and_grad", "compute_loss")
    head = w.pick(f"{name}({k.given}, {X}, {y})", f"{name}({X}, {y}, {k.given})")
    return k.file([made, k.function(head, [*lines, f"return loss, {result}"])])


def functions_program(w: LineWriter) -> str:
    """Write a forward function, a backward function, and perhaps a cost function."""
    k = FunctionWriter(**vars(ClassWriter.of(w)))
    made = k.start()
    X, y, c = k.X, k.y, w.c
    n = k.names(False)
    forward_name = w.pick("forward", "forward_pass", "forward_prop", "feedforward", "model_forward")
    cache = w.pick("cache", "memory", "caches")
    output = w.pick("output", "y_hat", "probs", "AL", "predictions")
    kept: list[str] = []
    if k.loops:
        forward = [*k.passes.forward_loop(X, k.style.in_loop(0), k.style.in_loop(1), k.L),
                   "return a, (activations, zs)"]  # fmt: skip
        keys = w.pick("dW db", "W b").split()
        dW, db = (f'grads[f"{key}{{l}}"]' for key in keys)
        start = [f"activations, zs = {cache}", "a = activations[-1]", "grads = {}"]
        backward = k.passes.backward_loop(y, k.style.in_loop(0), k.L, dW, db)
        backward, result, in_cache = [*start, *backward], "grads", True
    else:
        kept = [f(l) for l in range(1, c.L + 1) for f in (n.z, n.a)]
        in_cache = w.rng.random() < 0.7
        forward, start = cached(w, k, n, kept, cache) if in_cache else (
            [*k.passes.forward(n), f"return {', '.join(kept)}"], []
        )  # fmt: skip
        backward = [*start, *k.passes.backward(n, y)]
        result = k.returned(n)
    backward = [count_line(w, X, y), *label_lines(w, y), *backward, f"return {result}"]
    name = w.pick("backward", "backward_pass", "backprop", "backward_prop", "compute_gradients")
    given = cache if in_cache else ", ".join(kept)
    head = w.pick(f"{name}({k.given}, {given}, {X}, {y})", f"{name}({X}, {y}, {given}, {k.given})")
    parts = [
        made,
        k.function(f"{forward_name}({w.pick(f'{X}, {k.given}', f'{k.given}, {X}')})", forward),
    ]
    if c.cost:
        lines = [count_line(w, output, y), *label_lines(w, y)]
        cost = w.pick("compute_loss", "loss", "cost_function", "mean_loss", "calculate_cost")
        J = cost_expression(w, output, y)
        parts.append(k.function(f"{cost}({output}, {y})", [*lines, f"return {J}"]))
    return k.file([*parts, k.function(head, backward)])


def cached(
    w: LineWriter, k: FunctionWriter, n: Names, kept: list[str], cache: str
) -> tuple[list[str], list[str]]:
    """Return a forward pass that returns its output and a cache, and how backward unpacks it."""
    forward, out = k.passes.forward(n), n.a(w.c.L)
    if w.rng.random() < 0.6:
        entries = ", ".join(f'"{name}": {name}' for name in kept)
        unpacked = [f'{name} = {cache}["{name}"]' for name in kept]
        return [*forward, f"{cache} = {{{entries}}}", f"return {out}, {cache}"], unpacked
    return [*forward, f"{cache} = ({', '.join(kept)})", f"return {out}, {cache}"], [
        f"{', '.join(kept)} = {cache}"
    ]


def train_function(w: LineWriter) -> str:
    """Write a function of a whole step, which returns the updated parameters."""
    k = FunctionWriter(**vars(ClassWriter.of(w)))
    made = k.start()
    k.loops = False
    X, y, c = k.X, k.y, w.c
    n = k.names(False)
    rate = w.pick("lr", "learning_rate", "alpha", "eta")
    lines = [count_line(w, X, y), *label_lines(w, y), *k.passes.forward(n)]
    if c.cost:
        lines.append(f"loss = {cost_expression(w, n.a(c.L), y)}")
    lines += k.passes.backward(n, y)
    for l in range(1, c.L + 1):
        pairs = [(n.W(l), n.dW(l)), *([(n.b(l), n.db(l))] if c.biases else [])]
        lines += [f"{p} = {p} - {rate} * {g}" for p, g in pairs]
    result = k.parameters if not c.cost else f"{k.given}, loss"
    name = w.pick("train_step", "update", "step", "sgd_step")
    head = w.pick(
        f"{name}({k.given}, {X}, {y}, {rate})", f"{name}({X}, {y}, {k.given}, {rate}=0.1)"
    )
    return k.file([made, k.function(head, [*lines, f"return {result}"])])
