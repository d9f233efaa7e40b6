"""Functions of one layer: their numbers show which kind and layout they have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.interfaces.layout import LAYOUTS, TENSOR, Layout
from parity_tests.adapters.layer_functions.layer_checks import JudgedPair, check_pairs
from parity_tests.adapters.layer_functions.one_step import OneStep, roles_of
from parity_tests.adapters.layer_functions.pair_calls import PairCaller
from parity_tests.adapters.layer_functions.step_samples import sample_of, samples_of
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED, NOT_JUDGED, PASSED
from parity_tests.error_model.precisions import precision_named
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import with_edits
from ref_numpy import Context, InputError, Layer
from ref_numpy.context import Cache

ROWS = PROGRAMS / "layers_in_rows.py"
CS231N = Layout(rows=True, in_out=True, biases="flat")
F64 = precision_named("float64")


def checked(namespace: dict[str, Any], **stated: Any) -> tuple[JudgedPair, ...]:
    caller = PairCaller(program_here(namespace), namespace)
    return check_pairs(caller, F64, 0, stated).judged


EVERY = ROWS.read_text(encoding="utf-8")
SHORT = EVERY.partition("def batchnorm_forward")[0]


def examined(
    tmp_path: Path, *edits: tuple[str, str], source: str = SHORT, **options: Any
) -> Report:
    source = with_edits(source, edits)
    path = tmp_path / "mine.py"
    path.write_text(source, encoding="utf-8")
    return examine(Request(str(path), **options))


def causes(report: Report) -> dict[str, set[str]]:
    return {f.tensor: {c.code for c in f.causes} for f in report.findings}


@pytest.mark.slow
def test_the_functions_of_a_file_in_rows_pass_and_their_convention_is_reported() -> None:
    report = examine(Request(str(ROWS)))
    assert report.verdict == "passed", report
    notes = dict(note.split(": ", 1) for note in report.notes)
    layout, sums = "examples are rows, W is (n_prev, n), b is (n,)", "gradients are sums over the"
    assert notes["affine_forward, affine_backward"].startswith(f"dense; {layout}; {sums}")
    assert notes["relu_forward, relu_backward"] == "relu"  # which fits any layout
    assert notes["word_embedding_forward, word_embedding_backward"].startswith(
        "embedding; examples are rows, E is (V, n)"
    )
    assert notes["transform_forward, transform_backward"].startswith("dense; ")  # by numbers alone
    assert {"dropout_backward.dA_prev", "batchnorm_backward.dgamma"} <= report.judged


MISTAKES = {
    "affine_backward.dW": (("x.shape[0], -1).T @ dout", "x.shape[0], -1).T @ dout / len(x)"),
                           "dW.divided-by-m-twice"),
    "affine_backward.db": (("db = dout.sum(axis=0)", "db = dout[0]"), "db.sum-of-first-example"),
    "affine_forward.Z": (("-1) @ w + b", "-1) @ w - b"), "Z.minus-b"),
    "relu_backward.dZ": (("dout * (cache > 0)", "(cache > 0) * 1.0"), "dZ.missing-dA"),
    "batchnorm_backward.dA_prev": ((" - xhat * (dxhat * xhat).sum(axis=0)", ""),
                                   "dA_prev.missing-variance-term"),
    "layernorm_backward.dA_prev": (("(dxhat - mean - xhat", "(dxhat - xhat"),
                                   "dA_prev.missing-mean-term"),
    "layernorm_forward.Z": (("gamma * xhat + beta, (xhat, gamma, std)\n\n\ndef layernorm_back",
                             "gamma * xhat, (xhat, gamma, std)\n\n\ndef layernorm_back"),
                            "Z.missing-beta"),
    "dropout_backward.dA_prev": (("return dout * cache[1]", "return dout"),
                                 "dA_prev.missing-derivative"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("tensor", "mistake"), MISTAKES.items())
def test_a_mistake_in_rows_is_one_finding_with_its_cause(tmp_path, tensor, mistake) -> None:
    """Of a wrong forward result too: it is no other convention, and its backward is right."""
    edit, cause = mistake
    report = examined(tmp_path, edit, source=EVERY)
    assert report.verdict == FAILED
    assert [*causes(report)] == [tensor]
    assert cause in causes(report)[tensor], causes(report)


OF_COLUMNS = """
import numpy as np
def {name}_forward(A, W, b): return W.T @ A + b, (A, W, b)
def {name}_backward(dZ, cache):
    A, W, b = cache
    return W @ dZ, A @ dZ.T / A.shape[1], dZ.mean(axis=1, keepdims=True)
