"""The cost of a generated program and its first gradient, in the usual spellings."""

from __future__ import annotations

from collections.abc import Sequence

from parity_tests.adapters.interfaces.data_forms import FLAT, INDICES
from parity_tests.campaigns.generated_programs.line_writer import LineWriter


def count_line(w: LineWriter, X: str, y: str) -> str:
    """Return the line that counts the examples of a batch; "" of X or y for an unknown array."""
    axis = int(not w.c.rows)
    options = [f"{X}.shape[{axis}]"] if X else []
    options += [f"len({X})"] if X and w.c.rows else []
    if y:
        of_y = 0 if w.c.labels in (INDICES, FLAT) else axis
        options += [f"{y}.shape[{of_y}]"] + ([f"len({y})"] if of_y == 0 else [])
    return f"{w.m} = {w.pick(*options)}"


def label_lines(w: LineWriter, y: str) -> list[str]:
    """Return the lines that bring labels (m,) of one output into the shape of the output."""
    if w.c.labels != FLAT:
        return []
    if w.c.rows:
        return [f"{y} = {w.pick(f'{y}.reshape(-1, 1)', f'{y}.reshape(({y}.size, 1))')}"]
    shaped = f"{y} = {w.pick(f'{y}.reshape(1, -1)', f'np.reshape({y}, (1, {y}.size))')}"
    return [w.pick(shaped, "")] if w.c.n_y == 1 else [shaped]


def picked(w: LineWriter, a: str, y: str) -> str:
    """Return the output of each example's class."""
    n = w.pick(f"np.arange({w.m})", f"range({w.m})")
    return f"{a}[{n}, {y}]" if w.c.rows else f"{a}[{y}, {n}]"


def cost_expression(w: LineWriter, a: str, y: str) -> str:
    """Return J, of the output and the labels."""
    if w.c.loss == "squared_error":
        return squared(w, a, y)
    c = w.c.cost
    if w.c.loss == "cross_entropy":
        return categorical(w, a, y)
    term = w.pick(f"{y} * np.log({a}) + (1 - {y}) * np.log(1 - {a})",
                  f"np.log({a}) * {y} + np.log(1.0 - {a}) * (1 - {y})")  # fmt: skip
    negative = f"-{y} * np.log({a}) - (1 - {y}) * np.log(1 - {a})"
    total = w.pick(f"-np.sum({term})", f"np.sum({negative})", f"-({term}).sum()")
    if c == "sum":
        return total
    if c == "mean over outputs" or w.c.n_y == 1:
        of_all = w.m if w.c.n_y == 1 else f"({w.m} * {w.c.n_y})"
        mean = w.pick(f"-np.mean({term})", f"np.mean({negative})", f"{total} / {of_all}")
        return w.or_wrong("J", mean, ("missing-1/m", total))
    each = f"-np.mean(np.sum({term}, axis={w.axis}))"
    mean = w.pick(f"{total} / {w.m}", f"(1 / {w.m}) * {total}", each)
    return w.or_wrong("J", mean, ("missing-1/m", total))


def categorical(w: LineWriter, a: str, y: str) -> str:
    """Return the cross-entropy."""
    if w.takes_indices:
        p = picked(w, a, y)
        total = w.pick(f"-np.sum(np.log({p}))", f"-np.log({p}).sum()", f"np.sum(-np.log({p}))")
        mean = w.pick(f"-np.mean(np.log({p}))", f"np.mean(-np.log({p}))", f"{total} / {w.m}")
    else:
        t = w.pick(f"{y} * np.log({a})", f"np.log({a}) * {y}")
        total = w.pick(f"-np.sum({t})", f"-({t}).sum()", f"np.sum(-{t})")
        each = f"np.sum({t}, axis={w.axis})"
        mean = w.pick(f"{total} / {w.m}", f"-np.mean({each})", f"-{each}.mean()",
                      f"1 / {w.m} * {total}")  # fmt: skip
    if w.c.cost == "sum":
        return total
    return w.or_wrong("J", mean, ("missing-1/m", total))


