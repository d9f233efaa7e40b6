# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3 The computation graph
#
# A formula is a graph of small steps, each of which knows its own derivative. Going through the
# graph from left to right gives the value; going back from right to left, multiplying derivatives
# on the way, gives the derivative with respect to everything at once. That is all that
# backpropagation is.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch

from parity_tests import check_functions

# %% [markdown]
# ## Forwards and backwards by hand
#
# The course's example, $J = 3(a + bc)$, in three steps: $u = bc$, $v = a + u$, $J = 3v$; and
# backwards by the chain rule. In code, `dv` is short for $dJ/dv$:
#
# $$\frac{dJ}{dv} = 3, \qquad
#   \frac{dJ}{da} = \frac{dJ}{dv}\frac{dv}{da}, \qquad
#   \frac{dJ}{du} = \frac{dJ}{dv}\frac{dv}{du}, \qquad
#   \frac{dJ}{db} = \frac{dJ}{du}\frac{du}{db}, \qquad
#   \frac{dJ}{dc} = \frac{dJ}{du}\frac{du}{dc}$$
#
# torch remembers the steps, and its `backward` walks back through them. Is it true? The course
# nudges each variable by 0.001 and looks how far $J$ moves.


# %%
def cost(a, b, c):
    u = b * c
    v = a + u
    return 3 * v


a, b, c = 5.0, 3.0, 2.0
dv = 3.0
da = dv * 1
du = dv * 1
db = du * c
dc = du * b

a_t, b_t, c_t = (torch.tensor(x, requires_grad=True) for x in (a, b, c))
cost(a_t, b_t, c_t).backward()
print(f"by hand  da = {da}   db = {db}   dc = {dc}")
print(f"torch    da = {a_t.grad}   db = {b_t.grad}   dc = {c_t.grad}")

J, h = cost(a, b, c), 0.001
print(f"J = {J}")
print(f"a = 5.001: J moved by {(cost(a + h, b, c) - J) / h:.6f} times h")
print(f"b = 3.001: J moved by {(cost(a, b + h, c) - J) / h:.6f} times h")
print(f"c = 2.001: J moved by {(cost(a, b, c + h) - J) / h:.6f} times h")

# %% [markdown]
# This $J$ is linear in each variable, so that any nudge gives the slope. Of a function that bends,
# a nudge to *both* sides, $f'(z) \approx \frac{f(z + h) - f(z - h)}{2h}$, is closer than one to a
# single side; how large the nudge should be is measured in lesson 7.
#
# ## A graph that differentiates itself
#
# A step needs to know two things: its value, and its slope with respect to each operand. A `Value`
# remembers both. `exp` and `log` are methods, as of torch's tensors. `backward` is the chain rule:
# it walks from $J$ to the left, through each step after all those that use it. A value that is used
# twice gets the *sum* of what comes back along each path, hence `+=`.


# %%
class Value:
    """A number; the step that gave it, of which operands, and its slope with respect to each."""

    def __init__(self, number, step="", operands=(), slopes=(), name=""):
        self.number, self.name = number, name
        self.step, self.operands, self.slopes = step, operands, slopes
        self.d = 0.0  # dJ/d(this), which `backward` fills in

    def __add__(self, other):
        p, q = self, as_value(other)
        return Value(p.number + q.number, "+", (p, q), (1, 1))

    def __sub__(self, other):
        p, q = self, as_value(other)
        return Value(p.number - q.number, "−", (p, q), (1, -1))

    def __mul__(self, other):
        p, q = self, as_value(other)
        return Value(p.number * q.number, "×", (p, q), (q.number, p.number))

    def __truediv__(self, other):
        p, q = self, as_value(other)
        return Value(p.number / q.number, "/", (p, q), (1 / q.number, -p.number / q.number**2))

    def exp(self):
        e = math.exp(self.number)
        return Value(e, "exp", (self,), (e,))

    def log(self):
        return Value(math.log(self.number), "log", (self,), (1 / self.number,))

    def __neg__(self):
        return self * -1

    __radd__, __rmul__ = __add__, __mul__  # of 1 + a and 3 * a Python asks the right operand

    def __rsub__(self, other):
        return as_value(other) - self

    def __rtruediv__(self, other):
        return as_value(other) / self


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def in_order(J, found=()):
    """The graph that ends in J, operands before what is computed from them."""
    for operand in J.operands:
        found = found if operand in found else in_order(operand, found)
    return (*found, J)


def backward(J):
    nodes = in_order(J)
    for node in nodes:
        node.d = 1.0 if node is J else 0.0
    for node in reversed(nodes):
        for operand, slope in zip(node.operands, node.slopes, strict=True):
            operand.d += node.d * slope  # dJ/d(operand) = dJ/d(node) · d(node)/d(operand)


# %% [markdown]
# The same expressions by our graph, by torch's, and by central differences:

