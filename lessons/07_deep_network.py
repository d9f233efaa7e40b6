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
# # 7 A deep network: the same four lines, L times
#
# One idea: a deep network needs no new equations. The forward pass is one loop over the layers that
# stores what the backward pass will need; the backward pass is the same loop in reverse; and the
# dimensions tell whether both fit. The network is that of the course's week 4, ReLU layers and a
# sigmoid. It learns whether a handwritten digit is odd.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.patches import FancyBboxPatch
from torch import nn

import torch_impl
from parity_tests import (
    check,
    check_functions,
    linear_activation_backward,
    linear_activation_forward,
)
from ref_numpy import NetworkSpec
from torch_impl.data.sources import digits

examples = digits()  # images of 8 × 8 pixels, 0 to 16
shuffled = np.random.default_rng(0).permutation(len(examples.y))
X_all = examples.x.reshape(-1, 64).T[:, shuffled] / 16
digit = examples.y[shuffled]  # 0 to 9, which the network is not told
Y_all = digit.reshape(1, -1) % 2.0  # 1 where the digit is odd
X, Y, X_test, Y_test = X_all[:, :1400], Y_all[:, :1400], X_all[:, 1400:], Y_all[:, 1400:]

layer_dims = [64, 20, 7, 5, 1]  # n[0], n[1], …, n[L]
L, m = len(layer_dims) - 1, X.shape[1]
print("training", X.shape, Y.shape, f"odd: {Y.mean():.1%}")
print("test    ", X_test.shape, Y_test.shape, f"odd: {Y_test.mean():.1%}")

# %% [markdown]
# ## The building blocks
#
# Forward, a layer $l$ has two lines, where $g^{[l]}$ is its activation:
#
# $$Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]} \qquad A^{[l]} = g^{[l]}(Z^{[l]})$$
#
# Backward it has four. These are the same four lines in every layer of every network of the course:
#
# $$dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]}) \qquad
#   dW^{[l]} = \tfrac1m\, dZ^{[l]} A^{[l-1]T} \qquad db^{[l]} = \tfrac1m \sum_{i} dZ^{[l](i)} \qquad
#   dA^{[l-1]} = W^{[l]T} dZ^{[l]}$$
#
# So a layer is two blocks. The forward block takes $A^{[l-1]}$ and returns $A^{[l]}$, and it stores
# $A^{[l-1]}$ and $Z^{[l]}$ in its *cache*. (The course's cache has $W^{[l]}$ and $b^{[l]}$ as
# well.) The backward block takes $dA^{[l]}$ and the cache and returns $dA^{[l-1]}$, and it gives
# the gradients $dW^{[l]}$ and $db^{[l]}$ for the update.

# %%
figure, ax = plt.subplots(figsize=(9.5, 4.2), layout="constrained")
ax.set(xlim=(-1.1, 11.9), ylim=(-1.3, 4.5))
ax.axis("off")


def block(x, y, text, color):
    ax.add_patch(
        FancyBboxPatch(
            (x - 0.85, y - 0.5), 1.7, 1.0, boxstyle="round,pad=0.05", fc=color, ec="gray"
        )
    )
    ax.text(x, y, text, ha="center", va="center", size=9)


def arrow(start, end, text="", dx=0.0, dy=0.0, color="black", ha="center"):
    style = {"arrowstyle": "->", "color": color, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=end, xytext=start, arrowprops=style)
    middle = (start[0] + end[0]) / 2 + dx, (start[1] + end[1]) / 2 + dy
    ax.text(*middle, text, ha=ha, va="center", size=9, color=color)


for x, l in ((1, "1"), (4, "2"), (8, "L")):
    before = "L-1" if l == "L" else str(int(l) - 1)
    block(x, 2.7, f"forward {l}\n$Z^{{[{l}]}}, A^{{[{l}]}}$", "lightblue")
    block(x, 0.4, f"backward {l}\n$dZ^{{[{l}]}}$", "moccasin")
    arrow((x, 4.0), (x, 3.25), f"$W^{{[{l}]}}, b^{{[{l}]}}$", dy=0.55)
    arrow(
        (x, 2.15),
        (x, 0.95),
        f"cache:\n$A^{{[{before}]}}, Z^{{[{l}]}}$",
        dx=0.1,
        color="tab:green",
        ha="left",
    )
    arrow((x, -0.15), (x, -0.85), f"$dW^{{[{l}]}}, db^{{[{l}]}}$", dy=-0.55)
