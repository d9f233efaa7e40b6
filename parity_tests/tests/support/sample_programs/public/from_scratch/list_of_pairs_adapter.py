from list_of_pairs import backward, mse_loss


def run(spec, params, X, Y):
    pairs = [(params[f"W{l}"].T, params[f"b{l}"][:, 0]) for l in (1, 2)]
    own = {"J": mse_loss(pairs, X.T, Y.T)}
    for l, (W, b) in enumerate(backward(pairs, X.T, Y.T), start=1):
        own |= {f"dW{l}": W.T, f"db{l}": b[:, None]}
    return own
