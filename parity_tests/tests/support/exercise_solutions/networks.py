"""Lessons 5, 7 and 10: networks of two layers, and of L."""

from __future__ import annotations

from parity_tests.tests.support.exercise_solutions import Exercise, change, check_of

ONE_HIDDEN_LAYER = Exercise(
    check_of("10_break_it"),
    """
def forward_propagation(X, parameters):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def compute_cost(A2, Y):
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = (parameters["W2"].T @ dZ2) * (1 - A1**2)
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def update_parameters(parameters, grads, learning_rate=1.2):
    return {name: theta - learning_rate * grads[f"d{name}"] for name, theta in parameters.items()}
""",
    right=(
        change("(1 - A1**2)", "(1 - np.power(A1, 2))"),
        change("(1 - A1**2)", "(1 - A1) * (1 + A1)"),
        change("(1 - A1**2)", "(1 - np.tanh(cache['Z1'])**2)"),
        change("(1 - A1**2)", "(1 / np.cosh(cache['Z1'])**2)"),
        change("dZ2 @ A1.T / m", "1 / m * np.dot(dZ2, A1.T)"),
        change("dZ1.sum(axis=1, keepdims=True) / m", "1 / m * np.sum(dZ1, axis=1, keepdims=True)"),
        change(
            "-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]",
            "float(np.squeeze(-(Y @ np.log(A2).T + (1 - Y) @ np.log(1 - A2).T) / Y.shape[1]))",
        ),
        change(
            "-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / Y.shape[1]",
            "-np.mean(np.multiply(Y, np.log(A2)) + np.multiply(1 - Y, np.log(1 - A2)))",
        ),
        change(
            "\ndef forward_propagation",
            "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n\n\ndef forward_propagation",
            "1 / (1 + np.exp(-Z2))",
            "sigmoid(Z2)",
        ),
        change(
            "\ndef forward_propagation",
            "\ndef tanh(z):\n    e = np.exp(2 * z)\n    return (e - 1) / (e + 1)\n\n\n"
            "def forward_propagation",
            "np.tanh(Z1)",
            "tanh(Z1)",
        ),
    ),
    wrong=(
        ("dZ1", change("(1 - A1**2)", "(1 - A1)")),
        ("dZ1", change("(1 - A1**2)", "A1 * (1 - A1)")),
        ("dZ1", change(" * (1 - A1**2)", "")),
        ("dZ1", change("(1 - A1**2)", "(A1 > 0)")),
        ("dZ1", change('parameters["W2"].T', '(parameters["W2"].T + 1)')),
        ("dZ2", change("A2 - Y", "Y - A2")),
        ("dZ2", change("A2 - Y", "(A2 - Y) / m")),
        ("dZ2", change("A2 - Y", "(A2 - Y) * A2 * (1 - A2)")),
        ("dZ2", change("A2 - Y", "A2")),
        ("dW2", change("dZ2 @ A1.T / m", "dZ2 @ A1.T")),
        ("dW2", change("dZ2 @ A1.T / m", "dZ2 @ cache['Z1'].T / m")),
        ("dW1", change("dZ1 @ X.T / m", "dZ1 @ X.T / (m - 1)")),
        ("db1", change("dZ1.sum(axis=1, keepdims=True) / m", "dZ1.sum(axis=1, keepdims=True)")),
        ("db1", change("dZ1.sum(axis=1, keepdims=True) / m", "dZ1.sum(axis=1) / m")),
        (
            "db2",
            change(
                "dZ2.sum(axis=1, keepdims=True) / m",
                "dZ1.sum() / m * np.ones((1, 1))",
                "    dW2 =",
                "    dZ1 = (parameters['W2'].T @ dZ2) * (1 - A1**2)\n    dW2 =",
            ),
        ),
        ("A1", change("np.tanh(Z1)", "np.maximum(0, Z1)")),
        ("A1", change("np.tanh(Z1)", "1 / (1 + np.exp(-Z1))")),
        ("Z1", change("W1 @ X + b1", "W1 @ X")),
        ("Z2", change("W2 @ A1 + b2", "W2 @ Z1 + b2")),
        ("A2", change("1 / (1 + np.exp(-Z2))", "np.tanh(Z2)")),
        (
            "A2",
            change(
                "\ndef forward_propagation",
                "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))\n\n\ndef forward_propagation",
                "1 / (1 + np.exp(-Z2))",
                "sigmoid(Z2)",
            ),
        ),
        ("J", change("(1 - Y) * np.log(1 - A2)", "(1 - Y) * np.log(A2)")),
        ("J", change("Y * np.log(A2) + (1 - Y) * np.log(1 - A2)", "Y * np.log(A2)")),
        ("J", change(" / Y.shape[1]", "")),
        ("J", change("-np.sum(Y", "np.sum(Y")),
        ("forward_propagation", change('{"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}', "None")),
        ("forward_propagation", change("return A2, {", "return {")),
        ("d", change("    m = X.shape[1]", "    m = 11")),
    ),
)