"""


def test_in_columns_a_transposed_weight_is_a_layout_but_not_of_the_courses_functions(
    tmp_path: Path,
) -> None:
    report = examined(tmp_path, source=OF_COLUMNS.format(name="dense"))
    assert report.verdict == "passed", report
    assert "W is (n_prev, n), b is (n, 1); gradients are means" in report.notes[0]
    assert examined(tmp_path, source=OF_COLUMNS.format(name="linear")).verdict == FAILED


@pytest.mark.slow
def test_a_constant_of_the_functions_own_is_recognised(tmp_path: Path) -> None:
    """An ε that stands in the code, and a slope that is an argument's default."""
    source = """
import numpy as np
def rmsnorm_forward(x, g):
    r = 1 / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-8)
    return g * x * r, (x * r, r, g)
def rmsnorm_backward(dout, cache):
    x_hat, r, g = cache
    d = dout * g
    return r * (d - x_hat * (d * x_hat).mean(axis=1, keepdims=True)), (dout * x_hat).sum(axis=0)
def leaky_relu(x, alpha=0.17): return np.where(x > 0, x, alpha * x)
def leaky_relu_derivative(x, alpha=0.17): return np.where(x > 0, 1, alpha)
"""
    report = examined(tmp_path, source=source)
    assert report.verdict == "passed", report
    assert "; epsilon is 1e-08; " in report.notes[0]
    assert report.notes[1].endswith("leaky_relu; slope is 0.17")


WITH_STATE = """
import numpy as np
def bn_forward(x, gamma, beta, running_mean, running_var, momentum, eps):
    mu, var = x.mean(axis=0), x.var(axis=0)
    x_hat = (x - mu) / np.sqrt(var + eps)
    running_mean = momentum * running_mean + (1 - momentum) * mu
    return gamma * x_hat + beta, (x_hat, gamma, var + eps), running_mean, running_var
def bn_backward(dout, cache):
    x_hat, gamma, s2 = cache
    d = dout * gamma
    dx = (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)) / np.sqrt(s2)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
"""


def test_a_state_among_the_arguments_and_results(tmp_path: Path) -> None:
    report = examined(tmp_path, source=WITH_STATE)
    assert report.verdict == "passed", report


UNKNOWN = """
import numpy as np
def frob_forward(x): return 3 * np.sin(x), x
def frob_backward(dout, cache): return 3 * dout * np.cos(cache)
"""
KNOWN = """
def tanh_forward(x): return np.tanh(x), x
def tanh_backward(dout, cache): return dout * (1 - np.tanh(cache) ** 2)
"""


def test_a_pair_that_no_kind_matches_is_listed_and_the_file_is_not_judged(tmp_path: Path) -> None:
    report = examined(tmp_path, source=UNKNOWN + KNOWN)
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert report.unchecked_passes == ("frob_forward(x)", "frob_backward(dout, cache)")
    assert "tanh_backward.dZ" in report.judged


HELPER = """
import numpy as np
def sigmoid(x): return 1 / (1 + np.exp(-x))
def sigmoid_forward(x):
    out = sigmoid(x)
    return out, out
def sigmoid_backward(dout, cache): return dout * cache * (1 - cache)
"""


def test_a_function_that_the_forward_function_calls_has_no_gradient_of_its_own(
    tmp_path: Path,
) -> None:
    report = examined(tmp_path, source=HELPER)
    assert report.verdict == "passed", report
    assert report.notes == ("sigmoid: sigmoid", "sigmoid_forward, sigmoid_backward: sigmoid")


