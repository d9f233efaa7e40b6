"""A class in the course's notation: examples are columns, everything is an attribute."""

import numpy as np


class NeuralNet:
    def __init__(self, n_x, n_h, n_y):
        self.W1 = np.random.randn(n_h, n_x) * 0.01
        self.b1 = np.zeros((n_h, 1))
        self.W2 = np.random.randn(n_y, n_h) * 0.01
        self.b2 = np.zeros((n_y, 1))

    def softmax(self, z):
        e = np.exp(z - z.max(axis=0, keepdims=True))
        return e / e.sum(axis=0, keepdims=True)

    def forward(self, X):
        self.X = X
        self.Z1 = self.W1 @ X + self.b1
        self.A1 = np.maximum(self.Z1, 0)
        self.Z2 = self.W2 @ self.A1 + self.b2
        self.A2 = self.softmax(self.Z2)
        return self.A2

    def compute_loss(self, Y):
        return -np.sum(Y * np.log(self.A2)) / Y.shape[1]

    def backward(self, Y):
        m = Y.shape[1]
        dZ2 = self.A2 - Y
        self.dW2 = dZ2 @ self.A1.T / m
        self.db2 = dZ2.sum(axis=1, keepdims=True) / m
        dZ1 = self.W2.T @ dZ2 * (self.Z1 > 0)
        self.dW1 = dZ1 @ self.X.T / m
        self.db1 = dZ1.sum(axis=1, keepdims=True) / m
