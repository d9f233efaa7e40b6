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
# The course's example, $J = 3(a + bc)$, in three steps: $u = bc$, $v = a + u$, $J = 3v$.

# %%
a, b, c = 5.0, 3.0, 2.0
u = b * c
v = a + u
J = 3 * v
print(f"u = {u}   v = {v}   J = {J}")

# %% [markdown]
# Backwards by the chain rule. In code, `dv` is short for $dJ/dv$:
#
# $$\frac{dJ}{dv} = 3, \qquad
#   \frac{dJ}{da} = \frac{dJ}{dv}\frac{dv}{da}, \qquad
#   \frac{dJ}{du} = \frac{dJ}{dv}\frac{dv}{du}, \qquad
#   \frac{dJ}{db} = \frac{dJ}{du}\frac{du}{db}, \qquad
#   \frac{dJ}{dc} = \frac{dJ}{du}\frac{du}{dc}$$
#
# torch remembers the steps, and its `backward` walks back through them.

# %%
dv = 3.0
da = dv * 1
du = dv * 1
db = du * c
dc = du * b

a_t, b_t, c_t = (torch.tensor(x, requires_grad=True) for x in (a, b, c))
(3 * (a_t + b_t * c_t)).backward()
print(f"by hand  da = {da}   db = {db}   dc = {dc}")
print(f"torch    da = {a_t.grad}   db = {b_t.grad}   dc = {c_t.grad}")

# %% [markdown]
# Is it true? The course nudges each variable by 0.001 and looks how far $J$ moves.


# %%
def cost(a, b, c):
    return 3 * (a + b * c)


h = 0.001
print(f"a = 5.001: J = {cost(a + h, b, c):.3f}, moved by {(cost(a + h, b, c) - J) / h:.6f} times h")
print(f"b = 3.001: J = {cost(a, b + h, c):.3f}, moved by {(cost(a, b + h, c) - J) / h:.6f} times h")
print(f"c = 2.001: J = {cost(a, b, c + h):.3f}, moved by {(cost(a, b, c + h) - J) / h:.6f} times h")

# %% [markdown]
# ## How small a nudge?
#
# This $J$ is linear in each variable, so that any nudge gives the slope. In general a nudge to one
# side is off by $\frac{h}{2} f''$, since it also sees the curvature. A nudge to *both* sides,
#
# $$f'(z) \approx \frac{f(z + h) - f(z - h)}{2h},$$
#
# cancels that, and is off by $\frac{h^2}{6} f'''$. But each $f$ is rounded, by up to $u|f|$ with
# $u = 2^{-53}$, and the division by $h$ magnifies that to $u|f|/h$: too small an $h$ is worse.


# %%
def sigma(z):
    return 1 / (1 + np.exp(-z))


z = 1.0
s = sigma(z)
slope, second, third = s * (1 - s), s * (1 - s) * (1 - 2 * s), s * (1 - s) * (1 - 6 * s + 6 * s**2)
h = 2.0 ** -np.arange(1, 50)
one_sided = np.abs((sigma(z + h) - s) / h - slope)
central = np.abs((sigma(z + h) - sigma(z - h)) / (2 * h) - slope)

fig, ax = plt.subplots(figsize=(7, 3))
ax.loglog(h, one_sided, ".", color="tab:orange", label="one side")
ax.loglog(h, central, ".", color="tab:blue", label="both sides")
ax.loglog(h, h / 2 * abs(second), color="tab:orange", lw=1, label="h |f''| / 2")
ax.loglog(h, h**2 / 6 * abs(third), color="tab:blue", lw=1, label="h² |f'''| / 6")
ax.loglog(h, 2.0**-53 * s / h, color="gray", lw=1, label="u |f| / h")
ax.set(xlabel="h", ylabel="error of the slope", ylim=(1e-14, 1), title="the slope of σ at z = 1")
ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
fig.tight_layout()

# %% [markdown]
# ## A graph that differentiates itself
#
# An operation needs to know two things: its value, and its derivative with respect to each operand.
# A `Value` remembers both; `backward` is the chain rule. A value that is used twice gets the *sum*
# of what comes back along each path, hence `+=`.

# %%
OPERATIONS = {
    "+": lambda p, q: (p + q, (1, 1)),
    "−": lambda p, q: (p - q, (1, -1)),
    "×": lambda p, q: (p * q, (q, p)),
    "/": lambda p, q: (p / q, (1 / q, -p / q**2)),
    "**": lambda p, q: (p**q, (q * p ** (q - 1), p**q * math.log(p) if p > 0 else math.nan)),
    "exp": lambda p: (math.exp(p), (math.exp(p),)),
    "log": lambda p: (math.log(p), (1 / p,)),
}


class Value:
    """A number; the operands that it was computed from, and its slope with respect to each."""

    def __init__(self, number, name="", operands=(), slopes=()):
        self.number, self.name, self.operands, self.slopes = number, name, operands, slopes
        self.d = 0.0  # dJ/d(this), which `backward` fills in

    __add__, __radd__ = (lambda p, q: step("+", p, q)), (lambda p, q: step("+", q, p))
    __sub__, __rsub__ = (lambda p, q: step("−", p, q)), (lambda p, q: step("−", q, p))
    __mul__, __rmul__ = (lambda p, q: step("×", p, q)), (lambda p, q: step("×", q, p))
    __truediv__, __rtruediv__ = (lambda p, q: step("/", p, q)), (lambda p, q: step("/", q, p))
    __pow__, __rpow__ = (lambda p, q: step("**", p, q)), (lambda p, q: step("**", q, p))
    __neg__ = lambda p: step("×", -1, p)  # noqa: E731


