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
# The equations of this course are sums over units and over examples. Written as matrix products
# they need no `for`, and the same numbers come out hundreds or thousands of times sooner: this
# lesson measures how much sooner, and how to measure that without fooling yourself.
#
# Shapes, as everywhere in the course: $X$ is $(n_x, m)$, an example a column; $W$ is
# $(n, n_{prev})$; $b$ is $(n, 1)$. The times below are those of the machine that ran this notebook
# last; yours will differ.

# %%
import math
import time
import timeit

import numpy as np
import torch

from parity_tests import check_functions
from parity_tests.error_model.error_array import ErrorArray

rng = np.random.default_rng(1)
cuda = torch.cuda.is_available()
print(f"torch {torch.__version__}, threads: {torch.get_num_threads()}, CUDA: {cuda}")

# %% [markdown]
# ## Tic, toc
#
# The course's demonstration: the inner product of two vectors of a million numbers.

# %%
a, b = rng.random(1_000_000), rng.random(1_000_000)


def dot_loop(a, b):
    c = 0.0
    for i in range(len(a)):
        c += a[i] * b[i]
    return c


tic = time.time()
c = np.dot(a, b)
toc = time.time()
print(f"vectorised {1000 * (toc - tic):8.2f} ms   {c:.10f}")

tic = time.time()
c_loop = dot_loop(a, b)
toc = time.time()
print(f"for loop   {1000 * (toc - tic):8.2f} ms   {c_loop:.10f}")

# %% [markdown]
# The two sums agree to some twelve digits and not to the last one. Neither has a mistake: every
# addition rounds to 53 bits, so a sum that is taken in another order is rounded otherwise.
# `np.dot` takes several partial sums at once; the loop goes from left to right; backwards gives yet
# another number. `math.fsum` rounds the sum once, at its end, and so tells how far off they are.

# %%
print((0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3))

orders = {
    "np.dot": np.dot(a, b),
    "loop, forwards": c_loop,
    "loop, backwards": dot_loop(a[::-1], b[::-1]),
    "torch.dot": torch.dot(torch.from_numpy(a), torch.from_numpy(b)).item(),
}
nearest = math.fsum(a * b)
for name, value in orders.items():
    print(f"{name:16} {value:.10f}   off by {value - nearest:+.1e}")

# %% [markdown]
# ## A layer
#
# $$Z = W A_{prev} + b, \qquad
#   z_{ij} = \sum_{k=1}^{n_{prev}} w_{ik}\, a_{kj} + b_i$$
#
# As loops over units $i$, examples $j$ and inputs $k$; then with one inner product for each unit
# and example; then with no loop at all. The line without loops is the equation itself.


# %%
def layer_three_loops(W, A_prev, b):
    (n, n_prev), m = W.shape, A_prev.shape[1]
    Z = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for k in range(n_prev):
                Z[i, j] += W[i, k] * A_prev[k, j]
            Z[i, j] += b[i, 0]
    return Z


def layer_two_loops(W, A_prev, b):
    n, m = W.shape[0], A_prev.shape[1]
    Z = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            Z[i, j] = np.dot(W[i, :], A_prev[:, j]) + b[i, 0]
    return Z


def layer(W, A_prev, b):
    return W @ A_prev + b


W, A_prev, b = rng.standard_normal((10, 784)), rng.random((784, 64)), rng.standard_normal((10, 1))
W_t, A_t, b_t = (torch.from_numpy(x) for x in (W, A_prev, b))

Z = layer(W, A_prev, b)
allowed = (ErrorArray(W) @ A_prev + b).error
results = {
    "three loops": layer_three_loops(W, A_prev, b),
    "two loops": layer_two_loops(W, A_prev, b),
    "torch, W @ A + b": layer(W_t, A_t, b_t).numpy(),
    "torch, nn.Linear's": torch.nn.functional.linear(A_t.T, W_t, b_t[:, 0]).T.numpy(),
}
for name, other in results.items():
    difference = np.abs(other - Z)
    ratio = (difference / allowed).max()
    print(f"{name:19} largest difference {difference.max():.1e}, error ratio {ratio:.0e}")

# %% [markdown]
# *Allowed* is how far apart two correct sums may be. It is derived: `ErrorArray` carries
# *value ± error* through the computation and adds what each rounding may do, in whatever order it
# sums. That allows for all roundings in the same direction; in truth most of them cancel.
#
# torch's own layers hold the examples in rows: `linear(x, W, b)` is `x @ W.T + b`, which is our
# equation transposed. The weights are the same array.
#
# ## Measuring properly
#
# One tic and one toc may mislead, for four reasons. The first call does work that later ones do
# not: memory is fetched, threads are started, on a GPU whole libraries are loaded. One measurement
# includes whatever else the machine did meanwhile. The clock of `time.time()` may be set back or
# forward; `time.perf_counter()`, which `timeit` uses, may not. And a GPU works on its own: the call
# returns before the result is there, and the toc measures how long it took to *ask*.
#
# Look at twenty single measurements of the same line:

