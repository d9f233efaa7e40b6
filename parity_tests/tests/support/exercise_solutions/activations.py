"""Lessons 3, 6 and 8: an activation, alone and with its layer."""

from __future__ import annotations

from parity_tests.tests.support.exercise_solutions import Edits, Exercise, change, check_of

ACTIVATIONS = Exercise(
    check_of("03_computation_graph"),
    """
def sigmoid_backward(dA, cache):
    A = 1 / (1 + np.exp(-cache))
    return dA * A * (1 - A)


def relu_backward(dA, cache):
    return dA * (cache > 0)
""",
    right=(
        change("dA * A * (1 - A)", "dA * (A - A ** 2)"),
        change("dA * A * (1 - A)", "dA * np.exp(-cache) / (1 + np.exp(-cache)) ** 2"),
        change(
            "    return dA * A",
            "    return dA * A",
            "1 / (1 + np.exp(-cache))",
            "0.5 * (1 + np.tanh(cache / 2))",
        ),
        change("1 / (1 + np.exp(-cache))", "np.exp(cache) / (1 + np.exp(cache))"),
        change("dA * A * (1 - A)", "dA / (4 * np.cosh(cache / 2) ** 2)"),
        change("dA * (cache > 0)", "np.where(cache > 0, dA, 0)"),
        change(
            "    return dA * (cache > 0)",
            "    dZ = np.array(dA, copy=True)\n    dZ[cache <= 0] = 0\n    return dZ",
        ),
        change("dA * (cache > 0)", "np.multiply(dA, np.int64(cache > 0))"),
        change(
            "\ndef sigmoid_backward",
            "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n\n\ndef sigmoid_backward",
            "1 / (1 + np.exp(-cache))",
            "sigmoid(cache)",
        ),
        change(
            "\ndef sigmoid_backward",
            "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n\n\ndef sigmoid_backward",
            "dA * A * (1 - A)",
            "dA * sigmoid(cache) * sigmoid(-cache)",
        ),
        change(
            "\ndef sigmoid_backward",
            "\ndef sigmoid(Z):\n    return 1 / (1 + np.exp(-Z)), Z\n\n\ndef sigmoid_backward",
            "A = 1 / (1 + np.exp(-cache))",
            "A, _ = sigmoid(cache)",
        ),
        change(
            "\ndef sigmoid_backward",
            "\nsigmoid = lambda z: 1 / (1 + np.exp(-z))\n\n\ndef sigmoid_backward",
            "1 / (1 + np.exp(-cache))",
            "sigmoid(cache)",
        ),
    ),
    wrong=(
        ("sigmoid_backward.dZ", change("dA * A * (1 - A)", "A * (1 - A)")),
        ("sigmoid_backward.dZ", change("dA * A * (1 - A)", "dA * (1 - A)")),
        ("sigmoid_backward.dZ", change("dA * A * (1 - A)", "dA * A")),
        ("sigmoid_backward.dZ", change("dA * A * (1 - A)", "dA * (1 - A ** 2)")),
        ("sigmoid_backward.dZ", change("dA * A * (1 - A)", "dA * cache * (1 - cache)")),
        ("sigmoid_backward.dZ", change("dA * A * (1 - A)", "dA * A * (1 + A)")),
        ("sigmoid_backward.dZ", change("dA * A * (1 - A)", "-dA * A * (1 - A)")),
        ("sigmoid_backward.dZ", change("dA * A * (1 - A)", "A")),
        ("sigmoid_backward.dZ", change("np.exp(-cache)", "np.exp(-dA)")),
        (
            "sigmoid.A",
            change(
                "\ndef sigmoid_backward",
                "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z + 1))\n\n\ndef sigmoid_backward",
                "1 / (1 + np.exp(-cache))",
                "sigmoid(cache)",
            ),
        ),
        ("relu_backward.dZ", change("(cache > 0)", "(cache >= 0)")),
        ("relu_backward.dZ", change("(cache > 0)", "(dA > 0)")),
        ("relu_backward.dZ", change("dA * (cache > 0)", "(cache > 0) * 1.0")),
        ("relu_backward.dZ", change("dA * (cache > 0)", "np.maximum(0, dA)")),
        ("relu_backward.dZ", change("dA * (cache > 0)", "dA * np.maximum(0, cache)")),
        ("relu_backward.dZ", change("(cache > 0)", "(cache < 0)")),
        ("relu_backward.dZ", change("dA * (cache > 0)", "dA")),
        ("relu_backward.dZ", change("(cache > 0)", "np.where(cache > 0, 1, 0.01)")),
        (
            "relu_backward",
            change("    return dA * (cache > 0)", "    dA[cache <= 0] = 0\n    return dA"),
        ),
        ("relu_backward", change("    return dA * (cache > 0)", "    dZ = dA * (cache > 0)")),
    ),
)

THREE_LINES = """    dW = dZ @ A_prev.T / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    dA_prev = W.T @ dZ
    return dA_prev, dW, db"""


def with_slopes(sigmoid: str, relu: str) -> Edits:
    """Return edits that compute dA ∗ g′ in each line, without a dZ."""
    return change(
        "        dZ = dA * s * (1 - s)", f"        g = {sigmoid}",
        "        dZ = dA * (Z > 0)", f"        g = {relu}",
        "dZ @ A_prev.T", "(dA * g) @ A_prev.T",
        "np.sum(dZ,", "np.sum(dA * g,",
        "W.T @ dZ", "W.T @ (dA * g)",
    )  # fmt: skip


