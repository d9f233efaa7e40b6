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
# One idea: a deep network needs no new equations. Forward is one loop over the layers that keeps
# what it passes, backward is the same loop in reverse, and the dimensions tell whether it is right.
# The network is that of the course's week 4, ReLU layers and a sigmoid; it learns here whether a
# handwritten digit is odd.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

import torch_impl
from parity_tests import check, check_functions
from parity_tests.adapters.course.reference_functions import (
    linear_activation_backward,
    linear_activation_forward,
)
from ref_numpy import GradientDescent, NetworkSpec, accuracy, fit, initialise, predict
from torch_impl.data.sources import digits

examples = digits()  # 1,797 images of 8 × 8 pixels, 0 to 16
shuffled = np.random.default_rng(0).permutation(len(examples.y))
X_all = examples.x.reshape(-1, 64).T[:, shuffled] / 16  # (64, 1797)
Y_all = examples.y[shuffled].reshape(1, -1) % 2.0  # (1, 1797)
X, Y, X_test, Y_test = X_all[:, :1400], Y_all[:, :1400], X_all[:, 1400:], Y_all[:, 1400:]

spec = NetworkSpec.dense([64, 20, 7, 5, 1], hidden="relu", output="sigmoid")
params = initialise(spec, "he", seed=1)
L, m = len(spec.weights), X.shape[1]

# %% [markdown]
# ## Get the dimensions right
#
# $W^{[l]}$ is $(n^{[l]}, n^{[l-1]})$, so that $Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}$ takes columns
# of $n^{[l-1]}$ numbers to columns of $n^{[l]}$; and every gradient has the shape of what it is the
# gradient of. The shapes that the description of the network gives:

# %%
shapes = spec.trace_shapes(m) | spec.parameter_shapes
columns = "W{l}", "b{l}", "A{prev}", "Z{l}", "A{l}", "dZ{l}", "dW{l}", "db{l}"
for l in range(1, L + 1):
    names = [column.format(l=l, prev=l - 1) for column in columns]
    print("".join(f"{name:<11}" for name in names))
    print("".join(f"{shapes[name]!s:<11}" for name in names), "\n")

# %% [markdown]
# ## Forward and backward as loops
#
# Forward keeps $A^{[l-1]}$ and $Z^{[l]}$ of each layer, its cache. Backward begins with
# $dZ^{[L]} = A^{[L]} - Y$, and what leaves layer $l$, $dA^{[l-1]} = W^{[l]T} dZ^{[l]}$, enters the
# layer before. `trace` keeps every tensor by its name, for the check.


# %%
def forward(params, X):
    trace, caches = {"A0": X}, []
    A = X
    for l in range(1, L + 1):
        A_prev, W, b = A, params[f"W{l}"], params[f"b{l}"]
        Z = W @ A_prev + b
        A = np.maximum(Z, 0) if l < L else 1 / (1 + np.exp(-Z))
        caches.append((A_prev, Z))
        trace |= {f"Z{l}": Z, f"A{l}": A}
    return A, caches, trace


def cost(A, Y):
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))


def backward(params, A, Y, caches):
    grads, dZ = {}, A - Y
    m = Y.shape[1]
    for l in reversed(range(1, L + 1)):
        A_prev, _ = caches[l - 1]
        dW = dZ @ A_prev.T / m
        db = dZ.sum(axis=1, keepdims=True) / m
        dA_prev = params[f"W{l}"].T @ dZ
        grads |= {f"dZ{l}": dZ, f"dW{l}": dW, f"db{l}": db, f"dA{l - 1}": dA_prev}
        if l > 1:
            _, Z_prev = caches[l - 2]
            dZ = dA_prev * (Z_prev > 0)
    return grads


A, caches, trace = forward(params, X)
numpy_trace = {**trace, "J": cost(A, Y), **backward(params, A, Y, caches)}

# %% [markdown]
# In torch the forward loop is `nn.Sequential`, and autograd keeps the caches.

# %%
layers = []
for l in range(1, L + 1):
    W, b = (torch.tensor(params[f"{name}{l}"]) for name in "Wb")
    linear = nn.Linear(*W.shape[::-1], dtype=torch.float64)
    linear.weight, linear.bias = nn.Parameter(W), nn.Parameter(b.ravel())
    layers += [linear, nn.ReLU()]
network = nn.Sequential(*layers[:-1])  # the last sigmoid is in the loss

j = nn.functional.binary_cross_entropy_with_logits(
    network(torch.from_numpy(X.T)), torch.from_numpy(Y.T)
)
j.backward()
print(f"J    NumPy {numpy_trace['J']:.15f}    torch {j.item():.15f}")
print("\nfirst row of dW3\n", numpy_trace["dW3"][0], "\n", network[4].weight.grad[0].numpy())