# %%
W2, A2, b2 = rng.standard_normal((500, 784)), rng.random((784, 256)), rng.standard_normal((500, 1))
singles = []
for _ in range(20):
    tic = time.perf_counter()
    layer(W2, A2, b2)
    singles.append(1000 * (time.perf_counter() - tic))
print("ms:", *(f"{t:.2f}" for t in singles))

# %% [markdown]
# So: call it once to warm up; repeat; make each repetition long enough for the clock; wait for the
# GPU. The *minimum* is the time of the work itself, since other programs only ever add to it; the
# *median* is what you may expect on this machine.


# %%
def milliseconds(f, number=1, repeat=7):
    """(minimum, median) of `repeat` measurements, each of `number` calls, in ms a call."""

    def calls():
        for _ in range(number):
            f()
        if cuda:
            torch.cuda.synchronize()

    calls()  # the warm-up
    times = sorted(timeit.repeat(calls, number=1, repeat=repeat))
    return 1000 * times[0] / number, 1000 * times[len(times) // 2] / number


def table(rows):
    first, _ = next(iter(rows.values()))
    print(f"{'':26}{'minimum':>11}{'median':>11}{'times faster':>15}")
    for name, (minimum, median) in rows.items():
        print(f"{name:26}{minimum:8.3f} ms{median:8.3f} ms{first / minimum:15,.0f}")


rows = {
    "three loops": milliseconds(lambda: layer_three_loops(W, A_prev, b), repeat=3),
    "two loops": milliseconds(lambda: layer_two_loops(W, A_prev, b), repeat=5),
    "NumPy, W @ A + b": milliseconds(lambda: layer(W, A_prev, b), number=200),
    "torch, W @ A + b": milliseconds(lambda: layer(W_t, A_t, b_t), number=200),
}
if cuda:
    on_gpu = [x.cuda() for x in (W_t, A_t, b_t)]
    rows["torch, CUDA"] = milliseconds(lambda: layer(*on_gpu), number=200)
print("W (10, 784), A (784, 64), float64")
table(rows)

# %% [markdown]
# NumPy and torch call the same kind of compiled matrix product; what differs at this size is what a
# call costs before it begins. For the same reason a GPU pays off only where there is enough to do.
# Below is a layer with 800 times the work, also in float32, in which networks are usually trained.

# %%
large = [rng.standard_normal(shape) for shape in ((512, 784), (784, 1024), (512, 1))]
large_32 = [x.astype(np.float32) for x in large]
large_t = [torch.from_numpy(x) for x in large_32]
rows = {
    "NumPy, float64": milliseconds(lambda: layer(*large)),
    "NumPy, float32": milliseconds(lambda: layer(*large_32)),
    "torch, float32": milliseconds(lambda: layer(*large_t)),
}
if cuda:
    large_gpu = [x.cuda() for x in large_t]
    rows["torch, CUDA, float32"] = milliseconds(lambda: layer(*large_gpu), number=100)
print("W (512, 784), A (784, 1024)")
table(rows)
if cuda:
    tic = time.perf_counter()
    layer(*large_gpu)
    asked = time.perf_counter() - tic
    torch.cuda.synchronize()
    done = time.perf_counter() - tic
    print(
        f"one call on the GPU: {1000 * asked:.3f} ms to ask, {1000 * done:.3f} ms until it is done"
    )

# %% [markdown]
# ## What to keep
#
# Write the equation, not the loop: `Z = W @ A_prev + b` is shorter, and here thousands of times
# faster. Sums in another order differ in the last digits, by an amount that can be derived.
# Warm up, repeat, take the minimum or the median, and synchronise before you stop the clock.
#
# ## Exercise
#
# `linear_forward`, as in week 4 of the course, without a loop: $Z = W A + b$, and the cache
# `(A, W, b)` that the backward pass will need. The last cell calls your function with random
# numbers and says what it finds; when it finds nothing, you are done.


# %%
def linear_forward(A, W, b):
    """A: (n_prev, m)   W: (n, n_prev)   b: (n, 1)        returns Z: (n, m) and (A, W, b)"""
    raise NotImplementedError("Z in one line; then return Z, (A, W, b)")


# %%
print(check_functions(linear_forward))