LAYER = Exercise(
    check_of("06_activations"),
    """
def linear_activation_forward(A_prev, W, b, activation):
    Z = W @ A_prev + b
    if activation == "sigmoid":
        e = np.exp(-np.abs(Z))
        A = np.where(Z >= 0, 1, e) / (1 + e)
    else:
        A = np.maximum(0, Z)
    return A, ((A_prev, W, b), Z)


def linear_activation_backward(dA, cache, activation):
    (A_prev, W, _), Z = cache
    m = A_prev.shape[1]
    if activation == "sigmoid":
        s = 1 / (1 + np.exp(-Z))
        dZ = dA * s * (1 - s)
    else:
        dZ = dA * (Z > 0)
    dW = dZ @ A_prev.T / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    dA_prev = W.T @ dZ
    return dA_prev, dW, db
""",
    right=(
        change(
            "        e = np.exp(-np.abs(Z))\n        A = np.where(Z >= 0, 1, e) / (1 + e)",
            "        A = 1 / (1 + np.exp(-Z))",
        ),
        change("np.maximum(0, Z)", "Z * (Z > 0)"),
        change("np.maximum(0, Z)", "np.where(Z > 0, Z, 0)"),
        change("dA * s * (1 - s)", "np.multiply(dA, np.multiply(s, 1 - s))"),
        change("dA * (Z > 0)", "np.where(Z > 0, dA, 0)"),
        change(
            '    if activation == "sigmoid":\n        s =',
            '    Z = W @ A_prev + cache[0][2]\n    if activation == "sigmoid":\n        s =',
        ),
        change(
            "1 / (1 + np.exp(-Z))",
            "linear_activation_forward(*cache[0], activation)[0]",
        ),
        change("dA * (Z > 0)", "np.array(dA, copy=True)\n        dZ[Z <= 0] = 0"),
        change(
            THREE_LINES,
            "    return linear_backward(dZ, cache[0])",
        ),
        with_slopes("s * (1 - s)", "Z > 0"),
    ),
    wrong=(
        ("linear_activation_backward(sigmoid).dZ", change("dA * s * (1 - s)", "dA * (1 - s)")),
        ("linear_activation_backward(sigmoid).dZ", change("dA * s * (1 - s)", "dA * (1 - s**2)")),
        ("linear_activation_backward(sigmoid).dZ", change("dA * s * (1 - s)", "s * (1 - s)")),
        ("linear_activation_backward(sigmoid).dZ", change("dA * s * (1 - s)", "dA * Z * (1 - Z)")),
        ("linear_activation_backward(sigmoid).dZ", change("dA * s * (1 - s)", "dA * s")),
        ("linear_activation_backward(relu).dZ", change("dA * (Z > 0)", "dA * (Z >= 0)")),
        ("linear_activation_backward(relu).dZ", change("dA * (Z > 0)", "dA * (dA > 0)")),
        ("linear_activation_backward(relu).dZ", change("dA * (Z > 0)", "dA * np.maximum(0, Z)")),
        ("linear_activation_backward(relu).dZ", change("dA * (Z > 0)", "dA")),
        ("linear_activation_backward(relu).dZ", change("dA * (Z > 0)", "(Z > 0) * 1.0")),
        (
            "linear_activation_backward(sigmoid).dZ",
            with_slopes("(1 - s)", "Z > 0"),
        ),
        (
            "linear_activation_backward(relu).dZ",
            with_slopes("s * (1 - s)", "Z >= 0"),
        ),
        (
            "linear_activation_backward(sigmoid).dZ",
            change(
                "dA * s * (1 - s)",
                "dA * (1 - s)",
                THREE_LINES,
                "    return linear_backward(dZ, cache[0])",
            ),
        ),
        (").dW", change("dZ @ A_prev.T / m", "dZ @ A_prev.T")),
        (").db", change("np.sum(dZ, axis=1, keepdims=True) / m", "np.sum(dZ, axis=1) / m")),
        (").dA_prev", change("W.T @ dZ", "W.T @ dA")),
        ("linear_activation_forward(relu).A", change("np.maximum(0, Z)", "np.abs(Z)")),
        ("linear_activation_forward(relu).A", change("np.maximum(0, Z)", "Z")),
        (
            "linear_activation_forward(sigmoid).A",
            change("np.where(Z >= 0, 1, e) / (1 + e)", "np.where(Z >= 0, e, 1) / (1 + e)"),
        ),
        ("linear_activation_forward", change("Z = W @ A_prev + b", "Z = W @ A_prev")),
        ("linear_activation_forward", change("((A_prev, W, b), Z)", "A")),
        ("linear_activation_forward", change("((A_prev, W, b), Z)", "(A_prev, W, b)")),
        ("linear_activation_forward", change("((A_prev, W, b), Z)", "(A_prev, W, b, Z)")),
        ("linear_activation_forward", change("((A_prev, W, b), Z)", "((A_prev, W, b), A)")),
        ("linear_activation_forward", change("((A_prev, W, b), Z)", "None")),
    ),
)
