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
# # 9 Hyper-parameters: chosen by other examples
#
# One idea: gradient descent finds the parameters $W$ and $b$; the learning rate, the number of
# iterations, of layers and of units, and the activations it does not find. These hyper-parameters
# are chosen by trying them and looking at examples that were not trained on; and what was chosen is
# judged by examples that were not used for that choice either.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from parity_tests import check_functions
from ref_numpy import (
    GradientDescent,
    NetworkSpec,
    accuracy,
    cost,
    descend,
    fit,
    forward,
    initialise,
    predict,
)
from torch_impl import Network, conventions
from torch_impl.data.sources import two_moons

moons = two_moons(m=2200, noise=0.3)
order = np.random.default_rng(0).permutation(2200)
X_all, Y_all = moons.x.T[:, order], moons.y[order].reshape(1, -1).astype(float)
train, validation, test = (
    (X_all[:, part], Y_all[:, part]) for part in (slice(200), slice(200, 1200), slice(1200, 2200))
)

spec = NetworkSpec.dense([2, 8, 1], hidden="tanh", output="sigmoid")
start = initialise(spec, "xavier", seed=0)
print({name: theta.shape for name, theta in start.items()})
print(sum(theta.size for theta in start.values()), "parameters, which training finds")

figure, ax = plt.subplots(figsize=(4.5, 3), layout="constrained")
ax.scatter(*train[0], c=np.where(train[1][0] == 1, "tab:red", "tab:blue"), s=8)
ax.set(xlabel="$x_1$", ylabel="$x_2$", title="the 200 training examples")
plt.show()

# %% [markdown]
# ## The learning rate
#
# $W \leftarrow W - \alpha\, dW$, with $\alpha$ too small, about right, too large and far too large;
# and one of them in torch, from the same weights.

# %%
iterations, rates = 300, (0.01, 1, 10, 100)
curves = {
    rate: fit(spec, start, *train, optimiser=GradientDescent(rate), epochs=iterations)[1]
    for rate in rates
}

network = Network(spec).double()
conventions.load_params(network, start)
x, y = conventions.to_batch(train[0]), conventions.to_targets(spec, train[1])
optimizer, torch_curve = torch.optim.SGD(network.parameters(), lr=1), []
for _ in range(iterations):
    optimizer.zero_grad()
    J = conventions.cost(network, network(x), y)
    J.backward()
    optimizer.step()
    torch_curve.append(J.item())
for k in (0, 1, 10, iterations - 1):
    print(f"α = 1, step {k:>3}    J NumPy {curves[1][k]:.14f}    torch {torch_curve[k]:.14f}")

figure, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
for rate, curve in curves.items():
    ax.semilogy(curve, label=rf"$\alpha$ = {rate}", linewidth=1.2)
ax.semilogy(torch_curve, "k--", label=r"$\alpha$ = 1 in torch", linewidth=1.2)
ax.set(xlabel="iteration", ylabel="$J$", title="training cost by learning rate")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# With 0.01 the cost falls at every step, and too slowly. With 100 the first step saturates the tanh
# units, and nothing is learnt. With 10 it is thrown up, and here comes down again, even below that
# of 1; from other weights it may not. Rates are tried in multiples (0.01, 0.1, 1, …), since what
# they do depends on their order of magnitude.
#
# ## The number of iterations
#
# The cost of the training examples falls on; that of others does not. A larger network, and both:

# %%
large = NetworkSpec.dense([2, 32, 32, 1], hidden="tanh", output="sigmoid")


def cost_of(spec, params, X, Y):
    activations, _ = forward(spec, params, X)
    return float(cost(spec, params, activations, Y))


steps, seen = 2000, []
updates = descend(large, initialise(large, "xavier", 0), [train] * steps, GradientDescent(0.5))
for t, update in enumerate(updates, start=1):
    if t % 25 == 0:
        both = (cost_of(large, update.params, *part) for part in (train, validation))
        seen.append((t, *both))
t, training_costs, validation_costs = np.array(seen).T
best = int(validation_costs.argmin())
print(f"lowest validation cost {validation_costs[best]:.4f} after {t[best]:.0f} iterations")
print(f"after {steps}: training {training_costs[-1]:.4f}, validation {validation_costs[-1]:.4f}")

figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.plot(t, training_costs, label="training")
ax.plot(t, validation_costs, label="validation")
ax.axvline(t[best], color="gray", linestyle=":", label="lowest validation cost")
ax.set(xlabel="iteration", ylabel="$J$", title="2-32-32-1: when to stop")
ax.legend()
plt.show()

