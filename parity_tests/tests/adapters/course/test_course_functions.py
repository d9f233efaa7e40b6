"""The course's functions as candidates: correct ones pass, and one bug is found at its tensor."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.course_files import changed, examined
from ref_numpy import InputError


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("name", ["week2.py", "week3.py", "week4.py", "week4.ipynb"])
def test_correct_functions_pass(name: str, precision: str) -> None:
    report = examined(PROGRAMS / name, precision=precision)
    report.raise_findings()
    assert report.precision == precision
    expected = {
        "week2.py": {"A1", "J", "dW1", "db1", "sigmoid.A"},
        "week3.py": {"Z1", "A1", "Z2", "A2", "J", "dZ2", "dW2", "db2", "dZ1", "dW1", "db1"},
    }
    whole = {"A0", "dA3", "dZ3", "dZ1", "dA0", "linear_backward.db", "update_parameters.b3"}
    assert {tensor.name for tensor in report.tensors} >= expected.get(name, whole)
    assert not set(report.not_checked) & {tensor.name for tensor in report.tensors}


BUGS = {
    "week2": [
        ("(1 - Y) * np.log(1 - A)", "(1 - Y) * np.log(A)", "J"),
        ('{"dw": dw, "db": db}', '{"dw": dw.T, "db": db}', "dW1"),
    ],
    "week3": [
        # The A2 that is returned counts, not that of the cache.
        ("return A2, {", "return A2.T, {", "A2"),
        ("(1 - np.power(A1, 2))", "(1 - A1)", "dZ1"),
        (', "db2": db2', "", "backward_propagation"),
        ("- learning_rate", "+ learning_rate", "update_parameters.W1"),
    ],
    "week4": [
        ("cache = (A, W, b)", "cache = (A, 2 * W, b)", "linear_forward"),
        ('caches[L-1], "sigmoid"', 'caches[L-1], "relu"', "dZ3"),
        ("- learning_rate", "- 2 * learning_rate", "update_parameters.W1"),
        ("    return parameters", "    return {n: a.tolist() for n, a in parameters.items()}",
         "update_parameters.W1"),
    ],
}  # fmt: skip
# Of other formulas, as those above or in test_source_lines.py.
SIMILAR_BUGS = {
    "week2": [
        ("1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))", "A1"),
        ("np.dot(X, (A - Y).T)", "np.dot(X, (Y - A).T)", "dW1"),
        ("1 / m * np.sum(A - Y)", "np.sum(A - Y)", "db1"),
    ],
    "week3": [
        ("np.dot(W1, X) + b1", "np.dot(W1, X)", "Z1"),
        ("A1 = np.tanh(Z1)", "A1 = sigmoid(Z1)", "A1"),
        ("/(1+np.exp(-x))", "/(1+np.exp(-2*x))", "A2"),
        (" + np.multiply(np.log(1 - A2), 1 - Y)", "", "J"),
        ("dZ2 = A2 - Y", "dZ2 = Y - A2", "dZ2"),
        ("np.dot(dZ1, X.T) / m", "np.dot(dZ1, X.T)", "dW1"),
        ("db2 = np.sum(dZ2, axis=1, keepdims=True) / m", "db2 = np.sum(dZ2) / m", "db2"),
    ],
    "week4": [
        ("np.dot(W, A) + b", "np.dot(W, A)", "Z1"),
        ('str(L)], "sigmoid")', 'str(L)], "relu")', "A3"),
        ("-1. / m * np.sum", "1. / m * np.sum", "J"),
        ("dAL = -(", "dAL = (", "dA3"),
        ("1. / m * np.dot(dZ, A_prev.T)", "np.dot(dZ, A_prev.T)", "dW3"),
        ("1. / m * np.sum(dZ, axis=1", "2. / m * np.sum(dZ, axis=1", "db3"),
        ("np.dot(W.T, dZ)", "np.dot(W.T, dZ) / m", "dA2"),
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("week", "old", "new", "tensor"),
    [
        (week, *bug)
        for all_bugs in (BUGS, SIMILAR_BUGS)
        for week, bugs in all_bugs.items()
        for bug in bugs
    ],
)
def test_a_bug_is_found_at_its_tensor(tmp_path: Path, week, old, new, tensor) -> None:
    report = examined(changed(tmp_path, week, (old, new)))
    assert report.findings[0].tensor == tensor


@pytest.mark.slow
def test_a_function_that_calls_a_wrong_one_is_not_wrong(tmp_path: Path) -> None:
    path = changed(tmp_path, "week4", ("np.dot(dZ, A_prev.T)", "np.dot(dZ, A_prev.T) * m"))
    tensors = [finding.tensor for finding in examined(path).findings]
    assert tensors == ["dW3", "dW2", "dW1", "linear_backward.dW"]


@pytest.mark.slow
def test_both_numberings_of_dA_are_understood(tmp_path: Path) -> None:
    """The older edition's dA[l] is the newer one's dA[l−1]."""
    path = changed(
        tmp_path, "week4",
        ('grads["dA" + str(L-1)], ', 'grads["dA" + str(L)], '),
        ('grads["dA" + str(l)], ', 'grads["dA" + str(l + 1)], '),
        ('grads["dA" + str(l + 1)], caches', 'grads["dA" + str(l + 2)], caches'),
    )  # fmt: skip
    report = examined(path)
    report.raise_findings()
    assert {"dA0", "dA1", "dA2"} <= {tensor.name for tensor in report.tensors}
    wrong = path.read_text().replace("np.dot(W.T, dZ)", "-np.dot(W.T, dZ)")
    path.write_text(wrong)
    assert examined(path).findings[0].tensor == "dA2"


OWN_HELPER = """
def relu(Z):
    return np.maximum(0, Z), Z

