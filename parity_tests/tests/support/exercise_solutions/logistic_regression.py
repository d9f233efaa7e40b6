"""Lesson 4: the cost and its gradients, gradient descent, and predictions."""

from __future__ import annotations

from parity_tests.tests.support.exercise_solutions import Exercise, change, check_of

PROPAGATE = Exercise(
    'check_functions(propagate, network="5-1", examples=11)',
    """
def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(w.T @ X + b)))
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    dw = X @ (A - Y).T / m
    db = np.sum(A - Y) / m
    return {"dw": dw, "db": db}, cost
""",
    right=(
        change("X @ (A - Y).T / m", "1 / m * np.dot(X, (A - Y).T)"),
        change("X @ (A - Y).T / m", "((A - Y) @ X.T).T / m"),
        change("np.sum(A - Y) / m", "np.mean(A - Y)"),
        change("np.sum(A - Y) / m", "(A - Y).sum(axis=1, keepdims=True) / m"),
        change("    dw =", "    dZ = A - Y\n    dw =", "X @ (A - Y).T", "X @ dZ.T"),
        change(
            "-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m",
            "-np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))",
        ),
        change(
            "-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m",
            "np.mean(np.logaddexp(0, w.T @ X + b) - Y * (w.T @ X + b))",
        ),
        change(
            "-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m",
            "np.squeeze(-(Y @ np.log(A).T + (1 - Y) @ np.log(1 - A).T) / m)",
        ),
        change(
            "\ndef propagate",
            "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n\n\ndef propagate",
            "1 / (1 + np.exp(-(w.T @ X + b)))",
            "sigmoid(np.dot(w.T, X) + b)",
        ),
        change(
            "\ndef propagate",
            "\ndef sigmoid(z):\n    s = 1 / (1 + np.exp(-z))\n    return s\n\n\ndef propagate",
            "1 / (1 + np.exp(-(w.T @ X + b)))",
            "sigmoid((X.T @ w).T + b)",
        ),
    ),
    wrong=(
        ("dW1", change("X @ (A - Y).T / m", "X @ (A - Y).T")),
        ("dW1", change("X @ (A - Y).T / m", "(A - Y) @ X.T / m")),
        ("dW1", change("X @ (A - Y).T / m", "X @ (Y - A).T / m")),
        ("dW1", change("X @ (A - Y).T / m", "X @ A.T / m")),
        ("dW1", change("X @ (A - Y).T / m", "X @ (A - Y).T / len(X)")),
        ("dW1", change("X @ (A - Y).T / m", "X @ (A - Y).T * (A * (1 - A)).mean() / m")),
        ("db1", change("np.sum(A - Y) / m", "np.sum(A - Y)")),
        ("db1", change("np.sum(A - Y) / m", "np.sum(Y - A) / m")),
        ("db1", change("np.sum(A - Y) / m", "np.sum(A) / m")),
        ("J", change("-np.sum(Y * np.log(A) +", "-np.sum(Y * np.log(A) -")),
        ("J", change("cost = -np.sum", "cost = np.sum")),
        ("J", change("np.log(1 - A)) / m", "np.log(1 - A))")),
        ("J", change("Y * np.log(A) + (1 - Y) * np.log(1 - A)", "Y * np.log(A)")),
        ("J", change("(1 - Y) * np.log(1 - A)", "(1 - Y) * np.log(A)")),
        (
            "A1",
            change(
                "\ndef propagate",
                "\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))\n\n\ndef propagate",
                "1 / (1 + np.exp(-(w.T @ X + b)))",
                "sigmoid(w.T @ X + b)",
            ),
        ),
        ("A1", change("np.exp(-(w.T @ X + b))", "np.exp(-(w.T @ X - b))")),
        ("A1", change("1 / (1 + np.exp(-(w.T @ X + b)))", "np.tanh(w.T @ X + b)")),
        ("d", change("m = X.shape[1]", "m = 11")),
        ("d", change("m = X.shape[1]", "m = X.shape[0]")),
        ("propagate", change('"dw": dw', '"gw": dw')),
        ("dW1", change("dw = X @ (A - Y).T / m", "dw = np.sum(X * (A - Y), axis=1) / m")),
    ),
)

