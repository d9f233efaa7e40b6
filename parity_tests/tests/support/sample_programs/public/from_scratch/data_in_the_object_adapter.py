import numpy as np
from data_in_the_object import NeuralNetwork


def run(spec, params, X, Y):
    net = NeuralNetwork(X.T.astype(float), Y.T.astype(float))
    W = [params[name].T.astype(float) for name in ("W1", "W2")]
    net.weights1, net.weights2 = W[0].copy(), W[1].copy()
    net.feedforward(), net.backprop()
    steps = (net.weights1 - W[0], net.weights2 - W[1])  # of the sum of (y - a)^2
    return {f"dW{l}": np.float32(-d.T / 2 / X.shape[1]) for l, d in enumerate(steps, start=1)}
