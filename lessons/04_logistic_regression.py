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
# # 4 Logistic regression
#
# Logistic regression is a network of a single unit, and everything that a deep network does is
# there already: a forward pass, a cost, a gradient, an update. This lesson derives its gradient,
# $dz = a - y$, and then tells photographs apart with nothing else.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_sample_image

import torch_impl
from parity_tests import check, check_functions
from ref_numpy import GradientDescent, NetworkSpec, Standardiser, accuracy, fit, predict

# %% [markdown]
# ## The equations, one example at a time
#
# For an example $x$ with label $y \in \{0, 1\}$:
#
# $$z = w^T x + b, \qquad a = \sigma(z) = \frac{1}{1 + e^{-z}}, \qquad
#   \mathcal{L}(a, y) = -\bigl(y \log a + (1 - y) \log(1 - a)\bigr)$$
#
# Backwards, with $\frac{da}{dz} = a(1 - a)$:
#
# $$da = -\frac{y}{a} + \frac{1 - y}{1 - a}, \qquad
#   dz = da \cdot a(1 - a) = -y(1 - a) + (1 - y)a = a - y, \qquad
#   dw = x\,dz, \qquad db = dz$$
#
# The cost is the mean over the examples, $J = \frac{1}{m}\sum_i \mathcal{L}(a^{(i)}, y^{(i)})$, so
# that its gradient is the mean of theirs. First as the course writes it, a loop over the examples:

# %%
rng = np.random.default_rng(1)
n_x, m = 3, 5
w, b = rng.standard_normal((n_x, 1)), 0.5
X, Y = rng.standard_normal((n_x, m)), np.array([[1.0, 0, 0, 1, 1]])

J, dw, db = 0.0, np.zeros((n_x, 1)), 0.0
for i in range(m):
    x, y = X[:, i : i + 1], Y[0, i]
    z = np.sum(w * x) + b
    a = 1 / (1 + np.exp(-z))
    J += -(y * np.log(a) + (1 - y) * np.log(1 - a))
    dz = a - y
    dw += x * dz
    db += dz
J, dw, db = J / m, dw / m, db / m
print(f"loop   J {J:.15f}   db {db:.15f}\n       dw {dw[:, 0]}")

# %% [markdown]
# ## All examples at once
#
# With the examples in the columns of $X$ the loop disappears, and what was added up becomes a
# matrix product:
#
# $$Z = w^T X + b, \qquad A = \sigma(Z), \qquad dZ = A - Y, \qquad
#   dw = \frac{1}{m} X\, dZ^T, \qquad db = \frac{1}{m} \sum_{i=1}^{m} dz^{(i)}$$
#
# torch is told the forward pass alone. Its loss takes the logits $Z$, not $A$: the two steps
# are one, for the sake of large $|z|$ (lesson 6).

# %%
Z = w.T @ X + b
A = 1 / (1 + np.exp(-Z))
J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
dZ = A - Y
dw = X @ dZ.T / m
db = np.sum(dZ) / m
print(f"NumPy  J {J:.15f}   db {db:.15f}\n       dw {dw[:, 0]}")

w_t = torch.tensor(w, requires_grad=True)
b_t = torch.tensor(b, dtype=torch.float64, requires_grad=True)
Z_t = w_t.T @ torch.from_numpy(X) + b_t
J_t = torch.nn.functional.binary_cross_entropy_with_logits(Z_t, torch.from_numpy(Y))
J_t.backward()
print(f"torch  J {J_t.item():.15f}   db {b_t.grad.item():.15f}\n       dw {w_t.grad[:, 0].numpy()}")

# %% [markdown]
# Equal to the last digits, or nearly. What may they differ by? `check` derives that from the
# rounding of every operation, for each tensor by itself. As a network this is one layer with
# $W^{[1]} = w^T$, a row. The error ratio is the largest error / bound of its elements.


# %%
def mine(spec, params, X, Y):
    W, b, m = params["W1"], params["b1"], X.shape[1]
    Z = W @ X + b
    A = 1 / (1 + np.exp(-Z))
    dZ = A - Y
    J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dW, db = dZ @ X.T / m, np.sum(dZ, axis=1, keepdims=True) / m
    return {"Z1": Z, "A1": A, "J": J, "dZ1": dZ, "dW1": dW, "db1": db}


spec = NetworkSpec.dense([n_x, 1], output="sigmoid")
params = {"W1": w.T, "b1": np.array([[b]])}
for candidate in (mine, torch_impl.run):
    report = check(candidate, spec, params, X, Y, precision="float64")
    ratios = ", ".join(f"{t.name} {t.ratio:.2f}" for t in report.tensors)
    print(f"{candidate.__module__}.{candidate.__name__}: passed {report.passed}")
    print(f"  error ratios: {ratios}")

# %% [markdown]
# ## Pictures as columns
#
# The course tells cats from other things, in images of shape $(m, 64, 64, 3)$. Ours are cut out of
# two photographs that come with scikit-learn: is this a piece of the flower's (1) or of the
# temple's (0)? The right part of each photograph is kept for the test.


# %%
def patches(image, left, right):
    """The pieces of 64 × 64 pixels between two columns of the photograph."""
    rows, columns = range(0, len(image) - 63, 64), range(left, right - 63, 64)
    return np.stack([image[i : i + 64, j : j + 64] for i in rows for j in columns])


temple, flower = load_sample_image("china.jpg"), load_sample_image("flower.jpg")


def data_set(left, right):
    pieces = [patches(image, left, right) for image in (temple, flower)]
    return np.concatenate(pieces), np.repeat([[0.0, 1.0]], [len(p) for p in pieces], axis=1)


