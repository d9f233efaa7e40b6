"""One example after the other by its number; vectors (n,) and np.outer; the rate is a literal."""

import numpy as np

X = np.random.rand(50, 3)
T = np.random.rand(50, 2)
V = np.random.randn(5, 3) * 0.5
c = np.zeros(5)
U = np.random.randn(2, 5) * 0.5
d = np.zeros(2)

for epoch in range(100):
    for i in range(len(X)):
        hidden = np.tanh(V.dot(X[i]) + c)
        out = U.dot(hidden) + d
        diff = out - T[i]
        back = U.T.dot(diff) * (1 - hidden**2)
        U -= 0.05 * np.outer(diff, hidden)
        d -= 0.05 * diff
        V -= 0.05 * np.outer(back, X[i])
        c -= 0.05 * back
