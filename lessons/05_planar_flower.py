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
# # 5 One hidden layer: the planar flower
#
# One idea: a hidden layer has several lines, and the output joins them. Logistic regression draws
# one line through the plane; a few units in front of it are enough for the petals of a flower. This
# lesson derives the six equations of that network's backward step, writes it and its training in
# NumPy, and compares with torch.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional as F

from parity_tests import check_functions
from torch_impl.data.sources import planar_flower

flower = planar_flower()  # the course's data set: points on petals, of two classes
X, Y = flower.x.T, flower.y.reshape(1, -1).astype(float)  # examples in columns
m = X.shape[1]
print("X", X.shape, "  Y", Y.shape, f"  {Y.mean():.0%} of the labels are 1")

# %% [markdown]
# ## A line does not separate petals
#
# Logistic regression as in lesson 4, and for comparison the line that is right most often, among
# many lines of all directions.


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def show_boundary(ax, answer, title):
    """The plane in the colour of the answer, and the examples in the colour of their labels."""
    x1, x2 = np.meshgrid(np.linspace(-5, 5, 150), np.linspace(-5, 5, 150))
    plane = answer(np.stack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
    colours = ["tab:blue", "tab:red"]
    ax.contourf(x1, x2, plane, levels=[-0.5, 0.5, 1.5], colors=colours, alpha=0.25)
    for label, colour in enumerate(colours):
        ax.scatter(*X[:, Y[0] == label], color=colour, s=4, label=f"y = {label}")
    ax.set(title=title, aspect="equal", xticks=[-4, 0, 4], yticks=[-4, 0, 4])


w, b = np.zeros((2, 1)), 0.0
for _ in range(1000):
    dZ = sigmoid(w.T @ X + b) - Y
    w, b = w - 0.1 * (X @ dZ.T) / m, b - 0.1 * dZ.mean()
right = np.mean((w.T @ X + b > 0) == Y)

best = 0
for angle in np.linspace(0, np.pi, 180):
    distance = np.cos(angle) * X[0] + np.sin(angle) * X[1]
    for c in np.linspace(-4, 4, 81):
        side = np.mean((distance > c) == Y[0])
        best = max(best, side, 1 - side)
print(f"logistic regression {right:.1%} right; the best of {180 * 81} lines {best:.1%}")

figure, ax = plt.subplots(figsize=(3.4, 3.4), layout="constrained")
show_boundary(ax, lambda X: (w.T @ X + b > 0).astype(float), f"logistic regression: {right:.0%}")
ax.legend(fontsize=7, loc="upper right")
plt.show()

# %% [markdown]
# 50 % would be guessing. The best line is better, but logistic regression minimises the cost, not
# the number of errors, and its cost is lowest for this line. No line is right for all the petals.
#
# ## The network
#
# Between the inputs and the output unit come four *hidden* units. Each unit takes two steps: $z$,
# the weighted sum of its inputs plus a bias, then $a = g(z)$ with its *activation* $g$: here tanh
# for the hidden units and the sigmoid for the output. Square brackets count layers, round brackets
# examples: $a^{[1](i)}$ is the output of layer 1 for example $i$. The input counts as layer 0,
# $a^{[0]} = x$.

# %%
layers = {
    "layer 0: the input\n$a^{[0]} = x$": ["$x_1$", "$x_2$"],
    "layer 1: hidden, g = tanh\n$W^{[1]}$ (4, 2), $b^{[1]}$ (4, 1)": [
        f"$z^{{[1]}}_{j} \\to a^{{[1]}}_{j}$" for j in "1234"
    ],
    "layer 2: the output, $g = \\sigma$\n$W^{[2]}$ (1, 4), $b^{[2]}$ (1, 1)": [
        "$z^{[2]} \\to a^{[2]} = \\hat{y}$"
    ],
}
figure, ax = plt.subplots(figsize=(7.5, 3), layout="constrained")
before = []
for column, (name, units) in enumerate(layers.items()):
    heights = (len(units) - 1) / 2 - np.arange(len(units))
    for unit, y in zip(units, heights, strict=True):
        for y_before in before:
            ax.plot([3 * column - 3, 3 * column], [y_before, y], color="silver", zorder=0)
        ax.text(
            3 * column, y, unit, ha="center", va="center", bbox={"boxstyle": "round", "fc": "w"}
        )
    ax.text(3 * column, -2.4, name, ha="center", va="center", size=9)
    before = heights
ax.set(xlim=(-1.2, 7.5), ylim=(-2.9, 1.9))
ax.axis("off")
plt.show()

# %% [markdown]
# $w^{[1]}_j$ is the column of weights of hidden unit $j$, as $w$ was in lesson 4. $W^{[1]}$ has the
# four columns as its rows, $w^{[1]T}_1$ to $w^{[1]T}_4$, so that one product computes all four:
#
# | forward | shapes |
# |---|---|
# | $Z^{[1]} = W^{[1]} X + b^{[1]}, \; A^{[1]} = \tanh Z^{[1]}$ | $(4, 2)(2, m) \to (4, m)$ |
# | $Z^{[2]} = W^{[2]}A^{[1]} + b^{[2]}, \; A^{[2]} = \sigma(Z^{[2]})$ | $(1, 4)(4, m) \to (1, m)$ |
#
# ## Backward: six equations
#
# As in lesson 4, $dz$ and $da$ are derivatives of the loss of one example, and $dW$ and $db$ of the
# cost $J$, the mean over the examples.
#
# **The output layer** is logistic regression whose inputs are $A^{[1]}$. Lesson 4 had $dZ = A - Y$
# and $dw = \frac1m X\, dZ^T$. Here $W^{[2]}$ is a row, so its derivative is that product
# transposed: $\frac1m dZ^{[2]} A^{[1]T}$.
#
# **Back through $W^{[2]}$.** Hidden unit $j$ reaches the loss through every unit $k$ of the next
# layer, as $z^{[2]}_k = \dots + w^{[2]}_{kj}\, a^{[1]}_j + \dots$. Derivatives of several paths add
# up (lesson 3):
#
# $$da^{[1]}_j = \sum_k w^{[2]}_{kj}\, dz^{[2]}_k$$
#
# The sum goes down *column* $j$ of $W^{[2]}$, which is row $j$ of $W^{[2]T}$. Hence $dA^{[1]} =
# W^{[2]T} dZ^{[2]}$, of shape $(4, 1)(1, m) \to (4, m)$. The first index of a weight is the unit
# that it belongs to, the second the unit that it comes from; forward sums over the second, backward
# over the first.
#
# **Back through tanh.** $a = \tanh z = \frac{e^z - e^{-z}}{e^z + e^{-z}}$. The numerator's
# derivative is the denominator, and the other way round, so that the rule for quotients gives
#
# $$\tanh'(z) = \frac{(e^z + e^{-z})^2 - (e^z - e^{-z})^2}{(e^z + e^{-z})^2} = 1 - a^2,
#   \qquad dZ^{[1]} = dA^{[1]} * \bigl(1 - A^{[1]} * A^{[1]}\bigr).$$
#
# **The weights of layer 1.** $z_j = \dots + w_{jk}\, x_k + \dots$, so that the loss of example $i$
# has the derivative $dz^{(i)}_j\, x^{(i)}_k$ with respect to $w_{jk}$. The cost is their mean,
#
# $$dw_{jk} = \frac1m \sum_{i=1}^m dz^{(i)}_j\, x^{(i)}_k,$$
#
# and a sum over *columns* of both matrices is row $j$ of $dZ^{[1]}$ times column $k$ of $X^T$. All
# six:
#
# | backward | shapes |
# |---|---|
# | $dZ^{[2]} = A^{[2]} - Y$ | $(1, m)$ |
# | $dW^{[2]} = \frac1m\, dZ^{[2]} A^{[1]T}$ | $(1, m)(m, 4) \to (1, 4)$, as $W^{[2]}$ |
# | $db^{[2]} = \frac1m \sum_i dZ^{[2](i)}$ | $(1, 1)$, as $b^{[2]}$ |
# | $dZ^{[1]} = (W^{[2]T} dZ^{[2]}) * (1 - A^{[1]} * A^{[1]})$ | $(4, 1)(1, m) \to (4, m)$ |
# | $dW^{[1]} = \frac1m\, dZ^{[1]} X^T$ | $(4, m)(m, 2) \to (4, 2)$, as $W^{[1]}$ |
# | $db^{[1]} = \frac1m \sum_i dZ^{[1](i)}$ | $(4, 1)$, as $b^{[1]}$ |
#
# The functions below have the course's parts; `n_h` is the number of hidden units, and `n_y` that
# of output units. Weights begin as small random numbers (why is shown below).


# %%
def initialize_parameters(n_x, n_h, n_y, scale=0.01, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "W1": rng.standard_normal((n_h, n_x)) * scale,
        "b1": np.zeros((n_h, 1)),
        "W2": rng.standard_normal((n_y, n_h)) * scale,
        "b2": np.zeros((n_y, 1)),
    }


def forward(X, parameters):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    return A2, A1


def compute_cost(A2, Y):
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]


