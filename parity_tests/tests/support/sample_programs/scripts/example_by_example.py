"""One example after the other, as columns, in a loop over pairs; an update after each."""

import numpy as np

samples = np.random.rand(200, 4, 1)
answers = np.random.rand(200, 2, 1)
eta = 0.5
weights1 = np.random.randn(6, 4)
biases1 = np.random.randn(6, 1)
weights2 = np.random.randn(2, 6)
biases2 = np.random.randn(2, 1)


def s(z):
    return 1.0 / (1.0 + np.exp(-z))


for epoch in range(30):
    error = 0
    for x, y in zip(samples, answers):
        z1 = weights1 @ x + biases1
        a1 = s(z1)
        z2 = weights2 @ a1 + biases2
        a2 = s(z2)
        error += 0.5 * np.sum((a2 - y) ** 2)

        delta2 = (a2 - y) * a2 * (1 - a2)
        delta1 = (weights2.T @ delta2) * a1 * (1 - a1)
        weights2 -= eta * delta2 @ a1.T
        biases2 -= eta * delta2
        weights1 -= eta * delta1 @ x.T
        biases1 -= eta * delta1
    print(epoch, error)
