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
# # 6 Activations
#
# Between two matrix products stands a function $g$, element by element. Without it a deep network
# is no more than one matrix; with the wrong one it does not learn. This lesson looks at each $g$
# and its derivative, at what becomes of a gradient that passes through ten of them, and at how to
# compute them where $e^z$ overflows.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

import ref_numpy
import torch_impl
from parity_tests import check_functions
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import BinaryCrossEntropy, GradientDescent, NetworkSpec
from ref_numpy.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from torch_impl.data.sources import planar_flower

# %% [markdown]
# ## The functions and their slopes
#
# | | $g(z)$ | $g'(z)$ | in terms of $a = g(z)$ |
# |---|---|---|---|
# | sigmoid | $1 / (1 + e^{-z})$ | $g(z)\,(1 - g(z))$ | $a(1 - a)$ |
# | tanh | $(e^z - e^{-z}) / (e^z + e^{-z})$ | $1 - \tanh^2 z$ | $1 - a^2$ |
# | ReLU | $\max(0, z)$ | 1 if $z > 0$, else 0 | 1 if $a > 0$, else 0 |
# | leaky ReLU | $z$ if $z > 0$, else $0.01 z$ | 1 if $z > 0$, else 0.01 | 1 if $a > 0$, else 0.01 |
# | softmax | $e^{z_k} / \sum_j e^{z_j}$ | $\partial a_k/\partial z_j$ | $a_k (\delta_{kj} - a_j)$ |
#
# In terms of $a$ the derivative is cheap, since the forward pass has computed $a$ already. Lines
# are our NumPy, dots are torch: its own $g$, and below it what its autograd says of the slope.
# Softmax is of three units: $z_1$ varies, $z_2 = 0$, $z_3 = 1$; below are the slopes
# $\partial a_k/\partial z_1$.

# %%
z, z_t = np.linspace(-5, 5, 201), torch.linspace(-5, 5, 21, dtype=torch.float64)
pairs = {
    "sigmoid": (Sigmoid(), torch.sigmoid),
    "tanh": (Tanh(), torch.tanh),
    "relu": (ReLU(), torch.relu),
    "leaky relu": (LeakyReLU(), torch.nn.functional.leaky_relu),
}
fig, axes = plt.subplots(2, 5, figsize=(10, 3.8), sharex=True)
for (above, below), (name, (ours, theirs)) in zip(axes.T, pairs.items(), strict=False):
    a = ours.g(z)
    dots = z_t.clone().requires_grad_()
    theirs(dots).sum().backward()
    above.plot(z, a)
    above.plot(z_t, theirs(z_t), ".", color="black", ms=4)
    below.plot(z, ours.g_prime(z, a), color="tab:orange")
    below.plot(z_t, dots.grad, ".", color="black", ms=4)
    above.set_title(name, size=10)
    below.set(xlabel="z", ylim=(-0.1, 1.1))

Z = np.stack([z, 0 * z, 1 + 0 * z])
A, cache = Softmax().forward({}, Z)
first = torch.stack([z_t, 0 * z_t, 1 + 0 * z_t]).requires_grad_()
A_t = torch.softmax(first, dim=0)
for k, color in enumerate(("tab:blue", "tab:green", "tab:purple")):
    dA = np.zeros_like(Z)
    dA[k] = 1  # so that dZ is the derivative of a_k
    (grad,) = torch.autograd.grad(A_t[k].sum(), first, retain_graph=True)
    axes[0, 4].plot(z, A[k], color=color)
    axes[0, 4].text(-5, A[k, 0] + 0.05, f"$a_{k + 1}$", color=color)
    axes[0, 4].plot(z_t, A_t[k].detach(), ".", color="black", ms=4)
    axes[1, 4].plot(z, Softmax().backward({}, cache, dA)[0], color=color)
    axes[1, 4].plot(z_t, grad[0], ".", color="black", ms=4)
axes[0, 4].set_title("softmax", size=10)
axes[1, 4].set(xlabel="$z_1$")
axes[0, 0].set(ylabel="g")
axes[1, 0].set(ylabel="g'")
fig.tight_layout()

# %% [markdown]
# At $z = 0$ ReLU has no derivative: the slope is 0 from the left and 1 from the right, and a
# central difference says ½. Any number between would do; torch takes 0, and so do we. Zeros are not
# rare: a unit whose inputs are all 0 has $z = b = 0$ at the start.

