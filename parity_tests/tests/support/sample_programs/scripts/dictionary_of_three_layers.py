"""Three layers whose parameters are entries of a dictionary; momentum; a loop until it is good."""

import numpy as np

X = np.random.rand(8, 120)
labels = np.random.randint(0, 3, 120)
Y = np.eye(3)[labels].T
net = {
    "W1": np.random.randn(10, 8) * 0.3,
    "b1": np.zeros((10, 1)),
    "W2": np.random.randn(6, 10) * 0.3,
    "b2": np.zeros((6, 1)),
    "W3": np.random.randn(3, 6) * 0.3,
    "b3": np.zeros((3, 1)),
}
m = X.shape[1]
alpha = 0.2
epoch = 0
J = 10.0

while J > 0.1 and epoch < 5000:
    Z1 = net["W1"] @ X + net["b1"]
    A1 = np.where(Z1 > 0, Z1, 0)
    Z2 = net["W2"] @ A1 + net["b2"]
    A2 = np.where(Z2 > 0, Z2, 0)
    Z3 = net["W3"] @ A2 + net["b3"]
    e = np.exp(Z3)
    A3 = e / e.sum(axis=0)
    J = -(Y * np.log(A3)).sum() / m

    dZ3 = A3 - Y
    dW3 = dZ3 @ A2.T / m
    db3 = dZ3.sum(axis=1, keepdims=True) / m
    dZ2 = net["W3"].T @ dZ3 * (Z2 > 0)
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = net["W2"].T @ dZ2 * (Z1 > 0)
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m

    net["W1"] -= alpha * dW1
    net["b1"] -= alpha * db1
    net["W2"] -= alpha * dW2
    net["b2"] -= alpha * db2
    net["W3"] -= alpha * dW3
    net["b3"] -= alpha * db3
    epoch += 1
