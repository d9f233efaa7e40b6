"""The forward and the backward pass of a generated program: a line for each layer, or a loop."""

from __future__ import annotations

from dataclasses import dataclass

from parity_tests.campaigns.generated_programs.activation_lines import Activations
from parity_tests.campaigns.generated_programs.line_writer import LineWriter, Ref
from parity_tests.campaigns.generated_programs.loss_lines import gradient_lines


@dataclass(frozen=True)
class Names:
    """How a pass names what it computes, by layer.

    Attributes:
        W: the weights; b the biases; z, a, d: Z, A and dZ; dW, db the gradients. a(0) is X.
    """

    W: Ref
    b: Ref
    z: Ref
    a: Ref
    d: Ref
    dW: Ref
    db: Ref


@dataclass
class PassLines:
    """Writes the passes of one program.

    Attributes:
        w: writes the expressions.
        g: the activations.
    """

    w: LineWriter
    g: Activations

    def forward(self, n: Names) -> list[str]:
        """Return a line for each Z and each A."""
        c, lines = self.w.c, list[str]()
        for l, kind in enumerate((*c.hidden, c.output), start=1):
            lines.append(f"{n.z(l)} = {self.w.linear(n.a(l - 1), n.W(l), n.b(l), f'Z{l}')}")
            lines.append(f"{n.a(l)} = {self.g.of(kind, n.z(l))}")
        return lines

    def backward(self, n: Names, y: str) -> list[str]:
        """Return the lines of every gradient, from the last layer to the first."""
        w, c = self.w, self.w.c
        lines = gradient_lines(w, n.a(c.L), y, n.d(c.L), f"dZ{c.L}")
        for l in range(c.L, 0, -1):
            late = not w.early
            lines.append(f"{n.dW(l)} = {w.gradient_of_W(n.a(l - 1), n.d(l), f'dW{l}', late)}")
            if c.biases:
                lines.append(f"{n.db(l)} = {w.gradient_of_b(n.d(l), f'db{l}', late)}")
            if l > 1:
                lines += self.step_back(n, l)
        return lines

    def step_back(self, n: Names, l: int) -> list[str]:
        """Return the lines of dZ of the layer before, over dA or at once."""
        w = self.w
        dA, k = w.gradient_of_A(n.W(l), n.d(l), f"dA{l - 1}"), l - 1
        g, d = w.c.hidden[k - 1], n.d(k)
        how = w.rng.random()
        if how < 0.5:
            return [f"{d} = {w.hidden_gradient(g, dA, n.z(k), n.a(k), f'dZ{k}')}"]
        if g == "relu" and how < 0.65:
            wrong = ("mask-of-dA", f"{d}[{d} <= 0] = 0"), ("missing-derivative", f"{d} = {d}")
            masked = w.or_wrong(f"dZ{k}", f"{d}[{n.z(k)} <= 0] = 0", *wrong)
            return [f"{d} = {dA}", masked]
        own = w.pick(f"dA{k}", f"da{k}", f"d_hidden{k}", f"error{k}")
        return [f"{own} = {dA}", f"{d} = {w.hidden_gradient(g, own, n.z(k), n.a(k), f'dZ{k}')}"]

    def forward_loop(self, X: str, W: str, b: str, L: str) -> list[str]:
        """Return a loop that keeps every Z in `zs`, and every A in `activations`.

        Args:
            X: the input.
            W: the weights of layer l, in terms of l.
            b: the biases of layer l.
            L: the number of layers.
        """
        w, c = self.w, self.w.c
        hidden = self.g.of(c.hidden[0], "z") if c.hidden else "z"
        output = self.g.of(c.output, "z")
        return [
            f"a, activations, zs = {X}, [{X}], []",
            f"for l in range(1, {L} + 1):",
            f"    z = {w.linear('a', W, b)}",
            "    zs.append(z)",
            f"    a = {hidden} if l < {L} else {output}",
            "    activations.append(a)",
        ]

    def backward_loop(self, y: str, W: str, L: str, dW: str, db: str) -> list[str]:
        """Return a loop over the layers from the last to the first, which assigns dW and db.

        Args:
            y: the labels.
            W: the weights of layer l, in terms of l.
            L: the number of layers.
            dW: where the gradient of the weights of layer l goes.
            db: where that of the biases goes.
        """
        w, c = self.w, self.w.c
        late = not w.early
        lines = gradient_lines(w, "a", y, "d", f"dZ{c.L}")
        own = [f"{dW} = {w.gradient_of_W('activations[l - 1]', 'd', 'dW*', late)}"]
        if c.biases:
            own.append(f"{db} = {w.gradient_of_b('d', 'db*', late)}")
        if c.hidden:
            dA = w.gradient_of_A(W, "d", "dA*")
            step = w.hidden_gradient(c.hidden[0], dA, "zs[l - 2]", "activations[l - 1]", "dZ*")
            own += ["if l > 1:", f"    d = {step}"]
        over = w.pick(f"for l in range({L}, 0, -1):", f"for l in reversed(range(1, {L} + 1)):")
        return [*lines, over, *(f"    {line}" for line in own)]
