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
# One idea: gradient descent finds $W$ and $b$. It does not find the learning rate, the number of
# iterations, layers or units, or the activation. These *hyper-parameters* are chosen by trying them
# and looking at examples that were not trained on; and what was chosen is judged by examples that
# were not used for that choice either.

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
from torch_impl import Network, conventions, torch_costs
from torch_impl.data.sources import two_moons

moons = two_moons(m=2200, noise=0.3)
shuffled = np.random.default_rng(0).permutation(2200)
X_all, Y_all = moons.x.T[:, shuffled], moons.y[shuffled].reshape(1, -1).astype(float)
train, validation, test = (
    (X_all[:, part], Y_all[:, part]) for part in (slice(200), slice(200, 1200), slice(1200, 2200))
)


def right(spec, params, examples):
    """The fraction of these examples (X, Y) that the network classifies correctly."""
    X, Y = examples
    return accuracy(spec, predict(spec, params, X), Y)


spec = NetworkSpec.dense([2, 8, 1], hidden="tanh", output="sigmoid")
start = initialise(spec, "xavier", seed=0)
print({name: theta.shape for name, theta in start.items()})
print(sum(theta.size for theta in start.values()), "parameters, which training finds")
for name, (X, Y) in (("training", train), ("validation", validation), ("test", test)):
    most = max(Y.mean(), 1 - Y.mean())
    print(f"{name:<10} {X.shape[1]:>5} examples; always the more frequent class: {most:.1%} right")
line = NetworkSpec.dense([2, 1], output="sigmoid")
line_end, _ = fit(
    line, initialise(line, "xavier", 0), *train, optimiser=GradientDescent(1), epochs=1000
)
print(f"logistic regression: validation {right(line, line_end, validation):.1%} right")

figure, ax = plt.subplots(figsize=(4.5, 3), layout="constrained")
for label, color in ((0, "tab:blue"), (1, "tab:red")):
    ax.scatter(*train[0][:, train[1][0] == label], c=color, s=8, label=f"y = {label}")
ax.set(xlabel="$x_1$", ylabel="$x_2$", title="the 200 training examples")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# "Always the more frequent class" is the *baseline*: what a network reaches that has learnt
# nothing. The second baseline is logistic regression, whose boundary is a straight line: 85.0 % of
# the validation examples. A hidden layer must do better than that.
#
# ## The learning rate
#
# $W := W - \alpha\, dW$, with five learning rates from far too small to far too large, 300
# iterations, from five random starts each; and one of the runs in torch, from the same weights. A
# tanh output is called *saturated* here if $|a| > 0.99$; its slope $1 - a^2$ is then almost 0.

# %%
iterations, rates = 300, (0.01, 0.1, 1, 10, 100)


def saturated(params):
    return np.mean(abs(np.tanh(params["W1"] @ train[0] + params["b1"])) > 0.99)


def range_of(values, style):
    return f"{min(values):{style}} to {max(values):{style}}"


curves = {}
print(
    "                                          J rises in   right:                       saturated"
)
print(
    "    α     J at the end     highest J      % of steps   training     validation    step 1   end"
)
for rate in rates:
    rows = []
    for seed in range(5):
        begin = initialise(spec, "xavier", seed)
        after_1, _ = fit(spec, begin, *train, optimiser=GradientDescent(rate), epochs=1)
        end, J = fit(spec, begin, *train, optimiser=GradientDescent(rate), epochs=iterations)
        curves[rate, seed] = J
        accuracies = right(spec, end, train), right(spec, end, validation)
        rises = np.mean(np.diff(J) > 0)
        rows.append((J[-1], max(J), rises, *accuracies, saturated(after_1), saturated(end)))
    ends, highest, rises, in_training, in_validation, first, last = zip(*rows, strict=True)
    print(
        f"{rate:>6}    {range_of(ends, '.2f'):<17}{range_of(highest, '.1f'):<15}"
        f"{range_of(rises, '.0%'):<13}{range_of(in_training, '.0%'):<13}"
        f"{range_of(in_validation, '.0%'):<15}{np.mean(first):>4.0%}  {np.mean(last):>5.0%}"
    )
lower = sum(curves[10, seed][-1] < curves[1, seed][-1] for seed in range(5))
print(f"α = 10 ends lower than α = 1 in {lower} of 5 starts")

