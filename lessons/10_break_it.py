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
# # 10 Break it: a wrong backprop, and what finds it
#
# One idea: a cost that falls is no proof. Here a correct network is broken, one line at a time.
# Most of the broken ones still learn. Gradient checking notices most of them, but does not
# say where. The check by tensors finds each, and names the line.

# %%
import matplotlib.pyplot as plt
import numpy as np

import torch_impl
from parity_tests import check, check_functions, random_problem
from ref_numpy import NetworkSpec, initialise
from torch_impl.data.sources import two_moons

PROGRAM = """
def run(spec, params, X, Y):
    W1, b1, W2, b2, W3, b3 = (params[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3"))
    A0, m = X, X.shape[1]
    Z1 = W1 @ A0 + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = np.tanh(Z2)
    Z3 = W3 @ A2 + b3
    A3 = 1 / (1 + np.exp(-Z3))
    J = -np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3)) / m
    dZ3 = A3 - Y
    dW3 = dZ3 @ A2.T / m
    db3 = dZ3.sum(axis=1, keepdims=True) / m
    dA2 = W3.T @ dZ3
    dZ2 = dA2 * (1 - A2 * A2)
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * (1 - A1 * A1)
    dW1 = dZ1 @ A0.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return {name: tensor for name, tensor in locals().items() if name in spec.trace_shapes(m)}
"""


def broken(right="", wrong=""):
    """The program as a function, with one piece of its text replaced."""
    namespace = {"np": np}
    exec(PROGRAM.replace(right, wrong) if right else PROGRAM, namespace)
    return namespace["run"]


MISTAKES = {
    "nothing is wrong": broken(),
    "1/m is missing": broken("dW2 = dZ2 @ A1.T / m", "dW2 = dZ2 @ A1.T"),
    "1/m is missing everywhere": broken(" / m\n", "\n"),
    "tanh' as 1 − A": broken("(1 - A2 * A2)", "(1 - A2)"),
    "keepdims is missing": broken("db2 = dZ2.sum(axis=1, keepdims=True)", "db2 = dZ2.sum(axis=1)"),
    "sum over axis 0": broken("db2 = dZ2.sum(axis=1,", "db2 = dZ2.sum(axis=0,"),
    "Y − A": broken("dZ3 = A3 - Y", "dZ3 = Y - A3"),
    "W is not transposed": broken("dA1 = W2.T", "dA1 = W2"),
    "W2 is updated too early": broken("dA1 = W2.T", "dA1 = (W2 - 0.2 * dW2).T"),
    "float32 on the way": broken("dA1 = W2.T @ dZ2", "dA1 = np.float64(np.float32(W2.T @ dZ2))"),
}

# %% [markdown]
# ## Does it learn?
#
# 100 examples of the two moons, the network 2-4-4-1, gradient descent with $\alpha = 0.2$, 3000
# steps. The cost below is always computed by the right formula from $A^{[3]}$, so that all start
# from the same number.

# %%
spec = NetworkSpec.dense([2, 4, 4, 1], hidden="tanh", output="sigmoid")
moons = two_moons(m=100)
X_moons, Y_moons = moons.x.T, moons.y.reshape(1, -1).astype(float)


def right_cost(A3):
    return -np.mean(Y_moons * np.log(A3) + (1 - Y_moons) * np.log(1 - A3))


def learn(run, iterations=3000):
    """The costs, and what else is to be said."""
    params, costs = initialise(spec, "xavier", seed=0), []
    for _ in range(iterations):
        try:
            trace = run(spec, params, X_moons, Y_moons)
        except ValueError as error:
            return costs, f"   step 2 raises: {error}".rstrip()
        costs.append(right_cost(trace["A3"]))
        params = {name: theta - 0.2 * trace[f"d{name}"] for name, theta in params.items()}
    return costs, "" if params["b2"].shape == (4, 1) else f"   b2 has become {params['b2'].shape}"


with np.errstate(all="ignore"):  # one of them makes the cost infinite
    learnt = {name: learn(run) for name, run in MISTAKES.items()}
print(" " * 26 + "J at step 1      500     3000   in steps 450 to 500    in steps 2950 to 3000")
for name, (costs, end) in learnt.items():
    shown = "".join(f"{costs[k]:9.4f}" for k in (0, 499, 2999) if k < len(costs))
    for part in (costs[449:500], costs[2949:]):
        shown += f"   {min(part):7.3f} to {max(part):7.3f}  " if part else ""
    print(f"{name:<28}{shown}{end}")