def relu_backward(dA, cache):
    dZ = {start}
    dZ[cache <= 0] = 0
    return dZ
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "found"), [("np.array(dA)", []), ("dA", ["dA2", "dA1", "relu_backward.dA"])]
)
def test_an_argument_changed_in_place_is_found(tmp_path: Path, start: str, found: list) -> None:
    """dA2 is returned after relu_backward has overwritten it."""
    path = changed(
        tmp_path, "week4", ("sigmoid, sigmoid_backward, relu, relu_b", "sigmoid, sigmoid_b")
    )
    path.write_text(path.read_text() + OWN_HELPER.format(start=start))
    report = examined(path)
    assert [finding.tensor for finding in report.findings] == found
    if found:
        assert "relu_backward changed dA, which it was given, in place" in str(report)


@pytest.mark.slow
def test_a_variable_of_a_function_may_be_scaled(tmp_path: Path) -> None:
    """dZ2 with the 1/m already in it is a variable of its own; dW2 is right."""
    path = changed(
        tmp_path, "week3",
        ("dZ2 = A2 - Y", "dZ2 = (A2 - Y) / m"),
        ("np.dot(dZ2, A1.T) / m", "np.dot(dZ2, A1.T)"),
        ("np.sum(dZ2, axis=1, keepdims=True) / m", "np.sum(dZ2, axis=1, keepdims=True)"),
        ("np.dot(dZ1, X.T) / m", "np.dot(dZ1, X.T)"),
        ("np.sum(dZ1, axis=1, keepdims=True) / m", "np.sum(dZ1, axis=1, keepdims=True)"),
    )  # fmt: skip
    report = examined(path)
    report.raise_findings()
    assert "dZ2" in report.not_checked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("week", "change", "tensor", "message"),
    [
        ("week4", ("return dA_prev, dW, db", "return dW, db"), "linear_backward",
         r"linear_backward returned a tuple of 2; expected \(dA_prev, dW, db\)"),
        ("week4", ("    return grads", "    return"), "L_model_backward",
         r"L_model_backward returned nothing \(None\); expected a dictionary"),
        ("week4", ("caches.append(cache)", "caches.append(A)"), "L_model_forward",
         r"L_model_forward's caches are not 3 times \(\(A_prev, W, b\), Z\), one a layer"),
        ("week4", ("    cache = (A, W, b)\n    return Z, cache", "    return Z"), "linear_forward",
         r"linear_forward returned an array of shape \(4, 7\); expected \(Z, cache\)"),
        ("week4", ("A_prev, W, b = cache", "A_prev, W = cache"), "linear_backward",
         r"linear_backward raised ValueError: .* \(week4_changed.py, line \d+: A_prev, W = cach"),
        ("week4", ("A, activation_cache = relu(Z)", "A, activation_cache = relu(Z), Z"),
         "linear_activation_forward(relu).A",
         r"linear_activation_forward\(relu\), alone on random numbers: A is a tuple of 2; "
         r"expected an array of shape \(4, 7\), as its element 0 is; "
         r"perhaps the function returned \(A, cache\)"),
        ("week3", (', "dW2": dW2', ', "d2": dW2'), "backward_propagation",
         "backward_propagation returned no dW2; its keys are dW1, db1, d2, db2"),
        ("week3", ('"Z1": Z1, ', ""), "forward_propagation",
         "forward_propagation returned no Z1; its keys are A1, Z2, A2"),
        ("week3", ("return A2, {", "return {"), "forward_propagation",
         r"forward_propagation returned a dict; expected \(A2, cache\)"),
        ("week2", ("return {", "return None, {"), "propagate",
         r"propagate returned a tuple of 3; expected \(grads, cost\)"),
    ],
)  # fmt: skip
def test_a_result_of_another_kind_is_one_sentence(tmp_path, week, change, tensor, message) -> None:
    findings = {f.tensor: f for f in examined(changed(tmp_path, week, change)).findings}
    assert re.match(message, findings[tensor].message)


