"""A function that builds and trains tanh + softmax on the file's own X and y; sums, no 1/m."""

import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(300, noise=0.15)
count = len(X)
epsilon = 0.01
reg_lambda = 0.01


def make_model(units, passes=10000, verbose=False):
    np.random.seed(0)
    W1 = np.random.randn(2, units) / np.sqrt(2)
    b1 = np.zeros((1, units))
    W2 = np.random.randn(units, 2) / np.sqrt(units)
    b2 = np.zeros((1, 2))
    model = {}
    for turn in range(passes):
        z1 = X.dot(W1) + b1
        a1 = np.tanh(z1)
        z2 = a1.dot(W2) + b2
        raised = np.exp(z2)
        probs = raised / np.sum(raised, axis=1, keepdims=True)

        delta3 = probs
        delta3[range(count), y] -= 1
        dW2 = a1.T.dot(delta3)
        db2 = np.sum(delta3, axis=0, keepdims=True)
        delta2 = delta3.dot(W2.T) * (1 - np.power(a1, 2))
        dW1 = np.dot(X.T, delta2)
        db1 = np.sum(delta2, axis=0)

        dW2 += reg_lambda * W2
        dW1 += reg_lambda * W1

        W1 += -epsilon * dW1
        b1 += -epsilon * db1
        W2 += -epsilon * dW2
        b2 += -epsilon * db2
        model = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
        if verbose and turn % 1000 == 0:
            print("turn", turn)
    return model


make_model(4)