network = Network(spec).double()
conventions.load_params(network, start)
x, y = conventions.to_batch(train[0]), conventions.to_targets(spec, train[1])
optimizer, torch_curve = torch.optim.SGD(network.parameters(), lr=1), []
for _ in range(iterations):
    optimizer.zero_grad()
    J = torch_costs.cost(network, network(x), y)
    J.backward()
    optimizer.step()
    torch_curve.append(J.item())
print()
for k in (0, 1, 10, iterations - 1):
    print(f"α = 1, step {k:>3}    J NumPy {curves[1, 0][k]:.14f}    torch {torch_curve[k]:.14f}")

figure, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
for rate in rates:
    ax.semilogy(curves[rate, 0], label=rf"$\alpha$ = {rate}", linewidth=1.2)
ax.semilogy(torch_curve, "k--", label=r"$\alpha$ = 1 in torch", linewidth=1.2)
ax.set(xlabel="iteration", ylabel="$J$", title="training cost by learning rate, first start")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# - With 0.01 and 0.1 the cost falls at every step, but slowly: 300 iterations are not enough.
# - With 1 it ends lower.
# - With 10 the first steps throw the cost up (to 11.2 at most), and it rises in about half of all
#   steps. Yet it comes down, in four of the five starts below that of $\alpha = 1$; the fifth has
#   the highest end of both.
# - With 100 the cost jumps up and down, as the figure shows, and ends high: for some examples the
#   output is wrong and very sure. After one step about half of the tanh outputs are saturated, at
#   the end all are. The accuracy is not hopeless in every run: it lies between 56.5 %, which is one
#   class for all examples, and 89 %. But no iteration of such a run can be relied on.
#
# Learning rates are tried on a logarithmic scale (0.01, 0.1, 1, …), because what they do depends on
# their order of magnitude. If they are drawn at random, as course 2 recommends when there are
# several hyper-parameters, then the *exponent* is drawn uniformly:

# %%
rng = np.random.default_rng(0)
print("uniform exponent, 10**r:", *(f"{rate:.3g}" for rate in 10 ** rng.uniform(-2, 2, 8)))
print("uniform rate:           ", *(f"{rate:.3g}" for rate in rng.uniform(0.01, 100, 8)))

# %% [markdown]
# ## The number of iterations
#
# The cost of the training examples keeps falling, apart from jumps; that of other examples does
# not. To show this we take a larger network, 2-32-32-1. The third curve belongs to one remedy,
# *regularisation* (course 2): $\frac{\lambda}{2m} \sum_l \lVert W^{[l]} \rVert^2$ is added to $J$,
# here with $\lambda = 1$, which keeps the weights small. The curves are without that term.

# %%
large = NetworkSpec.dense([2, 32, 32, 1], hidden="tanh", output="sigmoid")
regularised = NetworkSpec.dense([2, 32, 32, 1], hidden="tanh", output="sigmoid", lambd=1.0)
steps = 2000


def cost_of(params, X, Y):
    """J of the large network, without the term with λ."""
    activations, _ = forward(large, params, X)
    return float(cost(large, params, activations, Y))


def costs_every_25(spec):
    updates = descend(spec, initialise(spec, "xavier", 0), [train] * steps, GradientDescent(0.5))
    return np.array(
        [
            (t, cost_of(update.params, *train), cost_of(update.params, *validation))
            for t, update in enumerate(updates, start=1)
            if t % 25 == 0
        ]
    ).T


t, training_costs, validation_costs = costs_every_25(large)
_, _, regularised_costs = costs_every_25(regularised)
best = int(validation_costs.argmin())
print(f"lowest validation cost {validation_costs[best]:.3f} after {t[best]:.0f} iterations")
print(f"after {steps}: training {training_costs[-1]:.3f}, validation {validation_costs[-1]:.3f}")
print(f"after {steps} with λ = 1: validation {regularised_costs[-1]:.3f}")

figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.plot(t, training_costs, label="training")
ax.plot(t, validation_costs, label="validation")
ax.plot(t, regularised_costs, label=r"validation, with $\lambda = 1$", color="tab:green", lw=1)
ax.axvline(t[best], color="gray", linestyle=":", label="lowest validation cost")
ax.set(xlabel="iteration", ylabel="$J$", title="2-32-32-1: when to stop")
ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# The validation cost is lowest after 250 iterations, 0.245, and then rises to 0.350, while the
# training cost falls to 0.090: the network *overfits*. Stopping at the lowest validation cost
# ("early stopping") is one answer, regularisation another: with $\lambda = 1$ the validation cost
# ends at 0.240. (Its zigzag is gradient descent stepping to and fro: with this term 0.5 is a little
# too large a learning rate.)
#
# ## Layers, units and activation: a sweep, and how it can mislead
#
# Two activations, three numbers of layers and five numbers of units: each such setting is trained
# on the training set from three starts, with three learning rates, for 300 iterations, and judged
# by the mean accuracy on the validation set. The figure shows the result in two ways: above with
# the learning rate 0.5 for all settings; below each setting with its own best learning rate of 0.5,
# 2 and 5.

# %%
LAYERS, UNITS, ALPHAS = (1, 2, 3), (1, 2, 4, 8, 16), (0.5, 2, 5)
sweep = {}
for g in ("tanh", "relu"):
    for layers in LAYERS:
        for units in UNITS:
            net = NetworkSpec.dense([2, *[units] * layers, 1], hidden=g, output="sigmoid")
            begins = [initialise(net, "he" if g == "relu" else "xavier", s) for s in range(3)]
            for alpha in ALPHAS:
                ends = [
                    fit(net, begin, *train, optimiser=GradientDescent(alpha), epochs=300)[0]
                    for begin in begins
                ]
                accuracies = [right(net, end, validation) for end in ends]
                sweep[g, layers, units, alpha] = net, ends, accuracies


def mean(setting):
    return np.mean(sweep[setting][2])


def best_alpha(g, layers, units):
    return max(ALPHAS, key=lambda alpha: mean((g, layers, units, alpha)))


figure, axes = plt.subplots(2, 2, figsize=(8, 5), layout="constrained", sharex=True, sharey="col")
for row, title in zip(axes, ("α = 0.5 for all", "each with its best α"), strict=True):
    print(f"\n{title}: validation accuracy, %")
    print("                units a layer:" + "".join(f"{u:>7}" for u in UNITS))
    for ax, g in zip(row, ("tanh", "relu"), strict=True):
        ax.set(title=f"{g}, {title}", xticks=range(len(UNITS)), xticklabels=UNITS)
        for layers in LAYERS:
            alphas = [0.5 if "all" in title else best_alpha(g, layers, u) for u in UNITS]
            means = [100 * mean((g, layers, u, a)) for u, a in zip(UNITS, alphas, strict=True)]
            ax.plot(means, "o-", label=f"hidden layers: {layers}")
            print(f"{g}, hidden layers: {layers}     " + "".join(f"{x:7.1f}" for x in means))
    row[0].set(ylabel="validation accuracy, %")
for ax in axes[1]:
    ax.set(xlabel="units a layer")
axes[0, 1].legend(fontsize=8, loc="lower right")
plt.show()

# %% [markdown]
# Above, more layers look better: with 16 tanh units a layer the accuracy is 86.9 with one layer,
# 90.5 with two and 90.7 with three. But for the networks with one layer this learning rate is too
# small for 300 iterations. Below, with a learning rate of its own, one layer of four tanh units
# reaches 91.0, and three layers of 16 units each reach no more. A bad learning rate looks like a
# bad network. A comparison is fair only if every setting gets the same search for its other
# hyper-parameters.
#
# Narrow ReLU networks fail for another reason. A unit that is 0 for every example has no gradient
# and stays dead. If all units of a layer are dead, all later layers receive the same input for
# every example, and the network gives every example the same answer. We count both, over the
# networks with one or two ReLU units a layer and over the others:


# %%
def has_dead_layer(net, params):
    """Whether all units of some hidden layer are 0 for every training example."""
    activations, _ = forward(net, params, train[0])
    return any((activations[f"A{l}"] == 0).all() for l in range(1, len(net.weights)))


