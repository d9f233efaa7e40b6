"""The XOR network as a class: train() takes all examples, and updates with its own rate."""

import numpy as np


class XorNet:
    def __init__(self, n_input, n_hidden, n_output):
        self.w_ih = np.random.uniform(-1, 1, (n_input, n_hidden))
        self.b_h = np.zeros((1, n_hidden))
        self.w_ho = np.random.uniform(-1, 1, (n_hidden, n_output))
        self.b_o = np.zeros((1, n_output))

    @staticmethod
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def forward(self, X):
        self.hidden = self.sigmoid(X @ self.w_ih + self.b_h)
        self.out = self.sigmoid(self.hidden @ self.w_ho + self.b_o)
        return self.out

    def train(self, X, y, lr):
        out = self.forward(X)
        d_out = (out - y) * out * (1 - out)
        d_hidden = d_out @ self.w_ho.T
        d_hidden = d_hidden * self.hidden * (1 - self.hidden)
        self.w_ho -= lr * self.hidden.T @ d_out
        self.b_o -= lr * d_out.sum(axis=0, keepdims=True)
        self.w_ih -= lr * X.T @ d_hidden
        self.b_h -= lr * d_hidden.sum(axis=0, keepdims=True)