for left, right, l in (
    (-0.6, 0.1, "0"),
    (1.9, 3.1, "1"),
    (4.9, 5.6, "2"),
    (6.4, 7.1, "L-1"),
    (8.9, 9.9, "L"),
):
    arrow((left, 2.7), (right, 2.7), f"$A^{{[{l}]}}$", dy=0.25)
    arrow((right, 0.4), (left, 0.4), f"$dA^{{[{l}]}}$", dy=0.25)
for y in (2.7, 0.4):
    ax.text(6, y, "…", ha="center", va="center", size=14)
ax.text(-0.85, 2.7, "X", ha="center", va="center", size=10)
block(10.8, 1.55, "cost $J$\nof $A^{[L]}$ and $Y$", "lightgray")
arrow((9.9, 2.7), (10.8, 2.1))
arrow((10.8, 1.0), (9.9, 0.4))
plt.show()

# %% [markdown]
# ## Get the dimensions right
#
# $W^{[l]}$ is $(n^{[l]}, n^{[l-1]})$, where $n^{[l]}$ is the number of units of layer $l$. So
# $Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}$ turns columns of $n^{[l-1]}$ numbers into columns of
# $n^{[l]}$ numbers, one column per example. Every gradient has the shape of what it belongs to:
# $dW$ that of $W$, $dA$ that of $A$. `initialize_parameters_deep`, the first function of week 4,
# makes the parameters:


# %%
def initialize_parameters_deep(layer_dims, scale, seed):
    """→ W1, b1, …, WL, bL; `scale` gives the standard deviation of W[l] from n[l−1]"""
    rng, parameters = np.random.default_rng(seed), {}
    for l in range(1, len(layer_dims)):
        n_prev, n = layer_dims[l - 1], layer_dims[l]
        parameters[f"W{l}"] = rng.standard_normal((n, n_prev)) * scale(n_prev)
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters


def he(n_prev):
    return np.sqrt(2 / n_prev)


params = initialize_parameters_deep(layer_dims, he, seed=1)
print("l   W[l], dW[l]   b[l], db[l]   Z[l], dZ[l], A[l], dA[l]")
for l in range(1, L + 1):
    Z_shape = (params[f"W{l}"].shape[0], m)
    print(f"{l}   {params[f'W{l}'].shape!s:<14}{params[f'b{l}'].shape!s:<14}{Z_shape}")

# %% [markdown]
# ## Forward and backward as loops
#
# The loop backward can begin one line later. For the sigmoid and the cross-entropy loss,
#
# $$dZ^{[L]} = dA^{[L]} * g'(Z^{[L]})
#   = -\left(\frac{Y}{A} - \frac{1 - Y}{1 - A}\right) * A * (1 - A) = A - Y
#   \qquad (A = A^{[L]}),$$
#
# with the product already multiplied out. That is shorter, and it does not divide by 0 where $A$
# rounds to 0 or 1. What leaves layer $l$, $dA^{[l-1]}$, enters the layer before it. ($z$ stays
# small here, so the plain formula of the sigmoid is safe; lesson 6 has the stable one.) `trace`
# keeps every tensor by its name, for the check.

# %%
ACTIVATIONS = {  # g, and g′ as a function of z
    "relu": (lambda Z: np.maximum(Z, 0), lambda Z: Z > 0),
    "tanh": (np.tanh, lambda Z: 1 - np.tanh(Z) ** 2),
}


def forward(params, X, g="relu"):
    A, trace, caches = X, {"A0": X}, []
    for l in range(1, L + 1):
        A_prev = A
        Z = params[f"W{l}"] @ A_prev + params[f"b{l}"]
        A = ACTIVATIONS[g][0](Z) if l < L else 1 / (1 + np.exp(-Z))
        caches.append((A_prev, Z))
        trace |= {f"Z{l}": Z, f"A{l}": A}
    return A, caches, trace


def cost(A, Y):
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))


def backward(params, A, Y, caches, g="relu"):
    grads, dA, m = {}, None, Y.shape[1]
    for l in reversed(range(1, L + 1)):
        A_prev, Z = caches[l - 1]
        dZ = A - Y if l == L else dA * ACTIVATIONS[g][1](Z)
        dW = dZ @ A_prev.T / m
        db = dZ.sum(axis=1, keepdims=True) / m
        dA = params[f"W{l}"].T @ dZ  # dA[l−1], for the next round
        grads |= {f"dZ{l}": dZ, f"dW{l}": dW, f"db{l}": db, f"dA{l - 1}": dA}
    return grads