def step(operation, *operands):
    plain = ["" if isinstance(x, Value) else f"{x:g}" for x in operands]
    operands = [x if isinstance(x, Value) else Value(x) for x in operands]
    number, slopes = OPERATIONS[operation](*(x.number for x in operands))
    return Value(number, f" {operation} ".join(plain).strip() or operation, operands, slopes)


def in_order(J, found=None):
    """The graph that ends in J, operands before what is computed from them."""
    found = {} if found is None else found
    for operand in J.operands:
        if operand not in found:
            in_order(operand, found)
    found[J] = None
    return list(found)


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
def exp(x):
    return step("exp", x) if isinstance(x, Value) else torch.exp(x)


def log(x):
    return step("log", x) if isinstance(x, Value) else torch.log(x)


expressions = {
    "3 (a + b c)": lambda a, b, c: 3 * (a + b * c),
    "a ** c / (1 + exp(−b))": lambda a, b, c: a**c / (1 + exp(-b)),
    "log(a b + 2 ** c) (a − b) / a": lambda a, b, c: log(a * b + 2**c) * (a - b) / a,
}
at, h = (5.0, 3.0, 2.0), 2.0**-17
for name, f in expressions.items():
    ours = [Value(x) for x in at]
    backward(f(*ours))
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]
    f(*theirs).backward()
    print(name)
    for k, letter in enumerate("abc"):
        left, right = ([Value(x + s * (i == k)) for i, x in enumerate(at)] for s in (-h, h))
        central = (f(*right).number - f(*left).number) / (2 * h)
        numbers = (ours[k].d, theirs[k].grad.item(), central)
        print(f"  d{letter}  ours, torch, central:", *(f"{x:18.12f}" for x in numbers))

# %% [markdown]
# ## Seeing it
#
# Each box is a step; its value stands above it in blue, and $dJ/d(\text{box})$ below it in red.
# Plain numbers have no box of their own: `1 −` is a step too.


# %%
def draw(J, figsize):
    nodes = [node for node in in_order(J) if node.name]  # without plain numbers
    operands = {node: [x for x in node.operands if x.name] for node in nodes}
    depth, y, taken, leaves = {}, {}, set(), 0
    for node, given in operands.items():  # in the column after its operands, at their mean height
        depth[node] = 1 + max((depth[x] for x in given), default=-1)
        y[node] = sum(y[x] for x in given) / len(given) if given else -leaves
        leaves += not given
        while (depth[node], y[node]) in taken:
            y[node] -= 1
        taken.add((depth[node], y[node]))
    for x in nodes:  # what is given stands just before its first use
        if not operands[x]:
            depth[x] = min(depth[node] for node in nodes if x in operands[node]) - 1

    fig, ax = plt.subplots(figsize=figsize)
    boxes, centred = {}, {"ha": "center", "va": "center"}
    for node in nodes:
        xy, at = (depth[node], y[node]), {"textcoords": "offset points", "size": 8, **centred}
        style = {"boxstyle": "round", "fc": "#e8f0fe" if operands[node] else "white", "ec": "gray"}
        boxes[node] = ax.text(*xy, node.name, size=9, bbox=style, **centred).get_bbox_patch()
        ax.annotate(f"{node.number:.3g}", xy, (0, 14), color="tab:blue", **at)
        ax.annotate(f"{node.d:.3g}", xy, (0, -15), color="tab:red", **at)
    ax.set(xlim=(-0.5, depth[J] + 0.5), ylim=(min(y.values()) - 0.6, max(y.values()) + 0.6))
    ax.axis("off")
    fig.tight_layout()
    fig.canvas.draw()  # so that the boxes, where the arrows end, have their sizes
    for node in nodes:
        for x in operands[node]:
            ends = {"patchA": boxes[x], "patchB": boxes[node], "shrinkA": 0, "shrinkB": 0}
            arrow = {"arrowstyle": "->", "color": "gray", **ends}
            ax.annotate("", (depth[node], y[node]), (depth[x], y[x]), arrowprops=arrow)


a, b, c = Value(5.0, "a"), Value(3.0, "b"), Value(2.0, "c")
u = b * c
v = a + u
J = 3 * v
u.name, v.name, J.name = "u = b c", "v = a + u", "J = 3 v"
backward(J)
draw(J, figsize=(6, 2))

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
w1, w2, b = Value(0.5, "w1"), Value(-0.3, "w2"), Value(0.1, "b")
x1, x2, y = Value(2.0, "x1"), Value(1.0, "x2"), 1
z = w1 * x1 + w2 * x2 + b
a = 1 / (1 + exp(-z))
L = -(y * log(a) + (1 - y) * log(1 - a))
z.name, a.name, L.name = "z", "a", "L"
backward(L)
draw(L, figsize=(11, 3.6))
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
# variable. Central differences are for checking: they are off by $h^2$ and by $u/h$.
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
