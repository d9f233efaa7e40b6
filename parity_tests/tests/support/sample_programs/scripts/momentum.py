"""Velocities beside the weights; a half-squared error as a mean; W is multiplied transposed."""

import numpy as np

features = np.random.rand(5, 40)
target = np.random.rand(2, 40)
count = features.shape[1]
A = np.random.randn(5, 7)
a = np.zeros((7, 1))
B = np.random.randn(7, 2)
b = np.zeros((2, 1))
vA, va = np.zeros_like(A), np.zeros_like(a)
vB, vb = np.zeros_like(B), np.zeros_like(b)
rate, momentum = 0.1, 0.9

for n in range(2000):
    inner = A.T @ features + a
    layer = 1 / (1 + np.exp(-inner))
    guess = B.T @ layer + b
    gap = guess - target
    mse_half = 0.5 * np.sum(gap**2) / count

    gB = layer @ gap.T / count
    gb = gap.sum(axis=1, keepdims=True) / count
    g_inner = B @ gap * layer * (1 - layer)
    gA = features @ g_inner.T / count
    ga = g_inner.sum(axis=1, keepdims=True) / count

    vA = momentum * vA - rate * gA
    va = momentum * va - rate * ga
    vB = momentum * vB - rate * gB
    vb = momentum * vb - rate * gb
    A += vA
    a += va
    B += vB
    b += vb
