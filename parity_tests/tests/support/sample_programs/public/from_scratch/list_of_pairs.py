"""Functions of a list of pairs (W, b), one a layer."""

import numpy as np


def init_params(sizes, scale=0.1):
    return [
        (scale * np.random.randn(m, n), scale * np.random.randn(n))
        for m, n in zip(sizes[:-1], sizes[1:])
    ]


def forward(params, inputs):
    activations = [inputs]
    for i, (W, b) in enumerate(params):
        outputs = np.dot(activations[-1], W) + b
        last = i == len(params) - 1
        activations.append(outputs if last else np.tanh(outputs))
    return activations


def mse_loss(params, inputs, targets):
    return 0.5 * np.sum((forward(params, inputs)[-1] - targets) ** 2) / len(inputs)


def backward(params, inputs, targets):
    activations = forward(params, inputs)
    delta = (activations[-1] - targets) / len(inputs)
    grads = []
    for i in reversed(range(len(params))):
        W, b = params[i]
        grads.append((np.dot(activations[i].T, delta), np.sum(delta, axis=0)))
        if i > 0:
            delta = np.dot(delta, W.T)
            delta = delta * (1 - activations[i] ** 2)
    return grads[::-1]
