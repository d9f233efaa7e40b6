"""The gradients of a batch are summed in a loop over its examples, and then applied."""

import numpy as np


def sigma(z):
    return 1 / (1 + np.exp(-z))


def sigma_prime(z):
    return sigma(z) * (1 - sigma(z))


training = [(np.random.rand(12, 1), np.random.rand(3, 1)) for _ in range(300)]
w1, b1 = np.random.randn(8, 12), np.random.randn(8, 1)
w2, b2 = np.random.randn(3, 8), np.random.randn(3, 1)
eta, size = 3.0, 10
for epoch in range(30):
    np.random.shuffle(training)
    for k in range(0, len(training), size):
        batch = training[k : k + size]
        nabla_w1, nabla_b1 = np.zeros(w1.shape), np.zeros(b1.shape)
        nabla_w2, nabla_b2 = np.zeros(w2.shape), np.zeros(b2.shape)
        for x, y in batch:
            z1 = np.dot(w1, x) + b1
            a1 = sigma(z1)
            z2 = np.dot(w2, a1) + b2
            a2 = sigma(z2)
            delta2 = (a2 - y) * sigma_prime(z2)
            delta1 = np.dot(w2.T, delta2) * sigma_prime(z1)
            nabla_w2 += np.dot(delta2, a1.T)
            nabla_b2 += delta2
            nabla_w1 += np.dot(delta1, x.T)
            nabla_b1 += delta1
        w2 -= eta / len(batch) * nabla_w2
        b2 -= eta / len(batch) * nabla_b2
        w1 -= eta / len(batch) * nabla_w1
        b1 -= eta / len(batch) * nabla_b1
