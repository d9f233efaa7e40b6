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
# $x_1 \oplus x_2 \oplus \dots \oplus x_n$, which is 1 where an odd number of them are 1. For two
# bits $\oplus$ is XOR, "exclusive or": it is 1 where exactly one of them is 1. A tree of XORs needs
# of the order of $n$ units in $\log_2 n$ layers; one layer that recognises inputs one by one needs
# $2^{n-1}$. Here both are built by hand and counted. Then networks are trained to find weights of
# their own.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from ref_numpy import Adam, NetworkSpec, accuracy, fit, forward, initialise, predict
from torch_impl import Network, cost, load_params
from torch_impl.conventions import from_batch, to_batch, to_targets


def every_input(n):
    """All 2^n inputs as columns (n, 2^n), and their parities (1, 2^n)."""
    X = (np.arange(2**n) >> np.arange(n).reshape(-1, 1) & 1).astype(float)  # row i: bit i
    return X, X.sum(axis=0, keepdims=True) % 2


X3, Y3 = every_input(3)
print(X3, "\n", Y3)

# %% [markdown]
# ## One layer that recognises inputs
#
# For each input $p$ of odd parity there is one ReLU unit, $\max(0, w^T x + b)$, with $w_i = +1$
# where $p_i$ is 1 and $w_i = -1$ where it is 0, and $b = 1 - \sum_i p_i$. It gives 1 for $x = p$
# and 0 for all other inputs. The output unit adds up these units: it is the OR of $2^{n-1}$ ANDs.


# %%
def recognisers(n):
    X, Y = every_input(n)
    P = X[:, Y[0] == 1].T  # (2^(n−1), n): the inputs of odd parity, one a row
    W1, b1 = 2 * P - 1, 1 - P.sum(axis=1, keepdims=True)
    return {"W1": W1, "b1": b1, "W2": np.ones((1, len(P))), "b2": np.zeros((1, 1))}


for name, theta in recognisers(3).items():
    print(f"{name} =\n{theta}")

# %% [markdown]
# ## A tree of XORs
#
# For two bits, $x_1 \oplus x_2 = \max(0, x_1 + x_2) - 2 \max(0, x_1 + x_2 - 1)$. So an XOR is two
# units, $u$ and $v$, whose result is $u - 2v$. Layer 1 has one such pair for every two bits. Each
# pair of layer 2 adds up the results of two pairs of layer 1, so its weights are 1, −2, 1, −2; and
# so on, until one pair is left.


# %%
def tree(n):
    """The parameters for n = 2, 4, 8, … bits."""
    params, depth = {}, int(np.log2(n))
    for l in range(1, depth + 1):
        xors = n // 2**l
        inputs = [1, 1] if l == 1 else [1, -2, 1, -2]  # of one XOR: two bits, or two pairs
        W, b = np.zeros((2 * xors, xors * len(inputs))), np.zeros((2 * xors, 1))
        for k in range(xors):
            its_inputs = slice(k * len(inputs), (k + 1) * len(inputs))
            W[2 * k, its_inputs] = W[2 * k + 1, its_inputs] = inputs
            b[2 * k + 1] = -1
        params |= {f"W{l}": W, f"b{l}": b}
    return params | {f"W{depth + 1}": np.array([[1.0, -2.0]]), f"b{depth + 1}": np.zeros((1, 1))}


for name, theta in tree(4).items():
    print(f"{name} =\n{theta}")

# %% [markdown]
# ## One layer that adds
#
# A unit can do more than a gate: it can add. Parity depends only on the number of ones,
# $s = \sum_i x_i$. The $n$ units $\max(0, s - k)$, $k = 0, \dots, n - 1$, each begin to grow at
# $s = k$. With the output weights $1, -2, 2, -2, \dots$ their sum goes up to 1, down to 0, up to 1,
# and so on: a saw that is 0 at even $s$ and 1 at odd $s$.


# %%
def saw(n):
    k = np.arange(n).reshape(-1, 1)
    slopes = np.where(k == 0, 1.0, np.where(k % 2, -2.0, 2.0)).T
    return {"W1": np.ones((n, n)), "b1": -1.0 * k, "W2": slopes, "b2": np.zeros((1, 1))}


