"""Three layers without biases, whose weights are updated in a loop over pairs of names."""

import numpy as np


def relu(z):
    return np.maximum(z, 0)


def relu_slope(z):
    return (z > 0).astype(float)


def made(*sizes):
    return [np.random.randn(a, b) for a, b in zip(sizes, sizes[1:])]


X, Y = np.random.randn(100, 4), np.random.randn(100, 3)
W1, W2, W3 = made(4, 8, 6, 3)
lr = 1e-3
losses = []
for turn in range(1000):
    z1 = X @ W1
    h1 = relu(z1)
    z2 = h1 @ W2
    h2 = relu(z2)
    guess = h2 @ W3
    loss = ((guess - Y) ** 2).mean(axis=0).sum()
    losses.append(loss)

    d_guess = 2 * (guess - Y) / len(X)
    dW3 = h2.T @ d_guess
    d_z2 = (d_guess @ W3.T) * relu_slope(z2)
    dW2 = h1.T @ d_z2
    d_z1 = (d_z2 @ W2.T) * relu_slope(z1)
    dW1 = X.T @ d_z1
    for W, dW in zip((W1, W2, W3), (dW1, dW2, dW3)):
        W -= lr * dW
