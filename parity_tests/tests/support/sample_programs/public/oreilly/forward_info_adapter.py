from forward_info import forward_loss, loss_gradients


def run(spec, params, X, Y):
    weights = {name.upper(): a.T for name, a in params.items()}
    info, loss = forward_loss(X.T, Y.T, weights)
    grads = loss_gradients(info, weights)  # of the squared error without 1/2
    shapes = {name: a.shape for name, a in params.items()}
    return {"J": loss / 2} | {f"d{n}": grads[n.upper()].T.reshape(s) / 2 for n, s in shapes.items()}
