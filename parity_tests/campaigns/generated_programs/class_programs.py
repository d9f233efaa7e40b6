"""Generated classes of a network: with forward and backward, with `loss`, with updates."""

from __future__ import annotations

from dataclasses import dataclass

from parity_tests.campaigns.generated_programs.activation_lines import Activations
from parity_tests.campaigns.generated_programs.line_writer import LineWriter
from parity_tests.campaigns.generated_programs.loss_lines import (
    cost_expression,
    count_line,
    label_lines,
)
from parity_tests.campaigns.generated_programs.parameter_styles import (
    ATTRIBUTES,
    D_NAMES,
    DICTIONARY,
    LISTS,
    ParameterStyle,
    draw_style,
    init_lines,
    size_arguments,
)
from parity_tests.campaigns.generated_programs.pass_lines import Names, PassLines

CLASSES = ("Network", "NeuralNetwork", "NeuralNet", "MLP", "Net", "TwoLayerNet", "DeepNetwork")


@dataclass
class ClassWriter:
    """Writes a class of a network.

    Attributes:
        w: writes the expressions.
        style: of its parameters.
        loops: its passes are loops.
        X: the name of the inputs; y that of the labels.
        dnames: those of the gradients of W and b.
    """

    w: LineWriter
    style: ParameterStyle
    loops: bool
    X: str
    y: str
    dnames: tuple[str, str]
    passes: PassLines

    @classmethod
    def of(
        cls, w: LineWriter, kinds: tuple[str, ...] = (ATTRIBUTES, DICTIONARY, LISTS)
    ) -> ClassWriter:
        """Return a writer of random names."""
        style = draw_style(w, kinds)
        loops = style.kind != ATTRIBUTES and w.rng.random() < 0.5
        names = w.pick(*D_NAMES).split()
        return cls(
            w, style, loops, w.pick("X", "X", "x", "inputs"),
            w.pick("y", "Y", "t", "labels", "targets"),
            (names[0], names[1]), PassLines(w, Activations(w)),
        )  # fmt: skip

    @property
    def L(self) -> str:
        """The number of layers, for a loop."""
        return {LISTS: "len(self.weights)"}.get(self.style.kind, str(self.w.c.L))

    def names(self, kept: bool, gradients: str = "{}") -> Names:
        """Return the names of a line-by-line pass.

        Args:
            kept: Z and A are attributes.
            gradients: around the name of a gradient: "self.{}".
        """
        of_z, of_a = self.w.pick(
            "z{} a{}", "Z{} A{}", "net{} out{}", "z_{} h_{}", "u{} h{}"
        ).split()
        own = "self." if kept else ""
        d = self.w.pick("dz{}", "dZ{}", "delta{}", "d{}", "grad_z{}")
        dW, db = self.dnames
        return Names(
            self.style.ref(0), self.style.ref(1), lambda l: own + of_z.format(l),
            lambda l: own + of_a.format(l) if l else self.X, d.format,
            lambda l: gradients.format(dW.format(l)), lambda l: gradients.format(db.format(l)),
        )  # fmt: skip

    def returned(self, n: Names) -> str:
        """Return the result of a backward pass whose gradients are variables."""
        c = self.w.c
        every = [(n.dW(l), n.db(l), l) for l in range(1, c.L + 1)]
        how = self.w.pick("dict", "tuple", "lists", "named as parameters")
        if how == "lists" and c.biases:
            return f"[{', '.join(W for W, _, _ in every)}], [{', '.join(b for _, b, _ in every)}]"
        if how == "named as parameters":
            own = self.style.own
            pairs = [(own[0].format(l), W) for W, _, l in every]
            pairs += [(own[1].format(l), b) for _, b, l in every if c.biases]
        else:
            pairs = [(x, x) for W, b, _ in every for x in ((W, b) if c.biases else (W,))]
        if how == "tuple" or how == "lists":
            return ", ".join(x for _, x in pairs) + ("," if len(pairs) == 1 else "")
        return "{" + ", ".join(f'"{k}": {x}' for k, x in pairs) + "}"

    def method(self, head: str, lines: list[str]) -> str:
        """Return a method."""
        return f"    def {head}:\n{self.w.indented(list(filter(None, lines)), 2)}\n"

    def made(self, extra: list[str] | None = None, rate: str = "") -> str:
        """Return `__init__`."""
        given, sizes = size_arguments(self.w, self.style.kind)
        arguments = ", ".join(filter(None, ("self", given, rate)))
        lines = [*(extra or []), *init_lines(self.w, self.style, sizes)]
        return self.method(f"__init__({arguments})", lines)

    def whole(self, methods: list[str]) -> str:
        """Return the file."""
        head = "import numpy as np\n\n\n"
        functions = self.passes.g.text
        functions = f"{functions}\n\n" if functions else ""
        return f"{head}{functions}class {self.w.pick(*CLASSES)}:\n{''.join(methods)}"


