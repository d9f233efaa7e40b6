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
# In $Z = W A + b$ a column $b$ of shape $(n, 1)$ is added to a matrix of shape $(n, m)$: $n$ units,
# a row each, and $m$ examples, a column each. NumPy uses the column for every example, without
# copying it. This is *broadcasting*. It replaces loops over examples, and it gives no error when
# you use it by mistake. This lesson is about both.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from parity_tests import check_functions

# %% [markdown]
# ## Calories
#
# The course's table: calories from carbohydrates, protein and fat in 100 g of four foods. What
# percentage of each food's calories comes from each? Add up each column, then divide each column by
# its sum. `A / cal` divides a matrix by a row: the row is used for all three rows of the matrix. In
# `100 * …` a number meets a matrix: it is used for every element, which is broadcasting too.

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
print("loops give the same:", np.array_equal(percentages_by_loops(A), percentage))
print("torch gives the same:", np.array_equal(percentage_t.numpy(), percentage))

# %% [markdown]
# The axis that you name is the one that *disappears*. `axis=0` counts the rows: the sum goes down
# each column, and one number for each column is left. `axis=1` counts the columns: the sum goes
# along each row, and one number for each row is left. `keepdims=True` keeps the summed axis, with
# size 1, so that the result still lines up with what it came from. torch writes `dim` and
# `keepdim`.

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
# $$(n, m) + (1, m) \to (n, m) \qquad (n, m) + (n, 1) \to (n, m) \qquad
#   (n, 1) + (1, m) \to (n, m)$$
#
# The same holds for `-`, `*` and `/`. In the figure each array has its shape above it; the pale
# numbers are the repeated ones, which are not stored.


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
# ## What goes wrong with rank-1 arrays
#
# The last line above: $(5,)$ and $(5, 1)$ give $(5, 5)$, since the missing axis counts as 1 and is
# in front. An array of shape `(5,)`, which the course calls a *rank-1 array*, is neither a row nor
# a column. For such an `a`, `a.T` equals `a`; `np.dot(a, a.T)` is a number; and `a` plus a column
# is a matrix.

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
# So make columns and rows, and say so with an `assert`: it stops the program where the shape is
# another one. A rank-1 array that you were given becomes a column by `reshape`. That is cheap: no
# number is copied, the two arrays share their memory.

# %%
a_column = a.reshape(5, 1)
assert a_column.shape == (5, 1)
print("shared memory:", np.shares_memory(a, a_column))

# %% [markdown]
# ## A bias that becomes a matrix
#
# Here is how this goes wrong in a network. Three names of the course, which lessons 3 to 5 explain:
# the *cost* $J$ is a number that says how wrong the network is. `db` is the derivative of $J$ with
# respect to $b$: how much $J$ changes for a small change of each number in $b$, so `db` must have
# the shape of $b$, $(n, 1)$. `dZ`, of shape $(n, m)$, is given here; column $i$, written
# $dZ^{(i)}$, belongs to example $i$. Then
#
# $$db = \frac{1}{m} \sum_{i=1}^{m} dZ^{(i)}, \qquad b := b - \alpha\, db.$$
#
# The second equation is one step of training; $:=$ means that $b$ gets a new value, and the
# learning rate $\alpha$ is a number such as 0.1. Now let `db` be a rank-1 array, of shape $(n,)$:


# %%
def try_rank_1(n, m, alpha=0.1):
    W, A, b = rng.standard_normal((n, 3)), rng.standard_normal((3, m)), np.zeros((n, 1))
    dZ = rng.standard_normal((n, m))
    db = dZ.sum(axis=1) / m  # one number for each unit, but rank 1
    b_next = b - alpha * db
    try:
        result = (W @ A + b_next).shape
    except ValueError as error:
        result = error
    print(f"n {n}  m {m:2}  db {db.shape!s:5} new b {b_next.shape!s:7} next Z: {result}")


for n, m in ((4, 11), (4, 4), (4, 1), (1, 11)):
    try_rank_1(n, m)

b_t, db_t = torch.zeros(4, 1), torch.ones(4)
print("torch:", tuple(b_t.shape), "-", tuple(db_t.shape), "→", tuple((b_t - 0.1 * db_t).shape))

# %% [markdown]
# $b$ becomes a matrix of $n$ by $n$, and the line that does it gives no error. What follows
# depends on the sizes:
#
# - 4 units, 11 examples: an error, but one iteration later and in a line that is right.
# - 4 units, 4 examples: no error at all. Each *example* now has a bias of its own.
# - 4 units, 1 example: no error, and $Z$ has four columns for one example.
# - 1 unit: harmless here, since $b$ remains $(1, 1)$. A mistake that was harmless in logistic
#   regression (one unit) shows up in the first network with more.
#
# torch does the same with tensors of these shapes.
#
# ## What to keep
#
# Compare the sizes from the right; an axis of size 1 is repeated. `axis` is the axis that
# disappears, and `keepdims=True` keeps its place. Use no rank-1 arrays for $W$, $b$, $X$, $Y$ and
# their derivatives: a derivative has the shape of what it belongs to, and an `assert` can say so.
#
# ## To think about
#
# 1. `A / A.sum(axis=1)` is an error for the calories, `A / A.sum(axis=0)` is not, although
#    `keepdims` is missing in both. Why? Is the second result right?
# 2. Of a square matrix, `A / A.sum(axis=1)` gives no error. What does it divide by what?
# 3. A row of shape $(1, m)$ minus a column of shape $(m, 1)$: what does element $(i, j)$ of the
#    result hold? When would you want that?
#
# ## Exercise
#
# `linear_backward` of week 4 computes three derivatives of one layer. Lesson 5 derives the
# equations; here you only need their shapes. Square brackets count layers: $W^{[l]}$ belongs to
# layer $l$, and $A^{[l-1]}$, the output of the layer before it, is this layer's input (`A_prev` in
# code). For the first layer that is $A^{[0]} = X$. `dW` and `db` are derivatives of the cost $J$.
# Column $i$ of `dZ` and of `dA` holds derivatives of the *loss* of example $i$ alone: the cost is
# the mean of these losses, which is where $\frac{1}{m}$ comes from (lesson 4). Each of the four has
# the shape of what stands after its d.
#
# $$dA^{[l-1]} = W^{[l]T} dZ^{[l]}, \qquad dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}, \qquad
#   db^{[l]} = \frac{1}{m} \sum_{i=1}^{m} dZ^{[l](i)}$$
#
# One line below is wrong, in two ways. Write down the shape that each of the three results must
# have, before you run the check; then mend the line.


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