# %%
zero, h = torch.zeros(1, requires_grad=True), 2.0**-10
torch.relu(zero).backward()
ours = ReLU().g_prime(np.zeros(1), np.zeros(1)).astype(float)
print("ReLU'(0)   ours", ours[0], "  torch", zero.grad.item(), end="   central difference ")
print((np.maximum(h, 0) - np.maximum(-h, 0)) / (2 * h))

# %% [markdown]
# ## Saturation
#
# Far from 0 the slopes of sigmoid and tanh vanish, and sigmoid's is nowhere above ¼. On the way
# back each layer multiplies by it,
#
# $$dZ^{[l]} = W^{[l+1]T} dZ^{[l+1]} * g'(Z^{[l]}),$$
#
# so that after ten layers little may be left. Ten layers of 50 units, $W$ drawn so that ReLU keeps
# the size of $A$ (He's $\sqrt{2 / n_{prev}}$), then one unit; the root mean square of $dZ^{[l]}$ in
# each:

# %%
rng = np.random.default_rng(1)
X, Y = rng.standard_normal((50, 64)), rng.integers(0, 2, (1, 64)).astype(float)
fig, ax = plt.subplots(figsize=(6, 2.8))
for g in ("sigmoid", "tanh", "relu"):
    spec = NetworkSpec.dense([50] * 11 + [1], hidden=g, output="sigmoid")
    params = ref_numpy.initialise(spec, "he", seed=1)
    traces = [run(spec, params, X, Y) for run in (ref_numpy.run, torch_impl.run)]
    ours, theirs = ([np.sqrt(np.mean(t[f"dZ{l}"] ** 2)) for l in range(1, 12)] for t in traces)
    ax.semilogy(range(1, 12), ours, label=f"{g}, NumPy")
    ax.semilogy(range(1, 12), theirs, ".", color="black", label="torch" if g == "relu" else None)
    dZ1, dZ10 = ours[0], ours[9]
    print(
        f"{g:8} dZ10 {dZ10:.2e}   dZ1 {dZ1:.2e} (torch {theirs[0]:.2e})"
        f"   times {(dZ1 / dZ10) ** (1 / 9):.2f} a layer"
    )
ax.set(xlabel="layer l", ylabel="size of dZ[l]", xticks=range(1, 12))
ax.legend(fontsize=8)
fig.tight_layout()

# %% [markdown]
# From layer 10 back to layer 1 sigmoid loses a factor of about three a layer: the first layers
# hardly learn. tanh, whose slope is 1 at 0, keeps its gradient as long as its $z$ stay small, and
# ReLU passes it on. The step before, from layer 11 to 10, shrinks all three: layer 11 is one unit,
# so that each number of $dA^{[10]} = W^{[11]T} dZ^{[11]}$ is one product, and not a sum of fifty.
#
# ## Where $e^z$ overflows
#
# In float64 $e^{710}$ is infinite, and $\infty/\infty$ is nan. Earlier still, from $z = 37$,
# sigmoid rounds to 1 and $\log(1 - a)$ is $-\infty$. The remedy is to write the same functions so
# that only $e^{-|z|} \le 1$ occurs:
#
# - sigmoid: $\frac{1}{1 + e^{-z}}$ for $z \ge 0$, and $\frac{e^z}{1 + e^z}$ for $z < 0$;
# - softmax: subtract the largest $z$ first, which changes no $a_k$;
# - the loss, from $z$ and not from $a$: $\mathcal{L} = \max(z, 0) - zy + \log(1 + e^{-|z|})$.


# %%
def show(name, numbers):
    print(f"{name:18}", *(f"{x:9.3g}" for x in np.ravel(numbers)))


Z = np.array([[-1000.0, -40.0, 0.0, 40.0, 1000.0]])
Y = np.zeros_like(Z)
Z_t, Y_t = torch.from_numpy(Z), torch.from_numpy(Y)
with np.errstate(all="ignore"):
    naive = np.exp(Z) / (1 + np.exp(Z))
    naive_loss = -np.log(1 - naive)
    naive_softmax = np.exp(Z) / np.exp(Z).sum()
show("z", Z)
show("sigmoid   naive", naive)
show("          ours", Sigmoid().g(Z))
show("          torch", torch.sigmoid(Z_t))
show("loss, y=0 naive", naive_loss)
show("          ours", BinaryCrossEntropy().forward(Z, Y))
Z_t.requires_grad_()
L_t = torch.nn.functional.binary_cross_entropy_with_logits(Z_t, Y_t, reduction="none")
show("          torch", L_t.detach())
show("softmax   naive", naive_softmax)
show("          ours", Softmax().forward({}, Z.T)[0])
show("          torch", torch.softmax(Z_t.detach(), dim=1))
L_t.sum().backward()
show("dz = a − y, ours", BinaryCrossEntropy().backward(Sigmoid().g(Z), Y))
show("            torch", Z_t.grad)

