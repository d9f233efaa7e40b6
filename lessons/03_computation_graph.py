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
# A formula is a chain of small steps, and for each small step the derivative is known. Computing
# the steps from left to right gives the value. Going back from right to left, and multiplying the
# derivatives on the way, gives the derivative with respect to every variable at once. That is
# backpropagation.
#
# The *derivative* $dJ/da$ says how much $J$ changes when $a$ changes a little: if $a$ grows by a
# small $h$, $J$ grows by about $\frac{dJ}{da} h$. It is the slope of $J$ as a function of $a$.

# %%
import math

import matplotlib.pyplot as plt
import torch

from parity_tests import check_functions

# %% [markdown]
# ## Forwards and backwards by hand
#
# The course's example is $J = 3(a + bc)$, in three steps: $u = bc$, $v = a + u$, $J = 3v$.
# Backwards, each derivative is the one before it times the slope of one step (the *chain rule*):
#
# $$\frac{dJ}{dv} = 3, \qquad
#   \frac{dJ}{da} = \frac{dJ}{dv}\frac{dv}{da}, \qquad
#   \frac{dJ}{du} = \frac{dJ}{dv}\frac{dv}{du}, \qquad
#   \frac{dJ}{db} = \frac{dJ}{du}\frac{du}{db}, \qquad
#   \frac{dJ}{dc} = \frac{dJ}{du}\frac{du}{dc}$$
#
# In code `dv` is short for $dJ/dv$: the derivative of the last result with respect to $v$.


# %%
def cost(a, b, c):
    u = b * c
    v = a + u
    return 3 * v


a, b, c = 5.0, 3.0, 2.0
dv = 3.0
da = dv * 1  # v = a + u: if a grows by h, so does v
du = dv * 1
db = du * c  # u = b c: if b grows by h, u grows by c h
dc = du * b
print(f"by hand   da = {da}   db = {db}   dc = {dc}")

a_t, b_t, c_t = (torch.tensor(x, requires_grad=True) for x in (a, b, c))
cost(a_t, b_t, c_t).backward()
print(f"torch     da = {a_t.grad}   db = {b_t.grad}   dc = {c_t.grad}")

h = 0.001
J = cost(a, b, c)
print(f"J = {J}; a, b or c larger by {h} makes J larger by", end=" ")
print(*(f"{cost(a + x, b + y, c + z) - J:.6f}" for x, y, z in ((h, 0, 0), (0, h, 0), (0, 0, h))))

# %% [markdown]
# torch remembers the steps that it computed, and `backward` goes back through them. The last line
# is the course's own check: change one variable by 0.001 and see how much $J$ changes.
#
# ## A graph that differentiates itself
#
# A step must know its *operands* (the numbers that it is computed from), its value, and its slope
# with respect to each operand. A `Value` holds these three. `exp` and `log` are methods, as in
# torch.


# %%
class Value:
    """A number, the values it was computed from, and its slope with respect to each of them."""

    def __init__(self, number, operands=(), slopes=()):
        self.number, self.operands, self.slopes = number, operands, slopes
        self.d = 0.0  # the derivative of the last result with respect to this; filled in later

    def __add__(self, other):
        other = as_value(other)
        return Value(self.number + other.number, (self, other), (1, 1))

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.number * other.number, (self, other), (other.number, self.number))

    def __truediv__(self, other):
        p, q = self.number, as_value(other).number
        return Value(p / q, (self, as_value(other)), (1 / q, -p / q**2))

    def exp(self):
        e = math.exp(self.number)
        return Value(e, (self,), (e,))

    def log(self):
        return Value(math.log(self.number), (self,), (1 / self.number,))

    def maximum(self, other):
        other = as_value(other)
        first = self.number > other.number
        return Value(max(self.number, other.number), (self, other), (int(first), int(not first)))

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -as_value(other)

    # For 3 * a Python first asks the number 3, which does not know a Value, and then calls
    # a.__rmul__(3); for 3 + a it calls a.__radd__(3).
    __radd__ = __add__
    __rmul__ = __mul__

    def __rtruediv__(self, other):
        return as_value(other) / self


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


# %% [markdown]
# `backward` is the chain rule. It starts at $J$, where the derivative is $dJ/dJ = 1$, and visits a
# step only after every step that uses its result. `in_order` lists the steps operands first, so the
# list is read from its end. Here is a first try, with a mistake in its last line:


# %%
def in_order(J):
    """Every value that J is computed from, each after its own operands; J is the last."""
    order = []

    def visit(value):
        if value not in order:
            for operand in value.operands:
                visit(operand)
            order.append(value)

    visit(J)
    return order


def backward_with_mistake(J):
    J.d = 1.0
    for value in reversed(in_order(J)):
        for operand, slope in zip(value.operands, value.slopes, strict=True):
            operand.d = value.d * slope


