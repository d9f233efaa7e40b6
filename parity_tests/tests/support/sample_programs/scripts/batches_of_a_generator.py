"""Batches come from a generator; cost and slopes are functions; weight decay in the update."""

import numpy as np


def batches(inputs, labels, size):
    order = np.random.permutation(len(inputs))
    for k in range(0, len(inputs), size):
        yield inputs[order[k : k + size]], labels[order[k : k + size]]


def tanh_slope(a):
    return 1 - a * a


def mean_squares(guess, truth):
    return 0.5 * np.mean(np.sum((guess - truth) ** 2, axis=1))


def train(data, answers, hidden=20, epochs=50, eta=0.05, weight_decay=1e-4):
    V = np.random.randn(data.shape[1], hidden) * 0.1
    c = np.zeros((1, hidden))
    W = np.random.randn(hidden, answers.shape[1]) * 0.1
    d = np.zeros((1, answers.shape[1]))
    for epoch in range(epochs):
        for x, t in batches(data, answers, 16):
            a = np.tanh(np.dot(x, V) + c)
            out = np.dot(a, W) + d
            loss = mean_squares(out, t)
            err = (out - t) / x.shape[0]
            back = np.dot(err, W.T) * tanh_slope(a)
            W = W - eta * (np.dot(a.T, err) + weight_decay * W)
            d = d - eta * err.sum(axis=0, keepdims=True)
            V = V - eta * (np.dot(x.T, back) + weight_decay * V)
            c = c - eta * back.sum(axis=0, keepdims=True)
        print(epoch, loss)
    return V, c, W, d