A, caches, trace = forward(params, X)
numpy_trace = {**trace, "J": cost(A, Y), **backward(params, A, Y, caches)}

# %% [markdown]
# In torch the forward loop is `nn.Sequential`, and autograd keeps the caches.


# %%
def network_in_torch(params):
    layers = []
    for l in range(1, L + 1):
        W, b = (torch.tensor(params[f"{name}{l}"]) for name in "Wb")
        linear = nn.Linear(*W.shape[::-1], dtype=torch.float64)
        linear.weight, linear.bias = nn.Parameter(W), nn.Parameter(b.ravel())
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])  # the last sigmoid is in the loss


def cost_in_torch(network):
    logits = network(torch.from_numpy(X.T))  # z of the last layer
    return nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(Y.T))


network = network_in_torch(params)
J_t = cost_in_torch(network)
J_t.backward()
print(f"J    NumPy {numpy_trace['J']:.15f}    torch {J_t.item():.15f}")
print("\nfirst row of dW3\n", numpy_trace["dW3"][0], "\n", network[4].weight.grad[0].numpy())

# %% [markdown]
# The check computes each layer anew from *your* result of the layer before it, so that one wrong
# line is one wrong tensor, at any depth. The *error ratio* is the largest error divided by its
# bound: up to 1 it may be rounding. Below are the loops above (0 means: exactly the reference's
# numbers) and the project's model in torch, which sums in another order.

# %%
spec = NetworkSpec.dense(layer_dims, hidden="relu", output="sigmoid")
ours = check(numpy_trace, spec, params, X, Y, precision="float64")
theirs = check(torch_impl.run(spec, params, X, Y), spec, params, X, Y, precision="float64")
print("passed:  NumPy", ours.passed, "  torch", theirs.passed)
print("tensor  shape        ratio: NumPy     torch")
for one, other in zip(ours.tensors, theirs.tensors, strict=True):
    print(f"{one.name:<8}{one.shape!s:<14}{one.ratio:11.1e}{other.ratio:11.1e}")

# %% [markdown]
# ## Gradient checking
#
# Course 2 checks backprop by the definition of a derivative. For one parameter $\theta$:
#
# $$\frac{\partial J}{\partial\theta} \approx
#   \frac{J(\theta + \varepsilon) - J(\theta - \varepsilon)}{2\varepsilon}$$
#
# That is two forward passes for *each* parameter; backprop needs one pass back for all of them.


# %%
def central_difference(name, index, epsilon, g="relu"):
    J = {}
    for sign in (+1, -1):
        moved = params[name].copy()
        moved[index] += sign * epsilon
        J[sign] = cost(forward(params | {name: moved}, X, g)[0], Y)
    return (J[+1] - J[-1]) / (2 * epsilon)


print("parameter        central difference    backprop             difference")
for name, index in (
    ("W1", (0, 20)),
    ("b1", (0, 0)),
    ("W2", (2, 0)),
    ("W3", (0, 0)),
    ("b4", (0, 0)),
):
    numeric, exact = central_difference(name, index, 1e-5), numpy_trace[f"d{name}"][index]
    print(f"{name}{list(index)!s:<14} {numeric:<22.14f}{exact:<21.14f}{abs(numeric - exact):.0e}")
n_parameters = sum(theta.size for theta in params.values())
print(f"\n{n_parameters} parameters: {2 * n_parameters} forward passes to check all of them")

# %% [markdown]
# How large should $\varepsilon$ be? We take one parameter, $W^{[3]}$ at (0, 0), with all
# $\varepsilon$ from 0.1 to $10^{-12}$, in this network and in one with tanh instead of ReLU. For
# ReLU the table also has how many $z$ change their sign between $\theta - \varepsilon$ and
# $\theta + \varepsilon$.


# %%
def sign_changes(epsilon):
    """How many z of layer 3 have different signs at θ − ε and θ + ε."""
    up, down = params["W3"].copy(), params["W3"].copy()
    up[0, 0] += epsilon
    down[0, 0] -= epsilon
    signs = [forward(params | {"W3": W3}, X)[2]["Z3"] > 0 for W3 in (up, down)]
    return (signs[0] != signs[1]).sum()


epsilons = np.geomspace(0.1, 1e-12, 23)
errors = {}
for g in ("tanh", "relu"):
    A_g, caches_g, _ = forward(params, X, g)
    exact = backward(params, A_g, Y, caches_g, g)["dW3"][0, 0]
    errors[g] = [abs(central_difference("W3", (0, 0), e, g) - exact) for e in epsilons]