# %% [markdown]
# The check computes each layer anew from *your* result of the layer before it, so that one wrong
# line is one wrong tensor, at any depth. The *error ratio* is the largest error / bound: up to 1
# it may be rounding. The loops above (0: the same lines as the reference's, the same numbers),
# and the project's model of torch, which sums in another order:

# %%
ours = check(numpy_trace, spec, params, X, Y, precision="float64")
theirs = check(torch_impl.run(spec, params, X, Y), spec, params, X, Y, precision="float64")
print("passed:  NumPy", ours.passed, "  torch", theirs.passed)
print("tensor  shape        ratio: NumPy     torch")
for one, other in zip(ours.tensors, theirs.tensors, strict=True):
    print(f"{one.name:<8}{one.shape!s:<14}{one.ratio:11.1e}{other.ratio:11.1e}")

# %% [markdown]
# ## Gradient checking
#
# Course 2 checks backprop by the definition of a derivative:
#
# $$\frac{\partial J}{\partial\theta} \approx
#   \frac{J(\theta + \varepsilon) - J(\theta - \varepsilon)}{2\varepsilon}$$
#
# That is two forward passes for *each* parameter; backprop goes backward once for all of them.


# %%
def central_difference(name, index, epsilon):
    def J(sign):
        moved = params[name].copy()
        moved[index] += sign * epsilon
        return cost(forward(params | {name: moved}, X)[0], Y)

    return (J(+1) - J(-1)) / (2 * epsilon)


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
n = sum(theta.size for theta in params.values())
print(f"\n{n} parameters: {2 * n} forward passes to check all of them")

epsilons = 10.0 ** -np.arange(1, 13)
errors = [abs(central_difference("W3", (0, 0), e) - numpy_trace["dW3"][0, 0]) for e in epsilons]
figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.loglog(epsilons, errors, "o-")
ax.set(
    xlabel=r"$\varepsilon$", ylabel="difference", title="W3[0, 0]: central difference less backprop"
)
plt.show()

# %% [markdown]
# To the right the difference is the formula's own error, which falls as $\varepsilon^2$ (further
# out the step crosses kinks of ReLU); to the left it is the rounding of $J$, divided by
# $2\varepsilon$. At its best it confirms about ten digits, and it says only *that* something is
# wrong, not which line. That is what the check by layers is for.
#
# ## Training

# %%
rate, iterations = 0.1, 500
trained, costs = fit(spec, params, X, Y, optimiser=GradientDescent(rate), epochs=iterations)

optimizer, torch_costs = torch.optim.SGD(network.parameters(), rate), []
for _ in range(iterations):
    optimizer.zero_grad()
    outputs = network(torch.from_numpy(X.T))
    j = nn.functional.binary_cross_entropy_with_logits(outputs, torch.from_numpy(Y.T))
    j.backward()
    optimizer.step()
    torch_costs.append(j.item())

for k in (0, 10, 100, iterations - 1):
    print(f"iteration {k:>4}    J NumPy {costs[k]:.15f}    torch {torch_costs[k]:.15f}")
for what, X_, Y_ in (("training", X, Y), ("test", X_test, Y_test)):
    print(f"{what}: {accuracy(spec, predict(spec, trained, X_), Y_):.1%} right")

figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(costs, label="NumPy")
ax.plot(torch_costs, "--", label="torch")
ax.set(xlabel="iteration", ylabel="$J$", title="odd or even: the cost of the four-layer network")
ax.legend()
plt.show()

# %% [markdown]
# Every spike is in both: the learning rate is a little too large here. The digits in which the two
# agree become fewer, since each rounds differently and every step goes on from the one before it.
#
# ## What to keep
#
# A layer knows its parameters, what came in, and what its result's gradient is; depth is a loop
# over layers. Write the dimensions down first: most mistakes do not fit them. Gradient checking
# costs two forward passes a parameter, so that it is for small networks, and not for training.
#
# ## Exercise
#
# The two loops as the course's functions, of layers that are there already; a layer's `cache` is
# $((A^{[l-1]}, W^{[l]}, b^{[l]}), Z^{[l]})$:

# %%
A1, cache = linear_activation_forward(X, params["W1"], params["b1"], "relu")  # or "sigmoid"
dA0, dW1, db1 = linear_activation_backward(numpy_trace["dA1"], cache, "relu")
print("A1", A1.shape, "  dA0", dA0.shape, "  dW1", dW1.shape, "  db1", db1.shape)

# %% [markdown]
# Here backward begins one step earlier, since the sigmoid is a layer's:
# $dA^{[L]} = -\left(\frac{Y}{A^{[L]}} - \frac{1 - Y}{1 - A^{[L]}}\right)$. Replace the lines that
# raise.


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
print(check_functions(L_model_forward, L_model_backward, network="5-4-3-1", examples=11))
