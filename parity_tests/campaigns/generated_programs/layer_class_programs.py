"""Generated classes of layers: one with `forward` and `backward` a layer, alone or in a network."""

from __future__ import annotations

from dataclasses import dataclass

from parity_tests.campaigns.generated_programs.activation_lines import Activations
from parity_tests.campaigns.generated_programs.layer_losses import LossWriter
from parity_tests.campaigns.generated_programs.line_writer import LineWriter

DENSE = ("Dense", "Linear", "Affine", "FullyConnected", "DenseLayer", "FCLayer")
ACTIVATIONS = {
    "relu": ("Relu", "ReLULayer", "ReluActivation"),
    "tanh": ("Tanh", "TanhLayer", "Tanh"),
    "sigmoid": ("Sigmoid", "SigmoidLayer", "Sigmoid"),
}
PARAMETERS = (("W", "b"), ("W", "b"), ("w", "b"), ("weights", "bias"), ("weights", "biases"))


@dataclass
class LayerWriter:
    """Writes the classes of layers of one program.

    Attributes:
        w: writes the expressions.
        g: the activations, as functions.
        x: the name of a layer's input; d that of the gradient it is given.
        keeps: passes return nothing: results are in `output`, gradients in `dinputs`.
        rate: the name of a learning rate, by which `backward` updates; "" where it does not.
        W: the names of the weights; b of the biases.
        takes_arrays: a layer is made of W and b, not of two sizes.
    """

    w: LineWriter
    g: Activations
    x: str
    d: str
    keeps: bool
    rate: str
    W: str
    b: str
    takes_arrays: bool

    @classmethod
    def of(cls, w: LineWriter, in_network: bool) -> LayerWriter:
        """Return a writer of random names."""
        w.early = w.early and w.c.cost != ""  # without a loss the first gradient is A − Y
        W, b = PARAMETERS[w.rng.integers(len(PARAMETERS))]
        updates = w.is_double and w.rng.random() < 0.3
        return cls(
            w, Activations(w), w.pick("x", "inputs", "A_prev", "input_data"),
            w.pick("dout", "grad", "grad_output", "d", "dvalues"), w.rng.random() < 0.2,
            w.pick("lr", "learning_rate") if updates else "", W, b,
            not in_network and w.c.biases != "" and w.rng.random() < 0.3,
        )  # fmt: skip

    def result(self, x: str) -> list[str]:
        """Return the last line of a forward pass."""
        return [f"self.output = {x}"] if self.keeps else [f"return {x}"]

    def passed(self, d: str) -> list[str]:
        """Return the last line of a backward pass."""
        return [f"self.dinputs = {d}"] if self.keeps else [f"return {d}"]

    def layer(self, name: str, made: list[str], forward: list[str], backward: list[str]) -> str:
        """Return a class."""
        rate = f", {self.rate}" if self.rate else ""
        head = f"class {name}:\n"
        if made:
            given, *lines = made
            head += f"    def __init__(self, {given}):\n{self.w.indented(lines, 2)}\n"
        return (
            f"{head}    def forward(self, {self.x}):\n{self.w.indented(forward, 2)}\n"
            f"    def backward(self, {self.d}{rate}):\n{self.w.indented(backward, 2)}"
        )

    def dense(self, name: str) -> str:
        """Return the class of a dense layer."""
        w, x, d, c = self.w, self.x, self.d, self.w.c
        W, b = f"self.{self.W}", f"self.{self.b}"
        if self.takes_arrays:
            made = [f"{self.W}, {self.b}", f"{W} = {self.W}", f"{b} = {self.b}"]
        else:
            n_in, n_out = w.pick("n_in n_out", "input_size output_size", "n_inputs n_units",
                                 "in_features out_features").split()  # fmt: skip
            shape = f"{n_in}, {n_out}" if c.in_out else f"{n_out}, {n_in}"
            of_b = {"flat": n_out, "row": f"(1, {n_out})", "column": f"({n_out}, 1)"}
            made = [f"{n_in}, {n_out}", f"{W} = np.random.randn({shape}) * 0.1"]
            made += [f"{b} = np.zeros({of_b[c.biases]})"] if c.biases else []
        kept = w.pick("self.x", "self.inputs", "self.A_prev")
        forward = [f"{kept} = {x}", *self.result(w.linear(x, W, b, "Z*"))]
        late = not w.early
        names = w.pick("dW db", "dweights dbias", "grad_W grad_b").split()
        own = names if self.rate else [f"self.{n}" for n in names]
        backward = [f"{w.m} = {d}.shape[{int(not c.rows)}]"] if late and w.factor else []
        backward.append(f"{own[0]} = {w.gradient_of_W(kept, d, 'dW*', late)}")
        if c.biases:
            backward.append(f"{own[1]} = {w.gradient_of_b(d, 'db*', late)}")
        dx = w.gradient_of_A(W, d, "dA*")
        if self.rate:
            backward.append(f"dx = {dx}")
            pairs = [(W, own[0]), *([(b, own[1])] if c.biases else [])]
            backward += [f"{p} = {p} - {self.rate} * {g}" for p, g in pairs]
            dx = "dx"
        return self.layer(name, made, forward, [*backward, *self.passed(dx)])

    def activation(self, g: str, name: str) -> str:
        """Return the class of an activation."""
        w, x = self.w, self.x
        z, a = w.pick("self.x self.out", "self.z self.a", "self.inputs self.result").split()
        forward = [f"{z} = {x}", f"{a} = {self.g.of(g, x)}", *self.result(a)]
        right = w.hidden_gradient(g, self.d, z, a, "dZ*")
        return self.layer(name, [], forward, self.passed(right))

    def of_functions(self) -> str:
        """Return a class that is made of an activation and its derivative, and these functions."""
        w, texts = self.w, list[str]()
        for g in dict.fromkeys(w.c.hidden):
            self.g.of(g, "x")
            f = self.g.named[g]
            if f == "np.tanh":
                self.g.named[g] = f = "tanh"
                texts.append("def tanh(x):\n    return np.tanh(x)\n")
            prime = "(x > 0)" if g == "relu" else w.prime(g, "x", f"{f}(x)")
            wrong = ("wrong-derivative", {"relu": "(x > -1)"}.get(g, f"1 - {f}(x)"))
            line = f"return {w.or_wrong('dZ*', prime, wrong)}"
            texts.append(f"def {f}_{w.pick('prime', 'derivative')}(x):\n    {line}\n")
        made = ["activation, activation_prime", "self.activation = activation",
                "self.activation_prime = activation_prime"]  # fmt: skip
        forward = [f"self.x = {self.x}", *self.result(f"self.activation({self.x})")]
        d = f"{self.d} * self.activation_prime(self.x)"
        name = w.pick("Activation", "ActivationLayer")
        return "\n\n".join([*texts, self.layer(name, made, forward, self.passed(d))])


