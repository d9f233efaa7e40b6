"""A GPT in NumPy alone: examples in rows, functions that return a result and a cache."""

import math

import numpy as np


def linear_forward(x, w, b):
    return x @ w + b, (x, w)


def linear_backward(dout, cache):
    x, w = cache
    dw = np.tensordot(x, dout, axes=((0, 1), (0, 1)))
    return dout @ w.T, dw, dout.sum(axis=(0, 1))


def layernorm_forward(x, gain, bias, eps=1e-5):
    rstd = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    norm = (x - x.mean(axis=-1, keepdims=True)) * rstd
    return norm * gain + bias, (norm, rstd, gain)


def layernorm_backward(dout, cache):
    norm, rstd, gain = cache
    dnorm = dout * gain
    along = (dnorm * norm).mean(axis=-1, keepdims=True)
    dx = rstd * (dnorm - dnorm.mean(axis=-1, keepdims=True) - norm * along)
    return dx, (dout * norm).sum(axis=(0, 1)), dout.sum(axis=(0, 1))


def gelu_forward(x):
    t = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    return 0.5 * x * (1 + t), (x, t)


def gelu_backward(dout, cache):
    x, t = cache
    dt = (1 - t**2) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return dout * (0.5 * (1 + t) + 0.5 * x * dt)


def split_heads(x, n_head):
    B, T, C = x.shape
    return x.reshape(B, T, n_head, C // n_head).transpose(0, 2, 1, 3)


def join_heads(x):
    B, h, T, d = x.shape
    return x.transpose(0, 2, 1, 3).reshape(B, T, h * d)


def attention_forward(qkv, n_head):
    parts = np.split(qkv, 3, axis=-1)
    q, k, v = (split_heads(part, n_head) for part in parts)
    T, d = q.shape[2:]
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(d)
    masked = np.where(np.tril(np.ones((T, T), bool)), scores, -np.inf)
    e = np.exp(masked - masked.max(axis=-1, keepdims=True))
    weights = e / e.sum(axis=-1, keepdims=True)
    heads = weights @ v
    out = join_heads(heads)
    return out, dict(q=q, k=k, v=v, scores=scores, weights=weights, heads=heads, joined=out)


def attention_backward(dout, cache):
    q, k, v, weights = (cache[name] for name in ("q", "k", "v", "weights"))
    h, T, d = q.shape[1:]
    dheads = split_heads(dout, h)
    dv = weights.swapaxes(-1, -2) @ dheads
    dweights = dheads @ v.swapaxes(-1, -2)
    dscores = weights * (dweights - (dweights * weights).sum(axis=-1, keepdims=True))
    dq = dscores @ k / math.sqrt(d)
    dk = dscores.swapaxes(-1, -2) @ q / math.sqrt(d)
    dqkv = np.concatenate([join_heads(part) for part in (dq, dk, dv)], axis=-1)
    inner = dict(q=dq, k=dk, v=dv, scores=dscores, weights=dweights, heads=dheads, joined=dout)
    return dqkv, inner


def block_forward(x, p, n_head):
    a, n1 = layernorm_forward(x, p["ln_1.g"], p["ln_1.b"])
    qkv, c1 = linear_forward(a, p["qkv.w"], p["qkv.b"])
    y, att = attention_forward(qkv, n_head)
    proj, c2 = linear_forward(y, p["proj.w"], p["proj.b"])
    mid = x + proj
    b, n2 = layernorm_forward(mid, p["ln_2.g"], p["ln_2.b"])
    up, c3 = linear_forward(b, p["up.w"], p["up.b"])
    act, g = gelu_forward(up)
    down, c4 = linear_forward(act, p["down.w"], p["down.b"])
    seen = dict(ln_1=a, qkv=qkv, proj=proj, mid=mid, ln_2=b, up=up, act=act, down=down)
    out = mid + down
    return out, (n1, c1, att, c2, n2, c3, g, c4, seen | {"out": out})


def block_backward(dout, cache):
    n1, c1, att, c2, n2, c3, g, c4, _ = cache
    grads = {}
    ddown = dout
    dact, grads["down.w"], grads["down.b"] = linear_backward(ddown, c4)
    dup = gelu_backward(dact, g)
    db, grads["up.w"], grads["up.b"] = linear_backward(dup, c3)
    dx, grads["ln_2.g"], grads["ln_2.b"] = layernorm_backward(db, n2)
    dmid = dout + dx
    dy, grads["proj.w"], grads["proj.b"] = linear_backward(dmid, c2)
    dqkv, inner = attention_backward(dy, att)
    da, grads["qkv.w"], grads["qkv.b"] = linear_backward(dqkv, c1)
    dx, grads["ln_1.g"], grads["ln_1.b"] = layernorm_backward(da, n1)
    seen = dict(out=dout, down=ddown, act=dact, up=dup, ln_2=db, mid=dmid, proj=dmid, qkv=dqkv)
    return dmid + dx, grads, seen | inner | {"ln_1": da}


def gpt_forward(tokens, p, n_head):
    x = p["wte"][tokens] + p["wpe"]
    caches, first = [], x
    for block in p["blocks"]:
        x, cache = block_forward(x, block, n_head)
        caches.append(cache)
    y, norm = layernorm_forward(x, p["ln_f.g"], p["ln_f.b"])
    return y @ p["wte"].T, (tokens, caches, norm, y, first)


def cross_entropy(logits, targets):
    counts = targets != -100
    z = logits - logits.max(axis=-1, keepdims=True)
    log_probs = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    at = np.where(counts, targets, 0)[..., None]
    picked = np.take_along_axis(log_probs, at, axis=-1)[..., 0]
    n = int(counts.sum())
    dlogits = np.exp(log_probs)
    np.put_along_axis(dlogits, at, np.take_along_axis(dlogits, at, axis=-1) - 1, axis=-1)
    return -(picked * counts).sum() / n, dlogits * counts[..., None] / n


def gpt_backward(dlogits, p, cache):
    tokens, caches, norm, y, _ = cache
    grads = {"blocks": []}
    dwte = np.tensordot(dlogits, y, axes=((0, 1), (0, 1)))
    dy = dlogits @ p["wte"]
    dx, grads["ln_f.g"], grads["ln_f.b"] = layernorm_backward(dy, norm)
    seen = [{"ln_f": dy}]
    for block in reversed(caches):
        dx, of_block, inner = block_backward(dx, block)
        grads["blocks"].insert(0, of_block)
        seen.insert(1, inner)
    grads["wpe"] = dx.sum(axis=0)
    np.add.at(dwte, tokens, dx)
    grads["wte"] = dwte
    return grads, [*seen, {"first": dx}]
