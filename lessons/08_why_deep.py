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
# # 8 Why deep: counting the units of parity
#
# One idea: depth can save units. The course's example is the parity of $n$ bits,
# $x_1 \oplus x_2 \oplus \dots \oplus x_n$: 1 where an odd number of them are 1. A tree of XORs
# needs of the order of $n$ units in $\log_2 n$ layers; one layer that recognises inputs one by one
# needs $2^{n-1}$. Here both are built by hand and counted, and then networks are trained to find
# their own.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from parity_tests import check_functions
from ref_numpy import Adam, NetworkSpec, accuracy, fit, forward, initialise, predict
from torch_impl import Network, load_params
from torch_impl.conventions import cost, from_batch, to_batch, to_targets


def every_input(n):
    """All 2^n inputs as columns (n, 2^n), and their parities (1, 2^n)."""
    X = (np.arange(2**n) >> np.arange(n).reshape(-1, 1) & 1).astype(float)
    return X, X.sum(axis=0, keepdims=True) % 2


X, Y = every_input(3)
print(X, "\n", Y)

# %% [markdown]
# ## One layer that recognises inputs
#
# For each input $p$ of odd parity one ReLU unit, $\max(0, w^T x + b)$, with $w_i = +1$ where $p_i$
# is 1 and $-1$ where it is 0, and $b = 1 - \sum_i p_i$. It gives 1 for $x = p$ and 0 for all
# others. The output sums the units: it is the OR of $2^{n-1}$ ANDs.


# %%
def recognisers(n):
    X, Y = every_input(n)
    P = X[:, Y[0] == 1].T  # (2^(n−1), n): the odd inputs, one a row
    W1, b1 = 2 * P - 1, 1 - P.sum(axis=1, keepdims=True)
    return {"W1": W1, "b1": b1, "W2": np.ones((1, len(P))), "b2": np.zeros((1, 1))}


# %% [markdown]
# ## A tree of XORs
#
# For two bits, $a \oplus c = \max(0, a + c) - 2 \max(0, a + c - 1)$: two units. The next layer
# reads $(1, -2)$ of each such pair, so that $W^{[l]}$ is "sum in twos" times "read pairs".


# %%
def tree(n):
    params, read = {}, np.eye(n)
    depth = int(np.log2(n))
    for l in range(1, depth + 1):
        gates = n // 2**l
        params[f"W{l}"] = np.kron(np.eye(gates), np.ones((2, 2))) @ read  # a + c, twice
        params[f"b{l}"] = np.tile([[0.0], [-1.0]], (gates, 1))
        read = np.kron(np.eye(gates), [[1.0, -2.0]])
    return params | {f"W{depth + 1}": read, f"b{depth + 1}": np.zeros((1, 1))}


# %% [markdown]
# ## One layer that adds
#
# A unit can do more than a gate: it can add. Parity depends on $s = \sum_i x_i$ alone, and $n$
# units $\max(0, s - k)$, $k = 0, \dots, n - 1$, with the slopes $1, -2, 2, -2, \dots$ make a saw
# that is 0 at even $s$ and 1 at odd.


# %%
def saw(n):
    k = np.arange(n).reshape(-1, 1)
    slopes = np.where(k == 0, 1.0, np.where(k % 2, -2.0, 2.0)).T
    return {"W1": np.ones((n, n)), "b1": -1.0 * k, "W2": slopes, "b2": np.zeros((1, 1))}


# %% [markdown]
# ## Each of them on all $2^n$ inputs
#
# The weights are whole numbers, hence so is every result: they are right or wrong, and rounding has
# no part in it. The same weights in NumPy and in torch:


# %%
def network_of(params):
    """The ReLU network of these weights, whose output is its last Z."""
    L = len(params) // 2
    sizes = [params["W1"].shape[1], *(len(params[f"W{l}"]) for l in range(1, L + 1))]
    return NetworkSpec.dense(sizes, hidden="relu", output="identity")


def errors_numpy(params, X, Y):
    spec = network_of(params)
    A, _ = forward(spec, params, X)
    return int((A[spec.output] != Y).sum())


def errors_torch(params, X, Y):
    network = Network(network_of(params)).double()
    load_params(network, params)
    with torch.no_grad():
        return int((from_batch(network(to_batch(X))) != Y).sum())


print("                          hidden   wrong of 2^n")
print(" n  network      layers    units   NumPy   torch")
for n in (2, 4, 8, 16):
    X, Y = every_input(n)
    for build in (recognisers, tree, saw):
        if build is recognisers and n == 16:
            print(f"{n:>2}  recognisers       1{2**15:>9}   (not built)")
            continue
        params = build(n)
        hidden = sum(len(b) for name, b in params.items() if name[0] == "b") - 1
        wrong = f"{errors_numpy(params, X, Y):>8}{errors_torch(params, X, Y):>8}"
        print(f"{n:>2}  {build.__name__:<12}{len(params) // 2 - 1:>7}{hidden:>9}{wrong}")

