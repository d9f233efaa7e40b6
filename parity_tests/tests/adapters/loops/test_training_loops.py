"""Scripts without functions: right ones pass from the path alone, and mistakes are found."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.loops.loop import Loop, read_loops
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import MISTAKEN_CALL, PASSED
from parity_tests.tests.support.paths import PROGRAMS

FOLDER = PROGRAMS / "scripts"

# Of each right program: its network, and tensors that are compared beside the gradients.
RIGHT = {
    "sigmoid_rows": ("9-7-4 (sigmoid, sigmoid), squared_error", "A1 A2 dZ2 dZ1"),
    "softmax_in_a_function": ("9-7-4 (tanh, softmax), cross_entropy", "Z1 A1 Z2 A2 dZ2 dZ1"),
    "spiral": ("9-7-4 (relu, softmax), cross_entropy", "A1 Z2 A2 J dZ2 dZ1"),
    "columns_and_cost": ("9-7-4 (tanh, sigmoid), binary_cross_entropy", "Z1 A1 Z2 A2 J dZ2 dZ1"),
    "xor": ("9-7-4 (sigmoid, sigmoid), squared_error", "Z1 A1 Z2 A2 dZ2 dZ1"),
    "minibatches": ("9-7-4 (relu, softmax), cross_entropy", "Z1 A1 A2 J dZ2 dZ1"),
    "example_by_example": ("9-7-4 (sigmoid, sigmoid), squared_error", "Z1 A1 Z2 A2"),
    "numbered_examples": ("9-7-4 (tanh, identity), squared_error", "A1 A2"),
    "sum_of_squares": ("9-7-4 (relu, identity), squared_error", "Z1 A1 A2 J dZ2 dZ1"),
    "dictionary_of_three_layers": (
        "9-7-5-4 (relu, relu, softmax), cross_entropy", "Z1 A1 Z2 A2 Z3 A3 J dZ3 dZ2 dZ1",
    ),
    "momentum": ("9-7-4 (sigmoid, identity), squared_error", "Z1 A1 A2"),
    "global_weights": ("9-7-4 (tanh, identity), squared_error", "A1 A2 dZ2 dZ1"),
    "logistic_regression": ("9-1 (sigmoid), binary_cross_entropy", "A1 J"),
    "list_of_weights": ("9-7-4 (relu, softmax), cross_entropy", "Z1 A1 Z2 A2 dZ2 dZ1"),
    "batches_of_a_generator": ("9-7-4 (tanh, identity), squared_error", "A1 A2 J dZ2 dZ1"),
    "summed_over_examples": ("9-7-4 (sigmoid, sigmoid), squared_error", "Z1 A1 Z2 A2"),
    "updates_in_a_loop": (
        "9-7-5-4 (relu, relu, identity), squared_error", "Z1 A1 Z2 A2 A3 J dZ3 dZ2 dZ1",
    ),
}  # fmt: skip
NO_BIASES = {"sigmoid_rows", "sum_of_squares", "global_weights", "updates_in_a_loop"}
FAST = {"sigmoid_rows", "minibatches"}

# Of each program, mistakes: a text, another one instead, and the first finding: the tensor and the
# end of the cause's code, or that of the finding where no cause is known.
WRONG: dict[str, tuple[tuple[str, str, str], ...]] = {
    "sigmoid_rows": (
        ("miss = wanted - layer2", "miss = layer2 - wanted", "dZ2 sign-flipped"),
        ("step2.dot(w_out.T) * squash(layer1, slope=True)", "step2.dot(w_out.T)",
         "dZ1 missing-derivative"),
        ("w_in += layer0.T.dot(step1)", "w_in += layer0.T.dot(step2.dot(w_out.T))",
         "dW1 after-update"),
    ),
    "softmax_in_a_function": (
        ("1 - np.power(a1, 2)", "1 - a1", "dZ1 missing-square"),
        ("delta3[range(count), y] -= 1", "delta3[range(count), y] += 1", "dZ2 plus-Y"),
        ("W1 += -epsilon * dW1", "W1 += epsilon * dW1", "dW1 sign-flipped"),
    ),
    "spiral": (
        ("dW = np.dot(X.T, dhidden)", "dW = np.dot(X.T, dhidden * num_examples)",
         "dW1 missing-1/m"),
        ("dhidden[hidden <= 0] = 0", "dhidden[dhidden <= 0] = 0", "dZ1 mask-of-dA"),
        ("db2 = np.sum(dscores", "db2 = np.mean(dscores", "db2 divided-by-m-twice"),
    ),
    "columns_and_cost": (
        ("(1 - A1**2)", "A1 * (1 - A1)", "dZ1 sigmoid-derivative"),
        ("W2 = W2 - learning_rate * dW2", "W2 = W2 + learning_rate * dW2", "dW2 sign-flipped"),
        ("dZ2 = A2 - Y", "dZ2 = Y - A2", "dZ2 sign-flipped"),
    ),
    "xor": (
        ("sigmoid_derivative(hidden_layer_output)", "sigmoid_derivative(hidden_layer_activation)",
         "dZ1 Z-for-A-in-derivative"),
        ("np.sum(d_hidden_layer, axis=0, keepdims=True)", "np.sum(d_hidden_layer)",
         "db1 sum-of-everything"),
        ("    output_layer_activation += output_bias\n", "", "Z2 missing-b"),
    ),
    "minibatches": (
        ("dw2 = a.T @ dz2", "dw2 = a.T @ (p - tb)", "dW2 missing-1/m"),
        ("(h > 0)", "(da > 0)", "dZ1 mask-of-dA"),
        ("b1 -= lr * db1", "b1 -= lr * db1.mean()", "db1 mean-of-everything"),
    ),
    "numbered_examples": (
        ("(1 - hidden**2)", "(1 - hidden)", "dW1 missing-square"),
        ("d -= 0.05 * diff", "d -= 0.05 * diff * out", "db2 value"),
        ("V -= 0.05", "V += 0.05", "dW1 sign-flipped"),
    ),
    "list_of_weights": (
        ("dZ2.dot(A1.T)", "dZ2.dot(Z1.T)", "dW2 Z_prev-for-A_prev"),
        ("m = y_train.size", "m = x_train.size", "dW2 times-c"),
        ("db1 = 1 / m", "db1 = 2 / m", "db1 twice"),
    ),
    "logistic_regression": (
        ("dw = X.T @ (p - y) / len(y)", "dw = X.T @ (p - y)", "dW1 missing-1/m"),
    ),
    "momentum": (
        ("vb = momentum * vb - rate * gb", "vb = momentum * vb + rate * gb", "db2 sign-flipped"),
    ),
    "summed_over_examples": (
        ("nabla_w2 += np.dot", "nabla_w2 = np.dot", "dW2 sum-of-last-example"),
    ),
}  # fmt: skip


def examined(path: Path) -> Report:
    return examine(Request(str(path), examples=11))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in FAST else pytest.mark.slow) for n in RIGHT]
)
def test_a_right_script_passes_from_its_path_alone(name: str) -> None:
    report = examined(FOLDER / f"{name}.py")
    network, tensors = RIGHT[name]
    assert (report.verdict, report.findings) == (PASSED, ())
    assert report.problem == f"{network}, 11 examples"
    layers = range(1, network.partition(" ")[0].count("-") + 1)
    kinds = ("dW",) if name in NO_BIASES else ("dW", "db")
    assert report.judged == {*tensors.split(), *(f"{kind}{l}" for kind in kinds for l in layers)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "first"),
    [(name, *each) for name, every in WRONG.items() for each in every],
)
def test_a_mistake_in_a_script_is_found_and_named(
    tmp_path: Path, name: str, old: str, new: str, first: str
) -> None:
    finding = examined(edited(tmp_path, name, old, new)).findings[0]
    codes = {c.code for c in finding.causes if c.is_certain} or {finding.code}
    tensor, code = first.split()
    assert finding.tensor == tensor
    assert {c.partition(".")[2] for c in codes} == {code}


def edited(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """The right program with another text instead of one."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    assert old in source
    path = tmp_path / f"{name}.py"
    path.write_text(source.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.slow
def test_what_is_no_gradient_descent_is_not_accused() -> None:
    """What Adam subtracts is no multiple of the gradient."""
    report = examined(FOLDER / "adam.py")
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert [f.code for f in report.mistaken] == ["mistaken-call.unknown-network"]


def test_gradients_in_another_scale_than_the_cost_are_not_accused(tmp_path: Path) -> None:
    """A 1/m that all gradients lack may be in the learning rate: the user says so."""
    path = edited(tmp_path, "minibatches", "(p - tb) / len(xb)", "p - tb")
    report = examined(path)
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert [f.code for f in report.mistaken] == ["mistaken-call.other-scale"]
    assert examine(Request(str(path), examples=11, gradients="sum")).verdict == PASSED


@pytest.mark.parametrize("line", ["w_in += layer0.T.dot(step1)", "w_out += layer1.T.dot(step2)"])
def test_weights_that_are_not_updated_keep_a_script_from_passing(tmp_path: Path, line: str) -> None:
    report = examined(edited(tmp_path, "sigmoid_rows", line, ""))
    assert (report.passed, report.findings) == (False, ())


def test_a_loop_that_updates_nothing_keeps_a_script_from_passing(tmp_path: Path) -> None:
    """`W = W - lr * dW` in a loop over names leaves W1 as it is; relu and its slope are right."""
    report = examined(edited(tmp_path, "updates_in_a_loop", "W -= lr * dW", "W = W - lr * dW"))
    assert (report.passed, report.findings) == (False, ())
    assert report.unchecked_passes == ("the loop in lines 22–38",)


def test_a_loop_that_raises_in_every_reading_is_a_mistaken_call(tmp_path: Path) -> None:
    report = examined(edited(tmp_path, "numbered_examples", "np.outer(back, X[i])", "unknown"))
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert "the loop in lines 13–21" in report.mistaken[0].message
    assert "NameError" in report.mistaken[0].message


def test_a_second_loop_keeps_a_script_from_passing(tmp_path: Path) -> None:
    source = (FOLDER / "sum_of_squares.py").read_text(encoding="utf-8")
    path = tmp_path / "twice.py"
    path.write_text(source + source[source.index("for t in") :], encoding="utf-8")
    report = examined(path)
    assert report.verdict != PASSED
    assert report.unchecked_passes == ("the loop in lines 29–45",)


def test_other_data_in_a_round_are_not_taken_for_the_inputs(tmp_path: Path) -> None:
    other = (
        "            seen = softmax(np.maximum(val_x @ w1 + b1, 0) @ w2 + b2)\n"
        "            val_loss = -np.mean(np.log(seen[range(len(val_y)), val_y]))\n"
    )
    first = "            h = xb @ w1 + b1\n"
    report = examined(edited(tmp_path, "minibatches", first, other + first))
    assert (report.verdict, report.findings) == (PASSED, ())
    assert {"Z1", "A1", "A2", "J"} <= report.judged


@pytest.mark.parametrize("shape", ["y.reshape(y.size, 1)", "np.reshape(y, (len(y), 1))"])
def test_labels_that_are_brought_into_another_shape_are_labels(shape: str) -> None:
    source = f"""
y = data[:, 2]
y = {shape}
W = np.zeros((2, 1))
for i in range(9):
    p = X @ W
    W -= 0.1 * X.T @ (p - y)
"""
    (loop,) = read_loops(ast.parse(source), {}, None)
    assert (loop.names.x, loop.names.y, {**loop.names.doubts}) == ("X", "y", {})


def test_what_a_round_prints_is_not_executed(tmp_path: Path) -> None:
    """Nor is what reads data: the file of columns_and_cost does not exist."""
    shown = "    print('round', i)\n    plt.show()\n    Z1 = "
    path = edited(tmp_path, "columns_and_cost", "    Z1 = ", shown)
    assert examined(path).verdict == PASSED


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("momentum", "features target A B a b"),
        ("numbered_examples", "X[i] T[i] V U c d"),
        ("example_by_example", "x y weights1 weights2 biases1 biases2"),
        ("batches_of_a_generator", "x t V W c d"),
        ("dictionary_of_three_layers", "X Y "
         "net['W1'] net['W2'] net['W3'] net['b1'] net['b2'] net['b3']"),
    ],
)  # fmt: skip
def test_names_are_told_by_what_a_round_does(name: str, own: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    (one,) = read_loops(tree, {}, None)
    assert " ".join([one.names.x, one.names.y, *one.names.parameters.values()]) == own
    assert not one.names.doubts


def test_a_name_that_is_stated_is_not_told_by_the_program() -> None:
    tree = ast.parse((FOLDER / "spiral.py").read_text(encoding="utf-8"))
    loop = Loop("spiral.py", Y="labels", A1="h")
    (one,) = read_loops(tree, loop.names, loop.line)
    assert (one.names.y, one.tensors["A1"]) == ("labels", "h")
    assert read_loops(tree, {"W1": "scores"}, None) == []
