"""Whole networks of other interfaces, from the path alone: right ones pass, mistakes are found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.interfaces import convention_fits
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import MISTAKEN_CALL, NOT_JUDGED, PASSED
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import with_edits
from ref_numpy import InputError, NetworkSpec

FOLDER = PROGRAMS / "interfaces"

# Of each right program: words of the note on how it was read, and gradients that are compared.
RIGHT: dict[str, tuple[str, ...]] = {
    "loss_method": ("SmallNet: loss", "examples are rows", "labels are indices", "J is a mean"),
    "loss_of_many_layers": ("DeepNet: loss", "W is (n_prev, n)", "biases are (n,)"),
    "kept_gradients": ("forward, compute_loss, backward", "(1, n)", "kept in the object"),
    "lists_of_weights": ("examples are columns", "W is (n, n_prev)", "no J, gradients of a sum"),
    "one_example": ("Network: feedforward, backprop", "one example at a time", "of a sum"),
    "updates_inside": ("query, train", "no biases", "read off the update"),
    "named_layers": ("predict, loss, gradient", "labels are one-hot", "J is a mean"),
    "dictionaries": ("init_model: forward_pass, mean_loss, backward_pass", "indices"),
    "positional": ("read as forward_prop, backward_prop", "columns", "of a mean"),
    "train_step": ("read as train_step", "read off the updated parameters"),
    "layer_objects": ("Affine, Relu, Sigmoid, SoftmaxWithLoss", "indices", "kept in the object"),
    "layers_that_update": ("Dense, Tanh, mse, mse_prime", "one example", "without ½"),
    "layers_that_keep": ("DenseLayer, ReLU, SoftmaxAndLoss", "kept in the object"),
    "scalar_engine": ("a network was computed with Value",),
    "array_engine": ("a network was computed with Tensor",),
}  # fmt: skip
# Of each program, mistakes: a text, another one instead, and the first tensor that is wrong.
WRONG: dict[str, tuple[tuple[str, str, str], ...]] = {
    "loss_method": (
        ("dscores /= N", "", "dW2"),
        ("dhidden[hidden <= 0] = 0", "dhidden[dhidden <= 0] = 0", "dW1"),
        ("X.dot(W1) + b1", "X.dot(W1)", ""),
    ),
    "loss_of_many_layers": (
        ("return dout * (x > 0)", "return dout", "dW2"),
        ("dout.sum(axis=0)", "dout.mean(axis=0)", "db3"),
        ("d[range(N), y] -= 1", "d[range(N), y] += 1", "dW3"),
    ),
    "kept_gradients": (
        ("1 - self.a1**2", "1 - self.a1", "dZ1"),
        ("self.db1 = np.sum(dz1, axis=0, keepdims=True) / m",
         "self.db1 = np.sum(dz1, axis=0, keepdims=True)", "db1"),
        ("dz2 = output - y", "dz2 = y - output", "dZ2"),
    ),
    "lists_of_weights": (
        ("@ delta) * (zs[i - 1] > 0)", "@ delta)", "dW2"),
        ("delta @ activations[i].T", "delta @ activations[i].T + 1e-3 * self.weights[i]", ""),
        ("e / e.sum(axis=0)", "e / e.sum()", ""),
    ),
    "one_example": (
        ("delta) * sigmoid_prime(zs[-l])", "delta) * sigmoid(zs[-l])", "dW2"),
        ("nabla_w[-l] = np.dot(delta, activations[-l - 1].T)",
         "nabla_w[-l] = np.dot(delta, sigmoid(activations[-l - 1]).T)", "dW2"),
        ("nabla_b[-l] = delta", "nabla_b[-l] = delta * activations[-l]", "db2"),
    ),
    "updates_inside": (
        ("hidden_errors * hidden_outputs *", "hidden_errors *", "dW1"),
        ("output_errors * final_outputs", "output_errors", "dW2"),
        ("np.dot(hidden_deltas, inputs.T)", "np.dot(hidden_errors, inputs.T)", "dW1"),
    ),
    "named_layers": (
        ("dout[self.mask] = 0", "dout[dout < 0] = 0", "dW1"),
        ("(self.y - self.t) / self.t.shape[0]", "(self.y - self.t) / self.t.size", "dW2"),
        ("np.sum(dout, axis=0)", "np.sum(dout * dout, axis=0)", "db2"),
    ),
    "dictionaries": (
        ("    d_logits /= n\n", "", "dW2"),
        ('(1 - cache["hidden_out"] ** 2)', '(1 - cache["hidden_out"]) ** 2', "dW1"),
        ('"bias1": d_hidden.sum', '"bias1": -d_hidden.sum', "db1"),
    ),
    "positional": (
        ("db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)",
         "db1 = 1 / m * np.sum(dZ1) * np.ones((len(dZ1), 1))", "db1"),
        ("(Z1 > 0)", "(Z1 > 1)", "dZ1"),
        ("W1.dot(X) + b1", "W1.dot(X) - b1", "Z1"),
    ),
    "train_step": (
        ("(d_pred @ W2.T) * (h > 0)", "(d_pred @ W2.T)", "dW1"),
        ("d_pred = diff / n", "d_pred = diff", "dW2"),
        ("d_h.sum(axis=0)", "d_h.sum(axis=0) * 2", "db1"),
    ),
    "layer_objects": (
        ("np.where(self.mask, 0, dout)", "np.where(dout < 0, 0, dout)", "dZ1"),
        ("(1.0 - self.out) * self.out", "(1.0 - self.out)", "dZ2"),
        ("dx * dout / len(self.t)", "dx * dout", "dW3"),
    ),
    "layers_that_update": (
        ("1 - np.tanh(x) ** 2", "1 - x ** 2", "dW2"),
        ("np.dot(self.weights.T, output_gradient)", "np.dot(self.weights.T, output_gradient / 2)",
         "dW2"),
        ("self.bias -= learning_rate * output_gradient",
         "self.bias -= learning_rate * output_gradient / 2", "db3"),
    ),
    "layers_that_keep": (
        ("self.inputs > 0, dvalues", "dvalues > 0, dvalues", "dW2"),
        ("self.dinputs = d / len(d)", "self.dinputs = d", "dW3"),
        ("np.dot(dvalues, self.weights.T)", "np.dot(dvalues, -self.weights.T)", "dW2"),
    ),
    "scalar_engine": (
        ("self.grad += other.data * out.grad", "self.grad = other.data * out.grad", "dW3"),
        ("(1 - t**2)", "(1 - t)", "dW2"),
        ("(out.data > 0) * out.grad", "out.grad", "dW1"),
    ),
    "array_engine": (
        ("(self.data > 0) * out.grad", "out.grad", "dW1"),
        ("g = g.sum(axis=axis, keepdims=True)", "g = g.mean(axis=axis, keepdims=True)", "db2"),
        ("other.grad += self.data.T @ out.grad",
         "other.grad = self.data.T @ out.grad / len(self.data)", "dW2"),
    ),
}  # fmt: skip
FAST = {"loss_method", "kept_gradients", "one_example", "train_step"}


def examined(path: Path, **asked: Any) -> Report:
    return examine(Request(str(path), **{"examples": 11, **asked}))


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in FAST else pytest.mark.slow) for n in RIGHT]
)
def test_a_right_program_passes_from_its_path_alone(name: str) -> None:
    report = examined(FOLDER / f"{name}.py")
    assert (report.verdict, report.findings) == (PASSED, ())
    layers = {n[2:] for n in report.evidence if n.startswith("dW")}
    biases = () if name == "updates_inside" else ("db",)
    assert {f"{kind}{l}" for kind in ("dW", *biases) for l in layers} <= report.judged
    (reading,) = (note for note in report.notes if note.startswith(("read as", "a network was")))
    assert [words for words in RIGHT[name] if words not in reading] == []
    assert not report.mistaken
    assert report.adapter == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "first"),
    [(name, *each) for name, every in WRONG.items() for each in every],
)
def test_a_mistake_is_found_at_its_tensor(
    tmp_path: Path, name: str, old: str, new: str, first: str
) -> None:
    """Or it is not judged, where another activation, loss or optimiser may be behind it."""
    report = examined(changed(tmp_path, name, old, new))
    if first:
        assert report.findings[0].tensor == first, str(report)
    else:
        assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
        assert [f.code for f in report.mistaken] == ["mistaken-call.unknown-network"]


def changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """The right program with another text instead of one."""
    return edited(tmp_path, name, [(old, new)])


UNUSED = """
class Unused:
    def forward(self, x):
        return x @ x

    def backward(self, d):
        return d