OF_ONE_LAYER = """
import numpy as np
def forward_dense(x, weights, bias): return x @ weights + bias, (x, weights, bias)
def backward_dense(dZ, cache):
    x, weights, bias = cache
    return x.T @ dZ, dZ.sum(axis=0), dZ @ weights.T
def forward_tanh(z): return np.tanh(z), z
def backward_tanh(dA, cache): return dA * (1 - np.tanh(cache) ** 2)
def mse_loss(x, y): return ((x - y) ** 2).sum() / 2, x - y
"""


def test_functions_of_layers_are_not_taken_for_a_network_of_one_layer(tmp_path: Path) -> None:
    report = examined(tmp_path, source=OF_ONE_LAYER)
    assert report.verdict == "passed", report
    assert {"backward_dense.dW", "backward_tanh.dZ", "mse_loss.dA"} <= report.judged


def test_a_stated_layout_is_not_guessed(tmp_path: Path) -> None:
    assert examined(tmp_path, rows=True, weights="in-out", biases="flat").verdict == "passed"
    other = examined(tmp_path, weights="out-in")
    assert other.verdict == FAILED
    assert {f.tensor for f in other.findings} >= {"affine_forward"}


def test_an_argument_that_is_changed_is_a_finding(tmp_path: Path) -> None:
    edit = ("return dout * (cache > 0)", "dout[cache <= 0] = 0\n    return dout")
    report = examined(tmp_path, edit)
    assert [f.code for f in report.findings] == ["argument.changed"]


def test_a_wrong_shape_is_reported_as_the_function_has_it(tmp_path: Path) -> None:
    (finding,) = examined(tmp_path, ("return dx, dw, db", "return dx, dw.T, db")).findings
    assert (finding.tensor, finding.code) == ("affine_backward.dW", "dW.shape")
    assert "dW has shape (4, 5); expected (5, 4) (it is transposed)" in finding.message


@pytest.mark.slow
def test_results_in_another_order_and_by_key_are_recognised(tmp_path: Path) -> None:
    by_key = ("return dx, dw, db", "return {'dw': dw, 'dx': dx, 'db': db}")
    source = EVERY.partition("def layernorm_forward")[0]
    exchanged = ("return dx, dgamma, dbeta", "return dx, dbeta, dgamma")
    report = examined(tmp_path, exchanged, by_key, source=source)
    assert report.verdict == "passed", report
    notes = [n for n in report.notes if "in this order" in n]
    assert [n.partition(" returns ")[::2] for n in notes] == [
        ("affine_backward", "(dW, dA_prev, db), in this order"),
        ("batchnorm_backward", "(dbeta, dgamma), in this order"),
    ]


def wrapped(step: OneStep, layout: Layout, is_mean: bool) -> dict[str, Callable[..., Any]]:
    """The reference's own layer as a pair of functions that have this layout."""
    names = [*step.inputs, *step.layer.parameter_shapes()]
    slots = step.problem(3, 0, F64).slots
    roles = {n: role for n, (role, _) in slots.items()}
    spec = step.spec(is_mean)

    def forward(*given: Any) -> Any:
        own = {n: layout.read(roles[n], x) for n, x in zip(names, given, strict=True)}
        inputs = tuple(own[n] for n in step.inputs)
        params = {n: own[n] for n in step.layer.parameter_shapes()}
        params |= {n: np.zeros(shape) for n, shape in step.layer.state_shapes().items()}
        context = spec.context(given[0].shape[0 if layout.rows else -1], training=True)
        context = Context(context.scale, training=True, step=step.output)
        result, kept = step.layer.forward(params, context, *inputs)
        return layout.given(TENSOR, result), (params, Cache(inputs, (result,), kept, context))

    def backward(dout: Any, cache: Any) -> Any:
        params, kept = cache
        m = dout.shape[0] if layout.rows else dout.shape[1]
        kept = kept._replace(context=kept.context._replace(scale=m if is_mean else 1))
        d, gradients = step.layer.backward(params, kept, layout.read(TENSOR, dout))
        each = d if isinstance(d, tuple) else (d,)
        results = [layout.given(TENSOR, x) for x in each if x is not None]
        return (*results, *(layout.given(roles[n], x) for n, x in gradients.items()))

    source = "lambda " + ", ".join(names)
    named = eval(f"{source}: forward({', '.join(names)})", {"forward": forward})
    return {f"{step.layer.kind}_forward": named, f"{step.layer.kind}_backward": backward}


