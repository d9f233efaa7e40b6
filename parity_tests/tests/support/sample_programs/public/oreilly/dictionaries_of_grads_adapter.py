from dictionaries_of_grads import MSE, Linear, NeuralNet, Tanh


def run(spec, params, X, Y):
    net = NeuralNet([Linear(7, 5), Tanh(), Linear(5, 4)])
    for l, layer in zip((1, 2), net.layers[::2]):
        layer.params = {"w": params[f"W{l}"].T, "b": params[f"b{l}"][:, 0]}
    net.backward(MSE().grad(net.forward(X.T), Y.T) / 2 / X.shape[1])
    own = {f"dW{l}": net.layers[2 * l - 2].grads["w"].T for l in (1, 2)}
    return own | {f"db{l}": net.layers[2 * l - 2].grads["b"][:, None] for l in (1, 2)}
