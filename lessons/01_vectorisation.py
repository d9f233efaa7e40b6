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
# # 1 Vectorisation
#
# A network computes sums: over the inputs of a unit, for each unit, for each example. A loop in
# Python computes them slowly. A product of arrays computes the same sums in one line, and much
# faster. This lesson shows how much faster, and how to measure that.
#
# The notation is the course's:
#
# - $m$ is the number of examples and $n_x$ the number of inputs (features) of each example.
# - $x^{(i)}$ is example $i$, a column of $n_x$ numbers. Round brackets always count examples.
# - $X$ has shape $(n_x, m)$: all examples side by side, each a column.
# - A *unit* has weights $w$, a column of shape $(n_x, 1)$, and a bias $b$, a number. For example
#   $i$ it computes $z^{(i)} = w^T x^{(i)} + b$.
#
# The times below were measured on the machine that ran this notebook last; yours will differ. That
# machine had no GPU.

# %%
import math
import time
import timeit

import numpy as np
import torch

from parity_tests import check_functions

rng = np.random.default_rng(1)
cuda = torch.cuda.is_available()  # is there a GPU that torch can use?
print(f"torch {torch.__version__}, threads: {torch.get_num_threads()}, CUDA: {cuda}")
digits = {f.__name__: np.finfo(f).nmant + 1 for f in (np.float64, np.float32)}
print("binary digits of a number:", digits)

# %% [markdown]
# ## `*` and `@`
#
# `*` multiplies element by element; so do `+`, `-`, `/`, `np.exp`, `np.log` and `np.maximum` work:
# one number of the result comes from the numbers in the same place. `@` is the matrix product: row
# times column, summed. For matrices `np.dot(C, D)` is the same as `C @ D`. A number beside an array
# is used for every element.

# %%
C = np.array([[1.0, 2.0], [3.0, 4.0]])
D = np.array([[10.0, 20.0], [30.0, 40.0]])
for line in ("C * D", "C @ D", "np.dot(C, D)", "C / 2", "np.log(C)", "np.maximum(C, 2.5)"):
    print(f"{line:20}", eval(line).round(3).tolist())

# %% [markdown]
# ## Tic, toc
#
# The course's demonstration: the inner product of two vectors of a million numbers, by a loop and
# by `np.dot`.

# %%
u, v = rng.random(1_000_000), rng.random(1_000_000)


def dot_by_loop(u, v):
    total = 0.0
    for k in range(len(u)):
        total += u[k] * v[k]
    return total


tic = time.time()
vectorised = np.dot(u, v)
toc = time.time()
print(f"vectorised {1000 * (toc - tic):8.2f} ms   {vectorised:.10f}")

tic = time.time()
looped = dot_by_loop(u, v)
toc = time.time()
print(f"for loop   {1000 * (toc - tic):8.2f} ms   {looped:.10f}")

# %% [markdown]
# The last digits of the two sums may differ, although neither is wrong. Each addition is rounded to
# 53 binary digits, and adding in a different order rounds differently. `np.dot` adds in another
# order than the loop, and a loop from the back in yet another. `math.fsum` adds the same products
# and rounds only once, at the end, and so shows how far off each sum is.

# %%
print("(0.1 + 0.2) + 0.3 =", (0.1 + 0.2) + 0.3)
print("0.1 + (0.2 + 0.3) =", 0.1 + (0.2 + 0.3))

orders = {
    "np.dot": np.dot(u, v),
    "loop, forwards": dot_by_loop(u, v),
    "loop, backwards": dot_by_loop(u[::-1], v[::-1]),
    "torch.dot": torch.dot(torch.from_numpy(u), torch.from_numpy(v)).item(),
}
exact = math.fsum(u * v)
for name, total in orders.items():
    print(f"{name:16} {total:.10f}   off by {total - exact:+.1e}")

