"""As many layers as wanted: parameters, cache and gradients in dictionaries of an object."""

import numpy as np


class DeepNN:
    def __init__(self, layer_dims):
        self.L = len(layer_dims) - 1
        self.params = {}
        for l in range(1, self.L + 1):
            scale = np.sqrt(2 / layer_dims[l - 1])
            self.params[f"W{l}"] = np.random.randn(layer_dims[l], layer_dims[l - 1]) * scale
            self.params[f"b{l}"] = np.zeros((layer_dims[l], 1))

    def forward(self, X):
        self.cache = {"A0": X}
        A = X
        for l in range(1, self.L + 1):
            Z = self.params[f"W{l}"] @ A + self.params[f"b{l}"]
            A = np.maximum(0, Z) if l < self.L else 1 / (1 + np.exp(-Z))
            self.cache[f"Z{l}"], self.cache[f"A{l}"] = Z, A
        return A

    def cost(self, AL, Y):
        m = Y.shape[1]
        return -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m

    def backward(self, Y):
        m = Y.shape[1]
        grads = {}
        dZ = self.cache[f"A{self.L}"] - Y
        for l in range(self.L, 0, -1):
            grads[f"dW{l}"] = dZ @ self.cache[f"A{l-1}"].T / m
            grads[f"db{l}"] = np.sum(dZ, axis=1, keepdims=True) / m
            if l > 1:
                dA = self.params[f"W{l}"].T @ dZ
                dZ = dA * (self.cache[f"Z{l-1}"] > 0)
        return grads
