"""One function does a whole step: it returns the updated parameters and the loss."""

import numpy as np


def train_step(X, y, W1, b1, W2, b2, lr):
    n = X.shape[0]
    h = np.maximum(X @ W1 + b1, 0)
    pred = h @ W2 + b2
    diff = pred - y
    loss = np.sum(diff**2) / (2 * n)
    d_pred = diff / n
    dW2, db2 = h.T @ d_pred, d_pred.sum(axis=0)
    d_h = (d_pred @ W2.T) * (h > 0)
    dW1, db1 = X.T @ d_h, d_h.sum(axis=0)
    W1 = W1 - lr * dW1
    b1 = b1 - lr * db1
    W2 = W2 - lr * dW2
    b2 = b2 - lr * db2
    return W1, b1, W2, b2, loss
