"""Two functions of dictionaries: the forward pass keeps everything in `forward_info`."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-1.0 * x))


def init_weights(input_size, hidden_size):
    weights = {}
    weights["W1"] = np.random.randn(input_size, hidden_size)
    weights["B1"] = np.random.randn(1, hidden_size)
    weights["W2"] = np.random.randn(hidden_size, 1)
    weights["B2"] = np.random.randn(1, 1)
    return weights


def forward_loss(X, y, weights):
    M1 = np.dot(X, weights["W1"])
    N1 = M1 + weights["B1"]
    O1 = sigmoid(N1)
    M2 = np.dot(O1, weights["W2"])
    P = M2 + weights["B2"]
    loss = np.mean(np.power(y - P, 2))
    forward_info = {"X": X, "M1": M1, "N1": N1, "O1": O1, "M2": M2, "P": P, "y": y}
    return forward_info, loss


def loss_gradients(forward_info, weights):
    dLdP = -2.0 * (forward_info["y"] - forward_info["P"]) / len(forward_info["y"])
    dLdW2 = np.dot(forward_info["O1"].T, dLdP)
    dLdB2 = dLdP.sum(axis=0)
    dLdO1 = np.dot(dLdP, weights["W2"].T)
    dO1dN1 = sigmoid(forward_info["N1"]) * (1 - sigmoid(forward_info["N1"]))
    dLdN1 = dLdO1 * dO1dN1
    dLdW1 = np.dot(forward_info["X"].T, dLdN1)
    dLdB1 = dLdN1.sum(axis=0)
    return {"W2": dLdW2, "B2": dLdB2, "W1": dLdW1, "B1": dLdB1}
