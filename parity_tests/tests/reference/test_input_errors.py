"""Bad input: one sentence with the given value, the expected one, and a remedy."""

from __future__ import annotations

import math
import tracemalloc
from typing import Literal

import numpy as np
import pytest

from ref_numpy import (
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    Elu,
    InputError,
    LeakyReLU,
    NetworkSpec,
    Sigmoid,
    Tanh,
    initialise,
    minibatches,
    one_hot,
    predict,
    run,
)
from ref_numpy.inputs import check_array

SPEC = NetworkSpec.dense([2, 3, 4])
PARAMS = initialise(SPEC)
X = np.arange(10.0).reshape(2, 5)
Y = one_hot(np.array([0, 1, 2, 3, 0]), 4)
LOGISTIC = NetworkSpec.dense([2, 1], output="sigmoid")


def with_param(name: str, value) -> dict:
    return {**PARAMS, name: value}


def with_value(array: np.ndarray, index: tuple[int, int], value: float) -> np.ndarray:
    changed = array.copy()
    changed[index] = value
    return changed


ARRAYS = {
    "rank-1 X": (
        X[0],
        Y,
        r"X has shape \(5,\), a rank-1 array; expected \(2, m\).*reshape\(2, -1\)",
    ),
    "transposed X": (
        X.T,
        Y,
        r"X has shape \(5, 2\); expected \(2, m\). Examples are columns.*X\.T",
    ),
    "wrong n_x": (np.ones((3, 5)), Y, r"X has shape \(3, 5\); expected \(2, m\)"),
    "no examples": (np.ones((2, 0)), Y, r"X has shape \(2, 0\); expected \(2, m\)"),
    "images": (np.ones((2, 5, 5)), Y, r"X has shape \(2, 5, 5\); expected \(2, m\)"),
    "list": (X.tolist(), Y, r"X is a list; expected a NumPy array.*np\.asarray"),
    "integer X": (X.astype(int), Y, r"X has dtype int64; expected a float dtype: use X\.astype"),
    "complex X": (X.astype(complex), Y, "X has dtype complex128"),
    "object X": (X.astype(object), Y, "X has dtype object"),
    "NaN": (with_value(X, (1, 3), np.nan), Y, r"X has 1 value.*the first is nan at \[1, 3\]"),
    "infinite": (
        with_value(X, (0, 0), np.inf),
        Y,
        r"the first is inf at \[0, 0\]; remove or replace",
    ),
    "another dtype": (
        X.astype(np.float32),
        Y,
        r"W1 is float64 but X is float32.*astype\(np\.float32",
    ),
    "rank-1 Y": (X, Y[0], r"Y has shape \(5,\), a rank-1 array; expected \(4, 5\)"),
    "another m": (X, Y[:, :3], r"Y has shape \(4, 3\); expected \(4, 5\)"),
    "Y's dtype": (X, Y.astype(np.float32), r"Y is float32 but X is float64; use Y\.astype"),
    "not one-hot": (X, np.ones((4, 5)), r"Y's column 0 is not one-hot.*use ref_numpy\.one_hot"),
    "half labels": (X, with_value(Y, (0, 1), 0.5), "Y's column 1 is not one-hot"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_do_not_fit(name: str) -> None:
    x, y, message = ARRAYS[name]
    with pytest.raises(InputError, match=message):
        run(SPEC, PARAMS, x, y)


PARAMETERS = {
    "missing": (
        {"W1": PARAMS["W1"]},
        r"missing \['W2', 'b1', 'b2'\], unknown \[\]; expected exactly",
    ),
    "unknown": (with_param("W3", X), r"missing \[\], unknown \['W3'\]"),
    "rank-1 b": (with_param("b1", np.zeros(3)), r"b1 has shape \(3,\), a rank-1.*reshape\(3, -1\)"),
    "transposed W": (with_param("W1", PARAMS["W1"].T), r"W1 has shape \(2, 3\); expected \(3, 2\)"),
    "NaN": (with_param("b2", np.full((4, 1), np.nan)), r"b2 has 4 value\(s\) that are not finite"),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_that_do_not_fit(name: str) -> None:
    params, message = PARAMETERS[name]
    with pytest.raises(InputError, match=message):
        run(SPEC, params, X, Y)
    with pytest.raises(InputError, match=message):
        predict(SPEC, params, X)


def test_binary_labels_are_0_and_1() -> None:
    params = initialise(LOGISTIC)
    with pytest.raises(InputError, match=r"Y has the label -1.0 at \[0, 0\].*expects 0 or 1"):
        run(LOGISTIC, params, X, np.array([[-1, 1, 1, -1, 1]]))
    integers = run(LOGISTIC, params, X, np.array([[0, 1, 1, 0, 1]]))
    booleans = run(LOGISTIC, params, X, np.array([[False, True, True, False, True]]))
    assert integers["J"] == booleans["J"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 4, 1]), "label 4 of example 1 is out of range; 4 classes .* 0 to 3"),
        (np.array([[2, -1]]), "label -1 of example 1 is out of range"),
        (np.array([0.0, 1.0]), r"labels have shape \(2,\) and dtype float64; expected integers"),
        (np.zeros((2, 2), int), r"labels have shape \(2, 2\)"),
    ],
)
def test_labels_out_of_range(labels: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        one_hot(labels, 4)


DESCRIPTIONS = {
    "unknown activation": (
        lambda: NetworkSpec.dense([2, 3, 1], hidden="reul"),
        "unknown activation 'reul'; expected one of elu, gelu, gelu_tanh, identity, ",
    ),
    "a layer as activation": (
        lambda: NetworkSpec.dense([2, 1], output="dense"),
        "unknown activation",
    ),
    "unknown loss": (
        lambda: NetworkSpec.dense([2, 1], loss="hnge"),
        "unknown loss 'hnge'; expected one of absolute_error, binary_cross_entropy, ",
    ),
    "unknown initialiser": (
        lambda: initialise(SPEC, "xavierr"),
        "unknown initialiser 'xavierr'; expected one of he, small, xavier, zeros",
    ),
    "integer parameters": (
        lambda: initialise(SPEC, dtype=np.int32),
        "dtype is int32; expected a float",
    ),
    "one size": (
        lambda: NetworkSpec.dense([2]),
        r"layer_dims is \[2\]; expected at least two sizes",
    ),
    "no units": (lambda: NetworkSpec.dense([2, 0, 1]), "a layer was given 0 units"),
    "half a unit": (lambda: Dense(2, 1.5), r"a layer was given 1\.5 units"),  # pyright: ignore[reportArgumentType]
    "too few activations": (
        lambda: NetworkSpec.dense([2, 3, 4, 1], hidden=["relu"]),
        "1 hidden activations were given for 2 hidden layers",
    ),
    "loss and output": (
        lambda: NetworkSpec.dense([2, 1], output="tanh", loss="binary_cross_entropy"),
        "binary_cross_entropy was given the output tanh; it is defined on sigmoid",
    ),
    "no activation": (
        lambda: NetworkSpec.chain((Dense(2, 1),), BinaryCrossEntropy()),
        r"the last layer gives Z1; end with an activation, Identity\(\) for none",
    ),
    "activation first": (
        lambda: NetworkSpec.chain((Sigmoid(),), BinaryCrossEntropy()),
        "a network begins with a Dense layer",
    ),
    "two activations": (
        lambda: NetworkSpec.chain((Dense(2, 1), Tanh(), Sigmoid()), BinaryCrossEntropy()),
        "the result of Tanh and the result of Sigmoid would both be A1",
    ),
    "negative λ": (
        lambda: NetworkSpec.dense([2, 1], lambd=-1),
        "lambd is -1; expected a number from 0",
    ),
    "slope": (lambda: LeakyReLU(2.0), r"the slope 2\.0; expected 0 ≤ slope < 1"),
    "α of 0": (lambda: Elu(0.0), r"alpha = 0\.0; expected a finite number above 0"),
    "no α": (lambda: Elu(math.nan), "alpha = nan; expected a finite number above 0"),
    "infinite α": (lambda: Elu(math.inf), "alpha = inf; expected a finite number above 0"),
    "empty batches": (
        lambda: list(minibatches(X, Y, 0)),
        "batch_size is 0; expected a whole number from 1 up",
    ),
    "not JSON": (lambda: NetworkSpec.from_json("{"), "the network's description cannot be read"),
    "no layers": (lambda: NetworkSpec.from_json("{}"), "the network's description cannot be read"),
    "unknown layer": (
        lambda: NetworkSpec.from_json('{"layers": [{"kind": "conv"}], "loss": {}, "lambd": 0}'),
        "names the layer 'conv', which nothing here defines; .* one of .*dense,",
    ),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions_that_are_impossible(name: str) -> None:
    make, message = DESCRIPTIONS[name]
    with pytest.raises(InputError, match=message):
        make()


def test_every_message_is_one_sentence_with_advice() -> None:
    """Each ends in a full stop, is one line, and has the expected value or a remedy."""
    for x, y, _ in ARRAYS.values():
        with pytest.raises(InputError) as caught:
            run(SPEC, PARAMS, x, y)
        message = str(caught.value)
        assert message.endswith(".")
        assert "\n" not in message
        assert any(word in message for word in ("expected", "expects", "use ", "remove"))


def test_sizes_may_be_numpys_whole_numbers() -> None:
    spec = NetworkSpec.dense([np.int64(2), 3, np.int32(4)])
    assert NetworkSpec.from_json(spec.to_json()) == spec == SPEC


def test_a_description_survives_json() -> None:
    spec = NetworkSpec.chain(
        (Dense(2, 3), LeakyReLU(0.2), Dense(3, 4), *NetworkSpec.dense([4, 4]).layers),
        CrossEntropy(),
        lambd=0.25,
    )
    assert NetworkSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_check_copies_nothing(order: Literal["C", "F"]) -> None:
    """Nor where the examples are rows in memory, as in X = data.T."""
    large = np.ones((300, 500), order=order)
    check_array("X", large, (300, None))  # whatever the first call loads
    tracemalloc.start()
    try:
        check_array("X", large, (300, None))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < large.nbytes / 2
