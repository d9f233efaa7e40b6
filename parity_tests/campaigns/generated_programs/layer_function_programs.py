"""Generated pairs of functions of one layer, `x_forward` and `x_backward`, and losses."""

from __future__ import annotations

from parity_tests.adapters.interfaces.layout import Layout
from parity_tests.campaigns.generated_programs.activation_lines import Activations
from parity_tests.campaigns.generated_programs.layer_class_programs import file_of
from parity_tests.campaigns.generated_programs.layer_losses import LossWriter
from parity_tests.campaigns.generated_programs.line_writer import LineWriter

DENSE = ("affine", "dense", "fc", "linear")  # the last is the course's, in its layout or in rows


def layer_functions(w: LineWriter) -> str:
    """Write a pair of functions for each kind of layer, and perhaps a function of a loss."""
    g = Activations(w)
    w.early = bool(w.c.cost)  # the 1/m is the loss's, where there is one
    x = w.pick("x", "x", "A_prev", "inputs")
    d = w.pick("dout", "dout", "dZ", "grad")
    as_names = w.pick("{}_forward {}_backward", "{}_forward {}_backward", "forward_{} backward_{}")
    parts = [dense_pair(w, as_names, x, d)]
    for kind in dict.fromkeys(w.c.hidden):
        parts.append(activation_pair(w, g, kind, as_names))
    if w.c.cost:
        names = w.pick("x y", "scores y", "logits labels", "z t").split()
        parts.append(LossWriter(w, g, "dZ", *names).both())
    return file_of([*g.written.values(), *parts])


def named(w: LineWriter, as_names: str, stem: str, first: str, second: str) -> tuple[str, str]:
    """Return the heads of the two functions of a layer."""
    forward, backward = as_names.format(stem, stem).split()
    cache = w.pick("cache", "cache", "memory")
    return f"{forward}({first})", f"{backward}({second}, {cache})"


def cache_of(head: str) -> str:
    """Return the name of the cache of a backward function."""
    return head.rpartition(", ")[2].removesuffix(")")


def kept(w: LineWriter, names: list[str], cache: str) -> tuple[str, str]:
    """Return an expression that keeps variables, and the statement that has them again."""
    if w.rng.random() < 0.3:
        entries = ", ".join(f'"{n}": {n}' for n in names)
        again = ", ".join(f'{cache}["{n}"]' for n in names)
        return f"{{{entries}}}", f"{', '.join(names)} = {again}"
    return f"({', '.join(names)})", f"{', '.join(names)} = {cache}"


def dense_pair(w: LineWriter, as_names: str, x: str, d: str) -> str:
    """Return the functions of a dense layer."""
    c = w.c
    W, b = w.pick("w b", "W b", "weights bias").split()
    names = DENSE if c.rows or c.layout == Layout() else DENSE[:-1]
    forward, backward = named(w, as_names, w.pick(*names), f"{x}, {W}, {b}", d)
    cache, again = kept(w, [x, W, b], cache_of(backward))
    out = w.pick("out", "Z", "z")
    late = not w.early
    count = [f"{w.m} = {d}.shape[{int(not c.rows)}]"] if late and w.factor else []
    lines = [again, *count]
    lines += [
        f"dx = {w.gradient_of_A(W, d, 'dA')}",
        f"dW = {w.gradient_of_W(x, d, 'dW', late)}",
        f"db = {w.gradient_of_b(d, 'db', late)}",
        f"return {w.pick('dx, dW, db', 'dx, dW, db', 'dW, db, dx')}",
    ]
    made = [f"{out} = {w.linear(x, W, b, 'Z')}"]
    made += [f"cache = {cache}", f"return {out}, cache"]
    return f"def {forward}:\n{w.indented(made)}\n\ndef {backward}:\n{w.indented(lines)}"


def activation_pair(w: LineWriter, g: Activations, kind: str, as_names: str) -> str:
    """Return the functions of an activation."""
    x, a, d = w.pick("x", "Z", "z"), w.pick("out", "A", "a"), w.pick("dout", "dA", "grad")
    forward, backward = named(w, as_names, kind, x, d)
    right = w.hidden_gradient(kind, d, x, a, "dZ")
    cache, again = kept(w, [x, a], cache_of(backward))
    made = [f"{a} = {g.of(kind, x)}", f"cache = {cache}", f"return {a}, cache"]
    lines = [again, f"dx = {right}", "return dx"]
    return f"def {forward}:\n{w.indented(made)}\n\ndef {backward}:\n{w.indented(lines)}"