train_x, train_y = data_set(0, 448)
test_x, test_y = data_set(448, 640)
print("train", train_x.shape, train_y.shape, train_x.dtype, "  test", test_x.shape, test_y.shape)

fig, axes = plt.subplots(1, 8, figsize=(8, 1.3))
for ax, i in zip(axes, rng.permutation(len(train_x)), strict=False):
    ax.imshow(train_x[i])
    ax.set_title(f"y = {train_y[0, i]:.0f}", size=9)
    ax.axis("off")
fig.tight_layout()

# %% [markdown]
# Each image becomes one column of $X$: $(m, 64, 64, 3) \to (12288, m)$. `reshape(m, -1).T` does
# that. `reshape(12288, m)` gives the same shape, and no error; but it fills *rows* with whatever
# comes next, so that each column is a mixture of all the images.

# %%
m = len(train_x)
flat = train_x.reshape(m, -1).T
scrambled = train_x.reshape(64 * 64 * 3, m)
print("reshape(m, -1).T", flat.shape, "   reshape(12288, m)", scrambled.shape)

fig, axes = plt.subplots(1, 2, figsize=(4.4, 1.9))
for ax, X, title in zip(
    axes, (flat, scrambled), ("reshape(m, -1).T", "reshape(n, m)"), strict=True
):
    ax.imshow(X[:, 60].reshape(64, 64, 3))
    ax.set_title(f"column 60 of {title}", size=9)
    ax.axis("off")
fig.tight_layout()

# %% [markdown]
# ## Scaling
#
# Pixels are 0 to 255. The course divides by 255; better still is to subtract the mean and divide by
# the standard deviation of each row, $X \leftarrow (X - \mu) / \sigma$. Both are the *training*
# set's, also for the test set, which we pretend not to have seen. Gradient descent with one
# learning rate for all three:

# %%
standardiser = Standardiser.of(flat)
inputs = {
    "pixels": flat.astype(float),
    "/ 255": flat / 255,
    "standardised": standardiser.apply(flat),
}
spec = NetworkSpec.dense([len(flat), 1], output="sigmoid")
start = {name: np.zeros(shape) for name, shape in spec.parameter_shapes.items()}
alpha, iterations = 0.002, 200
trained, curves = {}, {}
for name, X in inputs.items():
    trained[name], curves[name] = fit(
        spec, start, X, train_y, optimiser=GradientDescent(alpha), epochs=iterations
    )
    print(f"{name:13} cost {curves[name][0]:.3f} → {curves[name][-1]:.3f}", end="")
    print(f"   highest on the way: {max(curves[name]):,.3f}")

# %% [markdown]
# With pixels up to 255 each step is far too long: the cost is thrown up to tens of thousands before
# it falls. Between 0 and 1 the same rate is safe, but slow.
#
# The same by torch, from the same zeros: its gradients, and `SGD`, which is the course's update
# $w := w - \alpha\, dw$.

# %%
X_t, Y_t = torch.from_numpy(inputs["standardised"]), torch.from_numpy(train_y)
W_t, b_t = (
    torch.zeros(s, dtype=torch.float64, requires_grad=True) for s in ((1, len(flat)), (1, 1))
)
optimiser = torch.optim.SGD([W_t, b_t], lr=alpha)
for _ in range(iterations):
    J_t = torch.nn.functional.binary_cross_entropy_with_logits(W_t @ X_t + b_t, Y_t)
    optimiser.zero_grad()
    J_t.backward()
    optimiser.step()
print(f"last cost   NumPy {curves['standardised'][-1]:.15f}\n            torch {J_t.item():.15f}")

# %% [markdown]
# ## What it learned
#
# The weights have the shape of an image: where $w$ is bright in a colour, that colour there speaks
# for the flower.

# %%
params = trained["standardised"]
test_X = standardiser.apply(test_x.reshape(len(test_x), -1).T)
for name, X, Y in (("training", inputs["standardised"], train_y), ("test", test_X, test_y)):
    print(f"{name:8} accuracy {accuracy(spec, predict(spec, params, X), Y):.1%} of {Y.size}")

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(8, 2.2), width_ratios=(2, 1, 1))
for name in ("/ 255", "standardised"):
    left.plot(curves[name], label=name)
left.set(xlabel="iteration", ylabel="cost J", ylim=(0, None))
left.legend()
w = params["W1"].reshape(64, 64, 3)
middle.imshow(0.5 + w / (2 * np.abs(w).max()))
middle.set_title("w", size=9)
wrong = np.flatnonzero(predict(spec, params, test_X) != test_y)
right.imshow(test_x[wrong[0]])
right.set_title(f"taken for {'the flower' if test_y[0, wrong[0]] == 0 else 'the temple'}", size=9)
for ax in (middle, right):
    ax.axis("off")
fig.tight_layout()

# %% [markdown]
# All of the training set is right, but not of the test set: 12,288 weights can remember 84
# pictures. The course's cats look the same way, 99 % and 70 %.
#
# ## What to keep
#
# $dZ = A - Y$, and from it $dw = \frac{1}{m} X dZ^T$ and $db = \frac{1}{m}\sum dz^{(i)}$. An image
# is a column: `reshape(m, -1).T`. Standardise with the training set's mean and deviation.
#
# ## Exercise
#
# `propagate`, as in week 2 of the course: the cost and its gradients for all examples at once,
# without a loop. Two lines are missing.


# %%
def propagate(w, b, X, Y):
    """w: (n_x, 1)   b: a number   X: (n_x, m)   Y: (1, m)"""
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    raise NotImplementedError("dw and db: two lines")
    return {"dw": dw, "db": db}, cost


# %%
print(check_functions(propagate, network="5-1", examples=11))