def squared(w: LineWriter, a: str, y: str) -> str:
    """Return the squared error, in its scale."""
    e = w.pick(f"({a} - {y})", f"({y} - {a})")
    square = w.pick(f"{e} ** 2", f"np.square{e}", f"{e} * {e}", f"np.power({e}, 2)")
    total = w.pick(f"np.sum({square})", f"({square}).sum()")
    mean = w.pick(f"np.mean({square})", f"({square}).mean()")
    each = f"np.mean(np.sum({square}, axis={w.axis}))"
    one = [mean] if w.c.n_y == 1 else []
    return {
        "mean": w.pick(f"{total} / (2 * {w.m})", f"0.5 * {total} / {w.m}",
                       *(f"{x} / 2" for x in one), f"0.5 * {each}"),
        "sum": w.pick(f"0.5 * {total}", f"{total} / 2", f"np.sum(0.5 * {square})"),
        "mean, without ½": w.pick(f"{total} / {w.m}", each, *one),
        "sum, without ½": total,
        "mean over outputs": w.pick(f"0.5 * {mean}", f"{mean} / 2",
                                    f"{total} / (2 * {w.m} * {w.c.n_y})"),
        "mean over outputs, without ½": w.pick(mean, f"{total} / ({w.m} * {w.c.n_y})"),
    }[w.c.cost]  # fmt: skip


def gradient_lines(w: LineWriter, a: str, y: str, d: str, tensor: str) -> list[str]:
    """Return the lines of the first gradient, dZ of the last layer."""
    lines = pair_lines(w, a, y, d, tensor) if w.c.loss != "squared_error" else [
        f"{d} = {squared_gradient(w, a, y, tensor)}"
    ]  # fmt: skip
    if w.early and w.factor:
        right = w.pick(f"{d} /= {w.factor}", f"{d} = {d} / {w.factor}")
        missing = [("missing-1/m", f"{d} = {d}")] if w.c.cost else []
        lines.append(w.or_wrong(tensor, right, *missing))
    return lines


def pair_lines(w: LineWriter, a: str, y: str, d: str, tensor: str) -> list[str]:
    """Return dZ = A − Y, of the softmax or the sigmoid and its cross-entropy."""
    if w.takes_indices:
        n = w.c.n_y
        eye = f"np.eye({n})[{y}]" if w.c.rows else f"np.eye({n})[{y}].T"
        if w.is_double and w.rng.random() < 0.4:
            return [f"{d} = {a} - {eye}"]
        line = f"{picked(w, d, y)} -= 1"
        wrong_line = ("plus-Y", line.replace("-=", "+="))
        return [f"{d} = {a}.copy()", w.or_wrong(tensor, line, wrong_line)]
    plain = f"{a} - {y}"
    wrong: Sequence[tuple[str, str]] = (("sign", f"{y} - {a}"),)
    through_dA = w.c.output == "sigmoid" and w.rng.random() < 0.3
    if through_dA:
        d_a = w.pick(f"-(np.divide({y}, {a}) - np.divide(1 - {y}, 1 - {a}))",
                     f"-{y} / {a} + (1 - {y}) / (1 - {a})",
                     f"({a} - {y}) / ({a} * (1 - {a}))")  # fmt: skip
        right = w.or_wrong(tensor, f"{d} * {a} * (1 - {a})", ("missing-factor", f"{d} * {a}"))
        return [f"{d} = {d_a}", f"{d} = {right}"]
    return [f"{d} = {w.or_wrong(tensor, plain, *wrong)}"]


def squared_gradient(w: LineWriter, a: str, y: str, tensor: str) -> str:
    """Return dZ = c (A − Y) ∗ g'(Z) of the squared error."""
    e = f"({a} - {y})"
    prime = {"identity": "", "sigmoid": f"{a} * (1 - {a})", "tanh": f"(1 - {a} ** 2)"}[w.c.output]
    times = f" * {prime}" if prime else ""
    two = w.pick("2 * ", "2.0 * ") if w.twice else ""
    wrong = [("sign", f"{two}({y} - {a}){times}")]
    if w.c.cost:
        wrong += [("missing-2", f"{e}{times}")] if two else [("another-2", f"2 * {e}{times}")]
        wrong += [("missing-derivative", f"{two}{e}")] if prime else []
    return w.or_wrong(tensor, f"{two}{e}{times}", *wrong)