RELU_HIDDEN = Exercise(
    check_of("05_planar_flower"),
    """
def forward_propagation(X, parameters):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z1 = W1 @ X + b1
    A1 = np.maximum(0, Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dZ1 = (parameters["W2"].T @ dZ2) * (cache["Z1"] > 0)
    return {
        "dW1": dZ1 @ X.T / m, "db1": dZ1.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2 @ cache["A1"].T / m, "db2": dZ2.sum(axis=1, keepdims=True) / m,
    }
""",
    right=(
        change("np.maximum(0, Z1)", "Z1 * (Z1 > 0)"),
        change('(cache["Z1"] > 0)', '(cache["A1"] > 0)'),
        change('(cache["Z1"] > 0)', 'np.where(cache["Z1"] > 0, 1, 0)'),
        change("dZ1 @ X.T / m", "1 / m * np.dot(dZ1, X.T)"),
    ),
    wrong=(
        ("dZ1", change('(cache["Z1"] > 0)', '(1 - cache["A1"] ** 2)')),
        ("dZ1", change('(cache["Z1"] > 0)', '(cache["Z1"] < 0)')),
        ("dZ1|dW1", change(' * (cache["Z1"] > 0)', "")),
        ("dZ1|dW1", change('(cache["Z1"] > 0)', 'cache["A1"]')),
        ("dZ1|dW1", change('parameters["W2"].T @ dZ2', 'parameters["W2"].T @ cache["A2"]')),
        ("A1", change("np.maximum(0, Z1)", "np.tanh(Z1)")),
        ("A1", change("np.maximum(0, Z1)", "np.abs(Z1)")),
        ("Z2", change("W2 @ A1 + b2", "W2 @ A1")),
        ("dW2", change('cache["A1"].T / m', 'cache["A1"].T')),
        ("db1", change("dZ1.sum(axis=1, keepdims=True) / m", "dZ1.mean()")),
        ("d", change('cache["A2"] - Y', 'Y - cache["A2"]')),
    ),
)

DEEP = Exercise(
    check_of("07_deep_network"),
    """
def L_model_forward(X, parameters):
    L = len(parameters) // 2
    A, caches = X, []
    for l in range(1, L):
        A, cache = linear_activation_forward(A, parameters[f"W{l}"], parameters[f"b{l}"], "relu")
        caches.append(cache)
    AL, cache = linear_activation_forward(A, parameters[f"W{L}"], parameters[f"b{L}"], "sigmoid")
    caches.append(cache)
    return AL, caches


def L_model_backward(AL, Y, caches):
    L, grads = len(caches), {}
    dA = -(Y / AL - (1 - Y) / (1 - AL))
    dA, dW, db = linear_activation_backward(dA, caches[L - 1], "sigmoid")
    grads |= {f"dA{L - 1}": dA, f"dW{L}": dW, f"db{L}": db}
    for l in reversed(range(1, L)):
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], "relu")
        grads |= {f"dA{l - 1}": dA, f"dW{l}": dW, f"db{l}": db}
    return grads
""",
    right=(
        change("-(Y / AL - (1 - Y) / (1 - AL))", "-np.divide(Y, AL) + np.divide(1 - Y, 1 - AL)"),
        change("-(Y / AL - (1 - Y) / (1 - AL))", "(AL - Y) / (AL * (1 - AL))"),
        change("reversed(range(1, L))", "range(L - 1, 0, -1)"),
        change(
            "    dA, dW, db = linear_activation_backward(dA, caches[L - 1]",
            '    grads[f"dA{L}"] = dA\n'
            "    dA, dW, db = linear_activation_backward(dA, caches[L - 1]",
        ),
        change("len(parameters) // 2", "sum(name[0] == 'W' for name in parameters)"),
        change(
            "    return AL, caches", "    assert AL.shape == (1, X.shape[1])\n    return AL, caches"
        ),
    ),
    wrong=(
        ("dA3", change("-(Y / AL - (1 - Y) / (1 - AL))", "Y / AL - (1 - Y) / (1 - AL)")),
        ("dA3", change("-(Y / AL - (1 - Y) / (1 - AL))", "-(Y / AL + (1 - Y) / (1 - AL))")),
        ("dA3", change("-(Y / AL - (1 - Y) / (1 - AL))", "AL - Y")),
        (
            "dA3",
            change("-(Y / AL - (1 - Y) / (1 - AL))", "-(Y / AL - (1 - Y) / (1 - AL)) / Y.shape[1]"),
        ),
        ("dZ1|dZ2", change('caches[l - 1], "relu"', 'caches[l - 1], "sigmoid"')),
        ("dZ3", change('caches[L - 1], "sigmoid"', 'caches[L - 1], "relu"')),
        ("A1|A2", change('parameters[f"b{l}"], "relu"', 'parameters[f"b{l}"], "sigmoid"')),
        ("A3", change('parameters[f"b{L}"], "sigmoid"', 'parameters[f"b{L}"], "relu"')),
        ("cache|dZ|L_model", change("caches[l - 1]", "caches[l]")),
        ("L_model_forward", change("        caches.append(cache)\n    AL", "    AL")),
        (
            "L_model_backward",
            change(
                '        grads |= {f"dA{l - 1}": dA, f"dW{l}": dW, f"db{l}": db}\n    return',
                "    return",
            ),
        ),
        (
            "dA1|dA2",
            change(
                '        grads |= {f"dA{l - 1}": dA,', '        grads |= {f"dA{l - 1}": 2 * dA,'
            ),
        ),
        ("dW", change('f"dW{l}": dW', 'f"dW{l}": dW / 2')),
        (
            "Z2|A1",
            change(
                "range(1, L):\n        A, cache = linear_activation_forward(A,",
                "range(1, L):\n        A, cache = linear_activation_forward(A * (1 + (l > 1)),",
            ),
        ),
        ("L_model_backward", change("return grads", "return dW, db")),
    ),
)
