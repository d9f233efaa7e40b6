"""Programs in the course's style, of the catalogue's lines: right ones, and any one of them wrong.

The text is written, executed, and checked as a learner's file is. Its numbers therefore come from
plain Python and NumPy, and not from the formulas that name the mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from parity_tests.adapters.candidate_process.in_this_process import course_here
from parity_tests.adapters.course.check_whole import check_whole
from parity_tests.campaigns.plant_in_reference import Key, M, Planted, make_key
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.report import Report
from parity_tests.checking.reruns import disambiguate
from parity_tests.diagnosis.hypotheses import factors, from_edits, other_activations, other_layers
from parity_tests.diagnosis.tensor_context import TensorContext, context_of
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec

NETWORKS = {
    "tanh": NetworkSpec.dense([6, 4, 1], "tanh", "sigmoid"),
    "relu": NetworkSpec.dense([6, 5, 2], "relu", "sigmoid"),
    "square": NetworkSpec.dense([4, 4, 4], "sigmoid", "sigmoid"),
    "through dA2": NetworkSpec.dense([6, 5, 2], "tanh", "sigmoid"),
}

PROGRAM = """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def g1(Z):
    return {g1}

def g2(Z):
    return {g2}

def loss(Z, Y):
    return np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z)))

def forward_propagation(X, parameters):
    W1, b1, W2, b2 = [parameters[k] for k in ("W1", "b1", "W2", "b2")]
    A0, m = X, X.shape[1]
    {Z1}
    {A1}
    {Z2}
    {A2}
    return A2, {{"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}}

def compute_cost(A2, Y):
    m = Y.shape[1]
    {J}
    return J

def backward_propagation(parameters, cache, X, Y):
    W1, b1, W2, b2 = [parameters[k] for k in ("W1", "b1", "W2", "b2")]
    Z1, A1, Z2, A2 = [cache[k] for k in ("Z1", "A1", "Z2", "A2")]
    A0, m = X, X.shape[1]
    dA2 = -(Y / A2 - (1 - Y) / (1 - A2))
    {dZ2}
    {dW2}
    {db2}
    {dA1}
    {dZ1}
    {dW1}
    {db1}
    return {{"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}}
"""
TENSORS = ("Z1", "A1", "Z2", "A2", "J", "dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1")


def numbered(line: str, l: int) -> str:
    """Number the tensors of a line: dW = dZ @ A_prev.T / m becomes dW2 = dZ2 @ A1.T / m."""

    def name(match: re.Match[str]) -> str:
        letter, prev = match[1], match[2]
        return f"{letter}{l - 1 if prev else l}"

    return re.sub(r"\b(d?[WbZA])(_prev)?\b(?!\d)", name, line)


class Student:
    """A network's program, of which one line may be wrong.   through: dZ2 is computed from dA2."""

    def __init__(self, spec: NetworkSpec, p: Precision, through: bool) -> None:
        self.spec, self.p = spec, p
        self.contexts = contexts(spec, p)
        last = -1 if through else 0
        self.first = {n: c.formulas[last] for n, c in self.contexts.items()}
        self.lines = {n: self.line(n, first.right) for n, first in self.first.items()}
        for l in (1, 2):
            self.lines[f"g{l}"] = self.first[f"A{l}"].right.replace("slope", "0.01")

    def line(self, name: str, text: str) -> str:
        """A right-hand side as the program writes it."""
        l = self.contexts[name].l or 0  # which a chain's context has
        text = text.replace("slope", "0.01")
        for n, written in (("n_y", "len(W2)"), ("n_prev", f"W{l}.shape[1]"), ("n", f"len(W{l})")):
            text = re.sub(rf"\b{n}\b", written, text)
        text = re.sub(r"\bg\(", f"g{l}(", text)
        return f"{name} = {numbered(text, l)}"

    def program(self, wrong: str = "", line: str = "") -> dict[str, Any]:
        """Execute the program with one wrong line, and return its functions by name."""
        namespace: dict[str, Any] = {"np": np}
        exec(PROGRAM.format(**self.lines | ({wrong: line} if wrong else {})), namespace)
        return namespace

    def problem(self, m: int) -> tuple[dict[str, Array], Array, Array]:
        """Return random params, X and Y, of numbers of the precision."""
        params, X, Y = random_problem(self.spec, m, seed=m)
        return {n: self.p.round(a) for n, a in params.items()}, self.p.round(X), self.p.round(Y)

    @np.errstate(all="ignore")  # as a wrong line may divide by zero
    def report(self, wrong: str, line: str, m: int) -> Report:
        """Check the program with one wrong line on m examples."""
        course = course_here(self.program(wrong, line))
        return check_whole(course, 3, self.spec, *self.problem(m), self.p, "student")

    @np.errstate(all="ignore")
    def numbers(self, wrong: str = "", line: str = "") -> list[Array] | None:
        """All that the functions return; None where one raises."""
        params, X, Y = self.problem(M)
        own = self.program(wrong, line)
        try:
            A2, cache = own["forward_propagation"](X, params)
            grads = own["backward_propagation"](params, cache, X, Y)
            return [A2, *cache.values(), own["compute_cost"](A2, Y), *grads.values()]
        except (ValueError, NameError, TypeError):
            return None

    def mistakes(self, name: str) -> Iterator[tuple[Key, str]]:
        """Yield the key and the wrong line of each."""
        context, first = self.contexts[name], self.first[name]
        edits = (*first.edits, *other_layers(context), *other_activations(context))
        for one in filter(None, (from_edits(context, first, edit) for edit in edits)):
            yield make_key(one.code, one.facts), self.line(name, one.text)
        for factor in factors(context):
            if factor.c:
                key = make_key(f"{context.kind}.{factor.code}", {})
                yield key, self.line(name, factor.form.format(first.right))

    def runs_and_differs(self, name: str, line: str) -> bool:
        """Return whether the program with this line runs, and gives other numbers."""
        wrong, right = self.numbers(name, line), self.numbers()
        return wrong is not None and not all(map(np.array_equal, wrong, right or []))


def contexts(spec: NetworkSpec, p: Precision) -> dict[str, TensorContext]:
    """Return the context of every tensor of the program."""
    params, X, Y = random_problem(spec, M)
    reference = LayerwiseReference.from_trace(spec, params, X, {}, p)
    right = dict(reference.expected_tensors(X, Y))
    labels = ErrorArray(Y, p=reference.inside)
    return {n: context_of(reference, n, right[n], labels) for n in TENSORS}


def planted(network: str, precision: str, step: int = 1) -> Iterator[Planted]:
    """Every mistake that runs in this program and changes its numbers; or one of `step`."""
    numbers = count()
    through = network.endswith("dA2")
    student = Student(NETWORKS[network], precision_named(precision), through)
    student.report("", "", M).raise_findings()
    for name in ("dZ2",) if through else TENSORS:
        for key, line in student.mistakes(name):
            if next(numbers) % step or not student.runs_and_differs(name, line):
                continue
            report = student.report(name, line, M)
            report = disambiguate(
                report, lambda m, _, name=name, line=line: student.report(name, line, m), M
            )
            yield Planted.of(f"{network}: {line}", name, key, report)