# %% [markdown]
# ## One unit, all examples
#
# $$z^{(i)} = w^T x^{(i)} + b = \sum_{k=1}^{n_x} w_k\, x^{(i)}_k + b
#   \qquad\text{and for all examples at once}\qquad Z = w^T X + b$$
#
# $Z$ is a row of shape $(1, m)$, with $z^{(i)}$ in column $i$. First a loop over the examples and
# one over the inputs; then an inner product for each example; then no loop.


# %%
def unit_by_two_loops(w, X, b):
    n_x, m = X.shape
    Z = np.zeros((1, m))
    for i in range(m):
        for k in range(n_x):
            Z[0, i] += w[k, 0] * X[k, i]
        Z[0, i] += b
    return Z


def unit_by_one_loop(w, X, b):
    m = X.shape[1]
    Z = np.zeros((1, m))
    for i in range(m):
        Z[0, i] = np.dot(w[:, 0], X[:, i]) + b
    return Z


def unit(w, X, b):
    return w.T @ X + b


w, X, b = rng.standard_normal((784, 1)), rng.random((784, 500)), 0.5
w_t, X_t = torch.from_numpy(w), torch.from_numpy(X)  # torch's arrays, called tensors

Z = unit(w, X, b)
results = {
    "two loops": unit_by_two_loops(w, X, b),
    "one loop": unit_by_one_loop(w, X, b),
    "torch, w.T @ X + b": unit(w_t, X_t, b).numpy(),
}
print(f"no loop: Z has shape {Z.shape}, and its largest number is {np.abs(Z).max():.1f}")
for name, other in results.items():
    print(f"{name:19} largest difference from it: {np.abs(other - Z).max():.1e}")

# %% [markdown]
# The line without a loop is the equation itself, and it is the same in torch.
#
# How do we know that such differences are rounding, and not a small mistake? How far two right
# results can be apart follows from the numbers and from the 53 digits. The check at the end of each
# lesson computes that bound for every element.
#
# ## Measuring properly
#
# One tic and one toc may mislead, for four reasons:
#
# - The first call does work that later calls do not: memory is allocated, threads are started, on a
#   GPU whole libraries are loaded.
# - A single measurement includes whatever else the machine did meanwhile.
# - The clock of `time.time()` may be set back or forward. `time.perf_counter()` may not.
# - A GPU works on its own: the call returns before the result is there, and the toc measures how
#   long it took to *ask* for it.
#
# Here are twenty single measurements of the same line:

# %%
times = []
for _ in range(20):
    tic = time.perf_counter()
    unit(w, X, b)
    times.append(1000 * (time.perf_counter() - tic))
print("ms:", *(f"{t:.3f}" for t in times))

# %% [markdown]
# So: call it once to warm up; repeat; make each repetition long enough for the clock; wait for the
# GPU. The *minimum* is the time of the work itself, since other programs can only add to it. The
# *median* is what you may expect on this machine.