"""
# Programs that may be right, as another network, or whose reading may be wrong: by program, the
# edits, and the code of the mistaken call.
DOUBTFUL = {
    "another activation": (
        "kept_gradients",
        (("np.tanh(self.z1)", "np.arctan(self.z1)"), ("1 - self.a1**2", "1 / (1 + self.z1**2)")),
        "mistaken-call.unknown-network",
    ),
    "weight decay": (
        "lists_of_weights",
        (("delta @ activations[i].T", "delta @ activations[i].T + 1e-3 * self.weights[i]"),),
        "mistaken-call.unknown-network",
    ),
    "added to the parameters": (
        "one_example",
        (("return nabla_b, nabla_w", "return [-g for g in nabla_b], [-g for g in nabla_w]"),),
        "mistaken-call.negative-gradients",
    ),
    "another class": (
        "kept_gradients",
        (
            ("(1 - self.a1**2)", "(1 - self.a1)"),
            ("import numpy as np\n", "import numpy as np\n" + UNUSED),
        ),
        "mistaken-call.other-passes",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_program_that_may_be_right_is_not_accused(tmp_path: Path, name: str) -> None:
    program, edits, code = DOUBTFUL[name]
    report = examined(edited(tmp_path, program, edits))
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert [f.code for f in report.mistaken] == [code]


LEAKY = (
    ("np.tanh(self.z1)", "np.where(self.z1 > 0, self.z1, 0.01 * self.z1)"),
    ("1 - self.a1**2", "np.where(self.z1 > 0, 1, 0.01)"),
)


def test_a_rarer_activation_is_read_from_the_forward_results(tmp_path: Path) -> None:
    """A right program is not accused of another activation; with a wrong derivative it is."""
    report = examined(edited(tmp_path, "kept_gradients", LEAKY))
    assert (report.verdict, report.findings) == (PASSED, ())
    assert "(leaky_relu, " in report.problem


MIXED = """
import numpy as np

