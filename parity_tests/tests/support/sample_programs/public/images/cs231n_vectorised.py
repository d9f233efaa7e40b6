"""cs231n, assignment 2: im2col, norms of images, and layers in sandwiches."""

import numpy as np


def indices(shape, height, width, pad, stride):
    N, C, H, W = shape
    H_out, W_out = (H + 2 * pad - height) // stride + 1, (W + 2 * pad - width) // stride + 1
    c, i, j = (a.reshape(-1, 1) for a in np.indices((C, height, width)))
    y, x = (stride * a.reshape(1, -1) for a in np.indices((H_out, W_out)))
    return c, i + y, j + x, H_out, W_out


def conv_forward_im2col(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, (F, C, HH, WW) = len(x), w.shape
    c, i, j, H_out, W_out = indices(x.shape, HH, WW, pad, stride)
    cols = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))[:, c, i, j]
    out = w.reshape(F, -1) @ cols + b.reshape(-1, 1)
    return out.reshape(N, F, H_out, W_out), (x.shape, w, cols, conv_param)


def conv_backward_im2col(dout, cache):
    (N, C, H, W), w, cols, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, _, HH, WW = w.shape
    c, i, j, _, _ = indices((N, C, H, W), HH, WW, pad, stride)
    d = dout.reshape(N, F, -1)
    db = d.sum(axis=(0, 2))
    dw = np.einsum("nfp,nkp->fk", d, cols).reshape(w.shape)
    dcols = w.reshape(F, -1).T @ d
    dx_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    np.add.at(dx_pad, (slice(None), c, i, j), dcols)
    dx = dx_pad[:, :, pad : pad + H, pad : pad + W]
    return dx, dw, db


def max_pool_forward_reshape(x, pool_param):
    N, C, H, W = x.shape
    size, stride = pool_param["pool_height"], pool_param["stride"]
    assert size == pool_param["pool_width"] == stride
    tiles = x.reshape(N, C, H // size, size, W // size, size)
    out = tiles.max(axis=3).max(axis=4)
    return out, (x, tiles, out)


def max_pool_backward_reshape(dout, cache):
    x, tiles, out = cache
    is_max = tiles == out[:, :, :, None, :, None]
    d = is_max * dout[:, :, :, None, :, None]
    d = d / is_max.sum(axis=(3, 5), keepdims=True)
    return d.reshape(x.shape)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    D = x.shape[1]
    mean = bn_param.get("running_mean", np.zeros(D))
    var = bn_param.get("running_var", np.zeros(D))
    if bn_param["mode"] == "test":
        return gamma * (x - mean) / np.sqrt(var + eps) + beta, None
    mu, sigma2 = x.mean(axis=0), x.var(axis=0)
    bn_param["running_mean"] = momentum * mean + (1 - momentum) * mu
    bn_param["running_var"] = momentum * var + (1 - momentum) * sigma2
    std = np.sqrt(sigma2 + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, std, gamma, 0)


def batchnorm_backward(dout, cache):
    xhat, std, gamma, axis = cache
    dgamma, dbeta = (dout * xhat).sum(axis=0), dout.sum(axis=0)
    d = dout * gamma
    mean, along = d.mean(axis=axis, keepdims=True), (d * xhat).mean(axis=axis, keepdims=True)
    dx = (d - mean - xhat * along) / std
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu = x.mean(axis=1, keepdims=True)
    std = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    xhat = (x - mu) / std
    return gamma * xhat + beta, (xhat, std, gamma, 1)


def layernorm_backward(dout, cache):
    return batchnorm_backward(dout, cache)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    groups = x.reshape(N, G, -1)
    std = np.sqrt(groups.var(axis=2, keepdims=True) + eps)
    xhat = ((groups - groups.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    return gamma * xhat + beta, (xhat, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    xhat, std, gamma, G = cache
    N = len(dout)
    dgamma = (dout * xhat).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    d, h = (dout * gamma).reshape(N, G, -1), xhat.reshape(N, G, -1)
    mean, along = d.mean(axis=2, keepdims=True), (d * h).mean(axis=2, keepdims=True)
    dx = ((d - mean - h * along) / std).reshape(dout.shape)
    return dx, dgamma, dbeta


def conv_relu_forward(x, w, b, conv_param):
    a, conv_cache = conv_forward_im2col(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout, cache):
    conv_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return conv_backward_im2col(da, conv_cache)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, conv_cache = conv_forward_im2col(x, w, b, conv_param)
    an, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(an)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout, cache):
    conv_cache, bn_cache, relu_cache = cache
    dan = relu_backward(dout, relu_cache)
    da, dgamma, dbeta = spatial_batchnorm_backward(dan, bn_cache)
    dx, dw, db = conv_backward_im2col(da, conv_cache)
    return dx, dw, db, dgamma, dbeta


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    a, conv_cache = conv_forward_im2col(x, w, b, conv_param)
    s, relu_cache = relu_forward(a)
    out, pool_cache = max_pool_forward_reshape(s, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)


def conv_relu_pool_backward(dout, cache):
    conv_cache, relu_cache, pool_cache = cache
    ds = max_pool_backward_reshape(dout, pool_cache)
    da = relu_backward(ds, relu_cache)
    return conv_backward_im2col(da, conv_cache)


def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dw = x.reshape(len(x), -1).T @ dout
    return (dout @ w.T).reshape(x.shape), dw, dout.sum(axis=0)


def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), fc_cache)