# %% [markdown]
# At $z = -40$ torch says 0: it subtracts two numbers near 40, whose last digit is larger than
# $4 \cdot 10^{-18}$. And $dz = a - y$ needs no care at all.
#
# ## Why not linear
#
# With $g(z) = z$ three layers are one:
#
# $$W^{[3]}\bigl(W^{[2]}(W^{[1]} X + b^{[1]}) + b^{[2]}\bigr) + b^{[3]} = W X + b, \qquad
#   W = W^{[3]} W^{[2]} W^{[1]}, \quad b = W^{[3]}(W^{[2]} b^{[1]} + b^{[2]}) + b^{[3]}$$
#
# In numbers the two sides round differently. `ErrorArray` says by how much at most.

# %%
spec = NetworkSpec.dense([6, 8, 7, 3], hidden="identity", output="identity")
params, X, _ = random_problem(spec, 11, seed=1)
W1, b1, W2, b2, W3, b3 = params.values()


def three_layers(X):
    return W3 @ (W2 @ (W1 @ X + b1) + b2) + b3


def one_layer(X, W1=W1, b1=b1):
    W, b = W3 @ W2 @ W1, W3 @ (W2 @ b1 + b2) + b3
    return W @ X + b


allowed = three_layers(ErrorArray(X)).error + one_layer(X, ErrorArray(W1), ErrorArray(b1)).error
difference = np.abs(three_layers(X) - one_layer(X))
theirs = torch_impl.run(spec, params, X, np.zeros((3, 11)), device="cpu")["A3"]
print(f"largest difference {difference.max():.1e}, used {(difference / allowed).max():.3f}")
print(f"torch's three layers and our one: used {(abs(theirs - one_layer(X)) / allowed).max():.3f}")

# %% [markdown]
# So a deep linear network can say what logistic regression can say, and no more. The flower of
# lesson 5, whose petals no line separates:

# %%
flower = planar_flower()
X, Y = flower.x.T, flower.y.reshape(1, -1).astype(float)
networks = {
    "logistic regression": NetworkSpec.dense([2, 1], output="sigmoid"),
    "4 hidden units, linear": NetworkSpec.dense([2, 4, 1], hidden="identity", output="sigmoid"),
    "4 hidden units, tanh": NetworkSpec.dense([2, 4, 1], hidden="tanh", output="sigmoid"),
}
for name, spec in networks.items():
    alpha = 1.2 if "tanh" in name else 0.1
    params, costs = ref_numpy.fit(
        spec, ref_numpy.initialise(spec, "xavier", seed=3), X, Y,
        optimiser=GradientDescent(alpha), epochs=3000,
    )  # fmt: skip
    right = ref_numpy.accuracy(spec, ref_numpy.predict(spec, params, X), Y)
    print(f"{name:24} cost {costs[-1]:.4f}   accuracy {right:.1%}")

# %% [markdown]
# ## What to keep
#
# The derivative of an activation is written in terms of its value. ReLU passes the gradient on, or
# not at all; sigmoid shrinks it, at every layer. Where $z$ may be large, compute only $e^{-|z|}$.
# And some $g$ that is not linear must stand between the matrices.
#
# ## Exercise
#
# A layer with its activation, as in week 4 of the course: `linear_activation_forward` gives
# $A = g(W A_{prev} + b)$ and the cache $((A_{prev}, W, b), Z)$; `linear_activation_backward` gives
# $dA_{prev}$, $dW$ and $db$. `activation` is `"sigmoid"` or `"relu"`. The branch for the sigmoid is
# given, in the form that does not overflow: $e = e^{-|z|}$, and $1/(1+e)$ or $e/(1+e)$.


# %%
def linear_activation_forward(A_prev, W, b, activation):
    """A_prev: (n_prev, m)   W: (n, n_prev)   b: (n, 1)"""
    Z = W @ A_prev + b
    if activation == "sigmoid":
        e = np.exp(-np.abs(Z))
        A = np.where(Z >= 0, 1, e) / (1 + e)
    else:
        raise NotImplementedError("A for relu")
    return A, ((A_prev, W, b), Z)


def linear_activation_backward(dA, cache, activation):
    """dA: (n, m)   cache: ((A_prev, W, b), Z)"""
    raise NotImplementedError("dZ by the activation's slope; from it dW, db and dA_prev")


# %%
print(check_functions(linear_activation_forward, linear_activation_backward))
