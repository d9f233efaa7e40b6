"""Examples are columns; tanh, sigmoid and the cross-entropy, whose cost is printed now and then."""

import numpy as np

data = np.loadtxt("flowers.csv", delimiter=",")
X = data[:, :2].T
Y = data[:, 2:].T

m = X.shape[1]
n_h = 4
W1 = np.random.randn(n_h, X.shape[0]) * 0.01
b1 = np.zeros((n_h, 1))
W2 = np.random.randn(Y.shape[0], n_h) * 0.01
b2 = np.zeros((Y.shape[0], 1))
learning_rate = 1.2

for i in range(10000):
    Z1 = np.dot(W1, X) + b1
    A1 = np.tanh(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = 1 / (1 + np.exp(-Z2))

    if i % 1000 == 0:
        cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
        print("cost after", i, ":", cost)

    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - A1**2)
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m

    W1 = W1 - learning_rate * dW1
    b1 = b1 - learning_rate * db1
    W2 = W2 - learning_rate * dW2
    b2 = b2 - learning_rate * db2