print("    ε     difference: tanh    ReLU     signs that change")
for e, with_tanh, with_relu in list(zip(epsilons, errors["tanh"], errors["relu"], strict=True))[
    ::2
]:
    print(f"{e:.1e}         {with_tanh:.1e}    {with_relu:.1e}    {sign_changes(e)}")

figure, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
for g, values in errors.items():
    ax.loglog(epsilons, values, "o-", ms=4, label=g)
guide = epsilons[:8]
ax.loglog(
    guide, errors["tanh"][0] * (guide / guide[0]) ** 2, "k--", label=r"falls as $\varepsilon^2$"
)
ax.set(
    xlabel=r"$\varepsilon$", ylabel="difference", title="central difference − backprop, W3[0, 0]"
)
ax.legend()
plt.show()

# %% [markdown]
# For tanh, read from the right, the difference falls as $\varepsilon^2$ (dashed): a tenth of
# $\varepsilon$ gives a hundredth of the difference. This is the error of the formula itself. For
# ReLU the difference is larger and falls irregularly as long as a step carries some $z$ across 0,
# where ReLU has its kink. From $\varepsilon = 10^{-3}$ on no sign changes, and the difference drops
# to rounding at once, since then the formula is almost exact. To the left both curves rise: the
# rounding of $J$ is divided by $2\varepsilon$.
#
# At its best, gradient checking confirms about ten digits, and it says only *that* something is
# wrong, not in which line. That is what the check by layers is for.
#
# ## Training, and the size of the first weights
#
# Gradient descent is the loop forward, backward, update. We run it with three sizes of the random
# weights: 0.01, right for the one hidden layer of week 3; Xavier's $\sqrt{1/n^{[l-1]}}$; and He's
# $\sqrt{2/n^{[l-1]}}$. Two random starts each.


# %%
def train(params, iterations=500, rate=0.1):
    costs = []
    for _ in range(iterations):
        A, caches, _ = forward(params, X)
        costs.append(cost(A, Y))
        grads = backward(params, A, Y, caches)
        params = {name: theta - rate * grads[f"d{name}"] for name, theta in params.items()}
    return params, costs


def accuracy(params, X, Y):
    return np.mean((forward(params, X)[0] > 0.5) == Y)


def xavier(n_prev):
    return np.sqrt(1 / n_prev)


trained = {}
for name, scale in (("0.01", lambda n_prev: 0.01), ("Xavier", xavier), ("He", he)):
    for seed in (1, 2):
        start = initialize_parameters_deep(layer_dims, scale, seed)
        A_0, caches_0, _ = forward(start, X)
        largest = abs(backward(start, A_0, Y, caches_0)["dW1"]).max()
        trained[name, seed] = end, costs = train(start)
        right = f"training {accuracy(end, X, Y):.1%}, test {accuracy(end, X_test, Y_test):.1%}"
        print(f"{name:>6}, seed {seed}: largest dW1 at the start {largest:.0e}", end="   ")
        print(f"J {costs[0]:.4f} → {costs[-1]:.5f}   {right}")

# %% [markdown]
# With 0.01 nothing is learnt in 500 iterations: the gradient of the first layer vanishes, as in
# lesson 6, $J$ stays at 0.693, which is the cost of answering ½ for every image, and the network
# calls every image odd (51.7 % and 45.8 % are the shares of odd digits). With Xavier and He the
# same network learns, and He, made for ReLU, ends lower in both starts.
#
# The run with He and seed 1 in torch, from the same weights:

# %%
network = network_in_torch(params)
optimizer, torch_costs = torch.optim.SGD(network.parameters(), lr=0.1), []
for _ in range(500):
    optimizer.zero_grad()
    J_t = cost_in_torch(network)
    J_t.backward()
    optimizer.step()
    torch_costs.append(J_t.item())

numpy_costs = trained["He", 1][1]
for k in (0, 10, 100, 499):
    print(f"iteration {k:>4}    J NumPy {numpy_costs[k]:.15f}    torch {torch_costs[k]:.15f}")

figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(numpy_costs, label="NumPy")
ax.plot(torch_costs, "--", label="torch")
ax.set(xlabel="iteration", ylabel="$J$", title="odd or even: the cost of the four-layer network")
ax.legend()
plt.show()

