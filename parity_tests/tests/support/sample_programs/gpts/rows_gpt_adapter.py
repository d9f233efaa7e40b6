"""Our names of what rows_gpt.py computes: features first here, and last there."""

import numpy as np
import rows_gpt

BLOCK = {
    "ln_1": "ln_1", "qkv": "attn.c_attn", "q": "attn.query_heads", "k": "attn.key_heads",
    "v": "attn.value_heads", "scores": "attn.scores", "weights": "attn.probabilities",
    "heads": "attn.values", "joined": "attn.joined", "proj": "attn.c_proj", "mid": "after_attn",
    "ln_2": "ln_2", "up": "mlp.c_fc", "act": "mlp.gelu", "down": "mlp.c_proj", "out": "after_mlp",
}  # fmt: skip
OWN = {"w": "W", "b": "b", "g": "gamma"}


def ours(name):
    step, own = name.split(".")
    return f"{BLOCK.get(step, step)}.{'beta' if step[:2] == 'ln' and own == 'b' else OWN[own]}"


def rows(x):
    return np.ascontiguousarray(x.T) if x.shape[1] > 1 else x[:, 0]


def first(x):
    return np.moveaxis(x, -1, 0)


def run(spec, params, X, Y):
    layers = max(int(name.split(".")[1]) for name in params if name[:2] == "h.") + 1
    n_head = next(step.layer.h for step in spec.steps if step.layer.kind == "split_heads")
    parts = ["ln_1.g", "ln_1.b", "ln_2.g", "ln_2.b"]
    parts += [f"{name}.{own}" for name in ("qkv", "proj", "up", "down") for own in "wb"]
    p = {"wte": rows(params["wte.E"]), "wpe": rows(params["wpe.P"])}
    p |= {name: rows(params[ours(name)]) for name in ("ln_f.g", "ln_f.b")}
    p["blocks"] = [
        {name: rows(params[f"h.{k}.{ours(name)}"]) for name in parts} for k in range(layers)
    ]
    logits, cache = rows_gpt.gpt_forward(X, p, n_head)
    J, dlogits = rows_gpt.cross_entropy(logits, Y)
    grads, seen = rows_gpt.gpt_backward(dlogits, p, cache)
    _, caches, _, y, x = cache
    trace = {"J": J, "lm_head": first(logits), "dlm_head": first(dlogits), "ln_f": first(y)}
    trace |= {"dln_f": first(seen[0]["ln_f"]), "wpe": first(x), "dwpe": first(seen[-1]["first"])}
    for name in ("wte", "wpe"):
        trace[f"d{name}.{'EP'[name == 'wpe']}"] = grads[name].T
    for name in ("ln_f.g", "ln_f.b"):
        trace[f"d{ours(name)}"] = grads[name][:, None]
    for k, block in enumerate(caches):
        results = block[-1] | block[2]
        for name, x in results.items():
            trace[f"h.{k}.{BLOCK[name]}"] = first(x)
            trace[f"dh.{k}.{BLOCK[name]}"] = first(seen[k + 1][name])
        for name, grad in grads["blocks"][k].items():
            trace[f"dh.{k}.{ours(name)}"] = grad.T if grad.ndim == 2 else grad[:, None]
    return trace
