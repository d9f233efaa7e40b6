"""Course 4, week 1, without loops over examples: windows are a view, and caches dictionaries."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def windows(X, f, stride):
    return sliding_window_view(X, (f, f), axis=(1, 2))[:, ::stride, ::stride]


def zero_pad(X, pad):
    m, n_H, n_W, n_C = X.shape
    X_pad = np.zeros((m, n_H + 2 * pad, n_W + 2 * pad, n_C))
    X_pad[:, pad : pad + n_H, pad : pad + n_W] = X
    return X_pad


def conv_forward(A_prev, W, b, hparameters):
    f, stride, pad = W.shape[0], hparameters["stride"], hparameters["pad"]
    V = windows(zero_pad(A_prev, pad), f, stride)
    Z = np.einsum("mhwcij,ijcn->mhwn", V, W) + b
    return Z, {"V": V, "W": W, "shape": A_prev.shape, "stride": stride, "pad": pad}


def conv_backward(dZ, cache):
    V, W, stride, pad = cache["V"], cache["W"], cache["stride"], cache["pad"]
    m, n_H_prev, n_W_prev, n_C_prev = cache["shape"]
    f, (_, n_H, n_W, _) = W.shape[0], dZ.shape
    dW = np.einsum("mhwcij,mhwn->ijcn", V, dZ)
    db = dZ.sum(axis=(0, 1, 2), keepdims=True)
    padded = np.zeros((m, n_H_prev + 2 * pad, n_W_prev + 2 * pad, n_C_prev))
    for i in range(f):
        for j in range(f):
            rows = slice(i, i + stride * (n_H - 1) + 1, stride)
            columns = slice(j, j + stride * (n_W - 1) + 1, stride)
            padded[:, rows, columns] += dZ @ W[i, j].T
    dA_prev = padded[:, pad : pad + n_H_prev, pad : pad + n_W_prev]
    return dA_prev, dW, db


def pool_forward(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    V = windows(A_prev, f, stride)
    A = V.max(axis=(4, 5)) if mode == "max" else V.mean(axis=(4, 5))
    return A, (A_prev, f, stride)


def pool_backward(dA, cache, mode="max"):
    A_prev, f, stride = cache
    m, n_H, n_W, n_C = dA.shape
    V = windows(A_prev, f, stride).reshape(m, n_H, n_W, n_C, f * f)
    if mode == "max":
        share = np.eye(f * f)[V.argmax(axis=4)]
    else:
        share = np.full(V.shape, 1 / (f * f))
    dV = dA[..., None] * share
    dA_prev = np.zeros(A_prev.shape)
    for k in range(f * f):
        i, j = divmod(k, f)
        rows = slice(i, i + stride * (n_H - 1) + 1, stride)
        columns = slice(j, j + stride * (n_W - 1) + 1, stride)
        dA_prev[:, rows, columns] += dV[..., k]
    return dA_prev