GRADIENT_DESCENT = Exercise(
    check_of("04_logistic_regression"),
    """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def propagate(w, b, X, Y):
    m = X.shape[1]
    A = sigmoid(w.T @ X + b)
    cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    return {"dw": X @ (A - Y).T / m, "db": np.sum(A - Y) / m}, cost


def optimize(w, b, X, Y, num_iterations=100, learning_rate=0.009, print_cost=False):
    costs = []
    for i in range(num_iterations):
        grads, cost = propagate(w, b, X, Y)
        w = w - learning_rate * grads["dw"]
        b = b - learning_rate * grads["db"]
        costs.append(cost)
    return {"w": w, "b": b}, grads, costs


def predict(w, b, X):
    A = sigmoid(w.T @ X + b)
    return (A > 0.5).astype(float)
""",
    right=(
        change('w = w - learning_rate * grads["dw"]', 'w -= learning_rate * grads["dw"]'),
        change("(A > 0.5).astype(float)", "np.where(A > 0.5, 1, 0)"),
        change("(A > 0.5).astype(float)", "A > 0.5"),
        change("(A > 0.5).astype(float)", "np.array([[1 if a > 0.5 else 0 for a in A[0]]])"),
        change("(A > 0.5).astype(float)", "np.round(A)"),
        change("A = sigmoid(w.T @ X + b)\n    return (A > 0.5)", "return (w.T @ X + b > 0)"),
        change("num_iterations=100, learning_rate=0.009", "learning_rate=0.1, num_iterations=9"),
        change(
            "        costs.append(cost)", "        if i % 100 == 0:\n            costs += [cost]"
        ),
    ),
    wrong=(
        ("optimize(1 iteration).w", change("w - learning_rate", "w + learning_rate")),
        ("optimize(1 iteration).w", change("w - learning_rate *", "w -")),
        ("optimize(1 iteration).b", change('b - learning_rate * grads["db"]', "b")),
        ("optimize(1 iteration).w", change('learning_rate * grads["dw"]', "learning_rate * w")),
        ("optimize(1 iteration).b", change("b = b - learning_rate", "b = -learning_rate")),
        (
            "optimize(3 iterations).w",
            change("range(num_iterations)", "range(max(num_iterations - 1, 1))"),
        ),
        ("optimize(3 iterations).w", change("range(num_iterations)", "range(1)")),
        (
            "optimize(3 iterations).w",
            change(
                "    for i in range(num_iterations):\n    "
                "    grads, cost = propagate(w, b, X, Y)\n",
                "    grads, cost = propagate(w, b, X, Y)\n    for i in range(num_iterations):\n",
            ),
        ),
        ("optimize(1 iteration)", change("range(num_iterations)", "range(num_iterations + 1)")),
        ("optimize", change('{"w": w, "b": b}, grads, costs', '{"w": w, "b": b}')),
        ("optimize", change('{"w": w, "b": b}, grads, costs', "(w, b), grads, costs")),
        ("predict", change("A > 0.5", "w.T @ X + b > 0.5")),
        ("predict", change("A > 0.5", "A < 0.5")),
        (
            "predict",
            change(
                "    A = sigmoid(w.T @ X + b)\n    return", "    A = sigmoid(w.T @ X)\n    return"
            ),
        ),
        ("optimize", change("grads, costs\n\n", "grads, costs[0]\n\n")),
        ("optimize", change("grads, costs\n\n", "{}, costs\n\n")),
        (
            "optimize(1 iteration).dw",
            change(
                '    return {"w": w', '    grads, _ = propagate(w, b, X, Y)\n    return {"w": w'
            ),
        ),
        ("predict", change("A > 0.5", "A > 0")),
        ("predict", change("(A > 0.5).astype(float)", "A")),
        ("predict", change("(A > 0.5).astype(float)", "(A > 0.5)[0]")),
        ("predict", change("    return (A > 0.5).astype(float)", "    A > 0.5")),
        ("A1", change("np.exp(-z)", "np.exp(z)")),
        ("dW1", change("X @ (A - Y).T / m", "X @ (A - Y).T")),
    ),
)
