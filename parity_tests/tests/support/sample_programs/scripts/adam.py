"""Adam: what it subtracts is no multiple of the gradient."""

import numpy as np

X = np.random.rand(70, 5)
Y = np.random.rand(70, 2)
W1, W2 = np.random.randn(5, 9), np.random.randn(9, 2)
m1, v1, m2, v2 = 0.0, 0.0, 0.0, 0.0
lr, beta1, beta2, eps = 1e-3, 0.9, 0.999, 1e-8
for t in range(1, 500):
    H = np.tanh(X @ W1)
    P = H @ W2
    D = (P - Y) / len(X)
    G2 = H.T @ D
    G1 = X.T @ (D @ W2.T * (1 - H**2))
    m1 = beta1 * m1 + (1 - beta1) * G1
    v1 = beta2 * v1 + (1 - beta2) * G1**2
    m2 = beta1 * m2 + (1 - beta1) * G2
    v2 = beta2 * v2 + (1 - beta2) * G2**2
    W1 -= lr * m1 / (1 - beta1**t) / (np.sqrt(v1 / (1 - beta2**t)) + eps)
    W2 -= lr * m2 / (1 - beta1**t) / (np.sqrt(v2 / (1 - beta2**t)) + eps)
