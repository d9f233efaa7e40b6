"""A regressor whose passes are private methods, with a learning rate in the object."""

import numpy as np


class MLPRegressor:
    def __init__(self, n_in, n_hidden, n_out, learning_rate=0.1):
        self.W1 = np.random.randn(n_in, n_hidden)
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_out)
        self.b2 = np.zeros((1, n_out))
        self.learning_rate = learning_rate

    def _forward(self, X):
        self.h = np.tanh(X @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def _backward(self, X, y, y_hat):
        n = X.shape[0]
        d_out = 2 * (y_hat - y) / n
        grad_W2 = self.h.T @ d_out
        grad_b2 = d_out.sum(axis=0, keepdims=True)
        d_hidden = (d_out @ self.W2.T) * (1 - self.h**2)
        grad_W1 = X.T @ d_hidden
        grad_b1 = d_hidden.sum(axis=0, keepdims=True)
        return grad_W1, grad_b1, grad_W2, grad_b2

    def fit(self, X, y, epochs=100):
        for _ in range(epochs):
            y_hat = self._forward(X)
            gW1, gb1, gW2, gb2 = self._backward(X, y, y_hat)
            self.W1 -= self.learning_rate * gW1
            self.b1 -= self.learning_rate * gb1
            self.W2 -= self.learning_rate * gW2
            self.b2 -= self.learning_rate * gb2
        return self

    def predict(self, X):
        return self._forward(X)