def class_program(w: LineWriter) -> str:
    """Write a class with `forward` and `backward`, whose gradients are kept or returned."""
    k = ClassWriter.of(w)
    X, y = k.X, k.y
    made = k.made()
    kept_gradients = w.rng.random() < 0.5
    output = w.pick("output", "y_hat", "y_pred", "a_out", "probs")
    if k.loops:
        forward = [*k.passes.forward_loop(X, k.style.in_loop(0), k.style.in_loop(1), k.L),
                   "self.activations, self.zs = activations, zs", "return a"]  # fmt: skip
        stores = ("self.grads_W", "self.grads_b") if kept_gradients else ("dWs", "dbs")
        dW, db = (f"{store}[l - 1]" for store in stores)
        loop = k.passes.backward_loop(y, k.style.in_loop(0), k.L, dW, db)
        n_lists = len(stores) if w.c.biases else 1
        empty = [f"{store} = [None] * {k.L}" for store in stores[:n_lists]]
        kept = "activations, zs = self.activations, self.zs"
        backward = [kept, "a = activations[-1]", *empty, *loop]
        backward += [] if kept_gradients else [f"return {', '.join(stores[:n_lists])}"]
        taken = w.pick(f"{X}, {y}", y)
    else:
        n = k.names(True, "self.{}" if kept_gradients else "{}")
        taken = w.pick(f"{X}, {y}", f"{X}, {y}, {output}", y)
        forward = [*([f"self.{X} = {X}"] if taken == y else []), *k.passes.forward(n),
                   f"return {n.a(w.c.L)}"]  # fmt: skip
        backward = k.passes.backward(n, y)
        backward = [f"{X} = self.{X}", *backward] if taken == y else backward
        backward += [] if kept_gradients else [f"return {k.returned(n)}"]
    start = [count_line(w, X if X in taken or not k.loops else "", y), *label_lines(w, y)]
    at = 1 if not k.loops and taken == y else 0
    backward = [*backward[:at], *start, *backward[at:]]
    methods = [
        made,
        k.method(
            f"{w.pick('forward', 'forward', 'forward_pass', 'feedforward')}(self, {X})", forward
        ),
    ]
    if w.c.cost:
        methods.append(cost_method(k, output))
    name = w.pick("backward", "backward", "backprop", "backward_pass", "compute_gradients")
    methods.append(k.method(f"{name}(self, {taken})", backward))
    return k.whole(methods)


def cost_method(k: ClassWriter, output: str) -> str:
    """Write the method of the cost."""
    w, y = k.w, k.y
    given = w.pick(f"{output}, {y}", f"{y}, {output}")
    lines = [count_line(w, output, y), *label_lines(w, y)]
    J = cost_expression(w, output, y)
    name = w.pick("compute_loss", "loss", "cost", "compute_cost", "loss_function")
    return k.method(f"{name}(self, {given})", [*lines, f"return {J}"])


def loss_method(w: LineWriter) -> str:
    """Write a class whose `loss(X, y)` returns J and the gradients."""
    k = ClassWriter.of(w)
    X, y = k.X, k.y
    made = k.made()
    may_be_none = w.rng.random() < 0.6
    lines = [count_line(w, X, "")]
    n = None if k.loops else k.names(False)
    if n is None:
        lines += k.passes.forward_loop(X, k.style.in_loop(0), k.style.in_loop(1), k.L)
        out = "a"
    else:
        lines += k.passes.forward(n)
        out = n.a(w.c.L)
    lines += [f"if {y} is None:", f"    return {out}"] if may_be_none else []
    lines += [*label_lines(w, y), f"loss = {cost_expression(w, out, y)}"]
    if n is None:
        keys = w.pick("dW db", "W b").split()
        dW, db = (f'grads[f"{key}{{l}}"]' for key in keys)
        lines += ["grads = {}", *k.passes.backward_loop(y, k.style.in_loop(0), k.L, dW, db)]
        result = "grads"
    else:
        lines += k.passes.backward(n, y)
        lines.append(f"grads = {k.returned(n)}")
        result = "grads"
    name = w.pick("loss", "loss", "loss_and_gradients", "compute_loss")
    given = f"{y}=None" if may_be_none else y
    methods = [made, k.method(f"{name}(self, {X}, {given})", [*lines, f"return loss, {result}"])]
    return k.whole(methods)


def train_class(w: LineWriter) -> str:
    """Write a class whose training step updates its parameters."""
    k = ClassWriter.of(w, (ATTRIBUTES, DICTIONARY))
    k.loops = False
    X, y = k.X, k.y
    rate = w.pick("lr", "learning_rate", "alpha", "eta")
    in_object = w.rng.random() < 0.5
    made = k.made(
        [f"self.{rate} = {rate}"] if in_object else None, f"{rate}=0.1" if in_object else ""
    )
    n = k.names(True)
    own = f"self.{rate}" if in_object else rate
    forward = [*k.passes.forward(n), f"return {n.a(w.c.L)}"]
    step = [count_line(w, X, y), *label_lines(w, y), *k.passes.backward(n, y)]
    is_in_place = w.rng.random() < 0.5
    for l in range(1, w.c.L + 1):
        pairs = [(n.W(l), n.dW(l)), *([(n.b(l), n.db(l))] if w.c.biases else [])]
        step += [
            f"{p} -= {own} * {g}" if is_in_place else f"{p} = {p} - {own} * {g}" for p, g in pairs
        ]
    calls_forward = w.rng.random() < 0.5
    forward_name = w.pick("forward", "predict", "feedforward")
    step = [f"self.{forward_name}({X})", *step] if calls_forward else step
    name = w.pick("train", "train_step", "fit") if calls_forward else w.pick("backward", "backprop")
    given = f"{X}, {y}" + ("" if in_object else f", {rate}")
    methods = [made, k.method(f"{forward_name}(self, {X})", forward)]
    if w.c.cost:
        methods.append(cost_method(k, w.pick("output", "y_hat", "predictions")))
    return k.whole([*methods, k.method(f"{name}(self, {given})", step)])
