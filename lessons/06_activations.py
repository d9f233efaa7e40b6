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
# Between two matrix products of a network stands a function $g$, which is applied to each element.
# Without it a deep network can do no more than a single layer. This lesson looks at the usual
# choices of $g$ and their slopes, at how to choose one, at what happens to a gradient that passes
# backward through ten layers, and at how to compute $g$ where $e^z$ overflows.
#
# As before, $[l]$ is the number of the layer: $Z^{[l]} = W^{[l]} A^{[l-1]} + b^{[l]}$ and
# $A^{[l]} = g(Z^{[l]})$, with one example per column. `dZ` is short for
# $\partial\mathcal{L}/\partial Z$, where $\mathcal{L}$ is the loss of one example, so there is no
# $1/m$ in it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

import ref_numpy
import torch_impl
from parity_tests import check_functions
from ref_numpy import (
    BinaryCrossEntropy,
    Cache,
    Context,
    GradientDescent,
    LeakyReLU,
    NetworkSpec,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
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
#
# In terms of $a$ the slope costs almost nothing, because the forward pass has computed $a$
# already. For sigmoid it follows from the chain rule and $1 - a = e^{-z}/(1 + e^{-z})$:
#
# $$\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2}
#   = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}} = a\,(1 - a)$$
#
# For tanh call the numerator $u = e^z - e^{-z}$ and the denominator $v = e^z + e^{-z}$. Their
# derivatives are $u' = v$ and $v' = u$, so the quotient rule gives
#
# $$\tanh'(z) = \frac{u' v - u\, v'}{v^2} = \frac{v^2 - u^2}{v^2} = 1 - a^2$$
#
# **Softmax** is different: it takes all units of a layer together,
# $a_k = e^{z_k} / \sum_j e^{z_j}$, so each $a_k$ depends on each $z_j$. Its slopes are
# $\partial a_k/\partial z_j = a_k(\delta_{kj} - a_j)$, where $\delta_{kj}$ is 1 if $k = j$ and 0
# otherwise.
#
# In the figure, lines are our NumPy and dots are torch. Top: $g$. Bottom: the slope, in torch from
# autograd. Softmax has three units here: $z_1$ varies, $z_2 = 0$, $z_3 = 1$; its slopes are
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
    below.set(xlabel="z", ylim=(-0.3, 1.1))

Z3 = np.stack([z, 0 * z, 1 + 0 * z])  # three units, 201 examples
A3, _ = Softmax().forward({}, Context(), Z3)
first = torch.stack([z_t, 0 * z_t, 1 + 0 * z_t]).requires_grad_()
A3_t = torch.softmax(first, dim=0)
for k, color in enumerate(("tab:blue", "tab:green", "tab:purple")):
    dA = np.zeros_like(Z3)
    dA[k] = 1  # so that dZ is the derivative of a_k
    (grad,) = torch.autograd.grad(A3_t[k].sum(), first, retain_graph=True)
    slope = Softmax().backward({}, Cache((Z3,), (A3,)), dA)[0][0]
    axes[0, 4].plot(z, A3[k], color=color)
    axes[0, 4].plot(z_t, A3_t[k].detach(), ".", color="black", ms=4)
    axes[1, 4].plot(z, slope, color=color, label=f"k = {k + 1}")
    axes[1, 4].plot(z_t, grad[0], ".", color="black", ms=4)
axes[0, 4].set_title("softmax", size=10)
axes[1, 4].legend(fontsize=8, loc="upper left")
axes[1, 4].set(xlabel="$z_1$", ylim=(-0.3, 1.1))
axes[0, 0].set(ylabel="g")
axes[1, 0].set(ylabel="g'")
fig.tight_layout()

# %% [markdown]
# At $z = 0$ ReLU has no derivative: the slope is 0 on the left and 1 on the right, and the
# difference to both sides (lesson 3), called *central difference*, gives the mean of the two. In
# theory any number between 0 and 1 may be used; torch uses 0, and so do we. Such zeros are not
# rare: a unit whose inputs are all 0 has $z = b = 0$ at the start.

# %%
zero, h = torch.zeros(1, requires_grad=True), 2.0**-10
torch.relu(zero).backward()
at_zero = ReLU().g_prime(np.zeros(1), np.zeros(1)).astype(float)[0]
central = (np.maximum(h, 0) - np.maximum(-h, 0)) / (2 * h)
print(f"ReLU'(0)   ours {at_zero}   torch {zero.grad.item()}   central difference {central}")

# %% [markdown]
# ## Why not linear
#
# With $g(z) = z$ three layers are one:
#
# $$W^{[3]}\bigl(W^{[2]}(W^{[1]} X + b^{[1]}) + b^{[2]}\bigr) + b^{[3]} = W X + b, \qquad
#   W = W^{[3]} W^{[2]} W^{[1]}, \quad b = W^{[3]}(W^{[2]} b^{[1]} + b^{[2]}) + b^{[3]}$$

# %%
rng = np.random.default_rng(1)
W1, W2, W3 = (rng.standard_normal(shape) for shape in ((8, 6), (7, 8), (3, 7)))
b1, b2, b3 = (rng.standard_normal((n, 1)) for n in (8, 7, 3))
X6 = rng.standard_normal((6, 11))  # 11 examples with 6 inputs each

three_layers = W3 @ (W2 @ (W1 @ X6 + b1) + b2) + b3
W, b = W3 @ W2 @ W1, W3 @ (W2 @ b1 + b2) + b3
one_layer = W @ X6 + b
X6_t, (W_t, b_t) = torch.from_numpy(X6), (torch.from_numpy(W), torch.from_numpy(b))
print("first row, three layers", three_layers[0, :4])
print("first row, one layer   ", one_layer[0, :4])
print("in torch, one layer    ", (W_t @ X6_t + b_t)[0, :4].numpy())
print(f"largest number {abs(one_layer).max():.0f}", end="; ")
print(f"largest difference {abs(three_layers - one_layer).max():.0e}, which is rounding")

# %% [markdown]
# So a deep network of linear layers can represent what one layer can, and no more. We try it on the
# flower of lesson 5, whose petals no line separates, and with it the other activations: one hidden
# layer, $\alpha = 0.6$, 3000 iterations, five random starts each. From here on `ref_numpy` does
# what lesson 5 wrote by hand, for any number of layers: `NetworkSpec.dense` says how many units the
# layers have, and their $g$; `initialise` draws the weights; `fit` is `nn_model`, where an *epoch*
# is one iteration over all examples.

# %%
flower = planar_flower()
X_flower, Y_flower = flower.x.T, flower.y.reshape(1, -1).astype(float)


def train_on_flower(units, g, seed, alpha=0.6):
    spec = NetworkSpec.dense([2, *units, 1], hidden=g, output="sigmoid")
    start_size = "he" if "relu" in g else "xavier"  # of the random weights; explained below
    start = ref_numpy.initialise(spec, start_size, seed)
    return spec, *ref_numpy.fit(
        spec, start, X_flower, Y_flower, optimiser=GradientDescent(alpha), epochs=3000
    )


print("                        J: mean (lowest to highest)   accuracy: mean")
for units, g in (
    ([], "identity"),
    *(([4], g) for g in ("identity", "sigmoid", "tanh", "relu", "leaky_relu")),
    *(([16], g) for g in ("tanh", "relu")),
):
    J, right = [], []
    for seed in range(5):
        spec, params, costs = train_on_flower(units, g, seed)
        J.append(costs[-1])
        right.append(ref_numpy.accuracy(spec, ref_numpy.predict(spec, params, X_flower), Y_flower))
    name = f"{units[0]:>2} units, {g}" if units else "logistic regression"
    spread = f"{np.mean(J):.3f} ({min(J):.3f} to {max(J):.3f})"
    print(f"{name:<24}{spread:<30}{np.mean(right):.1%}")

# %% [markdown]
# Four linear units end exactly where logistic regression ends. All other $g$ do better. With four
# units tanh is best, sigmoid follows closely, and ReLU is far behind; with 16 units ReLU
# comes closer. This is one small problem with one learning rate, so it does not decide which $g$ is
# best in general.
#
# ## Which one to choose
#
# - **In the output layer** the labels decide. Labels 0 and 1: sigmoid, so that $a$ is a
#   probability. One of several classes: softmax. Any real number (regression): none, $a = z$.
# - **In hidden layers** tanh is usually better than sigmoid: its values lie around 0, and its slope
#   is up to four times as large. ReLU is the usual first choice in deep networks: it is cheap, and
#   its slope is 1 for every $z > 0$, however large.
# - The price of ReLU: a unit with $z \le 0$ for every example has slope 0 for every example. Its
#   gradients are 0, so gradient descent no longer changes it. It is **dead**. Leaky ReLU
#   has slope 0.01 there, so that the unit still gets a (small) gradient.
#
# With a larger learning rate, 1.2, one of the four ReLU units dies during training:


# %%
def always_negative(params):
    """For each unit of layer 1, whether z ≤ 0 for every example."""
    return (params["W1"] @ X_flower + params["b1"] <= 0).all(axis=1)


for g in ("relu", "leaky_relu"):
    spec, params, _ = train_on_flower([4], g, seed=0, alpha=1.2)
    start = ref_numpy.initialise(spec, "he", seed=0)
    gradients = ref_numpy.run(spec, params, X_flower, Y_flower)
    before, after = always_negative(start).sum(), always_negative(params).sum()
    print(f"{g}: units with z ≤ 0 for all examples: {before} before training, {after} after")
    print(
        "   dW1, one row for each unit:", *(row.round(5) for row in gradients["dW1"]), sep="\n     "
    )

# %% [markdown]
# ## Vanishing and exploding gradients
#
# On the way back each layer multiplies by its weights *and* by its slopes:
#
# $$dZ^{[l]} = W^{[l+1]T} dZ^{[l+1]} * g'(Z^{[l]})$$
#
# Random weights with standard deviation $s_W$ make each number of $W^T dZ$ a sum of $n$ terms.
# Their signs are random, so that they partly cancel, and the sum is about $\sqrt n \cdot s_W$ times
# (not $n \cdot s_W$ times) as large as one number of $dZ$. So a layer multiplies the size of the
# gradient by about
#
# $$\sqrt{n} \cdot s_W \;\cdot\; (\text{root mean square of } g').$$
#
# If this factor is below 1, the gradient **vanishes**: it shrinks layer by layer, and the first
# layers hardly learn. If it is above 1, the gradient **explodes**. We take ten layers of 50
# units, then one output unit, and four sizes of the weights:
#
# - Xavier's $s_W = \sqrt{1/n}$, so that the first part of the factor is 1;
# - He's $s_W = \sqrt{2/n}$, made for ReLU, which sets half of the numbers to 0;
# - small, $s_W = 0.01$, as in week 3;
# - large, $s_W = 1$.
#
# The table has the measured factor per layer, from $dZ^{[10]}$ to $dZ^{[1]}$, and in brackets the
# formula above.

# %%
n = 50
sizes = {"Xavier": np.sqrt(1 / n), "He": np.sqrt(2 / n), "small": 0.01, "large": 1.0}
rng = np.random.default_rng(1)
X50, Y50 = rng.standard_normal((n, 64)), rng.integers(0, 2, (1, 64)).astype(float)
drawn = [rng.standard_normal((n if l < 11 else 1, n)) for l in range(1, 12)]


def root_mean_square(numbers):
    return np.sqrt(np.mean(np.square(numbers)))


def slopes(g, Z, A):
    return pairs[g][0].g_prime(Z, A)


fig, axes = plt.subplots(1, 4, figsize=(10, 2.9), sharey=True)
print(
    "         "
    + "".join(f"{f'{name}, √n·s_W = {np.sqrt(n) * s_W:.2f}':>24}" for name, s_W in sizes.items())
)
for g in ("sigmoid", "tanh", "relu"):
    spec = NetworkSpec.dense([n] * 11 + [1], hidden=g, output="sigmoid")
    cells, rms_slopes = [], []
    for ax, (name, s_W) in zip(axes, sizes.items(), strict=True):
        params = {f"W{l}": s_W * W for l, W in enumerate(drawn, start=1)}
        params |= {f"b{l}": np.zeros((len(W), 1)) for l, W in enumerate(drawn, start=1)}
        ours, theirs = (run(spec, params, X50, Y50) for run in (ref_numpy.run, torch_impl.run))
        size = [root_mean_square(ours[f"dZ{l}"]) for l in range(1, 11)]
        g_prime = [root_mean_square(slopes(g, ours[f"Z{l}"], ours[f"A{l}"])) for l in range(1, 10)]
        rms_slope = np.exp(np.mean(np.log(g_prime)))  # geometric mean over the layers
        factor = (size[0] / size[9]) ** (1 / 9)
        cells.append(f"{f'{factor:.2f}   ({np.sqrt(n) * s_W * rms_slope:.2f})':>24}")
        rms_slopes.append(f"{rms_slope:24.2f}")
        ax.semilogy(range(1, 11), size, label=g)
        size_t = [root_mean_square(theirs[f"dZ{l}"]) for l in range(1, 11)]
        ax.semilogy(range(1, 11), size_t, ".", color="black", ms=4)
        ax.set_title(f"{name}: $s_W$ = {s_W:.2f}", size=10)
        ax.set(xlabel="layer l", xticks=(1, 4, 7, 10))
    print(f"{g:9}" + "".join(cells))
    print("    rms g'" + "".join(rms_slopes)[1:])
axes[0].set(ylabel="size of dZ[l]")
axes[0].legend(fontsize=8)
fig.suptitle("lines: NumPy, dots: torch", size=9)
fig.tight_layout()

# %% [markdown]
# The formula predicts the factor well. What it explains:
#
# - **sigmoid** vanishes with Xavier and He, since its slope is nowhere above ¼. With He each layer
#   keeps 0.31 of the gradient, which is 1.41 times 0.22.
# - **tanh** keeps its gradient with He (0.99) and loses some with Xavier (0.86). He's larger
#   weights give larger $z$ and so smaller slopes (0.72 against 0.88), but $\sqrt 2$ makes up for
#   it.
# - **ReLU** keeps it with He (0.99), for which He was derived. With Xavier it loses a factor of
#   $\sqrt 2$ per layer (0.70).
# - **Small** weights of 0.01, right for one hidden layer, make every gradient vanish in a deep
#   network, whatever $g$ is.
# - **Large** weights make ReLU's gradient explode, by a factor of 4.95 per layer, and tanh's too
#   (1.97). tanh and sigmoid *saturate*: their $z$ are far from 0, where the slopes are small (0.28
#   and 0.12). The large weights outweigh the small slopes of tanh, but not those of sigmoid.
#
# So: He for ReLU, Xavier or He for tanh. Lesson 7 shows what that does to training.
#
# ## Where $e^z$ overflows
#
# In float64 $e^{710}$ is infinite, and $\infty/\infty$ is nan ("not a number"). Already at
# $z = 37$, sigmoid rounds to 1, and then $\log(1 - a)$ is $-\infty$. The remedy is to write the
# same functions so that only $e^{-|z|} \le 1$ occurs. These are the *stable* formulas:
#
# - sigmoid: $\frac{1}{1 + e^{-z}}$ for $z \ge 0$, and $\frac{e^z}{1 + e^z}$ for $z < 0$;
# - softmax: subtract the largest $z$ first, which changes no $a_k$;
# - the loss, from $z$ and not from $a$: $\mathcal{L} = \max(z, 0) - zy + \log(1 + e^{-|z|})$.


# %%
def show(name, numbers):
    print(f"{name:22}", *(f"{x:9.3g}" for x in np.ravel(numbers)))


Z = np.array([[-1000.0, -40.0, 0.0, 40.0, 1000.0]])
with np.errstate(all="ignore"):
    print("e^709", np.exp(709.0), "  e^710", np.exp(710.0))
    print("1 − sigmoid(36)", 1 - 1 / (1 + np.exp(-36.0)), end="   ")
    print("1 − sigmoid(37)", 1 - 1 / (1 + np.exp(-37.0)))
    naive = np.exp(Z) / (1 + np.exp(Z))
    naive_loss = -np.log(1 - naive)
    naive_softmax = np.exp(Z) / np.exp(Z).sum()
print()
show("z", Z)
show("sigmoid       naive", naive)
show("              ours", Sigmoid().g(Z))
show("              torch", torch.sigmoid(torch.from_numpy(Z)))
show("softmax       naive", naive_softmax)
show("              ours", Softmax().forward({}, Context(), Z.T)[0])
show("              torch", torch.softmax(torch.from_numpy(Z), dim=1))
for y in (0.0, 1.0):
    Y = np.full_like(Z, y)
    Z_t, Y_t = torch.from_numpy(Z).requires_grad_(), torch.from_numpy(Y)
    L_t = torch.nn.functional.binary_cross_entropy_with_logits(Z_t, Y_t, reduction="none")
    L_t.sum().backward()
    if y == 0:
        show("loss, y = 0   naive", naive_loss)
    show(f"loss, y = {y:.0f}   ours", BinaryCrossEntropy().forward(Z, Y))
    show("              torch", L_t.detach())
    show(f"a − y, y = {y:.0f}  ours", BinaryCrossEntropy().backward(Sigmoid().g(Z), Y))
    show("              torch", Z_t.grad)
print(f"\nexact at z = 40, y = 1: loss = −(a − y) = {np.log1p(np.exp(-40)):.3g}")
print(f"distance of neighbouring float64 numbers near 40: {np.spacing(40.0):.0e}, near 1: ", end="")
print(f"{np.spacing(1.0):.0e}")

# %% [markdown]
# Where the naive formulas give inf or nan, the stable ones give numbers. What remains is rounding:
#
# - For the loss torch prints 0 at $z = -40$, $y = 0$: it computes 40 − 40, and float64 numbers near
#   40 are $7 \cdot 10^{-15}$ apart, so $4 \cdot 10^{-18}$ is lost.
# - $dz = a - y$ stays finite for every $z$. At $z = 40$, $y = 1$ it is 0 instead of
#   $-4 \cdot 10^{-18}$, because $a$ rounds to 1. This does no harm.
#
# Later lessons write `1 / (1 + np.exp(-Z))`, as the course does, because their $z$ stay small.
#
# ## What to keep
#
# The slope of an activation is written in terms of its value. Some $g$ that is not linear must
# stand between the matrices. Each layer multiplies the gradient by its weights and by its slopes,
# so choose the size of the weights for the activation. Where $z$ may be large, use a formula with
# $e^{-|z|}$ only.
#
# ## To think about
#
# 1. Write tanh in terms of sigmoid. What does this say about a hidden layer with sigmoid instead
#    of tanh?
# 2. A unit is dead at the start of training. Can a later change of the *other* layers bring it
#    back if it is in layer 1? If it is in layer 2?
# 3. In the table every layer has 50 inputs and 50 units. Forward, a layer multiplies the size of
#    $A$ by a factor, too. If a layer has more inputs than units, which of the two numbers is in the
#    forward factor, and which in the backward factor?
#
# ## Exercise
#
# A layer with its activation, as in week 4 of the course. `linear_activation_forward` returns
# $A = g(W A_{prev} + b)$ and the cache $((A_{prev}, W, b), Z)$; `linear_activation_backward`
# returns $dA_{prev}$, $dW$ and $db$, where $dW$ and $db$ are means over the $m$ examples.
# `activation` is `"sigmoid"` or `"relu"`; the slope of ReLU is 0 at $z = 0$. The branch for the
# sigmoid is given in the forward function, in the stable form; its `e` is $e^{-|z|}$. Take $Z$ from
# the cache and do not compute it again: the check calls the backward function with random numbers
# for $A_{prev}$, $W$, $b$ and for $Z$. Replace the lines that raise.


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
