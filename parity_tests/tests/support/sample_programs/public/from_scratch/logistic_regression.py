"""Logistic regression as an estimator: `fit` makes the parameters, and descends."""

import numpy as np


class LogisticRegression:
    def __init__(self, lr=0.01, n_iters=1000):
        self.lr = lr
        self.n_iters = n_iters
        self.weights = None
        self.bias = None

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            dw, db = self._gradients(X, y)
            self.weights -= self.lr * dw
            self.bias -= self.lr * db

    def _gradients(self, X, y):
        y_predicted = self._sigmoid(np.dot(X, self.weights) + self.bias)
        dw = (1 / len(X)) * np.dot(X.T, (y_predicted - y))
        db = (1 / len(X)) * np.sum(y_predicted - y)
        return dw, db

    def predict(self, X):
        return (self._sigmoid(np.dot(X, self.weights) + self.bias) > 0.5).astype(int)

    def _sigmoid(self, x):
        return 1 / (1 + np.exp(-x))
