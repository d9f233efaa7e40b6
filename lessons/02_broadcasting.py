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
# # 2 Broadcasting
#
# In `W @ A_prev + b` a column `b` of shape $(n, 1)$ is added to a matrix of shape $(n, m)$: NumPy
# repeats the column $m$ times, without copying it. This is *broadcasting*. Its rule fits in one
# sentence, saves every loop over examples, and is silent when you did not mean it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from parity_tests import check_functions

# %% [markdown]
# ## Calories
#
# The course's table: calories from carbohydrates, protein and fat in 100 g of four foods. What
# percentage of each food's calories comes from each? Add up each column, then divide by it.

# %%
foods = ["apples", "beef", "eggs", "potatoes"]
A = np.array(
    [
        [56.0, 0.0, 4.4, 68.0],  # carbohydrates
        [1.2, 104.0, 52.0, 8.0],  # protein
        [1.8, 135.0, 99.0, 0.9],  # fat
    ]
)


def percentages_by_loops(A):
    result = np.zeros(A.shape)
    for j in range(A.shape[1]):  # each food
        total = 0.0
        for i in range(A.shape[0]):
            total += A[i, j]
        for i in range(A.shape[0]):
            result[i, j] = 100 * A[i, j] / total
    return result


cal = A.sum(axis=0, keepdims=True)  # (1, 4): down each column
percentage = 100 * A / cal  # (3, 4) / (1, 4)

A_t = torch.from_numpy(A)
percentage_t = 100 * A_t / A_t.sum(dim=0, keepdim=True)

print("calories  ", cal)
print(*(f"{food:>9}" for food in foods))
for row in percentage:
    print(*(f"{x:8.1f}%" for x in row))
print("loops say the same:", np.array_equal(percentages_by_loops(A), percentage))
print("torch says the same:", np.array_equal(percentage_t.numpy(), percentage))

# %% [markdown]
# The axis that is named is the one that *disappears*. `axis=0` counts the rows: the sum goes down
# each column, and one number a column is left. `axis=1` counts the columns: the sum goes across
# them, along each row, and one number a row is left. `keepdims=True` leaves the summed axis in
# place with size 1, so that the result still lines up with what it came from. torch says `dim` and
# `keepdim` and means the same.

# %%
print(f"{'':24}{'NumPy':10}torch")
for axis in (0, 1):
    for keep in (False, True):
        ours, theirs = A.sum(axis=axis, keepdims=keep), A_t.sum(dim=axis, keepdim=keep)
        print(f"axis={axis} keepdims={keep!s:6} {ours.shape!s:10} {tuple(theirs.shape)}")

# %% [markdown]
# ## The rule
#
# Write the two shapes one below the other, *from the right*. Two sizes fit if they are equal or one
# of them is 1 (or missing, which counts as 1); an axis of size 1 is repeated. Otherwise: an error.
#
# $$(m, n) + (1, n) \to (m, n) \qquad (m, n) + (m, 1) \to (m, n) \qquad
#   (m, 1) + (1, n) \to (m, n)$$
#
# The pale numbers below are repeated, not stored.


# %%
def draw(ax, array, shape, x):
    """`array` as boxes that begin at column x; what broadcasting repeats is pale."""
    full = np.broadcast_to(array, shape)
    for (i, j), value in np.ndenumerate(full):
        stored = i < array.shape[0] and j < array.shape[1]
        face, ink = ("#cfe2f3", "black") if stored else ("#f6f6f6", "#aaaaaa")
        ax.add_patch(plt.Rectangle((x + j, -i), 1, 1, facecolor=face, edgecolor="white", lw=2))
        ax.text(x + j + 0.5, -i + 0.5, f"{value:g}", ha="center", va="center", color=ink, size=8)
    ax.text(x + shape[1] / 2, 1.3, f"{array.shape}", ha="center")


M = np.array([[1.0, 2, 3], [4, 5, 6]])
row, column = np.array([[100.0, 200, 300]]), np.array([[10.0], [20]])
sums = [(M, row), (M, column), (column, row)]

fig, axes = plt.subplots(1, 3, figsize=(11, 1.9))
for ax, (left, right) in zip(axes, sums, strict=True):
    total = left + right
    for x, (array, sign) in enumerate(((left, ""), (right, "+"), (total, "="))):
        draw(ax, array, total.shape, 4 * x)
        ax.text(4 * x - 0.5, 0, sign, ha="center", va="center", fontsize=14)
    ax.set(xlim=(-0.6, 11.1), ylim=(-1.1, 2), aspect="equal")
    ax.axis("off")