# %% [markdown]
# Every spike is in both: the learning rate is a little too large here. NumPy and torch slowly drift
# apart: each rounds differently, and every step builds on the last.
#
# ## What the first layer looks at
#
# A row of $W^{[1]}$ has one weight for each of the 64 pixels, so it can be drawn as an image. For
# each of the 20 units: on top its row after training (blue is positive, red negative); in the
# middle what training has changed, the row minus its random start; below the mean of the five test
# images with the largest $z$ in this unit, and which digits they are.

# %%
end = trained["He", 1][0]
Z1 = end["W1"] @ X_test + end["b1"]
n_always_0 = (Z1 <= 0).all(axis=1).sum()
figure, axes = plt.subplots(6, 10, figsize=(9.5, 6.7), layout="constrained")
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
for unit in range(20):
    most = np.argsort(-Z1[unit])[:5]
    row, change = end["W1"][unit], end["W1"][unit] - params["W1"][unit]
    three = axes[3 * (unit // 10) :, unit % 10][:3]
    for ax, image in zip(three[:2], (row, change), strict=True):
        largest = abs(image).max() or 1
        ax.imshow(image.reshape(8, 8), cmap="RdBu", vmin=-largest, vmax=largest)
    three[2].imshow(X_test[:, most].mean(axis=1).reshape(8, 8), cmap="gray_r")
    three[0].set_title(f"unit {unit + 1}", size=8)
    alive = (Z1[unit] > 0).any()
    three[2].set_xlabel(" ".join(map(str, digit[1400:][most])) if alive else "always 0", size=8)
plt.show()
print(n_always_0, "of 20 units are 0 for every test image")

# %% [markdown]
# The rows themselves still look like their random start. The change shows strokes, and for a
# reason: $dW^{[1]} = \frac1m dZ^{[1]} X^T$, so each update adds a weighted sum of training images,
# and pixels that are 0 in every image keep their weight. Several units have become detectors of a
# shape: their largest $z$ come from one digit, or from digits that share a stroke, although the
# labels said only "odd" or "even". Others mix digits, and 3 of the 20 are dead or nearly so (lesson
# 6). The course's example, from edges to parts of faces to faces, needs far larger images and
# networks than this.
#
# ## What to keep
#
# A layer knows its parameters, its input, and the gradient of its output; depth is a loop over
# layers. Write the dimensions down first: most mistakes do not fit them. Choose the size of the
# random weights by the number of inputs of each layer. Gradient checking costs two forward passes
# per parameter, so it is for small networks and for tests, not for training.
#
# ## To think about
#
# 1. Which arrays could be deleted during the forward pass if only a prediction is wanted?
# 2. With weights of 0.01 and more iterations, would this network learn? Try it.
# 3. A unit's row of $W^{[1]}$ can be drawn as an image. Why not a row of $W^{[2]}$?
#
# ## Exercise
#
# The two loops as the course's functions, built from layers that are there already; a layer's
# `cache` is $((A^{[l-1]}, W^{[l]}, b^{[l]}), Z^{[l]})$:

# %%
A1, cache1 = linear_activation_forward(X, params["W1"], params["b1"], "relu")  # or "sigmoid"
dA0, dW1, db1 = linear_activation_backward(numpy_trace["dA1"], cache1, "relu")
print("A1", A1.shape, "  dA0", dA0.shape, "  dW1", dW1.shape, "  db1", db1.shape)

# %% [markdown]
# Here the sigmoid is part of the last layer's block, so the backward pass begins with $dA^{[L]}$,
# the derivative of the loss with respect to $A^{[L]}$; the section on the loops has it. Each block
# returns $dA^{[l-1]}$, which goes into `grads` under that name as well as into the next block;
# $dA^{[L]}$ is not in `grads`. The check uses a network with 5 inputs and layers of 6, 4 and 1
# units. If the report has a line "not checked: dA2 …", your `grads` lacks these, and you are not
# done. Replace the lines that raise.


# %%
def L_model_forward(X, parameters):
    """→ AL, caches: one cache a layer, in their order"""
    L = len(parameters) // 2
    raise NotImplementedError(f"a loop over {L - 1} ReLU layers, then the sigmoid layer")


def L_model_backward(AL, Y, caches):
    """→ grads: dW1, db1, …, dWL, dbL and dA0, …, dA(L−1)"""
    L = len(caches)
    raise NotImplementedError(f"dAL, the sigmoid layer {L}, then a loop from {L - 1} down to 1")


# %%
print(
    check_functions(
        L_model_forward,
        L_model_backward,
        network="5-6-4-1",
        examples=11,
        seed=29,
        require="dA0,dA1,dA2",
    )
)