def layer_classes(w: LineWriter) -> str:
    """Write classes of layers, and a loss, that nothing in the file puts together."""
    k = LayerWriter.of(w, in_network=False)
    loss = loss_text(k, "" if w.c.cost else "none")
    dense = k.dense(w.pick(*DENSE))
    if w.rng.random() < 0.25:
        activations = [k.of_functions()]
    else:
        activations = [k.activation(g, w.pick(*ACTIVATIONS[g])) for g in dict.fromkeys(w.c.hidden)]
    return file_of([*k.g.written.values(), dense, *activations, *loss])


def loss_text(k: LayerWriter, form: str = "") -> list[str]:
    """Return a loss of a random form; nothing for "none"."""
    if form == "none":
        return []
    w = k.w
    y = w.pick("y", "t", "y_true", "targets", "labels")
    x = w.pick("scores", "logits", "y_pred", "output")
    loss = LossWriter(w, k.g, f"dZ{w.c.L}", x, y)
    form = form or w.pick("class", "both", "pair")
    if form == "class":
        return [loss.of_class(k.keeps)[1]]
    return [loss.both() if form == "both" else loss.pair()]


def network_of_layers(w: LineWriter) -> str:
    """Write classes of layers, and a network that has a list of them."""
    k = LayerWriter.of(w, in_network=True)
    dense = w.pick(*DENSE)
    names = {g: w.pick(*ACTIVATIONS[g]) for g in dict.fromkeys(w.c.hidden)}
    classes = [k.dense(dense), *(k.activation(g, name) for g, name in names.items())]
    sizes = w.pick("sizes", "layer_sizes", "dims")
    layers = list[str]()
    for l in range(w.c.L):
        layers.append(f"{dense}({sizes}[{l}], {sizes}[{l + 1}])")
        if l < w.c.L - 1:
            layers.append(f"{names[w.c.hidden[l]]}()")
    X, d = w.pick("X", "x", "inputs"), w.pick("d", "grad", "dout")
    through = ["    layer.forward(x)", "    x = layer.output"] if k.keeps else [
        "    x = layer.forward(x)"]  # fmt: skip
    rate = f", {k.rate}" if k.rate else ""
    back = [f"    layer.backward({d}{rate})", f"    {d} = layer.dinputs"] if k.keeps else [
        f"    {d} = layer.backward({d}{rate})"]  # fmt: skip
    loss = loss_text(k, "" if w.c.cost else "none")
    methods = [
        (f"__init__(self, {sizes})", [f"self.layers = [{', '.join(layers)}]"]),
        (f"forward(self, {X})", [f"x = {X}", "for layer in self.layers:", *through, "return x"]),
        (f"backward(self, {d}{rate})", ["for layer in reversed(self.layers):", *back,
                                        f"return {d}"]),
    ]  # fmt: skip
    network = f"class {w.pick('Network', 'NeuralNetwork', 'MLP', 'Model', 'Sequential')}:\n"
    network += "\n".join(f"    def {head}:\n{w.indented(lines, 2)}" for head, lines in methods)
    return file_of([*k.g.written.values(), *classes, *loss, network])


def file_of(parts: list[str]) -> str:
    """Return a file of these functions and classes."""
    return "import numpy as np\n\n\n" + "\n\n".join(part.rstrip("\n") + "\n" for part in parts)
