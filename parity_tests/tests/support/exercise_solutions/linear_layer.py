"""Lessons 1 and 2: a layer without its activation."""

from __future__ import annotations

from parity_tests.tests.support.exercise_solutions import Exercise, change, check_of

LINEAR_FORWARD = Exercise(
    check_of("01_vectorisation"),
    """
def linear_forward(A, W, b):
    Z = W @ A + b
    return Z, (A, W, b)
""",
    right=(
        change("W @ A + b", "np.dot(W, A) + b"),
        change("W @ A + b", "np.einsum('ij,jk->ik', W, A) + b"),
        change("W @ A + b", "np.matmul(W, A) + np.tile(b, (1, A.shape[1]))"),
        change("W @ A + b", "np.hstack([W, b]) @ np.vstack([A, np.ones((1, A.shape[1]))])"),
        change("W @ A + b", "(A.T @ W.T + b.T).T"),
        change("    Z = W @ A + b", "    Z = b + sum(W[:, [j]] * A[[j]] for j in range(len(A)))"),
        change("(A, W, b)\n", "[A, W, b]\n"),
        change("    Z =", "    cache = A, W, b\n    Z =", "(A, W, b)\n", "cache\n"),
    ),
    wrong=(
        ("linear_forward.Z", change("W @ A + b", "W @ A")),
        ("linear_forward.Z", change("W @ A + b", "W @ A - b")),
        ("linear_forward", change("W @ A + b", "W.T @ A + b")),
        ("linear_forward.Z", change("W @ A + b", "W @ A + b.sum()")),
        ("linear_forward.Z", change("W @ A + b", "W @ A + 1")),
        ("linear_forward.Z", change("W @ A + b", "np.maximum(0, W @ A + b)")),
        ("linear_forward.Z", change("W @ A + b", "2 * (W @ A) + b")),
        ("linear_forward.Z", change("W @ A + b", "W @ (A + A.mean()) + b")),
        ("linear_forward.Z", change("W @ A + b", "W[:, :-1] @ A[:-1] + b")),
        ("linear_forward", change("(A, W, b)\n", "None\n")),
        ("linear_forward", change("(A, W, b)\n", "(A, W)\n")),
        ("linear_forward", change("(A, W, b)\n", "(W, A, b)\n")),
        ("linear_forward", change("(A, W, b)\n", "(Z, W, b)\n")),
        ("linear_forward", change("(A, W, b)\n", "{'A': A, 'W': W, 'b': b}\n")),
        ("linear_forward", change("return Z, (A, W, b)", "return Z")),
        ("linear_forward", change("    Z = W @ A + b", "    Z = np.zeros((4, 7))")),
        (
            "linear_forward.Z",
            change(
                "    Z = W @ A + b", "    Z = np.vstack([W[i] @ A[:, :7] for i in range(4)]) + b"
            ),
        ),
    ),
)

LINEAR_BACKWARD = Exercise(
    check_of("02_broadcasting"),
    """
def linear_backward(dZ, cache):
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db
""",
    right=(
        change("np.sum(dZ, axis=1, keepdims=True) / m", "dZ.mean(axis=1, keepdims=True)"),
        change("np.sum(dZ, axis=1, keepdims=True) / m", "dZ.sum(1).reshape(-1, 1) / m"),
        change("np.sum(dZ, axis=1, keepdims=True) / m", "dZ.sum(axis=1)[:, None] / m"),
        change("np.sum(dZ, axis=1, keepdims=True) / m", "dZ @ np.ones((m, 1)) / m"),
        change(
            "np.sum(dZ, axis=1, keepdims=True) / m", "1 / m * np.sum(dZ, axis=1, keepdims=True)"
        ),
        change("np.dot(dZ, A_prev.T) / m", "1. / m * np.dot(dZ, A_prev.T)"),
        change("np.dot(dZ, A_prev.T) / m", "(A_prev @ dZ.T).T / m"),
        change(
            "np.dot(dZ, A_prev.T) / m",
            "sum(np.outer(dZ[:, i], A_prev[:, i]) for i in range(m)) / m",
        ),
        change("np.dot(W.T, dZ)", "(dZ.T @ W).T"),
        change("m = A_prev.shape[1]", "m = dZ.shape[-1]"),
    ),
    wrong=(
        ("linear_backward.db", change("axis=1, keepdims=True", "axis=0")),
        ("linear_backward.db", change("axis=1, keepdims=True", "axis=1")),
        ("linear_backward.db", change("axis=1, keepdims=True", "axis=0, keepdims=True")),
        ("linear_backward.db", change("np.sum(dZ, axis=1, keepdims=True) / m", "np.sum(dZ) / m")),
        ("linear_backward.db", change("keepdims=True) / m", "keepdims=True)")),
        ("linear_backward.db", change("db = np.sum(dZ", "db = np.sum(dZ ** 2")),
        ("linear_backward.db", change("db = np.sum(dZ", "db = np.sum(A_prev")),
        ("linear_backward.dW", change("A_prev.T) / m", "A_prev.T)")),
        ("linear_backward.dW", change("np.dot(dZ, A_prev.T) / m", "np.dot(A_prev, dZ.T) / m")),
        ("linear_backward.dW", change("A_prev.T) / m", "A_prev.T) / len(dZ)")),
        ("linear_backward.dW", change("np.dot(dZ, A_prev.T) / m", "-np.dot(dZ, A_prev.T) / m")),
        (
            "linear_backward.dW",
            change("np.dot(dZ, A_prev.T) / m", "np.dot(dZ, A_prev.T) / (2 * m)"),
        ),
        ("linear_backward.dW", change("np.dot(dZ, A_prev.T) / m", "np.dot(dZ, A_prev.T) / m ** 2")),
        ("linear_backward.dA_prev", change("np.dot(W.T, dZ)", "np.dot(W.T, dZ) / m")),
        ("linear_backward.dA_prev", change("np.dot(W.T, dZ)", "-np.dot(W.T, dZ)")),
        ("linear_backward", change("np.dot(W.T, dZ)", "np.dot(W, dZ)")),
        ("linear_backward", change("return dA_prev, dW, db", "return dW, db")),
        ("linear_backward", change("return dA_prev, dW, db", "return dW, db, dA_prev")),
        ("linear_backward", change("m = A_prev.shape[1]", "m = 7")),
        ("linear_backward", change("m = A_prev.shape[1]", "m = A_prev.shape[0]")),
        ("linear_backward", change("    m =", "    dZ *= 2\n    m =")),
    ),
)