def backward(parameters, A1, A2, X, Y):
    m = X.shape[1]
    dZ2 = A2 - Y
    dZ1 = (parameters["W2"].T @ dZ2) * (1 - A1 * A1)
    return {
        "dW2": dZ2 @ A1.T / m,
        "db2": dZ2.sum(axis=1, keepdims=True) / m,
        "dW1": dZ1 @ X.T / m,
        "db1": dZ1.sum(axis=1, keepdims=True) / m,
    }


def update_parameters(parameters, grads, learning_rate=1.2):
    return {name: parameters[name] - learning_rate * grads["d" + name] for name in parameters}


def nn_model(X, Y, parameters, num_iterations):
    """Gradient descent: the trained parameters, and the cost of each iteration."""
    costs = []
    for _ in range(num_iterations):
        A2, A1 = forward(X, parameters)
        costs.append(compute_cost(A2, Y))
        parameters = update_parameters(parameters, backward(parameters, A1, A2, X, Y))
    return parameters, costs


def predict(parameters, X):
    A2, _ = forward(X, parameters)
    return (A2 > 0.5).astype(float)


# %% [markdown]
# The brackets in `(W2.T @ dZ2) * (1 - A1 * A1)` are for the reader. `@` and `*` have the same
# precedence and are computed from left to right, so that Python would do the same without them; but
# not with the two factors exchanged.
#
# ## The same in torch
#
# Forward looks alike, with examples in rows; backward is one word. torch differentiates $J$, the
# mean, so that its derivative with respect to $Z$ is $m$ times smaller than the course's $dZ$. The
# weights are larger here, so that no number is close to 0 by itself.

