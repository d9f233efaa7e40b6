"""The meaning of numbers: raw examples in, names and values out; from a file, also an old one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import ref_numpy
from ref_numpy import DataSpec, InputError, NetworkSpec, Standardiser, initialise
from ref_numpy.data.spec_json import FORMAT

RNG = np.random.default_rng(0)
INPUTS = Standardiser(np.array([[1.0], [-2], [0.5]]), np.array([[2.0], [1], [4]]))
NAMES = ('kätze "a"\n', "\u202e<b>$x$", "猫,", "")  # any text
CLASSES = DataSpec((3,), "classes", NAMES, INPUTS)
BINARY = DataSpec((3,), "binary", ("no", "yes"))
LABELS = DataSpec((3,), "multilabel", ("a", "b"))
REAL = DataSpec(
    (3,),
    "regression",
    ("0", "1"),
    None,
    Standardiser(np.array([[1000.0], [-1]]), np.ones((2, 1)) * 4),
)
RAW = np.array([[1, -2, 0.5], [3, -1, 4.5]])


def test_raw_examples_become_columns() -> None:
    """By hand: (3 − 1)/2, (−1 + 2)/1, (4.5 − 0.5)/4."""
    expected = np.array([[0, 1], [0, 1], [0, 1]], np.float32)
    np.testing.assert_array_equal(CLASSES.to_X(RAW), expected, strict=True)
    np.testing.assert_array_equal(
        CLASSES.to_X(RAW, np.float64), expected.astype(float), strict=True
    )
    np.testing.assert_array_equal(BINARY.to_X(RAW), RAW.T.astype(np.float32), strict=True)
    image = DataSpec((1, 3), "binary", ("0", "1"), INPUTS)
    np.testing.assert_array_equal(image.to_X(RAW.reshape(2, 1, 3)), expected)
    np.testing.assert_array_equal(image.to_X(RAW), expected)  # the same numbers in a row
    np.testing.assert_array_equal(CLASSES.to_X(RAW.reshape(2, 1, 3)), expected)
    np.testing.assert_array_equal(CLASSES.to_X(RAW.tolist()), expected)  # pyright: ignore[reportArgumentType]


def test_labels_become_targets() -> None:
    y = np.array(["", NAMES[0], "猫,"])
    assert CLASSES.class_numbers(y).tolist() == [3, 0, 2]
    assert CLASSES.to_Y(y).T.tolist() == [[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0]]
    assert CLASSES.class_numbers(np.eye(4)[[2, 0]]).tolist() == [2, 0]
    assert CLASSES.class_numbers([""]).tolist() == [3]  # pyright: ignore[reportArgumentType]
    for dtype in (np.float32, np.float64):
        for found, expected in (
            (BINARY.to_Y(np.array([b"yes", b"no"]), dtype), [[1, 0]]),
            (BINARY.to_Y(["yes", "no"], dtype), [[1, 0]]),  # pyright: ignore[reportArgumentType]
            (LABELS.to_Y(np.array([[1, 1], [0, 1], [0, 0]]), dtype), [[1, 0, 0], [1, 1, 0]]),
            (LABELS.to_Y([[1, 1], [0, 1]], dtype), [[1, 0], [1, 1]]),  # pyright: ignore[reportArgumentType]
        ):
            np.testing.assert_array_equal(found, np.array(expected, dtype), strict=True)
    np.testing.assert_array_equal(
        REAL.to_Y(np.array([[1004, 3], [996, -1]])),
        np.array([[1, -1], [1, 0]], np.float32),
        strict=True,
    )


NUMBERS = DataSpec((1,), "binary", ("0", "1"))
BOOLEANS = DataSpec((1,), "binary", ("False", "True"))
FALSE, TRUE = (DataSpec((1,), "binary", (name, "other")) for name in ("False", "True"))
OTHERS = DataSpec((1,), "classes", ("-1", "0.5", "7"))


@pytest.mark.parametrize(
    ("spec", "y"),
    [
        (NUMBERS, np.array([0, 1])),
        (NUMBERS, np.array([[0.0], [1.0]])),
        (NUMBERS, np.array([False, True])),
        (NUMBERS, np.array(["0", "1"])),
        (BOOLEANS, np.array([False, True])),
        (OTHERS, np.array([-1, 0.5])),
        (OTHERS, np.array([-1, 0.5], np.float16)),
    ],
)
def test_a_label_is_the_same_in_any_dtype(spec: DataSpec, y: np.ndarray) -> None:
    assert spec.class_numbers(y).tolist() == [0, 1]


def test_outputs_become_names_and_values() -> None:
    A = np.array([[0.1, 0.7], [0.2, 0.1], [0.3, 0.1], [0.4, 0.1]])
    assert CLASSES.to_predictions(A).tolist() == ["", NAMES[0]]
    np.testing.assert_array_equal(CLASSES.to_probabilities(A), A.T)
    a = np.array([[0.25, 0.5, 0.75]])
    assert BINARY.to_predictions(a).tolist() == ["no", "no", "yes"]
    assert BINARY.to_probabilities(a).tolist() == [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]
    labels = LABELS.to_predictions(np.array([[0.5, 0.75, 0], [1, 0, 0]]))
    np.testing.assert_array_equal(labels, np.array([[0, 1], [1, 0], [0, 0]]), strict=True)
    plain = DataSpec((3,), "regression", ("0",))
    values = plain.to_predictions(np.array([[0.5, 2]], np.float32))
    np.testing.assert_array_equal(values, np.array([[0.5], [2]]), strict=True)
    assert REAL.to_predictions(np.array([[1, 0], [-1, 0.5]])).tolist() == [[1004, -5], [1000, 1]]


def test_scores_above_0_are_a_yes() -> None:
    """Of a hinge loss: beside a score is the same distance on the other side."""
    a = np.array([[-0.25, 0, 0.75]])
    assert BINARY.to_predictions(a, 0.0).tolist() == ["no", "no", "yes"]
    assert BINARY.to_probabilities(a, 0.0).tolist() == [[0.25, -0.25], [0, 0], [-0.75, 0.75]]
    labels = LABELS.to_predictions(np.array([[0.5, -0.75, 0], [1, 0, 0]]), 0.0)
    np.testing.assert_array_equal(labels, np.array([[1, 1], [0, 0], [0, 0]]), strict=True)


@pytest.mark.parametrize("kind", [np.int64, np.uint64, np.float64])
def test_digits_are_kept_until_the_mean_is_subtracted(kind: type) -> None:
    """Beside 10¹⁵, which float32 knows to within 2²⁶: μ = 10¹⁵ + 2, σ² = 2."""
    x = (10**15 + np.arange(5)).astype(kind)[:, np.newaxis]
    spec = DataSpec((1,), "binary", ("0", "1"), Standardiser.of(x.T))
    expected = [(k - 2) / np.sqrt(2.0) for k in range(5)]
    assert spec.to_X(x, np.float64).tolist() == [expected]
    np.testing.assert_array_equal(spec.to_X(x), np.array([expected], np.float32), strict=True)


def same(a: DataSpec, b: DataSpec) -> bool:
    arrays = a.arrays().keys() == b.arrays().keys() and all(
        np.array_equal(array, b.arrays()[name]) and array.dtype == b.arrays()[name].dtype
        for name, array in a.arrays().items()
    )
    return arrays and (a.shape, a.task, a.names) == (b.shape, b.task, b.names)


def network(data: DataSpec) -> NetworkSpec:
    return NetworkSpec.dense([data.n_x, data.n_y], output=data.output)


@pytest.mark.parametrize("data", [CLASSES, BINARY, LABELS, REAL], ids=lambda data: data.task)
def test_the_weights_file_holds_it(tmp_path: Path, data: DataSpec) -> None:
    path, spec = tmp_path / "w.safetensors", network(data)
    ref_numpy.save(path, spec, initialise(spec, dtype=np.float32), data)
    assert same(ref_numpy.load_data_spec(path), data)
    assert ref_numpy.load(path)[0] == spec
    tensors = load_file(path)
    assert {str(tensors[name].dtype) for name in data.arrays()} <= {"float64"}
    assert json.loads(data.to_json())["format"] == 1 < FORMAT  # 2 has a table
    for sizes in ([4, data.n_y], [3, data.n_y + 1]):
        other = NetworkSpec.dense(sizes, output=data.output)
        with pytest.raises(
            InputError, match=r"the data have 3 inputs and .* outputs, and the netw"
        ):
            ref_numpy.save(path, other, initialise(other), data)


OLD = [
    (["softmax"], 4, "classes", ("0", "1", "2", "3")),
    (["sigmoid"], 1, "binary", ("0", "1")),
    (["sigmoid"], 3, "multilabel", ("0", "1", "2")),
    (["identity"], 2, "regression", ("0", "1")),
]


@pytest.mark.parametrize(("output", "n_y", "task", "names"), OLD)
@pytest.mark.parametrize("standardised", [True, False])
def test_an_older_file_is_read(
    tmp_path: Path, output: list[str], n_y: int, task: Any, names: Any, standardised: bool
) -> None:
    """Its layout: the parameters, mu and sigma at float32, and the network's description alone."""
    path, spec = tmp_path / "w.safetensors", NetworkSpec.dense([3, n_y], output=output[0])
    statistics = {"mu": INPUTS.mu.astype(np.float32), "sigma": INPUTS.sigma.astype(np.float32)}
    tensors = initialise(spec, dtype=np.float32) | (statistics if standardised else {})
    save_file(tensors, path, metadata={"network": spec.to_json()})
    expected = DataSpec((3,), task, names, INPUTS if standardised else None)
    assert same(ref_numpy.load_data_spec(path), expected)
    old = ref_numpy.load_standardiser(path)
    assert (old is not None) == standardised
    assert list(ref_numpy.load(path)[1]) == list(spec.parameter_shapes)