def backward(J):
    for value in in_order(J):
        value.d = 0.0
    J.d = 1.0
    for value in reversed(in_order(J)):
        for operand, slope in zip(value.operands, value.slopes, strict=True):
            operand.d += value.d * slope


for differentiate in (backward_with_mistake, backward):
    a = Value(3.0)
    differentiate(a + a)
    total = a.d
    a = Value(3.0)
    differentiate(a * a)
    print(f"{differentiate.__name__:22} a + a: {total}   a * a: {a.d}")

# %% [markdown]
# The derivative of $a + a = 2a$ is 2, and that of $a \cdot a$ is $2a$, here 6. With `=` the second
# path from $a$ to the result overwrites the first one. Derivatives of several paths *add up*, hence
# `+=`.
#
# ## Is it right?
#
# Three expressions, differentiated by our graph, by torch's, and by changing one variable by $h$ =
# 0.001. Without any graph there are two ways to do the latter: on one side,
# $\frac{f(z + h) - f(z)}{h}$, or on both sides, $\frac{f(z + h) - f(z - h)}{2h}$.

# %%
expressions = {
    "3 (a + b c)": lambda a, b, c: 3 * (a + b * c),
    "a c / (1 + exp(−b))": lambda a, b, c: a * c / (1 + (-b).exp()),
    "log(a b + exp(c)) (a − b) / a": lambda a, b, c: (a * b + c.exp()).log() * (a - b) / a,
}
at, h = (5.0, 3.0, 2.0), 0.001


def value_at(f, change, k):
    """f(5, 3, 2), with variable number k changed."""
    return f(*(Value(x + change * (i == k)) for i, x in enumerate(at))).number


print(f"{'':31}{'ours':>13}{'torch':>13}{'error, one side':>18}{'error, both':>14}")
for name, f in expressions.items():
    ours = [Value(x) for x in at]
    backward(f(*ours))
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in at]
    f(*theirs).backward()
    for k, letter in enumerate("abc"):
        here, left, right = (value_at(f, change, k) for change in (0, -h, h))
        one_side, both = (right - here) / h - ours[k].d, (right - left) / (2 * h) - ours[k].d
        print(f"{name:29} d{letter}{ours[k].d:13.9f}{theirs[k].grad.item():13.9f}", end="")
        print(f"{one_side:18.1e}{both:14.1e}")

# %% [markdown]
# Where the expression is linear in the variable (all of the first, $a$ and $c$ of the second) any
# change gives the slope, up to rounding. Where it bends, the change to both sides is much closer.
# How large $h$ should be is measured in lesson 7.
#
# ## Seeing it
#
# In each box: the name, the value in blue, and the derivative of the last box with respect to this
# one in red. On each line: the slope of the step, by which the red number to the right is
# multiplied on the way back. The next function only draws.


# %%
def draw(boxes, figsize):
    """boxes: label → (value, column, height)"""
    _, ax = plt.subplots(figsize=figsize, layout="constrained")
    place = {value: (x, y) for value, x, y in boxes.values()}
    middle = {"ha": "center", "va": "center"}
    for label, (value, x, y) in boxes.items():
        for operand, slope in zip(value.operands, value.slopes, strict=True):
            if operand in place:
                x0, y0 = place[operand]
                ax.plot([x0, x], [y0, y], color="silver", zorder=0)
                x1, y1 = (x0 + x) / 2, (y0 + y) / 2
                white = {"fc": "white", "ec": "none", "pad": 1}
                ax.text(x1, y1, f"× {slope:.3g}", color="gray", size=8, bbox=white, **middle)
        ax.add_patch(plt.Rectangle((x - 0.3, y - 0.4), 0.6, 0.8, fc="white", ec="gray"))
        ax.text(x, y + 0.24, label, size=9, **middle)
        ax.text(x, y, f"{value.number:.3g}", color="tab:blue", size=9, **middle)
        ax.text(x, y - 0.24, f"{value.d:.3g}", color="tab:red", size=9, **middle)
    ax.autoscale_view()
    ax.axis("off")
    plt.show()


a, b, c = (Value(x) for x in at)
u = b * c
v = a + u
J = 3 * v
backward(J)
draw(
    {"a": (a, 0, 2), "b": (b, 0, 1), "c": (c, 0, 0)}
    | {"u = b c": (u, 1, 0.5), "v = a + u": (v, 2, 1), "J = 3 v": (J, 3, 1)},
    figsize=(7, 3),
)

# %% [markdown]
# Three kinds of step have a simple rule on the way back. `+` *copies* the derivative to both
# operands. `×` *swaps*: each operand gets the derivative times the other operand. `max` *routes*:
# the larger operand gets all of it, the other one gets 0.

# %%
steps = {
    "p + q": lambda p, q: p + q,
    "p × q": lambda p, q: p * q,
    "max(p, q)": lambda p, q: p.maximum(q),
}
for name, step in steps.items():
    p, q = Value(3.0), Value(2.0)
    result = step(p, q)
    backward(10 * result)
    print(f"{name:10} p = {p.number}, q = {q.number}: {result.d} comes back, ", end="")
    print(f"p gets {p.d}, q gets {q.d}")