# %%
parameters = initialize_parameters(2, 4, 1, scale=0.5)
A2, A1 = forward(X, parameters)
grads = backward(parameters, A1, A2, X, Y)

x, y = torch.from_numpy(X.T), torch.from_numpy(Y.T)  # (m, 2), (m, 1)
W1, b1, W2, b2 = (torch.tensor(p, requires_grad=True) for p in parameters.values())
z1 = F.linear(x, W1, b1[:, 0])  # (m, 4): x @ W1.T + b1
a1 = torch.tanh(z1)
z2 = F.linear(a1, W2, b2[:, 0])  # (m, 1)
J = F.binary_cross_entropy_with_logits(z2, y)  # the sigmoid is in it
z2.retain_grad()  # torch keeps the gradients of the parameters; keep that of z2, too
J.backward()

pairs = {"J": (compute_cost(A2, Y), J), "dZ2": (A2 - Y, m * z2.grad.T)}
pairs |= {"dW2": (grads["dW2"], W2.grad), "db2": (grads["db2"], b2.grad)}
pairs |= {"dW1": (grads["dW1"], W1.grad), "db1": (grads["db1"], b1.grad)}
print("tensor   shape      NumPy, first number  torch, first number  largest difference")
for name, (ours, theirs) in pairs.items():
    ours, theirs = np.asarray(ours), theirs.detach().numpy()
    print(f"{name:9}{ours.shape!s:11}{ours.flat[0]:<21.16f}{theirs.flat[0]:<21.16f}", end="")
    print(f"{np.abs(ours - theirs).max():.0e}")
print(f"the next number after 0.5 is 0.5 + {np.spacing(0.5):.0e}")

# %% [markdown]
# The largest differences are about as large as the distance between one number near 0.5 and the
# next, which is printed last: they are rounding.
#
# ## Why random weights?
#
# With zeros every $a^{[1]}_j = \tanh 0 = 0$, hence $dW^{[2]} = 0$; and $W^{[2]} = 0$ sends nothing
# back, hence $dW^{[1]} = 0$. Only $b^{[2]}$ can change. With equal numbers that are not 0 the
# network learns something, but its four units get the same gradient in every step.

# %%
start = initialize_parameters(2, 4, 1)
starts = {
    "zeros": {name: np.zeros_like(p) for name, p in start.items()},
    "all 0.5": {name: np.full_like(p, 0.5) for name, p in start.items()},
    "random": start,
    "random, ONE hidden unit": initialize_parameters(2, 1, 1),
}
for name, start in starts.items():
    trained, costs = nn_model(X, Y, start, 4000)
    right = np.mean(predict(trained, X) == Y)
    print(f"{name}: cost {costs[-1]:.4f}, {right:.1%} right; W1, a row for each hidden unit:")
    print(trained["W1"].round(6), "\n")

# %% [markdown]
# Units that start equal stay equal: four copies of one unit. They are right about as often as one
# hidden unit alone, 71.2 % and 71.8 %. Random weights make the units start different.
#
# ## Why small?
#
# Where $|z|$ is large, tanh is flat: its slope $1 - a^2$ is near 0 (the unit is *saturated*), and
# so is $dZ^{[1]}$. The table has random weights of four sizes, with five seeds each.

