"""The cases: programs that real habits and mistakes led to, each as edits of a sample program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import with_edits

Edit = tuple[str, str]  # old and new text


@dataclass(frozen=True)
class Case:
    """A program.

    Attributes:
        base: the sample program that it is an edit of.
        edits: the text that is replaced, and the new text.
        networks: those that it is checked with.
        hidden: the hidden activation, where it is not the assignment's.
    """

    base: str
    edits: tuple[Edit, ...] = ()
    networks: tuple[str, ...] = ()
    hidden: str | None = None

    def source(self) -> str:
        """Return the text of the program."""
        text = (PROGRAMS / self.base).read_text(encoding="utf-8")
        text = with_edits(text, self.edits)
        return text

    def written_to(self, folder: Path) -> Path:
        """Write the program into a folder, and return its path."""
        path = folder / "mine.py"
        path.write_text(self.source(), encoding="utf-8")
        return path


def week_3(*edits: Edit, base: str = "week3", hidden: str | None = None) -> Case:
    return Case(f"cases/{base}.py", edits, ("5-4-1",), hidden)


def week_4(*edits: Edit) -> Case:
    """Of equal widths, and of widths that all differ: there a wrong layer is a wrong shape."""
    return Case("cases/week4.py", edits, ("5-4-4-1", "5-4-3-1"))


def cost(text: str) -> Case:
    return week_4((COST, text))


# Lines of the sample programs.
COST = "np.squeeze(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m)"
DAL = "dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))"
DB = "db = np.sum(dZ, axis=1, keepdims=True) / m"
SIGMOID, RELU = "return 1 / (1 + np.exp(-Z)), Z", "return np.maximum(0, Z), Z"
TANH, DTANH = "np.tanh(Z1)", "(1 - np.power(A1, 2))"
TAKES_PARAMETERS = ("compute_cost(A2, Y, parameters)", "compute_cost(A2, Y)")
NEXT_DA = 'grads["dA" + str(l + 1)], current_cache'

RIGHT: dict[str, Case] = {
    "adam": Case("adam.py", (), ("5-4-4-1", "5-4-3-1")),
    "examples in rows": Case("cases/examples_in_rows.py", (), ("5-4-4-1",)),
    "week 2": Case("cases/week2.py", (), ("5-1",)),
    # Week 3.
    "cost takes the parameters": week_3(),
    "tanh' of Z": week_3(TAKES_PARAMETERS, (DTANH, "(1 - np.tanh(Z1) ** 2)")),
    "tanh' by cosh": week_3(TAKES_PARAMETERS, (DTANH, "(1 / np.cosh(Z1) ** 2)")),
    "tanh' in factors": week_3(TAKES_PARAMETERS, (DTANH, "((1 - A1) * (1 + A1))")),
    "minus Y minus A": week_3(TAKES_PARAMETERS, ("dZ2 = A2 - Y", "dZ2 = -(Y - A2)")),
    "ReLU in week 3": week_3(
        TAKES_PARAMETERS, (TANH, "np.maximum(0, Z1)"), (DTANH, "(A1 > 0)"), hidden="relu"
    ),
    "tanh by exp": week_3(
        TAKES_PARAMETERS, (TANH, "(np.exp(Z1) - np.exp(-Z1)) / (np.exp(Z1) + np.exp(-Z1))")
    ),
    "tanh by sigmoid": week_3(TAKES_PARAMETERS, (TANH, "2 / (1 + np.exp(-2 * Z1)) - 1")),
    "week 3, short": week_3(base="week3_short"),
    "lower-case keys": week_3(('"dW1": dZ1', "'dw1': dZ1"), base="week3_short"),
    "arguments in another order": week_3(
        ("(parameters, cache, X, Y)", "(X, Y, cache, parameters)"), base="week3_short"
    ),
    "a tuple as cache": week_3(
        ('{"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}', "(Z1, A1, Z2, A2)"),
        ('A1, A2, W2 = cache["A1"], cache["A2"], parameters["W2"]',
         'Z1, A1, Z2, A2 = cache; W2 = parameters["W2"]'),
        base="week3_short",
    ),
    # Week 4.
    "cost of shape (1, 1)": cost(
        "-(np.dot(Y, np.log(AL).T) + np.dot(1 - Y, np.log(1 - AL).T)) / m"
    ),
    "cost of clipped A": week_4(
        (f"return {COST}", f"AL = np.clip(AL, 1e-10, 1 - 1e-10)\n    return {COST}")
    ),
    "cost by dot": cost(
        "np.squeeze(-(np.dot(Y, np.log(AL).T) + np.dot(1 - Y, np.log(1 - AL).T)) / m)"
    ),
    "cost with 1e-15": cost(COST.replace("AL)", "AL + 1e-15)")),
    "cost with 1e-8": cost(COST.replace("AL)", "AL + 1e-8)")),
    "cost by float and mean": cost(
        "float(-np.mean(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)))"
    ),
    "dA with 1e-15": week_4((DAL, DAL.replace("AL)", "AL + 1e-15)"))),
    "dA with 1e-8": week_4((DAL, DAL.replace("AL)", "AL + 1e-8)"))),
    "dA as one quotient": week_4((DAL, "dAL = (AL - Y) / (AL * (1 - AL))")),
    "db by np.matrix": week_4((DB, "db = 1. / m * np.sum(np.matrix(dZ), axis=1)")),
    "db by mean": week_4((DB, "db = np.mean(dZ, axis=1, keepdims=True)")),
    "db by ones": week_4((DB, "db = np.dot(dZ, np.ones((m, 1))) / m")),
    "db reshaped": week_4((DB, "db = (np.sum(dZ, axis=1) / m).reshape(-1, 1)")),
    "a dictionary as cache": week_4(
        ("b, (A, W, b)", 'b, {"A": A, "W": W, "b": b}'),
        ("A_prev, W, b = cache", 'A_prev, W, b = cache["A"], cache["W"], cache["b"]'),
    ),
    "update in place": week_4(
        ('parameters["W%d" % l] = parameters["W%d" % l] - learning',
         'parameters["W%d" % l] -= learning')
    ),
    "activations return A alone": week_4(
        (SIGMOID, SIGMOID.removesuffix(", Z")), (RELU, RELU.removesuffix(", Z")),
        ("= sigmoid(Z) if activation == \"sigmoid\" else relu(Z)",
         "= (sigmoid(Z) if activation == \"sigmoid\" else relu(Z)), Z"),
    ),
    "ReLU's mask from A": week_4((RELU, "A = np.maximum(0, Z)\n    return A, A")),
    "ReLU' at 0 is 1": week_4(("cache <= 0", "cache < 0")),
    "ReLU as a product": week_4((RELU, "return Z * (Z > 0), Z")),
    "sigmoid of clipped Z": week_4((SIGMOID, "return 1 / (1 + np.exp(-np.clip(Z, -500, 500))), Z")),
    "sigmoid by exp": week_4((SIGMOID, "return np.exp(Z) / (1 + np.exp(Z)), Z")),
    "sigmoid by tanh": week_4((SIGMOID, "return 0.5 * (1 + np.tanh(Z / 2)), Z")),
}  # fmt: skip

WRONG: dict[str, Case] = {
    "renamed drivers": Case("renamed_drivers.py", (), ("5-4-1",)),
    "dA of the last layer in every layer": week_4((NEXT_DA, NEXT_DA.replace("l + 1", "L - 1"))),
    "the last layer's gradient in hidden ReLU": week_4((NEXT_DA, "dAL, current_cache")),
    "the last layer's gradient in hidden sigmoid": week_4(
        ('linear_activation_backward(grads["dA" + str(l + 1)], current_cache, "relu")',
         "linear_backward(sigmoid_backward(dAL, current_cache[1]), current_cache[0])")
    ),
    "two numberings of dA mixed": week_4(
        ('grads["dA" + str(L - 1)], grads["dW"', 'grads["dA" + str(L)], grads["dW"'),
        (NEXT_DA, NEXT_DA.replace("l + 1", "l + 2")),
    ),
    "one cache for every layer": week_4(("caches[l]", "caches[1]")),
    "Adam with two mistakes": Case(
        "adam.py",
        (("(np.sqrt(sc[k]) + epsilon)", "np.sqrt(s[k] + epsilon)"), (", s, vc, sc", ", s")),
        ("5-4-4-1", "5-4-3-1"),
    ),
}  # fmt: skip


def on_networks(cases: dict[str, Case]) -> Iterator[tuple[str, str]]:
    """Yield each name with each of its networks."""
    for name, case in cases.items():
        yield from ((name, network) for network in case.networks)
