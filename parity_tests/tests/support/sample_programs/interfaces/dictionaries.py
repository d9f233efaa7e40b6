"""Functions that pass a model and a cache as dictionaries, of keys of their own."""

import numpy as np


def init_model(n_in, n_hidden, n_out):
    return {
        "weights1": np.random.randn(n_in, n_hidden) * 0.1,
        "bias1": np.zeros((1, n_hidden)),
        "weights2": np.random.randn(n_hidden, n_out) * 0.1,
        "bias2": np.zeros((1, n_out)),
    }


def forward_pass(model, X):
    hidden_in = X @ model["weights1"] + model["bias1"]
    hidden_out = np.tanh(hidden_in)
    logits = hidden_out @ model["weights2"] + model["bias2"]
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    return {"X": X, "hidden_out": hidden_out, "probs": probs}


def mean_loss(probs, labels):
    return np.mean(-np.log(probs[np.arange(len(labels)), labels]))


def backward_pass(model, cache, labels):
    n = len(labels)
    d_logits = cache["probs"].copy()
    d_logits[np.arange(n), labels] -= 1
    d_logits /= n
    d_hidden = (d_logits @ model["weights2"].T) * (1 - cache["hidden_out"] ** 2)
    return {
        "weights2": cache["hidden_out"].T @ d_logits,
        "bias2": d_logits.sum(axis=0, keepdims=True),
        "weights1": cache["X"].T @ d_hidden,
        "bias1": d_hidden.sum(axis=0, keepdims=True),
    }


def train(model, X, labels, learning_rate=0.1, n_iterations=1000):
    for _ in range(n_iterations):
        grads = backward_pass(model, forward_pass(model, X), labels)
        for key in model:
            model[key] -= learning_rate * grads[key]
    return model