# %%
def milliseconds(f, number=1, repeat=7):
    """(minimum, median) of `repeat` measurements, each of `number` calls, in ms a call."""

    def calls():
        for _ in range(number):
            f()
        if cuda:
            torch.cuda.synchronize()  # wait until the GPU has finished

    calls()  # the warm-up
    times = sorted(timeit.repeat(calls, number=1, repeat=repeat))
    return 1000 * times[0] / number, 1000 * times[len(times) // 2] / number


def show(rows):
    first, _ = next(iter(rows.values()))
    print(f"{'':26}{'minimum':>13}{'median':>13}{'first row / this row':>23}")
    for name, (minimum, median) in rows.items():
        print(f"{name:26}{minimum:10.4f} ms{median:10.4f} ms{first / minimum:23,.1f}")


print("one unit, 784 inputs, 500 examples, float64")
rows = {
    "two loops": milliseconds(lambda: unit_by_two_loops(w, X, b), repeat=3),
    "one loop": milliseconds(lambda: unit_by_one_loop(w, X, b), number=10),
    "NumPy, w.T @ X + b": milliseconds(lambda: unit(w, X, b), number=200),
    "torch, w.T @ X + b": milliseconds(lambda: unit(w_t, X_t, b), number=200),
    "NumPy, (1, 1) @ (1, 1)": milliseconds(lambda: unit(w[:1], X[:1, :1], b), number=1000),
    "torch, (1, 1) @ (1, 1)": milliseconds(lambda: unit(w_t[:1], X_t[:1, :1], b), number=1000),
}
show(rows)

# %% [markdown]
# Each loop that is taken out of Python makes it faster. The last two rows have almost nothing to
# compute, so they measure what the call itself costs. That cost is in every row: look at it before
# you explain a difference between NumPy and torch.
#
# Now a matrix product of many units, for all examples, in float64 and in float32. Networks are
# usually trained in float32: its numbers take half the memory, and have 24 binary digits.

# %%
large = [rng.standard_normal(shape) for shape in ((512, 784), (784, 1024))]
large_32 = [array.astype(np.float32) for array in large]
large_t = [torch.from_numpy(array) for array in large_32]
rows = {
    "NumPy, float64": milliseconds(lambda: np.matmul(*large)),
    "NumPy, float32": milliseconds(lambda: np.matmul(*large_32)),
    "torch, float32": milliseconds(lambda: torch.matmul(*large_t)),
}
if cuda:
    large_gpu = [tensor.cuda() for tensor in large_t]  # copied into the GPU's memory
    rows["torch, float32, GPU"] = milliseconds(lambda: torch.matmul(*large_gpu), number=100)
print("(512, 784) @ (784, 1024)")
show(rows)

if cuda:
    tic = time.perf_counter()
    torch.matmul(*large_gpu)
    asked = time.perf_counter() - tic
    torch.cuda.synchronize()
    done = time.perf_counter() - tic
    print(f"one call on the GPU: {1000 * asked:.3f} ms to ask, {1000 * done:.3f} ms until done")
else:
    print("no GPU: its row, and the time to ask for a result, are not measured")

# %% [markdown]
# NumPy and torch come with different libraries for the product; which of them is faster depends on
# the processor. On a machine with a GPU the same cell measures it too, and shows that the time to
# ask for a result is not the time until it is there.
#
# ## What to keep
#
# Write the equation, not the loop. `*` is element by element, `@` is the matrix product. Sums in a
# different order differ in their last digits. To measure: warm up, repeat, take the minimum or the
# median, and on a GPU synchronise before you stop the clock.
#
# ## To think about
#
# 1. `unit_by_one_loop` still has a loop over the examples. Which line of a program must remain a
#    loop because each round needs the result of the round before? (Lesson 4 has one.)
# 2. Why does summing the same million numbers from the back give another last digit, and why does
#    `math.fsum` give the same from both ends?
# 3. What is the shape of `C * D`, and of `C @ D`, if $C$ is $(4, 3)$ and $D$ is $(4, 3)$? Which of
#    the two is an error?
#
# ## Exercise
#
# `linear_forward` of week 4: a whole layer, without a loop. A layer has $n$ units; each has its own
# row of weights in $W$ and its own bias in the column $b$. Its inputs are $A$, of $n_{prev}$
# numbers for each example:
#
# $$z^{(i)}_j = \sum_{k=1}^{n_{prev}} w_{jk}\, a^{(i)}_k + b_j \qquad
#   \text{for unit } j \text{ and example } i$$
#
# Return $Z$ and the *cache*, the tuple `(A, W, b)`, which a later step will need (lesson 7). The
# last cell calls your function with random numbers and reports what it finds; when it says
# *passed*, you are done. It does not notice loops; `milliseconds` shows whether yours is fast.


# %%
def linear_forward(A, W, b):
    """A: (n_prev, m)   W: (n, n_prev)   b: (n, 1)        returns Z: (n, m) and the cache"""
    raise NotImplementedError("Z in one line, and the cache")


# %%
print(check_functions(linear_forward))
