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
# One idea: a hidden layer bends the boundary. Logistic regression can only draw a line through the
# plane; four tanh units before it are enough for the petals of a flower. The six equations of that
# network's backward step are written out here in NumPy, and beside them in torch.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn import functional as F

import ref_numpy
import torch_impl
from parity_tests import check, check_functions
from ref_numpy import GradientDescent, NetworkSpec, accuracy, fit, initialise, predict
from torch_impl.data.sources import planar_flower

flower = planar_flower()  # 400 examples
X, Y = flower.x.T, flower.y.reshape(1, -1).astype(float)  # examples in columns
print("X", X.shape, "  Y", Y.shape, f"  {Y.mean():.0%} of the labels are 1")

# %% [markdown]
# ## A line does not separate petals


# %%
def show_boundary(ax, spec, params, title):
    """The plane in the colour of its prediction, and the examples."""
    x1, x2 = np.meshgrid(np.linspace(-5, 5, 150), np.linspace(-5, 5, 150))
    says = predict(spec, params, np.stack([x1.ravel(), x2.ravel()])).reshape(x1.shape)
    ax.contourf(x1, x2, says, levels=[-0.5, 0.5, 1.5], colors=["tab:blue", "tab:red"], alpha=0.25)
    ax.scatter(*X, c=np.where(Y[0] == 1, "tab:red", "tab:blue"), s=5)
    ax.set(
        title=title,
        xlabel="$x_1$",
        ylabel="$x_2$",
        aspect="equal",
        xticks=[-4, 0, 4],
        yticks=[-4, 0, 4],
    )


logistic = NetworkSpec.dense([2, 1], output="sigmoid")
line, _ = fit(logistic, initialise(logistic, "zeros"), X, Y, optimiser=GradientDescent(1.2))
right = accuracy(logistic, predict(logistic, line, X), Y)

figure, ax = plt.subplots(figsize=(3.4, 3.4), layout="constrained")
show_boundary(ax, logistic, line, f"logistic regression: {right:.0%}")
plt.show()

# %% [markdown]
# A coin does as well. No $w$ and $b$ separate the classes, since the model's boundary is a line.
# (Some lines are right more often, such as that of one hidden unit below; the cost of logistic
# regression, in which every far example counts, is lowest at this one.)
#
# ## The network, forward and backward
#
# $$Z^{[1]} = W^{[1]} X + b^{[1]} \qquad A^{[1]} = \tanh Z^{[1]} \qquad
#   Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]} \qquad A^{[2]} = \sigma(Z^{[2]})$$
#
# The six equations backward, from the cost to the first layer:
#
# $$dZ^{[2]} = A^{[2]} - Y \qquad dW^{[2]} = \tfrac1m\, dZ^{[2]} A^{[1]T} \qquad
#   db^{[2]} = \tfrac1m \sum_i dZ^{[2](i)}$$
#
# $$dZ^{[1]} = W^{[2]T} dZ^{[2]} * (1 - A^{[1]} * A^{[1]}) \qquad
#   dW^{[1]} = \tfrac1m\, dZ^{[1]} X^T \qquad db^{[1]} = \tfrac1m \sum_i dZ^{[1](i)}$$
#
# In NumPy:

# %%
spec = NetworkSpec.dense([2, 4, 1], hidden="tanh", output="sigmoid")
params = initialise(spec, "xavier", seed=3)
W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
m = X.shape[1]

Z1 = W1 @ X + b1  # (4, m)
A1 = np.tanh(Z1)
Z2 = W2 @ A1 + b2  # (1, m)
A2 = 1 / (1 + np.exp(-Z2))
J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m

dZ2 = A2 - Y  # (1, m)
dW2 = dZ2 @ A1.T / m  # (1, 4)
db2 = dZ2.sum(axis=1, keepdims=True) / m
dZ1 = W2.T @ dZ2 * (1 - A1 * A1)  # (4, m)
dW1 = dZ1 @ X.T / m  # (4, 2)
db1 = dZ1.sum(axis=1, keepdims=True) / m

# %% [markdown]
# In torch the forward half looks alike, with examples in rows, and the backward half is one word.
# Torch differentiates $J$, so that its gradient of $Z$ is $m$ times smaller than the course's $dZ$.

# %%
x, y = torch.from_numpy(X.T), torch.from_numpy(Y.T)  # (m, 2), (m, 1)
w1, c1, w2, c2 = (torch.tensor(p, requires_grad=True) for p in (W1, b1.ravel(), W2, b2.ravel()))

z1 = F.linear(x, w1, c1)  # (m, 4): x @ w1.T + c1
a1 = torch.tanh(z1)
z2 = F.linear(a1, w2, c2)  # (m, 1)
j = F.binary_cross_entropy_with_logits(z2, y)  # the sigmoid is in it

