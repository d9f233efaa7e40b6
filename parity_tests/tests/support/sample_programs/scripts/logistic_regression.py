"""One layer, whose bias is a number; the rate falls; it stops when the gradient is small."""

import numpy as np

X = np.random.rand(90, 6)
y = (X.sum(axis=1, keepdims=True) > 3) * 1.0
w = np.zeros((6, 1))
b = 0.0
lr0, decay = 0.5, 0.01
t = 0
while True:
    lr = lr0 / (1 + decay * t)
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()
    dw = X.T @ (p - y) / len(y)
    db = np.sum(p - y) / len(y)
    w -= lr * dw
    b -= lr * db
    t += 1
    if np.abs(dw).max() < 0.1 or t > 10000:
        break