figure, ax = plt.subplots(figsize=(5, 2.4), layout="constrained")
s = np.linspace(0, 6, 121)
ax.plot(s, sum(w * np.maximum(0, s - k) for k, w in enumerate(saw(6)["W2"][0])))
ax.plot(np.arange(7), np.arange(7) % 2, "o")
ax.set(xlabel="$s$, the number of ones", ylabel="output", title="the saw for 6 bits")
plt.show()

# %% [markdown]
# ## Each of them on all $2^n$ inputs
#
# All weights are whole numbers, hence so is every result. It is right or wrong; rounding has no
# part in it. The same weights in NumPy and in torch:


# %%
def network_of(params):
    """The ReLU network of these weights, whose output is its last Z."""
    L = len(params) // 2
    sizes = [params["W1"].shape[1], *(len(params[f"W{l}"]) for l in range(1, L + 1))]
    return NetworkSpec.dense(sizes, hidden="relu", output="identity")


def hidden_units(params):
    return sum(len(b) for name, b in params.items() if name[0] == "b") - 1


def outputs(params, X):
    spec = network_of(params)
    return forward(spec, params, X)[0][spec.output]


def errors_numpy(params, X, Y):
    return int((outputs(params, X) != Y).sum())


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
        wrong = f"{errors_numpy(params, X, Y):>8}{errors_torch(params, X, Y):>8}"
        print(
            f"{n:>2}  {build.__name__:<12}{len(params) // 2 - 1:>7}{hidden_units(params):>9}{wrong}"
        )

n = np.arange(2, 17)
figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.semilogy(n, 2.0 ** (n - 1), "o-", label="recognisers, one layer: $2^{n-1}$")
ax.semilogy(n, 2 * (n - 1), "s-", label=r"tree of XORs, $\lceil\log_2 n\rceil$ layers: $2(n-1)$")
ax.semilogy(n, n, "^-", label="saw of the sum, one layer: $n$")
ax.set(xlabel="bits $n$", ylabel="hidden units", title="What the parity of $n$ bits takes")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# So the claim of the course is about *gates*, the functions AND, OR and XOR of bits. An OR of ANDs
# is exponential: an AND that leaves out a bit is 1 for both values of that bit, and one of the two
# inputs has even parity. So each AND must read all $n$ bits, and recognises one input only. With
# units that add, parity is cheap in one layer as well, because it depends on the sum alone. There
# are functions for which depth saves exponentially many ReLU units, too (saws of saws: Telgarsky,
# *Benefits of depth in neural networks*, COLT 2016); parity of bits is not one of them.
#
# ## Does training find such weights?
#
# That weights exist does not mean that training finds them. All $2^n$ inputs are the training set.
# 6, 12, 18 or 24 hidden ReLU units are arranged in one, two or three equal layers. Adam, a variant
# of gradient descent (lesson 9), takes 400 steps from each of five random starts. In how many of
# the five runs are all inputs classified correctly?

# %%
seeds, units, depths = range(5), (6, 12, 18, 24), (1, 2, 3)


def runs_without_error(n, hidden, steps=400):
    """Train [n, *hidden, 1] from each seed; count the runs that end with accuracy 1."""
    X, Y = every_input(n)
    spec = NetworkSpec.dense([n, *hidden, 1], "relu", "sigmoid")
    ends = [
        fit(spec, initialise(spec, "he", seed), X, Y, optimiser=Adam(0.02), epochs=steps)[0]
        for seed in seeds
    ]
    return sum(accuracy(spec, predict(spec, end, X), Y) == 1 for end in ends)


figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for ax, n in zip(axes, (4, 6), strict=True):
    reached = np.array([[runs_without_error(n, [H // d] * d) for H in units] for d in depths])
    print(f"{n} bits, runs of 5 without error")
    print("hidden units  " + "".join(f"{f'{H} ({H / n:g} n)':>11}" for H in units))
    for depth, row in zip(depths, reached, strict=True):
        print(f"{depth} layer{'s' if depth > 1 else ' '}      " + "".join(f"{k:>11}" for k in row))
    ax.imshow(reached, cmap="Blues", vmin=0, vmax=len(seeds), aspect="auto")
    for i, j in np.ndindex(reached.shape):
        color = "white" if reached[i, j] > 3 else "black"
        ax.text(j, i, f"{reached[i, j]} of 5", ha="center", va="center", color=color)
    ax.set_xticks(range(len(units)), units)
    ax.set_yticks(range(len(depths)), depths)
    ax.set(title=f"{n} bits: runs without error", xlabel="hidden units in all")
axes[0].set(ylabel="hidden layers")
plt.show()

print("the sizes of the networks that we built by hand, for 4 bits:")
for name, hidden in (("saw", [4]), ("tree", [4, 2])):
    found = [runs_without_error(4, hidden, steps) for steps in (400, 2000)]
    print(f"  {name:<5}{hidden!s:<7} 400 steps: {found[0]} of 5   2000 steps: {found[1]} of 5")

# %% [markdown]
# What this shows:
#
# - *Exists* is not *is found*. Networks with the sizes of our saw and our tree have a solution, and
#   training finds it in 1 of 5 and in 0 of 5 runs; 2000 steps instead of 400 change nothing.
# - The number of units decides most. With one layer, 12 units (3 per bit) suffice for 4 bits in all
#   runs; for 6 bits 18 (again 3 per bit) suffice in 4 of 5 runs, and 24 in all.
# - In this range more layers with the same number of units in all are not better. With 12 units
#   three layers (of 4 each) never succeed: 0 of 5, for 4 bits and for 6.
#
# What it does not show: that depth is bad. It is two small problems, one optimiser, one learning
# rate and five starts; it asks about the training set only; and parity has no parts that are worth
# reusing, as edges and shapes are in the course's other argument for depth.
#
# One of these runs (6 bits, 24 units in three layers, seed 4) in torch, from the same weights:

# %%
X6, Y6 = every_input(6)
spec = NetworkSpec.dense([6, 8, 8, 8, 1], "relu", "sigmoid")
start = initialise(spec, "he", seed=4)
_, costs = fit(spec, start, X6, Y6, optimiser=Adam(0.02), epochs=400)

network = Network(spec).double()
load_params(network, start)
x, y = to_batch(X6), to_targets(spec, Y6)
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
# ## What to keep
#
# With gates, depth turns exponentially many units into a number of the order of $n$. What can be
# represented with few units and what training finds are two questions: the first is answered by
# counting, the second only by trying.
#
# ## To think about
#
# 1. What must be changed in the two units of an XOR so that they give "equal" (1 where
#    $x_1 = x_2$)?
# 2. The saw uses the sum $s$ of the bits. Which functions of $n$ bits can be computed in this way,
#    and which cannot?
# 3. Two saws one after the other: if the output of a saw with $k$ teeth, scaled, is the input of
#    another saw with $k$ teeth, how many teeth has the result? How many units would one layer need
#    for it?
#
# ## Exercise
#
# Build a network yourself, without training: its output is 1 where the number of ones among the $n$
# bits is a multiple of 3 (0, 3, 6, …), and 0 otherwise. `multiple_of_3(n)` returns the parameters
# W1, b1, W2, b2 of one hidden ReLU layer with at most $2n$ units; the output unit has no
# activation. Draw the output against $s$ first, then read off where the slope changes and by how
# much.
#
# The check runs your network on all $2^n$ inputs, for $n$ from 1 to 10. An output above ½ counts as
# 1. Replace the line that raises.


# %%
def multiple_of_3(n):
    """→ {"W1": (units, n), "b1": (units, 1), "W2": (1, units), "b2": (1, 1)}"""
    raise NotImplementedError("the parameters")


def check_network(build):
    """The report: how many of all inputs are wrong, for each n."""
    findings, wrong, n = [], "", 0
    try:
        for n in range(1, 11):
            X = every_input(n)[0]
            params = {name: np.asarray(theta, float) for name, theta in build(n).items()}
            right = X.sum(axis=0) % 3 == 0
            A = outputs(params, X)[0]
            errors = np.flatnonzero((A > 0.5) != right)
            if len(errors):
                k = errors[0]
                wrong = f"x = {X[:, k].astype(int)} gives {A[k]:g}, expected {int(right[k])}"
                findings.append(f"n = {n}: {len(errors)} of {2**n} inputs are wrong; {wrong}")
            if hidden_units(params) > 2 * n:
                findings.append(f"n = {n}: {hidden_units(params)} hidden units, at most {2 * n}")
    except Exception as error:
        findings.append(f"n = {n}: it raised {type(error).__name__}: {error}")
    count = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
    return "\n  ".join([f"{build.__name__}: {count}; run for n = 1 to {n}", *findings])


# %%
print(check_network(multiple_of_3))
