"""An answer to the exercise of lesson 7."""

from parity_tests import linear_activation_backward, linear_activation_forward


def L_model_forward(X, parameters):
    L = len(parameters) // 2
    A, caches = X, []
    for l in range(1, L + 1):
        W, b = parameters[f"W{l}"], parameters[f"b{l}"]
        A, cache = linear_activation_forward(A, W, b, "relu" if l < L else "sigmoid")
        caches.append(cache)
    return A, caches


def L_model_backward(AL, Y, caches):
    L, grads = len(caches), {}
    dA = -(Y / AL - (1 - Y) / (1 - AL))
    for l in reversed(range(1, L + 1)):
        activation = "relu" if l < L else "sigmoid"
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], activation)
        grads |= {f"dA{l - 1}": dA, f"dW{l}": dW, f"db{l}": db}
    return grads