counts = {}
for (g, _, units, alpha), (net, ends, _) in sweep.items():
    for end in ends if g == "relu" else ():
        key = ("1 or 2 units" if units <= 2 else "4 to 16 units"), alpha
        one_answer = len(np.unique(predict(net, end, train[0]))) == 1
        dead = has_dead_layer(net, end)
        counts.setdefault(key, []).append((dead, one_answer))
for (sizes, alpha), seen in sorted(counts.items()):
    dead, one_answer = np.array(seen).sum(axis=0)
    both = sum(d and o for d, o in seen)
    print(f"{sizes:<14} α = {alpha:<4} {len(seen)} runs: {dead:>2} have a dead layer,", end=" ")
    print(f"{one_answer:>2} give one answer to all examples, {both:>2} both")

# %% [markdown]
# With one or two units a layer, 6 of 18 runs have a dead layer at $\alpha = 0.5$ and 12 of 18 at
# $\alpha = 5$, and exactly these runs give one answer to all examples. With 4 to 16 units dead
# layers appear only at $\alpha = 5$, in 12 of 27 runs: a learning rate that is too large makes ReLU
# units die. (One more run, at $\alpha = 2$, gives one answer although no layer is wholly dead.)
#
# ## The choice, and the test set once
#
# The setting with the highest mean is chosen, and of its three networks the one with the highest
# accuracy, both by the validation set. How finely can such a list be read? A fraction $p$ of $m$
# examples has the standard error $\sqrt{p(1-p)/m}$: with other examples it might as well have come
# out that much higher or lower. This does not test whether one setting beats another: both are
# judged on the same examples, so their difference varies less. It only shows which differences in
# the list are too small to read. Then, and only now, the test set.

# %%
ranked = sorted(sweep, key=mean, reverse=True)


def standard_error(p, m):
    return np.sqrt(p * (1 - p) / m)


error = standard_error(mean(ranked[0]), validation[0].shape[1])
near = [setting for setting in ranked if mean(setting) > mean(ranked[0]) - error]
print(f"{len(near)} of {len(sweep)} are within one standard error, {error:.1%}, of the best")
for g, layers, units, alpha in ranked[:5]:
    print(f"  {g}, {layers} × {units}, α = {alpha}: {mean((g, layers, units, alpha)):.1%}")
shapes = sorted({(layers, units) for _, layers, units, _ in near})
print("their layers × units:", ", ".join(f"{layers} × {units}" for layers, units in shapes))

net, ends, accuracies = sweep[ranked[0]]
chosen = ends[int(np.argmax(accuracies))]
print(f"\nchosen: {net.summary}")
for name, examples in (("training", train), ("validation", validation), ("test", test)):
    p, m = right(net, chosen, examples), examples[0].shape[1]
    print(f"  {name:<11} {p:.1%} ± {standard_error(p, m):.1%}")

# %% [markdown]
# The validation accuracy of the winner is a maximum over all that was tried, settings and starts,
# luck included, so it is a little too high on average. The test accuracy has no such bias: it is of
# one network and of examples that played no part in any choice. It still has its standard error. If
# it disappoints and one goes back to try more, the test set has become a second validation set.
#
# ## What to keep
#
# Parameters are learnt from the training set, hyper-parameters are chosen on the validation set,
# and the test set is used once. Look at the curves before the numbers: a bad learning rate looks
# like a bad network. Start with a baseline, use several starts, and give all settings the same
# search. Several settings come out about equally good, so do not read meaning into the winner.
#
# ## To think about
#
# 1. The validation set here is five times as large as the training set. What is gained, and what is
#    lost, if most of its examples are moved to the training set?
# 2. Why is it not allowed to choose the number of iterations by the test cost?
# 3. You have time for 100 runs and three hyper-parameters to choose. Compare a grid with random
#    search: how many different learning rates does each try?
#
# ## Exercise
#
# Adam (course 2) has hyper-parameters of its own: $\beta_1$, $\beta_2$ and $\varepsilon$, beside
# the learning rate. For each parameter, here $W$, at update $t$ = 1, 2, …:
#
# $$v := \beta_1 v + (1 - \beta_1)\, dW \qquad
#   s := \beta_2 s + (1 - \beta_2)\, dW^2$$
#
# $$W := W - \alpha\, \frac{v / (1 - \beta_1^t)}{\sqrt{s / (1 - \beta_2^t)} + \varepsilon}$$
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