# %% [markdown]
# ## Layers, units and activation: a sweep
#
# Each setting is trained on the training set from three seeds, and judged by the mean accuracy on
# the validation set.

# %%
sweep = {}
for g in ("tanh", "relu"):
    for layers in (1, 2, 3):
        for units in (1, 2, 4, 8, 16):
            net = NetworkSpec.dense([2, *[units] * layers, 1], hidden=g, output="sigmoid")
            results = []
            for seed in range(3):
                params = initialise(net, "he" if g == "relu" else "xavier", seed)
                params, _ = fit(net, params, *train, optimiser=GradientDescent(0.5), epochs=300)
                X, Y = validation
                results.append((accuracy(net, predict(net, params, X), Y), seed, params))
            sweep[g, layers, units] = net, results


def mean(results):
    return np.mean([right for right, _, _ in results])


figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained", sharey=True)
for ax, g in zip(axes, ("tanh", "relu"), strict=True):
    ax.set(title=g, xlabel="units a layer", xticks=range(5), xticklabels=(1, 2, 4, 8, 16))
    for layers in (1, 2, 3):
        line = [100 * mean(sweep[g, layers, units][1]) for units in (1, 2, 4, 8, 16)]
        ax.plot(line, "o-", label=f"hidden layers: {layers}")
axes[0].set_ylabel("validation accuracy, %")
axes[1].legend()
plt.show()

# %% [markdown]
# Narrow ReLU layers fail for a reason of their own: a unit that is 0 for every example has no
# gradient and stays dead, and where a layer has one unit, everything after it says the same of all
# examples.
#
# ## The choice, and the test set once
#
# The setting with the highest mean is chosen, and of its three networks the one with the highest
# accuracy: both by the validation set. A fraction $p$ of $m$ examples has the standard error
# $\sqrt{p(1-p)/m}$: with other examples the best might as well have come out that much lower. That
# is no test of two settings, whose difference varies less than that where both fail at the same
# examples; it only says how finely such a list can be read. Then, and only now, the test set.

# %%
ranked = sorted(sweep, key=lambda setting: mean(sweep[setting][1]), reverse=True)
p = mean(sweep[ranked[0]][1])
error = np.sqrt(p * (1 - p) / validation[0].shape[1])
near = [s for s in ranked if mean(sweep[s][1]) > p - error]
print(
    f"{len(near)} of {len(sweep)} settings are within one standard error, {error:.1%}, of the best"
)
for g, layers, units in ranked[:3]:
    print(f"  {g}, {layers} layers of {units}: validation {mean(sweep[g, layers, units][1]):.1%}")

net, results = sweep[ranked[0]]
_, seed, params = max(results, key=lambda result: result[0])
print(f"\nchosen: {net.summary}, seed {seed}")
for name, (X, Y) in (("training", train), ("validation", validation), ("test", test)):
    print(f"  {name:<11} {accuracy(net, predict(net, params, X), Y):.1%}")

# %% [markdown]
# The validation accuracy of the winner is a maximum over all that was tried, settings and seeds,
# luck included; the test accuracy is of one network, and may be believed. If it disappoints and one
# goes back to try more, the test set has become a second validation set.
#
# ## What to keep
#
# Parameters are learnt from the training set, hyper-parameters are chosen on the validation set,
# and the test set is used once. Look at the curves before the numbers: a bad learning rate looks
# like a bad network. Several settings come out about equally good, so do not read meaning into the
# winner.
#
# ## Exercise
#
# Adam (course 2) has hyper-parameters of its own: $\beta_1$, $\beta_2$ and $\varepsilon$, beside
# the learning rate. For each parameter, here $W$, at update $t$:
#
# $$v \leftarrow \beta_1 v + (1 - \beta_1)\, dW \qquad
#   s \leftarrow \beta_2 s + (1 - \beta_2)\, dW^2$$
#
# $$W \leftarrow W - \alpha\, \frac{v / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \varepsilon}$$
#
# `parameters` has the keys "W1", "b1", …; `grads`, `v` and `s` have "dW1", "db1", … Replace the
# line that raises; $dW^2$ is element by element.


# %%
def update_parameters_with_adam(
    parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    """→ parameters, v, s"""
    for name in parameters:
        d = "d" + name
        v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
        raise NotImplementedError("s[d], and parameters[name] from v[d] and s[d]")
    return parameters, v, s


# %%
print(check_functions(update_parameters_with_adam, network="5-4-1"))
