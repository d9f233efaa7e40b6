"""A mask of dropout is drawn in each round."""

import numpy as np

X = np.random.rand(70, 5)
Y = np.random.rand(70, 2)
W1, W2 = np.random.randn(5, 9), np.random.randn(9, 2)
lr, share = 0.1, 0.8
for t in range(500):
    H = np.maximum(X @ W1, 0)
    kept = (np.random.rand(*H.shape) < share) / share
    D1 = H * kept
    P = D1 @ W2
    err = (P - Y) / len(X)
    G2 = D1.T @ err
    G1 = X.T @ (err @ W2.T * kept * (H > 0))
    W1 -= lr * G1
    W2 -= lr * G2
