from lists_of_grads import TwoLayerNet


def run(spec, params, X, Y):
    net = TwoLayerNet(7, 5, 4)
    for own, name in zip(net.params, ("W1", "b1", "W2", "b2")):
        own[...] = params[name].T.reshape(own.shape)
    J = net.forward(X.T, Y.T)
    net.backward()
    named = zip(params.items(), net.grads)
    return {"J": J} | {f"d{name}": g.T.reshape(a.shape) for (name, a), g in named}
