"""Shuffled minibatches within epochs; one-hot labels are made in the loop; ReLU and softmax."""

import numpy as np


def one_hot(labels, classes):
    return np.eye(classes)[labels]


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def main(train_x, train_y, epochs=10, batch_size=32, lr=0.1):
    rng = np.random.default_rng(1)
    w1 = rng.normal(size=(784, 64)) * 0.05
    b1 = np.zeros(64)
    w2 = rng.normal(size=(64, 10)) * 0.05
    b2 = np.zeros(10)
    targets = one_hot(train_y, 10)
    history = []
    for epoch in range(epochs):
        order = rng.permutation(len(train_x))
        for start in range(0, len(train_x), batch_size):
            batch = order[start : start + batch_size]
            xb, tb = train_x[batch], targets[batch]
            h = xb @ w1 + b1
            a = np.maximum(h, 0)
            p = softmax(a @ w2 + b2)
            loss = -np.mean(np.sum(tb * np.log(p), axis=1))
            history.append(loss)

            dz2 = (p - tb) / len(xb)
            dw2 = a.T @ dz2
            db2 = dz2.sum(axis=0)
            da = dz2 @ w2.T
            dh = da * (h > 0)
            dw1 = xb.T @ dh
            db1 = dh.sum(axis=0)

            w1 -= lr * dw1
            b1 -= lr * db1
            w2 -= lr * dw2
            b2 -= lr * db2
        print(epoch, np.mean(history[-100:]))
    return w1, b1, w2, b2


if __name__ == "__main__":
    main(np.load("x.npy"), np.load("y.npy"))