# %% [markdown]
# ## Logistic regression as a graph
#
# One unit, one example with two features, as in the course. The unit computes $z$ and its
# *activation* $a$, a number between 0 and 1, by the *sigmoid* function $\sigma$. The *loss*
# $\mathcal{L}$ is small where $a$ is close to the *label* $y$, which is 0 or 1 (lesson 4 says why
# it is this formula):
#
# $$z = w_1 x_1 + w_2 x_2 + b, \qquad a = \sigma(z) = \frac{1}{1 + e^{-z}}, \qquad
#   \mathcal{L}(a, y) = -\bigl(y \log a + (1 - y) \log(1 - a)\bigr)$$
#
# Our example has the label $y = 1$, so that $\mathcal{L} = -\log a$. The graph is drawn from $z$
# on.

# %%
w1, x1, w2, x2, b = (Value(x) for x in (0.5, 2.0, -0.3, 1.0, 0.1))
z = w1 * x1 + w2 * x2 + b
n = -z
e = n.exp()
s = 1 + e
a = 1 / s
l = a.log()
L = -l
backward(L)
draw(
    {"z": (z, 0, 0), "n = −z": (n, 1, 0), "e = exp(n)": (e, 2, 0), "s = 1 + e": (s, 3, 0)}
    | {"a = 1 / s": (a, 4, 0), "l = log(a)": (l, 5, 0), "L = −l": (L, 6, 0)},
    figsize=(11, 1.5),
)
print(f"dz by the graph {z.d:.16f}")
print(f"a − 1           {a.number - 1:.16f}")
print(f"dw1 {w1.d:.6f} = x1 dz {x1.number * z.d:.6f}   db {b.d:.6f} = dz")
print(f"da/dz, the four slopes from a back to z multiplied: {z.d / a.d:.16f}")
print(f"a (1 − a)                                           {a.number * (1 - a.number):.16f}")

# %% [markdown]
# Seven boxes, but one short answer: $dz = a - 1 = a - y$. Two calculations explain it. First the
# slope of the sigmoid, $\sigma'(z) = \frac{da}{dz}$: the slopes of its four steps, multiplied from
# right to left, where $s = 1 + e^{-z}$ and $a = 1/s$:
#
# $$\sigma'(z) = \Bigl(-\frac{1}{s^2}\Bigr) \cdot 1 \cdot e^{-z} \cdot (-1) = \frac{e^{-z}}{s^2}
#   = \frac{1}{s} \cdot \frac{s - 1}{s} = \frac{1}{s}\Bigl(1 - \frac{1}{s}\Bigr) = a (1 - a)$$
#
# Then the loss, for any label $y$:
#
# $$\frac{d\mathcal{L}}{dz} = \frac{d\mathcal{L}}{da}\,\frac{da}{dz}
#   = \left(-\frac{y}{a} + \frac{1 - y}{1 - a}\right) a (1 - a) = -y (1 - a) + (1 - y) a = a - y$$
#
# This is why the next lesson needs no graph, and why a network written by hand can be fast: a whole
# layer is one step, whose derivative we know.
#
# ## What to keep
#
# A step needs only its own slope. The chain rule multiplies along a path and adds over paths. One
# pass backwards gives all derivatives; changing one variable at a time needs two passes forwards
# for each variable. So the first is for training and the second for checking.
#
# ## To think about
#
# 1. `backward` sets every `d` to 0 first. What would a second call of `backward(J)` give without
#    that? (torch does *not* set them to 0. What must a training loop in torch therefore do?)
# 2. In the last figure the red number changes its sign at three steps, and at one step it remains
#    as it is. Which steps are these, and why?
# 3. A network has a million weights and one cost. How many passes does the derivative with respect
#    to all weights take by changing each weight, and how many by the graph?
#
# ## Exercise
#
# An activation is a step too: $A = g(Z)$, element by element. So on the way back $dZ = dA * g'(Z)$,
# element by element: `dA` comes back, and is multiplied by the slope of $g$. Write this step for
# the sigmoid and for ReLU, $g(z) = \max(0, z)$, as in week 4 of the course, where the cache is $Z$.
# `dA` and `cache` are NumPy arrays, so the cell needs `import numpy as np`. At $z = 0$ take 0 as
# the slope of ReLU, as torch does.


# %%
def sigmoid_backward(dA, cache):
    """dA: (n, m)   cache: Z (n, m)        returns dZ: (n, m)"""
    raise NotImplementedError("A from Z, then dZ from dA and A")


def relu_backward(dA, cache):
    """dA: (n, m)   cache: Z (n, m)        returns dZ: (n, m)"""
    raise NotImplementedError("how does max pass the derivative back?")


# %%
print(check_functions(sigmoid_backward, relu_backward))