fig.tight_layout()

# %% [markdown]
# NumPy and torch follow the same rule, and refuse the same shapes.

# %%
for shapes in [((3, 4), (1, 4)), ((3, 4), (3, 1)), ((3, 4), (4,)), ((3, 4), (3,)), ((5,), (5, 1))]:
    try:
        ours = np.broadcast_shapes(*shapes)
    except ValueError:
        ours = "refused"
    try:
        theirs = tuple(torch.broadcast_shapes(*shapes))
    except RuntimeError:
        theirs = "refused"
    print(f"{shapes[0]!s:7} + {shapes[1]!s:7} NumPy {ours!s:8} torch {theirs}")

# %% [markdown]
# ## Why rank-1 arrays bite
#
# The last line above: $(5,)$ and $(5, 1)$ give $(5, 5)$, since the missing axis is put in front. An
# array of shape `(5,)` is neither a row nor a column. Its transpose is itself, its product with
# its transpose is a number, and beside a column it becomes a matrix.

# %%
rng = np.random.default_rng(1)
a = rng.standard_normal(5)
print("a          ", a.shape, "  a.T", a.T.shape, "  np.dot(a, a.T)", np.dot(a, a.T))

column = rng.standard_normal((5, 1))
outer = np.dot(column, column.T)
print("column     ", column.shape, "column.T", column.T.shape, "  np.dot", outer.shape)
print(
    "a + column ", (a + column).shape, "  torch:", tuple(torch.ones(5).add(torch.ones(5, 1)).shape)
)

# %% [markdown]
# So make columns and rows, and say so: an `assert` costs nothing and documents the line. A rank-1
# array that you were given becomes a column by `reshape`.

# %%
a = a.reshape(5, 1)
assert a.shape == (5, 1)

# %% [markdown]
# ## A bias that becomes a matrix
#
# Here is how this goes wrong in a network. The gradient of the bias is a sum over the examples,
#
# $$db = \frac{1}{m} \sum_{i=1}^{m} dZ^{(i)} \qquad\text{of shape } (n, 1)\text{, as } b.$$
#
# Without `keepdims` it has the shape $(n,)$. The *update* then broadcasts $(n, 1) - (n,)$ to
# $(n, n)$, and no line complains.

# %%
n, m, alpha = 4, 4, 0.1
W, A_prev, b = rng.standard_normal((n, 3)), rng.standard_normal((3, m)), np.zeros((n, 1))
dZ = rng.standard_normal((n, m))

db_right = dZ.sum(axis=1, keepdims=True) / m
db_wrong = dZ.sum(axis=1) / m
for db in (db_right, db_wrong):
    b_next = b - alpha * db
    Z_next = W @ A_prev + b_next
    print(f"db {db.shape!s:7} b - alpha db {b_next.shape!s:7} next Z {Z_next.shape}")

# %% [markdown]
# With $m = n$ even the next forward pass works, with numbers that mean nothing: each *example* got
# a bias of its own. With another $m$ it fails one iteration later, in a line that is right. torch
# does the same with tensors of these shapes.

# %%
b_t, db_t = torch.zeros(n, 1), torch.from_numpy(dZ).sum(dim=1) / m
print("torch:", tuple(b_t.shape), "-", tuple(db_t.shape), "→", tuple((b_t - alpha * db_t).shape))

try:
    rng.standard_normal((n, 11)) + (b - alpha * db_wrong)
except ValueError as error:
    print("m = 11:", error)

# %% [markdown]
# ## What to keep
#
# Sizes are compared from the right; 1 is repeated. `axis` is the axis that disappears, and
# `keepdims=True` keeps its place. Never compute with rank-1 arrays: a gradient has the shape of
# what it is the gradient of, and an `assert` can say so.
#
# ## Exercise
#
# `linear_backward` of week 4: from $dZ$ the gradients of one layer,
#
# $$dA^{[l-1]} = W^{[l]T} dZ^{[l]}, \qquad dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}, \qquad
#   db^{[l]} = \frac{1}{m} \sum_{i=1}^{m} dZ^{[l](i)}.$$
#
# One line below is wrong, in two ways. Say what shape each result must have before you run the
# check, and mend it.


# %%
def linear_backward(dZ, cache):
    """dZ: (n, m)   cache: A_prev (n_prev, m), W (n, n_prev), b (n, 1)"""
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=0) / m
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


# %%
print(check_functions(linear_backward))