@pytest.mark.parametrize(
    ("week", "asked", "message"),
    [
        (
            "week2",
            {"network": "6-5-1"},
            "propagate is logistic regression but the network is 6-5-1",
        ),
        ("week3", {"network": "6-1"}, "forward_propagation has one hidden layer but the network"),
        ("week4", {"lambd": 0.1}, "has no λ, as the assignments have none; leave --lambd out"),
    ],
)
def test_a_network_that_the_functions_cannot_have_is_one_sentence(week, asked, message) -> None:
    with pytest.raises(InputError, match=message):
        examined(PROGRAMS / f"{week}.py", **asked)


@pytest.mark.slow
def test_a_softmax_is_one_more_branch(tmp_path: Path) -> None:
    """As learners extend it to many classes; the cost is then the cross-entropy, alone too."""
    path = changed(
        tmp_path, "week4",
        ("A, activation_cache = relu(Z)", "A, activation_cache = relu(Z)\n"
         '    else:\n        A, activation_cache = softmax(Z), Z'),
        ("dZ = relu_backward(dA, activation_cache)", "dZ = relu_backward(dA, activation_cache)\n"
         '    elif activation == "softmax":\n        dZ = softmax_backward(dA, activation_cache)'),
        ('str(L)], "sigmoid")', 'str(L)], "softmax")'),
        ('caches[L-1], "sigmoid"', 'caches[L-1], "softmax"'),
        ("(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))", "(Y * np.log(AL))"),
        ("-(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))", "-Y / AL"),
    )  # fmt: skip
    path.write_text(path.read_text() + SOFTMAX)
    report = examined(path, network="6-5-4-3", output="softmax")
    report.raise_findings()
    names = {tensor.name for tensor in report.tensors}
    assert {"J", "dA3", "dZ3", "dW3", "compute_cost.cost", "L_model_backward.dW3"} <= names


SOFTMAX = """
def softmax(Z):
    t = np.exp(Z - Z.max(axis=0, keepdims=True))
    return t / t.sum(axis=0, keepdims=True)

def softmax_backward(dA, cache):
    A = softmax(cache)
    return A * (dA - (dA * A).sum(axis=0, keepdims=True))
"""


@pytest.mark.slow
def test_deeper_and_wider_networks_are_the_same_functions() -> None:
    for network in ("3-1", "5-4-2", "7-6-5-4-3-2-1"):
        examined(PROGRAMS / "week4.py", network=network).raise_findings()
