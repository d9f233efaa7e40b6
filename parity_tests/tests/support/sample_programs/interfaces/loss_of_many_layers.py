"""A network of any depth whose `loss` goes through functions of single layers, with caches."""

import numpy as np


def affine(x, w, b):
    return x @ w + b, (x, w)


def affine_grad(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def rectify(x):
    return np.where(x > 0, x, 0.0), x


def rectify_grad(dout, x):
    return dout * (x > 0)


def softmax_cost(scores, y):
    z = scores - np.max(scores, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    N = len(scores)
    d = np.exp(log_p)
    d[range(N), y] -= 1
    return -log_p[range(N), y].mean(), d / N


class DeepNet:
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, reg=0.0, weight_scale=1e-2):
        self.reg, self.L, self.params = reg, len(hidden_dims) + 1, {}
        dims = [input_dim, *hidden_dims, num_classes]
        for l in range(1, self.L + 1):
            self.params[f"W{l}"] = weight_scale * np.random.randn(dims[l - 1], dims[l])
            self.params[f"b{l}"] = np.zeros(dims[l])

    def loss(self, X, y=None):
        out, caches = X, []
        for l in range(1, self.L):
            out, linear = affine(out, self.params[f"W{l}"], self.params[f"b{l}"])
            out, mask = rectify(out)
            caches.append((linear, mask))
        scores, last = affine(out, self.params[f"W{self.L}"], self.params[f"b{self.L}"])
        if y is None:
            return scores
        loss, d = softmax_cost(scores, y)
        grads = {}
        d, grads[f"W{self.L}"], grads[f"b{self.L}"] = affine_grad(d, last)
        for l in range(self.L - 1, 0, -1):
            linear, mask = caches[l - 1]
            d = rectify_grad(d, mask)
            d, grads[f"W{l}"], grads[f"b{l}"] = affine_grad(d, linear)
        for l in range(1, self.L + 1):
            loss += 0.5 * self.reg * np.sum(self.params[f"W{l}"] ** 2)
            grads[f"W{l}"] += self.reg * self.params[f"W{l}"]
        return loss, grads