def test_a_kind_of_several_results_has_no_sample() -> None:
    for kind in ("attention", "split"):
        with pytest.raises(InputError) as refused:
            next(samples_of(kind))
        assert refused.value.code == "op.no-sample"


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", sorted(k for k, cls in Layer.kinds.items() if cls.built_in and sample_of(cls))
)
def test_every_kind_is_recognised_in_each_layout(kind: str) -> None:
    step = next(samples_of(kind))
    shown = roles_of(step.problem(3, 0, F64))
    for i, layout in enumerate(dict.fromkeys(one.only(**shown) for one in LAYOUTS[:5])):
        (one,) = checked(wrapped(step, layout, is_mean=bool(i % 2)))
        assert one.confirmed
        assert not one.report.findings, (layout, str(one.report))
        assert not one.shows_layout or one.reading.layout == layout
        backward = [t for t in one.report.tensors if t.function.endswith("backward")]
        assert len(backward) == len(step.problem(3, 0, F64).gradients)
        if step.layer.parameter_shapes():
            assert ("means" if i % 2 else "sums") in one.report.notes[0]


@pytest.mark.slow
@pytest.mark.parametrize(("kept", "argument"), [("z", "a"), ("a", "a"), ("", "z"), ("", "a")])
def test_a_function_that_is_right_given_the_result_is_judged_where_it_is_given_that(
    tmp_path: Path, kept: str, argument: str
) -> None:
    """Not where the forward function keeps z for it, or where its argument is called z."""
    path = tmp_path / "sigmoid.py"
    result, d = (f"a, {kept}", "da, ") if kept else ("a", "")
    times = "da * " if kept else ""
    path.write_text(
        "import numpy as np\n\n"
        f"def sigmoid{'_forward' * bool(kept)}(z):\n"
        f"    a = 1 / (1 + np.exp(-z))\n    return {result}\n\n"
        f"def sigmoid_{'backward' if kept else 'prime'}({d}{argument}):\n"
        f"    return {times}{argument} * (1 - {argument})\n",
        encoding="utf-8",
    )
    report = examine(Request(str(path)))
    is_clear = (kept, argument) in (("a", "a"), ("", "a"))
    assert (report.verdict, report.findings) == (PASSED if is_clear else NOT_JUDGED, ())
    assert any("given the result" in note for note in report.notes) == (kept != "a")


WITH_LOSS = """
import numpy as np

def affine_forward(x, w, b): return x @ w + b, (x, w, b)
def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)

def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(x)), y]).mean()
    p[np.arange(len(x)), y] -= 1
    return loss, p / len(x)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("loss_has_it", "layer_has_it"), [(1, 0), (0, 1), (1, 1), (0, 0)])
def test_the_loss_or_the_layers_have_the_1_over_m_of_a_mean_J(
    tmp_path: Path, loss_has_it: int, layer_has_it: int
) -> None:
    """Each alone is a convention; both, or neither, are together not the gradients of J."""
    source = WITH_LOSS if loss_has_it else WITH_LOSS.replace("p / len(x)\n", "p\n")
    if layer_has_it:
        source = source.replace("x.T @ dout, dout.sum(axis=0)", "x.T @ dout / len(x), dout.mean(0)")
    path = tmp_path / "layers.py"
    path.write_text(source, encoding="utf-8")
    report = examine(Request(str(path)))
    is_right = loss_has_it + layer_has_it == 1
    assert (report.verdict, report.findings) == (PASSED if is_right else NOT_JUDGED, ())
    assert report.missing == (() if is_right else ("1/m",))