# %%
print(
    f"{'scale':>6}{'mean slope at the start':>27}{'first cost':>16}{'last cost':>18}{'right':>16}"
)
for scale in (0.01, 0.1, 1.0, 5.0):
    slope, first, last, right = [], [], [], []
    for seed in range(5):
        start = initialize_parameters(2, 4, 1, scale, seed)
        _, A1 = forward(X, start)
        trained, costs = nn_model(X, Y, start, 2000)
        slope.append(np.mean(1 - A1 * A1))
        first.append(costs[0])
        last.append(costs[-1])
        right.append(np.mean(predict(trained, X) == Y))
    print(f"{scale:6}{min(slope):18.2f} to {max(slope):.2f}", end="")
    print(f"{min(first):9.2f} to {max(first):.2f}{min(last):10.3f} to {max(last):.3f}", end="")
    print(f"{min(right):9.1%} to {max(right):.1%}")

# %% [markdown]
# From 0.01 and 0.1 all five seeds end alike. From 1.0 and 5.0 the slopes at the start are smaller
# and the worst of five ends with 72 %: how the training ends depends on the seed. With 5.0 the
# first cost is high, too, since the output unit gets large numbers and is sure of wrong answers.
#
# ## How many hidden units?
#
# All 400 examples at each step, 4000 steps. In the pictures each hidden unit has its line $z_j =
# 0$, dashed. The table has four seeds for each size.

# %%
figure, axes = plt.subplots(2, 3, figsize=(9, 6), layout="constrained")
for n, ax in zip((1, 2, 3, 4, 5, 20), axes.flat, strict=True):
    last, right = [], []
    for seed in range(4):
        trained, costs = nn_model(X, Y, initialize_parameters(2, n, 1, seed=seed), 4000)
        last.append(costs[-1])
        right.append(np.mean(predict(trained, X) == Y))
    print(f"{n:2} hidden: cost {min(last):.3f} to {max(last):.3f}", end="")
    print(f", right {min(right):.1%} to {max(right):.1%}")
    title = f"{n} hidden: J = {last[-1]:.3f}, {right[-1]:.0%}"
    show_boundary(ax, lambda X, p=trained: predict(p, X), title)
    for (w1, w2), bias in zip(trained["W1"], trained["b1"][:, 0], strict=True):
        x1 = np.linspace(-5, 5, 400)
        x2 = -(w1 * x1 + bias) / w2
        ax.plot(x1, np.where(abs(x2) < 5, x2, np.nan), "--", color="black", lw=0.7)
    ax.set(xlim=(-5, 5), ylim=(-5, 5))
plt.show()

# %% [markdown]
# One hidden unit is one line. Three lines through the middle cut the plane into six wedges, which
# the output colours in turn: 94.8 % with three units already, for all four seeds. Away from its
# line a tanh is soon close to −1 or 1, so that the answer depends only on which side of each line a
# point is. So the boundary follows these few lines and is straight; it bends only near 0, where
# they meet.
#
# Two units are right less often than one (69.8 % and 71.8 %), although their cost is lower (0.487
# and 0.598). Training lowers the cost; the number of right answers mostly follows, but not always.
# From 3 to 20 units the cost falls from 0.173 to 0.107 at best, and the accuracy rises from 94.8 %
# to 96.0 %.
#
# ## What to keep
#
# Each hidden unit is a line; the output joins them. The backward step is six equations; each result
# has the shape of what stands after its d. Weights must start different, and small. More units fit
# the training examples more closely, as $J$ shows; whether that is better is decided by other
# examples (lesson 9).
#
# ## To think about
#
# 1. Take $g(z) = z$ for the hidden units. Which boundaries can the network then draw?
# 2. Exchange two hidden units: two rows of $W^{[1]}$ and $b^{[1]}$, and two columns of $W^{[2]}$.
#    What happens to $A^{[2]}$? How many sets of parameters of this network compute the same?
# 3. Does logistic regression need random weights, too? (Look at its $dw$.)
#
# ## Exercise
#
# The functions of week 3 by their names in the course, for a network whose hidden units have ReLU,
# $g(z) = \max(0, z)$, in place of tanh. `cache` is a dictionary with `Z1`, `A1`, `Z2` and `A2`.
# Which of the six equations change?


# %%
def forward_propagation(X, parameters):
    """X: (n_x, m), parameters: W1, b1, W2, b2  →  A2 (1, m), cache"""
    raise NotImplementedError("Z1, A1 (with ReLU), Z2, A2 (with the sigmoid) and the cache")


def backward_propagation(parameters, cache, X, Y):
    """→ a dictionary of dW1, db1, dW2 and db2, each of its parameter's shape"""
    raise NotImplementedError("the six equations, for ReLU")


# %%
print(
    check_functions(
        forward_propagation, backward_propagation, network="5-4-1", hidden="relu", examples=11
    )
)
