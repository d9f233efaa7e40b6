"""Generated classes of a network that sees one example at a time, a column (n, 1)."""

from __future__ import annotations

from parity_tests.campaigns.generated_programs.class_programs import ClassWriter, cost_method
from parity_tests.campaigns.generated_programs.line_writer import LineWriter


def one_example(w: LineWriter) -> str:
    """Write a class whose `backprop(x, y)` returns the gradients of one example."""
    k = ClassWriter.of(w)
    k.loops, k.X = False, w.pick("x", "inputs")
    n = k.names(False)
    forward = [*k.passes.forward(n), f"return {n.a(w.c.L)}"]
    backward = [*k.passes.forward(n), *k.passes.backward(n, k.y)]
    of_b = {f"{n.db(l)} = ": f"{n.db(l)} = {n.d(l)}" for l in range(1, w.c.L + 1)}
    backward = [
        next((own for start, own in of_b.items() if line.startswith(start)), line)
        for line in backward
    ]
    name = w.pick("backprop", "backprop", "backward", "gradients")
    methods = [k.made(), k.method(f"{w.pick('feedforward', 'forward')}(self, {k.X})", forward)]
    if w.c.cost:
        methods.append(cost_method(k, w.pick("output", "y_hat")))
    result = [*backward, f"return {k.returned(n)}"]
    return k.whole([*methods, k.method(f"{name}(self, {k.X}, {k.y})", result)])