def written(path: Path, text: str) -> Path:
    spec = network(BINARY)
    metadata = {"network": spec.to_json(), "data": text}
    save_file(initialise(spec, dtype=np.float32), path, metadata=metadata)
    return path


def test_a_newer_or_damaged_description_is_one_sentence(tmp_path: Path) -> None:
    fields = json.loads(BINARY.to_json())
    for change, code, message in (
        (
            {"format": FORMAT + 1, "names": 3},
            "data-spec.format",
            f"newer version, in format {FORMAT + 1}, and",
        ),
        ({"format": "x"}, "data-spec.unreadable", "cannot be read"),
        ({"names": None}, "data-spec.unreadable", "cannot be read"),
        (
            {"statistics": ["mu", "sigma"]},
            "data-spec.unreadable",
            r"cannot be read \(KeyError: 'mu'\)",
        ),
        (
            {"names": ["a"]},
            "data-spec.task",
            r"the task is 'binary' with 1 different name\(s\) of 1;",
        ),
        ({"names": ["a", "a"]}, "data-spec.task", r"with 1 different name\(s\) of 2; expected"),
        ({"task": "sorting"}, "data-spec.task", "the task is 'sorting'"),
        ({"shape": [4]}, "data-spec.sizes", "the data have 4 inputs and 1 outputs"),
    ):
        path = written(tmp_path / "w.safetensors", json.dumps(fields | change))
        with pytest.raises(InputError, match=message) as refused:
            ref_numpy.load_data_spec(path)
        assert refused.value.code == code
        assert str(refused.value).startswith(f"{path}: ")
    for text in ("", "[]", "3", "{}"):
        with pytest.raises(InputError, match="the description of the data cannot be read"):
            ref_numpy.load_data_spec(written(tmp_path / "w.safetensors", text))


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        (lambda: CLASSES.to_X(RAW[:, :2]), "data.columns", r"an example has shape \(2,\); exp"),
        (lambda: CLASSES.to_X(RAW.astype(str)), "data.not-numbers", "x has dtype <U32; expected"),
        (lambda: CLASSES.to_X(RAW * np.nan), "data.not-finite", r"2 example\(s\) have values tha"),
        (lambda: BINARY.to_X(RAW * [1e300, 1, 1]), "data.too-large", "too large for float32"),
        (lambda: BINARY.class_numbers(np.array(["no", "maybe"])), "data.unknown-label",
         "the label of example 1 is maybe, and the network knows 2 classes: no, yes; give labels"),
        (lambda: BINARY.class_numbers(np.array([0, 1])), "data.unknown-label", "ple 0 is 0"),
        (lambda: BOOLEANS.class_numbers(np.array([0, 1])), "data.unknown-label", "is 0, and t"),
        (lambda: OTHERS.class_numbers(np.array([7, 10**15])), "data.unknown-label", "is 10000000"),
        (lambda: LABELS.class_numbers(np.eye(2)), "data.labels-shape", r"y has shape \(2, 2\)"),
        (lambda: CLASSES.class_numbers(np.eye(3)), "data.labels-shape", r"y has shape \(3, 3\)"),
        (lambda: CLASSES.class_numbers(np.array([np.nan])), "data.labels-kind", "dtype float64"),
        (lambda: FALSE.class_numbers(np.array([True])), "data.unknown-label", "0 is True, and"),
        (lambda: TRUE.class_numbers(np.array([False])), "data.unknown-label", "0 is False, and"),
        (lambda: DataSpec((1,), "classes", ()), "data-spec.task", r"with 0 different name\(s\)"),
        (lambda: DataSpec((1,), "classes", ("a", "b", "a")), "data-spec.task", "with 2 different"),
        (lambda: BINARY.class_numbers(np.eye(2)), "data.labels-shape", r"y has shape \(2, 2\)"),
        (lambda: LABELS.to_Y(np.array([[1, 2]])), "data.unknown-label", "other numbers"),
        (lambda: LABELS.to_Y(np.ones((2, 3))), "data.labels-shape", r"expected \(m, 2\) numbers"),
        (lambda: REAL.to_Y(np.array([[np.nan, 1]])), "data.labels-kind", "not finite"),
        (lambda: REAL.to_Y(np.array([["a", "b"]])), "data.labels-shape", "dtype <U1"),
        (lambda: DataSpec((2,), "binary", ("0", "1"), INPUTS), "array.shape", r"mu has shape"),
    ],
)  # fmt: skip
def test_data_that_do_not_fit_are_one_sentence(call: Any, code: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        call()
    assert refused.value.code == code


def test_a_summary_is_one_short_line() -> None:
    assert DataSpec((1,), "classes", tuple("abcdef")).summary == "6 classes: a, b, c, d, e, f"
    assert CLASSES.summary == '4 classes: kätze "a"·, ·<b>$x$, 猫,, '
    many = DataSpec((1,), "classes", tuple(map(str, range(1000))))
    assert many.summary == "1000 classes: 0, 1, 2, 3, 4, 5, …"
    assert DataSpec((1,), "binary", ("a" * 99, "b")).summary == f"2 classes: {'a' * 23}…, b"
    assert LABELS.summary == "2 labels, each true or not: a, b"
    assert (REAL.summary, REAL.n_y) == ("regression of 2 numbers", 2)
    assert DataSpec((1,), "regression", ("0",)).summary == "regression of 1 number"
    assert DataSpec((1,), "regression", ("price",)).summary == "regression of price"