everywhere = MISTAKES["1/m is missing everywhere"]
own = everywhere(spec, initialise(spec, "xavier", seed=0), X_moons, Y_moons)["J"]
print(f"without any 1/m the program's own J is {own:.2f} at step 1")

figure, axes = plt.subplots(3, 3, figsize=(9, 6.5), layout="constrained", sharex=True, sharey=True)
(_, (right_costs, _)), *others = learnt.items()
for ax, (name, (costs, _)) in zip(axes.flat, others, strict=True):
    ax.semilogy(right_costs, color="lightgray", linewidth=4, label="nothing is wrong")
    ax.semilogy(
        costs, "." if len(costs) == 1 else "-", color="tab:red", linewidth=1, label="broken"
    )
    ax.set_title(name, size=9)
axes[0, 0].legend(fontsize=8)
for ax in axes[2]:
    ax.set(xlabel="iteration")
for ax in axes[:, 0]:
    ax.set(ylabel="$J$")
plt.show()

# %% [markdown]
# - Three do not learn. With $Y - A$ the cost rises until it is infinite. Without any 1/m all steps
#   are 100 times too long, and the cost still jumps between 0.43 and 8.97 at the end (its own $J$
#   lacks the 1/m, too, and is 100 times too large). The missing `keepdims` stops at the second
#   step: b2 of shape (4, 1) minus an array of shape (4,) broadcasts to (4, 4).
# - The other six learn: a wrong step is enough if it lowers the cost. Two of them look exactly like
#   the right one. $W$ instead of $W^T$ is slow at first, 0.2704 after 500 steps, but ends at
#   0.0097, almost as low as the right one (0.0087).
# - Three have a lower cost at step 3000 than the right one. That does not make their gradients
#   right. With one 1/m missing the steps of one layer are 100 times longer: the cost swings between
#   0.024 and 0.237 around step 500, and becomes smooth later. With $1 - A$ it still swings at the
#   end, between 0.003 and 0.109. The sum over axis 0 gave each *example* a bias of its own, (4,
#   100), which is of no use for new examples.
#
# ## What gradient checking says, and what the check says
#
# Gradient checking compares $d\theta$, all gradients in one vector, with the central differences
# $d\theta_{approx}$, in one number:
#
# $$\frac{\lVert d\theta - d\theta_{approx} \rVert}
#   {\lVert d\theta \rVert + \lVert d\theta_{approx} \rVert}$$
#
# On a random problem of 11 examples:

# %%
params, X, Y = random_problem(spec, m=11, seed=0)


def gradient_check(run, epsilon=1e-6):
    trace, numeric = run(spec, params, X, Y), []
    for name, theta in params.items():
        for index in np.ndindex(theta.shape):
            step = np.zeros_like(theta)
            step[index] = epsilon
            up, down = (run(spec, params | {name: theta + s * step}, X, Y)["J"] for s in (1, -1))
            numeric.append((up - down) / (2 * epsilon))
    gradient = np.concatenate([trace[f"d{name}"].ravel() for name in params])
    if len(gradient) != len(numeric):
        return "other sizes"
    norm = np.linalg.norm
    return f"{norm(gradient - numeric) / (norm(gradient) + norm(numeric)):.0e}"


for name, run in MISTAKES.items():
    report = check(run, spec, params, X, Y, precision="float64")
    print(f"{name}\n    gradient checking: {gradient_check(run)}")
    says = report.findings[0].causes[0].message if report.findings else "passed"
    print("    check:", *(f"{finding.tensor}," for finding in report.findings), says)

# %% [markdown]
# Gradient checking knows *that* something is wrong, not *where*. And somebody must choose a
# tolerance. The course says: about $10^{-7}$ is fine, $10^{-3}$ is a reason to worry. By this rule
# six of the nine mistakes are found, "W2 is updated too early" with 5e-03 among them, and three are
# missed: without any 1/m the cost is wrong in the same way as its gradients; a missing `keepdims`
# goes unnoticed, because gradient checking flattens all arrays; and float32 on the way, 2e-09,
# passes.
#
# ## A finding, line by line

