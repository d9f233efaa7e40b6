"""A network of any depth, with lists of weights and biases; examples are columns; sums, no J."""

import numpy as np


class MLP:
    def __init__(self, layer_sizes, learning_rate=0.01):
        self.learning_rate = learning_rate
        self.weights = [np.random.randn(b, a) for a, b in zip(layer_sizes, layer_sizes[1:])]
        self.biases = [np.zeros((b, 1)) for b in layer_sizes[1:]]

    def relu(self, z):
        return np.maximum(z, 0)

    def softmax(self, z):
        e = np.exp(z - z.max(axis=0))
        return e / e.sum(axis=0)

    def forward(self, x):
        zs, activations = [], [x]
        for i, (W, b) in enumerate(zip(self.weights, self.biases)):
            z = W @ activations[-1] + b
            zs.append(z)
            last = i == len(self.weights) - 1
            activations.append(self.softmax(z) if last else self.relu(z))
        return activations[-1], (zs, activations)

    def backward(self, y_true, cache):
        zs, activations = cache
        dW, db = [None] * len(self.weights), [None] * len(self.weights)
        delta = activations[-1] - y_true
        for i in reversed(range(len(self.weights))):
            dW[i] = delta @ activations[i].T
            db[i] = delta.sum(axis=1, keepdims=True)
            if i > 0:
                delta = (self.weights[i].T @ delta) * (zs[i - 1] > 0)
        return dW, db
