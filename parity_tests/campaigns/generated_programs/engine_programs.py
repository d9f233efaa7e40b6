"""Generated engines, as micrograd's: numbers or arrays with `.backward()` and `.grad`."""

from __future__ import annotations

from parity_tests.campaigns.generated_programs.line_writer import LineWriter

OPERATORS = ("add", "mul", "matmul", "sum", "relu", "tanh", "sigmoid")
UNBROADCAST = """def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


"""


def engine(w: LineWriter) -> str:
    """Write the class of an engine."""
    is_scalar = w.rng.random() < 0.5
    name = w.pick("Value", "Scalar", "Var") if is_scalar else w.pick("Tensor", "Array", "Node")
    parents = w.pick("_prev", "parents", "_children")
    step = w.pick("_backward", "_step")
    methods = [made(w, name, is_scalar, parents, step)]
    for operator, other in (("add", "b"), ("mul", "b"), *(() if is_scalar else (("matmul", "b"),))):
        methods.append(method(w, name, operator, other, step, is_scalar))
    methods += [method(w, name, g, "", step, is_scalar) for g in dict.fromkeys(w.c.hidden)]
    if not is_scalar:
        methods.append(method(w, name, "sum", "", step, is_scalar))
    methods += rest(w, parents, step, is_scalar)
    head = "import math\n\n\n" if is_scalar else f"import numpy as np\n\n\n{UNBROADCAST}"
    return f"{head}class {name}:\n" + "\n".join(methods)


def made(w: LineWriter, name: str, is_scalar: bool, parents: str, step: str) -> str:
    """Return `__init__`."""
    zero = "0.0" if is_scalar else "np.zeros_like(self.data)"
    data = "data" if is_scalar else "np.asarray(data, dtype=np.float64)"
    given = w.pick("children", "parents", "prev")
    lines = [
        f"self.data = {data}", f"self.grad = {zero}",
        f"self.{parents} = {w.pick(f'set({given})', f'tuple({given})')}",
        f"self.{step} = lambda: None",
    ]  # fmt: skip
    return f"    def __init__(self, data, {given}=()):\n{w.indented(lines, 2)}"


def method(w: LineWriter, name: str, operator: str, other: str, step: str, is_scalar: bool) -> str:
    """Return an operator: its result, and how it passes the gradient back."""
    head = f"__{operator}__(self, other)" if other else f"{operator}(self)"
    sign = {"add": "+", "mul": "*", "matmul": "@"}.get(operator, "")
    value = f"self.data {sign} other.data" if other else result_of(w, operator, is_scalar)
    lines = [f"other = other if isinstance(other, {name}) else {name}(other)"] if other else []
    before, _, value = value.rpartition("\n")
    lines += [before] if before else []
    parents = "(self, other)" if other else "(self,)"
    lines += [f"out = {name}({value}, {parents})", "", f"def {step}():"]
    for x, change in changes(operator, is_scalar):
        reduced = change
        if not is_scalar and operator in ("add", "mul"):
            reduced = f"unbroadcast({change}, {x}.data.shape)"
        right = f"{x}.grad += {reduced}"
        if w.rng.random() < 0.3:
            right = f"{x}.grad = {x}.grad + {reduced}"
        each = [(code, right.replace(change, text)) for code, text in mistakes(operator, x)]
        overwritten = ("overwritten", f"{x}.grad = {reduced}")
        lines.append(f"    {w.or_wrong(operator, right, *each, overwritten)}")
    lines += ["", f"out.{step} = {step}", "return out"]
    return f"    def {head}:\n{w.indented(lines, 2)}".replace("        \n", "\n")


def result_of(w: LineWriter, operator: str, is_scalar: bool) -> str:
    """Return the result of a function of one number or array; lines before it, where needed."""
    if operator == "sum":
        return "self.data.sum()"
    if operator == "relu":
        return "self.data if self.data > 0 else 0.0" if is_scalar else w.pick(
            "np.maximum(self.data, 0)", "self.data * (self.data > 0)")  # fmt: skip
    of = "math" if is_scalar else "np"
    if operator == "tanh":
        return f"t = {of}.tanh(self.data)\nt"
    return f"t = 1 / (1 + {of}.exp(-self.data))\nt"


def changes(operator: str, is_scalar: bool) -> list[tuple[str, str]]:
    """Return the operands of an operator, each with the change of its gradient."""
    ones = "out.grad" if is_scalar else "np.ones_like(self.data) * out.grad"
    return {
        "add": [("self", "out.grad"), ("other", "out.grad")],
        "mul": [("self", "other.data * out.grad"), ("other", "self.data * out.grad")],
        "matmul": [("self", "out.grad @ other.data.T"), ("other", "self.data.T @ out.grad")],
        "sum": [("self", ones)],
        "relu": [("self", "(out.data > 0) * out.grad")],
        "tanh": [("self", "(1 - t ** 2) * out.grad")],
        "sigmoid": [("self", "t * (1 - t) * out.grad")],
    }[operator]


def mistakes(operator: str, x: str) -> list[tuple[str, str]]:
    """Return the mistakes in the change of a gradient, as codes and texts."""
    return {
        "add": [("sign", "-out.grad")],
        "mul": [("own-factor", f"{x}.data * out.grad"), ("missing-factor", "out.grad")],
        "relu": [("mask-of-gradient", "(out.grad > 0) * out.grad"), ("missing-mask", "out.grad")],
        "tanh": [("missing-square", "(1 - t) * out.grad"), ("missing-derivative", "out.grad")],
        "sigmoid": [("missing-factor", "(1 - t) * out.grad"), ("missing-derivative", "out.grad")],
    }.get(operator, [])


def rest(w: LineWriter, parents: str, step: str, is_scalar: bool) -> list[str]:
    """Return the other methods: of signs, and `backward`."""
    one = "1.0" if is_scalar else "np.ones_like(self.data)"
    every = [
        ("__neg__(self)", ["return self * -1"]),
        ("__sub__(self, other)", ["return self + (-other)"]),
        ("__radd__(self, other)", ["return self + other"]),
        ("__rmul__(self, other)", ["return self * other"]),
        ("backward(self)", [
            "order, seen = [], set()", "", "def visit(v):", "    if id(v) not in seen:",
            "        seen.add(id(v))", f"        for parent in v.{parents}:",
            "            visit(parent)", "        order.append(v)", "", "visit(self)",
            f"self.grad = {one}", "for v in reversed(order):", f"    v.{step}()",
        ]),
    ]  # fmt: skip
    return [f"    def {head}:\n{w.indented(lines, 2)}".replace("        \n", "\n")
            for head, lines in every]  # fmt: skip