# %%
wrong = MISTAKES["tanh' as 1 − A"]
print(check(wrong, spec, params, X, Y, precision="float64", name="mine"))

print("\nfirst row of dW1")
print("  mine ", wrong(spec, params, X, Y)["dW1"][0])
print("  right", MISTAKES["nothing is wrong"](spec, params, X, Y)["dW1"][0])
print("  torch", torch_impl.run(spec, params, X, Y)["dW1"][0])

# %% [markdown]
# What the lines of the report say:
#
# 1. How many findings. $dW^{[1]}$ is wrong too, but only because $dZ^{[2]}$ is. Each tensor is
#    compared with what follows from *your* inputs to it, so one wrong line is one finding.
# 2. The first wrong tensor, and what agrees before it. Mend this one first.
# 3. How many elements, the worst of them, and its error in multiples of its bound, which is
#    what rounding may do. Up to 1 is rounding; a mistake is usually many powers of ten above.
# 4. The cause: a wrong line that was executed and gave *all* your numbers, on other examples as
#    well. Where several lines give the same numbers, all are listed.
# 5. That wrong line, and the right one.
# 6. What could not be compared: this program does not compute $dA^{[0]}$.
#
# ## What hides a mistake
#
# The same mistakes in other problems. *Hidden* means: the check passes, because wrong and right
# give the same numbers there.

# %%
uneven = NetworkSpec.dense([2, 5, 4, 1], hidden="tanh", output="sigmoid")
problems = {
    "2-4-4-1": (spec, params, X, Y),
    "m = 1": (spec, params, X[:, :1], Y[:, :1]),
    "W2 = W2ᵀ": (spec, params | {"W2": params["W2"] + params["W2"].T}, X, Y),
    "W3 = 0": (spec, params | {"W3": np.zeros((1, 4))}, X, Y),
    "2-5-4-1": (uneven, *random_problem(uneven, m=11, seed=0)),
}


def verdict(run, problem):
    try:
        trace = run(*problem)
    except ValueError:
        return "raises"
    return "hidden" if check(trace, *problem, precision="float64").passed else "found"


print(" " * 27 + "".join(f"{name:<10}" for name in problems))
for name, run in list(MISTAKES.items())[1:]:
    print(f"{name:<27}" + "".join(f"{verdict(run, p):<10}" for p in problems.values()))

# %% [markdown]
# One example hides every 1/m. A square layer lets $W$ replace $W^T$, and a symmetric one makes them
# equal. A last layer of zeros sends zeros back, $dA^{[2]} = W^{[3]T} dZ^{[3]} = 0$. Further back
# all gradients are 0, so a wrong factor, slope or matrix changes nothing. What is still found there
# is a mistake in the last layer itself ($J$, $dZ^{[3]}$, $dW^{[3]}$) or a wrong shape. So test with
# layers of different sizes, several examples, and random numbers everywhere, biases too.
#
# ## What to keep
#
# A network with wrong gradients often learns, so training says little about them. Compare every
# tensor, on a problem that hides nothing, with a bound that is derived and not chosen.
#
# ## To think about
#
# 1. Which of the nine mistakes would be hidden if $X$ and all biases were 0?
# 2. Gradient checking compares one number for all parameters. How could it say in which layer the
#    first mistake is?
# 3. A colleague's network has a high accuracy on the test set. What does this say about its
#    backward pass?
#
# ## Exercise
#
# The network of week 3. `forward_propagation` is right; in the other three functions there is one
# mistake each. Read the first finding, mend its line, and run both cells again until everything
# passes. (The network is run as a whole, then each function alone, so one mistake may be reported
# twice.)


# %%
def forward_propagation(X, parameters):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def compute_cost(A2, Y):
    return -np.sum(Y * np.log(A2)) / Y.shape[1]


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = parameters["W2"].T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def update_parameters(parameters, grads, learning_rate=1.2):
    W1 = parameters["W1"] - learning_rate * grads["dW1"]
    b1 = parameters["b1"] - learning_rate * grads["db1"]
    W2 = parameters["W2"] + learning_rate * grads["dW2"]
    b2 = parameters["b2"] - learning_rate * grads["db2"]
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


# %%
print(
    check_functions(
        forward_propagation,
        compute_cost,
        backward_propagation,
        update_parameters,
        network="5-4-1",
        examples=11,
        seed=29,
    )
)