# %%
expressions = {
    "3 (a + b c)": lambda a, b, c: 3 * (a + b * c),
    "a c / (1 + exp(−b))": lambda a, b, c: a * c / (1 + (-b).exp()),
    "log(a b + exp(c)) (a − b) / a": lambda a, b, c: (a * b + c.exp()).log() * (a - b) / a,
}
at, h = np.array([5.0, 3.0, 2.0]), 2.0**-17
for name, f in expressions.items():
    ours = [Value(x) for x in at]
    backward(f(*ours))
    theirs = [torch.tensor(x, requires_grad=True) for x in at]
    f(*theirs).backward()
    print(name)
    for k, nudge in enumerate(h * np.eye(3)):
        left, right = (f(*map(Value, x)).number for x in (at - nudge, at + nudge))
        numbers = ours[k].d, theirs[k].grad.item(), (right - left) / (2 * h)
        print(f"  d{'abc'[k]}  ours, torch, central:", *(f"{x:16.12f}" for x in numbers))

# %% [markdown]
# ## Seeing it
#
# Each box is a step, from left to right; its value stands above it in blue, and $dJ/d(\text{box})$
# below it in red. Plain numbers have no box of their own: `1 −` is a step too. The next function is
# mere drawing.


# %%
def draw(J, figsize):
    """Each box in the column after its operands, at their mean height."""
    _, ax = plt.subplots(figsize=figsize, layout="constrained")
    place, style = {}, {"ha": "center", "va": "center", "size": 9}
    for node in [node for node in in_order(J) if node.name or node.operands]:
        before = [place[operand] for operand in node.operands if operand in place]
        x = 1 + max((x for x, _ in before), default=-1)
        y = sum(y for _, y in before) / max(len(before), 1)
        while (x, y) in place.values():
            y -= 1
        place[node] = x, y
        for there in before:
            ax.plot(*zip(there, (x, y), strict=True), color="silver", zorder=0)
        plain = ["" if operand in place else f"{operand.number:g}" for operand in node.operands]
        name = node.name or f" {node.step} ".join(plain).strip() or node.step
        ax.text(x, y, name, bbox={"boxstyle": "round", "fc": "white", "ec": "gray"}, **style)
        ax.text(x, y + 0.35, f"{node.number:.3g}", color="tab:blue", **style)
        ax.text(x, y - 0.35, f"{node.d:.3g}", color="tab:red", **style)
    ax.margins(0.05, 0.15)
    ax.axis("off")


a, b, c = (Value(x, name=letter) for x, letter in zip(at, "abc", strict=True))
u = b * c
v = a + u
J = 3 * v
u.name, v.name, J.name = "u = b c", "v = a + u", "J = 3 v"
backward(J)
draw(J, figsize=(6, 2.4))

# %% [markdown]
# ## Logistic regression as a graph
#
# One example with two features, as in the course:
#
# $$z = w_1 x_1 + w_2 x_2 + b, \qquad a = \sigma(z) = \frac{1}{1 + e^{-z}}, \qquad
#   \mathcal{L}(a, y) = -\bigl(y \log a + (1 - y) \log(1 - a)\bigr)$$
#
# The label is $y = 1$, so that nothing comes back through the second logarithm. Look at what is
# below $z$.

# %%
w1, x1 = Value(0.5, name="w1"), Value(2.0, name="x1")
w2, x2 = Value(-0.3, name="w2"), Value(1.0, name="x2")
b, y = Value(0.1, name="b"), 1
z = w1 * x1 + w2 * x2 + b
a = 1 / (1 + (-z).exp())
L = -(y * a.log() + (1 - y) * (1 - a).log())
z.name, a.name, L.name = "z", "a", "L"
backward(L)
draw(L, figsize=(11, 4.4))
print(f"dz by the graph {z.d:.16f}\na − y           {a.number - y:.16f}")
print(f"dw1 {w1.d:.6f} = x1 dz {x1.number * z.d:.6f}   db {b.d:.6f} = dz")

# %% [markdown]
# $$\frac{d\mathcal{L}}{dz} = \frac{d\mathcal{L}}{da}\,\frac{da}{dz}
#   = \left(-\frac{y}{a} + \frac{1 - y}{1 - a}\right) a (1 - a) = a - y$$
#
# All those steps collapse to $dz = a - y$. This is why the next lesson needs no graph, and why a
# network written by hand can be fast: whole layers are steps, whose derivatives we know.
#
# ## What to keep
#
# A step needs only its own derivative; the chain rule multiplies along a path and adds over paths.
# One walk backwards gives all derivatives, whereas nudging needs two walks forwards for each
# variable. Nudging is for checking.
#
# ## Exercise
#
# An activation is a step too: $A = g(Z)$, element by element, so that $dZ = dA * g'(Z)$. Write it
# for the sigmoid and for ReLU, as in week 4 of the course, where the cache is $Z$. At $z = 0$ take
# 0 as ReLU's derivative, as torch does.


# %%
def sigmoid_backward(dA, cache):
    """dA: (n, m)   cache: Z (n, m)        returns dZ: (n, m)"""
    raise NotImplementedError("A from Z, then dZ from dA and A")


def relu_backward(dA, cache):
    """dA: (n, m)   cache: Z (n, m)        returns dZ: (n, m)"""
    raise NotImplementedError("dZ is dA where Z is positive, and 0 elsewhere")


# %%
print(check_functions(sigmoid_backward, relu_backward))
