"""Weights and biases are entries of lists; examples are rows, transposed in the products."""

import numpy as np


def relu(z):
    return np.maximum(0, z)


def softmax(z):
    e = np.exp(z - np.max(z, axis=0))
    return e / np.sum(e, axis=0)


def to_columns(labels, classes):
    out = np.zeros((classes, labels.size))
    out[labels, np.arange(labels.size)] = 1
    return out


x_train = np.random.rand(500, 784)
y_train = np.random.randint(0, 10, 500)
weights = [np.random.rand(10, 784) - 0.5, np.random.rand(10, 10) - 0.5]
biases = [np.random.rand(10, 1) - 0.5, np.random.rand(10, 1) - 0.5]
m = y_train.size
alpha = 0.1
hits = []
for step in range(500):
    Z1 = weights[0].dot(x_train.T) + biases[0]
    A1 = relu(Z1)
    Z2 = weights[1].dot(A1) + biases[1]
    A2 = softmax(Z2)
    hits.append(np.mean(np.argmax(A2, 0) == y_train))

    dZ2 = A2 - to_columns(y_train, A2.shape[0])
    dW2 = 1 / m * dZ2.dot(A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1).reshape(-1, 1)
    dZ1 = weights[1].T.dot(dZ2) * (Z1 > 0)
    dW1 = 1 / m * dZ1.dot(x_train)
    db1 = 1 / m * np.sum(dZ1, axis=1).reshape(-1, 1)

    weights[0] = weights[0] - alpha * dW1
    biases[0] = biases[0] - alpha * db1
    weights[1] = weights[1] - alpha * dW2
    biases[1] = biases[1] - alpha * db2
