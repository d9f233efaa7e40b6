"""Nielsen's exercise: backprop over a whole mini-batch, whose examples are columns."""

import numpy as np


def sigma(z):
    return 1.0 / (1.0 + np.exp(-z))


class MatrixNetwork:
    def __init__(self, sizes):
        self.sizes = sizes
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, k) for k, n in zip(sizes, sizes[1:])]

    def feedforward(self, a):
        for w, b in zip(self.weights, self.biases):
            a = sigma(w @ a + b)
        return a

    def backprop(self, X, Y):
        acts = [X]
        for w, b in zip(self.weights, self.biases):
            acts.append(sigma(w @ acts[-1] + b))
        nabla_w, nabla_b = [], []
        delta = (acts[-1] - Y) * acts[-1] * (1 - acts[-1])
        for l in range(len(self.weights) - 1, -1, -1):
            nabla_w.insert(0, delta @ acts[l].T)
            nabla_b.insert(0, delta.sum(axis=1, keepdims=True))
            if l > 0:
                delta = self.weights[l].T @ delta
                delta = delta * acts[l] * (1 - acts[l])
        return nabla_b, nabla_w

    def update_mini_batch(self, X, Y, eta):
        nabla_b, nabla_w = self.backprop(X, Y)
        step = eta / X.shape[1]
        self.weights = [w - step * n for w, n in zip(self.weights, nabla_w)]
        self.biases = [b - step * n for b, n in zip(self.biases, nabla_b)]