z1.retain_grad()
z2.retain_grad()
j.backward()

pairs = {
    "J": (J, j.detach()),
    "dZ2": (dZ2, m * z2.grad.T),
    "dW2": (dW2, w2.grad),
    "db2": (db2, c2.grad.reshape(-1, 1)),
    "dZ1": (dZ1, m * z1.grad.T),
    "dW1": (dW1, w1.grad),
    "db1": (db1, c1.grad.reshape(-1, 1)),
}
print("tensor   shape       NumPy, first number    torch, first number    largest difference")
for name, (ours, theirs) in pairs.items():
    ours, theirs = np.asarray(ours), theirs.numpy()
    first, apart = f"{ours.flat[0]:<23.16f}{theirs.flat[0]:<23.16f}", np.abs(ours - theirs).max()
    print(f"{name:<9}{ours.shape!s:<12}{first}{apart:.0e}")

# %% [markdown]
# Are such differences rounding, or a small mistake? The project's check answers: it derives what
# rounding may do to each element, and says how much of that was used. `torch_impl.run` is the same
# network as a `torch.nn` model.

# %%
ours, theirs = ref_numpy.run(spec, params, X, Y), torch_impl.run(spec, params, X, Y)
print(*ours)
print(f"J     NumPy {ours['J']:.16f}    torch {theirs['J']:.16f}")
print(check(theirs, spec, params, X, Y, precision="float64"))

# %% [markdown]
# ## Why the weights begin random
#
# With zeros every hidden unit is 0, hence $dW^{[2]} = 0$; and $W^{[2]} = 0$ sends nothing back,
# hence $dW^{[1]} = 0$. Nothing but $b^{[2]}$ can move. With equal numbers that are not zero the
# network does learn, but its four units get the same gradient at every step and stay one unit, four
# times.

# %%
shapes = spec.parameter_shapes
starts = {
    "zeros": {name: np.zeros(shape) for name, shape in shapes.items()},
    "all 0.5": {name: np.full(shape, 0.5) for name, shape in shapes.items()},
    "random": initialise(spec, "small", seed=3),
}
trained = {}
for start, theta in starts.items():
    trained[start], costs = fit(spec, theta, X, Y, optimiser=GradientDescent(1.2), epochs=2000)
    right = accuracy(spec, predict(spec, trained[start], X), Y)
    print(f"{start}: cost {costs[-1]:.4f}, {right:.1%} right;  the rows of W1, one a hidden unit:")
    print(trained[start]["W1"].round(6), "\n")

# %% [markdown]
# ## Training, by the number of hidden units
#
# Gradient descent, $W \leftarrow W - \alpha\, dW$ with $\alpha = 1.2$, all 400 examples at each
# step, from weights of $0.01 \cdot N(0, 1)$.

# %%
sizes = (1, 2, 4, 5, 20)
figure, axes = plt.subplots(2, 3, figsize=(9, 5.8), layout="constrained")
*panels, ax = axes.flat
for n, panel in zip(sizes, panels, strict=True):
    net = NetworkSpec.dense([2, n, 1], hidden="tanh", output="sigmoid")
    theta, costs = fit(
        net, initialise(net, "small", seed=3), X, Y, optimiser=GradientDescent(1.2), epochs=4000
    )
    right = accuracy(net, predict(net, theta, X), Y)
    show_boundary(panel, net, theta, f"{n} hidden: {right:.0%}")
    ax.plot(costs, label=f"{n} hidden")
ax.set(title="cost", xlabel="iteration", ylabel="$J$")
ax.legend(fontsize=8, loc=(0.55, 0.2))
plt.show()

# %% [markdown]
# ## What to keep
#
# A hidden layer of tanh units turns lines into curves, and its gradient is six equations, each of
# which has the shape of what it is the gradient of. Random weights make the units different, which
# they must be before they can become different. More units fit the training examples more closely;
# whether that is better is decided by other examples (lesson 9).
#
# ## Exercise
#
# The same network as three functions of the course's week 3. `cache` is a dictionary with `Z1`,
# `A1`, `Z2` and `A2`. Replace the lines that raise.


# %%
def forward_propagation(X, parameters):
    """X: (n_x, m), parameters: W1, b1, W2, b2  →  A2 (1, m), cache"""
    raise NotImplementedError("Z1, A1, Z2, A2 and the cache")


def compute_cost(A2, Y):
    """J = −(1/m) Σ (y log a + (1 − y) log(1 − a)), a number"""
    raise NotImplementedError("the cost: one line")


def backward_propagation(parameters, cache, X, Y):
    """→ a dictionary of dW1, db1, dW2 and db2, each of its parameter's shape"""
    raise NotImplementedError("the six equations")


# %%
print(
    check_functions(
        forward_propagation, compute_cost, backward_propagation, network="5-4-1", examples=11
    )
)