n = np.arange(2, 17)
figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.semilogy(n, 2.0 ** (n - 1), "o-", label="recognisers, one layer: $2^{n-1}$")
ax.semilogy(n, 2 * (n - 1), "s-", label=r"tree of XORs, $\lceil\log_2 n\rceil$ layers: $2(n-1)$")
ax.semilogy(n, n, "^-", label="saw of the sum, one layer: $n$")
ax.set(xlabel="bits $n$", ylabel="hidden units", title="What the parity of $n$ bits takes")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# So the claim of the course is about *gates*. An OR of ANDs is exponential: an AND that leaves out
# a bit says 1 for both values of that bit, and one of the two has even parity; so each AND must
# read all $n$ bits, and recognises one input. With units that add, parity is cheap in one layer as
# well, because it is symmetric. There are functions for which depth saves exponentially many ReLU
# units too (saws of saws: Telgarsky, *Benefits of depth in neural networks*, COLT 2016); parity of
# bits is not one of them.
#
# ## Trained and counted
#
# That weights exist does not mean that training finds them. All $2^n$ inputs are the training set;
# 6, 12 or 24 hidden ReLU units stand in one, two or three equal layers; Adam takes 400 steps from
# each of five random beginnings. How many reach 100 %?

# %%
seeds, units, depths = range(5), (6, 12, 24), (1, 2, 3)
figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for ax, n in zip(axes, (4, 6), strict=True):
    X, Y = every_input(n)
    reached = np.zeros((3, 3), int)
    for i, depth in enumerate(depths):
        for j, H in enumerate(units):
            spec = NetworkSpec.dense([n, *[H // depth] * depth, 1], "relu", "sigmoid")
            for seed in seeds:
                start = initialise(spec, "he", seed)
                trained, costs = fit(spec, start, X, Y, optimiser=Adam(0.02), epochs=400)
                reached[i, j] += accuracy(spec, predict(spec, trained, X), Y) == 1
    ax.imshow(reached, cmap="Blues", vmin=0, vmax=2 * len(seeds), aspect="auto")
    for i, j in np.ndindex(3, 3):
        ax.text(j, i, f"{reached[i, j]} of {len(seeds)}", ha="center", va="center")
    ax.set_xticks(range(3), units)
    ax.set_yticks(range(3), depths)
    ax.set(title=f"{n} bits: 100 % reached", xlabel="hidden units in all", ylabel="hidden layers")
plt.show()

# %% [markdown]
# The last of them (6 bits, 24 units in three layers, seed 4) in torch, from the same weights:

# %%
network = Network(spec).double()
load_params(network, start)
x, y = to_batch(X), to_targets(spec, Y)
optimizer, torch_costs = torch.optim.Adam(network.parameters(), 0.02), []
for _ in range(400):
    optimizer.zero_grad()
    J = cost(network, network(x), y)
    J.backward()
    optimizer.step()
    torch_costs.append(J.item())
for k in (0, 50, 399):
    print(f"step {k:>3}    J NumPy {costs[k]:.12f}    torch {torch_costs[k]:.12f}")

# %% [markdown]
# What this shows: the number of units decides most, training wants two to four times as many as the
# saw has, and among nets of few units depth is no help, since narrow layers lose the input. What it
# does not show: that depth is bad. It is two small problems, one optimiser, one learning rate and
# five seeds, it asks about the training set only, and nothing here has parts that are worth
# reusing, as edges, shapes and faces are in the course's other argument for depth.
#
# ## What to keep
#
# With gates, depth turns exponentially many units into a number of the order of $n$. What can be
# represented with few units and what training finds are two questions: the first is answered by
# counting, the second only by trying.
#
# ## Exercise
#
# A layer of such a network, as two functions of the course's week 4. `relu(Z)` returns `A` and its
# cache, `Z`. `linear_activation_forward` returns `A` and `((A_prev, W, b), Z)`, for "relu" and
# "sigmoid". Replace the lines that raise.


# %%
def relu(Z):
    """→ A = max(0, Z), and the cache Z"""
    raise NotImplementedError("one line")


def linear_activation_forward(A_prev, W, b, activation):
    """→ A = g(W A_prev + b), and the cache ((A_prev, W, b), Z)"""
    raise NotImplementedError("Z, then relu or the sigmoid, then the cache")


# %%
print(check_functions(relu, linear_activation_forward, network="5-4-3-1", examples=11))