def relu(z):
    return np.maximum(z, 0)

def loss(W1, b1, W2, b2, W3, b3, X, Y):
    A1 = np.tanh(X @ W1 + b1)
    A2 = relu(A1 @ W2 + b2)
    E = A2 @ W3 + b3 - Y
    d2 = E @ W3.T * (A2 > 0)
    d1 = d2 @ W2.T * (1 - A1**2)
    grads = {"dW1": X.T @ d1, "db1": d1.sum(0), "dW2": A1.T @ d2, "db2": d2.sum(0)}
    return (E**2).sum() / 2, {**grads, "dW3": A2.T @ E, "db3": E.sum(0)}
"""


@pytest.mark.slow
def test_hidden_layers_of_several_activations_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mixed.py"
    path.write_text(MIXED, encoding="utf-8")
    report = examined(path)
    assert (report.verdict, report.findings) == (PASSED, ())
    assert report.problem.startswith("9-7-5-4 (tanh, relu, identity), squared_error")


@pytest.mark.slow
def test_a_wrong_derivative_of_a_rarer_activation_is_found(tmp_path: Path) -> None:
    edits = LEAKY[0], ("1 - self.a1**2", "np.where(self.z1 > 0, 1, 0)")
    report = examined(edited(tmp_path, "kept_gradients", edits))
    assert "leaky_relu" in report.problem
    assert "dZ1" in {f.tensor for f in report.findings}


@pytest.mark.slow
def test_what_was_not_seen_keeps_a_program_from_passing(tmp_path: Path) -> None:
    """A class that is not used, and a db1 of another shape than b1."""
    unused = (("import numpy as np\n", "import numpy as np\n" + UNUSED),)
    report = examined(edited(tmp_path, "kept_gradients", unused))
    assert (report.verdict, report.unchecked_passes) == (NOT_JUDGED, ("class Unused",))
    column = (
        ("self.db1 = np.sum(dz1, axis=0, keepdims=True)", "self.db1 = dz1.sum(axis=0)[:, None]"),
    )
    report = examined(edited(tmp_path, "kept_gradients", column))
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert "db1" in report.not_checked


def test_an_argument_that_is_0_in_each_call_is_named(tmp_path: Path) -> None:
    notes = examined(changed(tmp_path, "loss_method", "reg=0.0", "reg=0.0, momentum=0.9")).notes
    assert "called with momentum = 0: what other values do was not checked" in notes


def edited(tmp_path: Path, program: str, edits: Iterable[tuple[str, str]]) -> Path:
    """The right program with other texts instead of some."""
    source = (FOLDER / f"{program}.py").read_text(encoding="utf-8")
    source = with_edits(source, edits)
    path = tmp_path / f"{program}.py"
    path.write_text(source, encoding="utf-8")
    return path


@pytest.mark.slow
def test_results_that_are_kept_and_arguments_that_are_changed_are_found(tmp_path: Path) -> None:
    kept = "        self.kept = getattr(self, 'kept', (loss, grads))\n        return self.kept"
    report = examined(changed(tmp_path, "loss_method", "        return loss, grads", kept))
    assert {f.kind for f in report.findings} == {"later"}
    source = "    X[...] = 0\n    return W1, b1, W2, b2, loss"
    report = examined(changed(tmp_path, "train_step", "    return W1, b1, W2, b2, loss", source))
    assert [(f.tensor, f.kind) for f in report.findings] == [("X", "changed")]


@pytest.mark.slow
def test_what_the_user_states_is_not_inferred() -> None:
    """Sums are wrong as means; a program that takes indices cannot take one-hot labels."""
    report = examined(FOLDER / "one_example.py", gradients="mean", loss="squared_error")
    (finding,) = report.findings
    found = {finding.tensor, *finding.facts["others"]}
    assert found == {f"d{p}{l}" for p in "Wb" for l in (1, 2, 3)}
    assert {c.code.partition(".")[2] for c in finding.causes} == {"missing-1/m"}
    with pytest.raises(InputError, match="labels are indices") as refused:
        examined(FOLDER / "loss_method.py", labels="one-hot")
    assert refused.value.code == "network.layout"
    report = examined(FOLDER / "loss_method.py", cost="sum")
    assert [f.tensor for f in report.findings][:2] == ["J", "dW2"]


@pytest.mark.slow
@pytest.mark.parametrize("network", ["6-5-1", "6-5-2"])
def test_the_sizes_may_be_those_of_the_user(network: str) -> None:
    report = examined(FOLDER / "kept_gradients.py", network=network)
    assert (report.verdict, report.problem.partition(" ")[0]) == (PASSED, network)


def test_a_program_that_raises_in_every_call_is_a_mistaken_call(tmp_path: Path) -> None:
    """Nobody knows whose fault that is: the calls are listed, with an adapter to fill in."""
    path = changed(tmp_path, "kept_gradients", "dz2 = output - y", "dz2 = output - Y")
    report = examined(path)
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert "NameError" in str(report)


@pytest.mark.slow
def test_a_parameter_that_is_updated_before_it_is_used_is_named(tmp_path: Path) -> None:
    """At the rate 2^600 the gradients after it are infinite; those before are right to the bit."""
    early = "W2 = W2 - lr * dW2\n    d_h = (d_pred @ W2.T) * (h > 0)"
    path = changed(tmp_path, "train_step", "d_h = (d_pred @ W2.T) * (h > 0)", early)
    path.write_text(path.read_text().replace("    W2 = W2 - lr * dW2\n    b2", "    b2"))
    report = examined(path)
    assert [(f.tensor, f.code) for f in report.findings] == [("dW1", "gradient.after-update")]
    assert {"dW2", "db2"} <= report.names_within_bounds


@pytest.mark.slow
def test_an_epsilon_in_the_logarithm_is_a_difference_of_J_alone(tmp_path: Path) -> None:
    """The whole class is read nevertheless, and not its layers alone; its mistakes are found."""
    epsilon = (("np.log(self.y)", "np.log(self.y + 1e-7)"),)
    report = examined(edited(tmp_path, "named_layers", epsilon))
    assert [(f.tensor, f.kind) for f in report.findings] == [("J", "difference")]
    assert report.unchecked_passes == ()
    mean = (("/ self.t.shape[0]", ""),)
    report = examined(edited(tmp_path, "named_layers", (*epsilon, *mean)))
    assert [f.tensor for f in report.findings] == ["J", "dW2"]
    assert {c.code for c in report.findings[1].causes} == {"dW.missing-1/m"}


def test_an_update_is_read_at_float64_alone() -> None:
    with pytest.raises(InputError, match="read at float64 alone"):
        examined(FOLDER / "train_step.py", precision="float32")
    assert examined(FOLDER / "positional.py", precision="float32").verdict == PASSED


@pytest.mark.slow
def test_a_cost_of_another_network_is_explained_in_its_closest_conventions_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether an ε explains J is asked for few of the networks that it may be of."""
    asked = list[str]()

    def differs(spec: NetworkSpec, *_: Any) -> bool:
        asked.append(spec.summary)
        return False

    monkeypatch.setattr(convention_fits, "differs_by_a_choice", differs)
    path = tmp_path / "mixed.py"
    path.write_text(MIXED.replace("(E**2).sum() / 2", "np.abs(E).sum() * 3"), encoding="utf-8")
    examined(path)
    tried = 3 * convention_fits.CLOSEST + 8  # the networks, then the scales of J and the gradients
    assert 0 < len(asked) <= 2 * tried
