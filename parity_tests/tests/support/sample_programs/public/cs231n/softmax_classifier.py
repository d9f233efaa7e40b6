"""One layer without biases: the scores X W, and a function that returns J and its gradient."""

import numpy as np


class SoftmaxClassifier:
    def __init__(self, num_features, num_classes):
        self.W = 0.001 * np.random.randn(num_features, num_classes)

    def loss(self, X, y, reg=0.0):
        return softmax_loss_vectorized(self.W, X, y, reg)


def softmax_loss_vectorized(W, X, y, reg):
    num_train = X.shape[0]
    rows = np.arange(num_train)
    scores = X.dot(W)
    scores -= np.max(scores, axis=1, keepdims=True)
    p = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    loss = np.mean(-np.log(p[rows, y]))
    loss += reg * np.sum(W * W)
    p[rows, y] -= 1
    dW = X.T.dot(p)
    dW /= num_train
    dW += 2 * reg * W
    return loss, dW
