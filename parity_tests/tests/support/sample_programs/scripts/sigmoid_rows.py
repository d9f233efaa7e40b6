"""Two layers of sigmoids without biases or learning rate; the error is y − output."""

import numpy as np


def squash(x, slope=False):
    if slope:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


inputs = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
wanted = np.array([[0, 1, 1, 0]]).T

np.random.seed(7)
w_in = 2 * np.random.random((3, 5)) - 1
w_out = 2 * np.random.random((5, 1)) - 1

for round_ in range(40000):
    layer0 = inputs
    layer1 = squash(np.dot(layer0, w_in))
    layer2 = squash(np.dot(layer1, w_out))

    miss = wanted - layer2
    if round_ % 5000 == 0:
        print("mean error", np.mean(np.abs(miss)))

    step2 = miss * squash(layer2, slope=True)
    step1 = step2.dot(w_out.T) * squash(layer1, slope=True)
    w_out += layer1.T.dot(step2)
    w_in += layer0.T.dot(step1)
