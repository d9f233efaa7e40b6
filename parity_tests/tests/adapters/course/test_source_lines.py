"""A finding in the course's functions quotes the candidate's own line, with its number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.course.source_lines import assignment
from parity_tests.adapters.course.update_statements import entry_assignment
from parity_tests.adapters.request import Request
from parity_tests.checking.findings import Finding
from parity_tests.tests.support.paths import PROGRAMS

NETWORKS = {"week2": "6-1", "week3": "6-5-1", "week4": "6-5-4-1"}


def first_finding(path: Path) -> Finding:
    week = next(w for w in NETWORKS if w in path.name)
    return examine(Request(str(path), network=NETWORKS[week], examples=11)).findings[0]


# (week, right text, wrong text of the whole line, the finding)
LINES = [
    ("week2", "return 1 / (1 + np.exp(-z))", "return 1 / (1 + np.exp(z))", "A1"),
    ("week2", "db = 1 / m * np.sum(A - Y)", "db = np.sum(A - Y)", "db1"),
    ("week3", "Z1 = np.dot(W1, X) + b1", "Z1 = np.dot(W1, X)", "Z1"),
    ("week3", "dZ2 = A2 - Y", "dZ2 = A2 + Y", "dZ2"),
    ("week3", "db1 = np.sum(dZ1, axis=1, keepdims=True) / m",
     "db1 = np.sum(dZ1, axis=1, keepdims=True)", "db1"),
    ("week4", "dW = 1. / m * np.dot(dZ, A_prev.T)", "dW = np.dot(dZ, A_prev.T)", "dW3"),
    ("week4", "dA_prev = np.dot(W.T, dZ)", "dA_prev = np.dot(W.T, dZ) / m", "dA2"),
    ("week4", "dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))",
     "dAL = np.divide(Y, AL) - np.divide(1 - Y, 1 - AL)", "dA3"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("week", "right", "wrong", "tensor"), LINES, ids=[x[2] for x in LINES])
def test_the_candidates_line_is_quoted(tmp_path: Path, week, right, wrong, tensor) -> None:
    source = (PROGRAMS / f"{week}.py").read_text()
    assert right in source
    path = tmp_path / f"{week}_mine.py"
    path.write_text(source.replace(right, wrong))
    finding = first_finding(path)
    assert finding.tensor == tensor
    if wrong.startswith("return"):  # of a helper, which is called by propagate
        assert finding.yours is not None
        return
    number = next(i for i, line in enumerate(path.read_text().split("\n"), 1) if wrong in line)
    assert finding.yours == f"{path.name}, line {number}: {wrong}"
    assert f"  yours: {finding.yours}" in str(finding)


@pytest.mark.slow
def test_a_line_that_changes_only_the_form_is_not_quoted(tmp_path: Path) -> None:
    """The assignments end with cost = np.squeeze(cost)."""
    path = tmp_path / "week4_mine.py"
    source = (PROGRAMS / "week4.py").read_text()
    assert "cost = np.squeeze(cost)" in source
    path.write_text(source.replace("cost = -1. / m *", "cost = 1. / m *"))
    finding = first_finding(path)
    assert finding.tensor == "J"
    assert str(finding.yours).partition(": ")[2].startswith("cost = 1. / m * np.sum(Y * np.log(AL)")


@pytest.mark.slow
def test_all_lines_of_a_tensor_computed_in_steps_are_quoted(tmp_path: Path) -> None:
    path = tmp_path / "week4_mine.py"
    source = (PROGRAMS / "week4.py").read_text()
    old = "    dW = 1. / m * np.dot(dZ, A_prev.T)\n"
    assert old in source
    path.write_text(source.replace(old, "    dW = np.dot(dZ, A_prev.T)\n    dW = dW / (m - 1)\n"))
    finding = first_finding(path)
    assert finding.yours == (
        "week4_mine.py, lines 40–41: dW = np.dot(dZ, A_prev.T); dW = dW / (m - 1)"
    )
    assert finding.causes[0].code == "dW.divided-by-m-1"


@pytest.mark.slow
def test_of_a_notebook_it_is_the_cells(tmp_path: Path) -> None:
    book = json.loads((PROGRAMS / "week4.ipynb").read_text())
    for cell in book["cells"]:
        cell["source"] = [line.replace("axis=1, keep", "axis=0, keep") for line in cell["source"]]
    path = tmp_path / "week4.ipynb"
    path.write_text(json.dumps(book))
    findings = examine(Request(str(path), network="6-5-4-1", examples=11)).findings
    line = "week4.ipynb cell 6, line 5: db = 1. / m * np.sum(dZ, axis=0, keepdims=True)"
    assert {finding.yours for finding in findings} == {line}


@pytest.mark.slow
def test_the_mean_of_all_numbers_is_one_mistake(tmp_path: Path) -> None:
    """np.mean(dZ) for a bias: a number, where a column is expected."""
    path = tmp_path / "week4_mine.py"
    source = (PROGRAMS / "week4.py").read_text()
    old = "db = 1. / m * np.sum(dZ, axis=1, keepdims=True)"
    assert old in source
    path.write_text(source.replace(old, "db = np.mean(dZ)"))
    findings = examine(Request(str(path), network="6-5-4-2", examples=11)).findings
    assert {f.tensor for f in findings} == {"db3", "db2", "db1", "linear_backward.db"}
    for finding in findings:
        assert [cause.code for cause in finding.causes] == ["db.mean-of-everything"]
        assert finding.yours == "week4_mine.py, line 41: db = np.mean(dZ)"


@pytest.mark.slow
def test_a_line_that_is_right_alone_is_not_quoted(tmp_path: Path) -> None:
    """The wrong activation is chosen elsewhere."""
    source = (PROGRAMS / "week4.py").read_text()
    assert 'str(l)], "relu")' in source
    path = tmp_path / "week4_mine.py"
    path.write_text(source.replace('str(l)], "relu")', 'str(l)], "sigmoid")'))
    finding = first_finding(path)
    assert (finding.tensor, finding.yours) == ("A1", None)
    assert finding.causes[0].code == "A.activation-sigmoid"


@pytest.mark.parametrize(
    ("body", "names", "line"),
    [
        ("s = g(cache)\n    return dA * s * (1 - s)", ("dZ",), 2),
        ("A, W = cache\n    return W.T @ dZ, dW, db", ("dA_prev",), 2),
        ("m = X.shape[1]\n    return {'dW1': dZ1 @ X.T / m, 'db1': db1}", ("dW1",), 2),
        # Computed elsewhere.
        ("m = X.shape[1]\n    return {'dW1': dZ1 @ X.T / m, 'db1': db1}", ("db1",), None),
        ("W1, W2 = both\n    return g(W2 @ g(W1 @ X)), cache", ("Z1",), None),
        ("s = g(cache)\n    return relu_backward(dA, s)", ("dZ",), None),
        ("s = g(cache)\n    return", ("dZ",), None),
    ],
)
def test_a_return_is_quoted_where_it_computes_the_tensor(body, names, line) -> None:
    quoted = assignment(("mine.py", 10, f"def f(dA, cache):\n    {body}\n"), names)
    assert (quoted and quoted.partition(":")[0]) == (line and f"mine.py, line {10 + line}")


UPDATE = """def update(params, grads, v, rate):
    parameters = params.copy()
    for l in range(2):
        v["dW" + str(l)] = 0.9 * v["dW" + str(l)] + grads["dW" + str(l)]
        v[f"db{l}"] += grads[f"db{l}"]
        parameters["W%d" % l] = parameters["W%d" % l] - rate * v["dW" + str(l)]
        parameters["b" + str(l)] -= rate * v["db" + str(l)]
    return parameters
"""


@pytest.mark.parametrize(
    ("tensor", "number"), [("W1", 15), ("b2", 16), ("vdW1", 13), ("vdb1", 14), ("sdW1", None)]
)
def test_the_line_of_an_update_is_that_of_the_parameter(tensor: str, number: int | None) -> None:
    """The key is written in any way; a dictionary of another name is another tensor's."""
    line = entry_assignment(("mine.py", 10, UPDATE), (tensor,))
    texts = UPDATE.split("\n")
    expected = number and f"mine.py, line {number}: {texts[number - 10].strip()}"
    assert line == expected


def test_a_line_that_updates_every_parameter_is_that_of_each() -> None:
    source = "def update(p, grads):\n    for k in p:\n        p[k] = p[k] - grads['d' + k]\n"
    for tensor in ("W1", "b1"):
        line = entry_assignment(("mine.py", 1, source), (tensor,))
        assert line == "mine.py, line 3: p[k] = p[k] - grads['d' + k]"
