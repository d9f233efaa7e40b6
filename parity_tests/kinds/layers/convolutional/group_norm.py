"""What group normalisation brings to the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_tests.kinds import norm_formulas as norms
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import EPSILONS
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.windows import group_norm_formulas as formulas
from parity_tests.kinds.windows.grown_windows import divisor, of_both
from ref_numpy import Flatten, Graph
from ref_numpy.layers.convolutional.group_norm import (
    GroupNorm,
    mean_of_groups,
    variance_of_groups,
)

CENTRED, ROOT = "A_prev - mean(A_prev, groups)", "np.sqrt(var(A_prev, groups) + epsilon)"
MEAN = " - mean(gamma * dZ, groups)"
ALONG = " - A_hat * mean(gamma * dZ * A_hat, groups)"
RIGHT = f"r * (gamma * dZ{MEAN}{ALONG})"


def apart(of: str) -> str:
    """Return the text of the mean or the variance of groups of features that stand apart."""
    moved = "A_prev.reshape(-1, groups, *A_prev.shape[1:]).swapaxes(0, 1).reshape(A_prev.shape)"
    back = f"{of}({moved}, groups).reshape(groups, -1, m, *(1 for _ in A_prev.shape[2:]))"
    return f"{back}.swapaxes(0, 1).reshape(n, m, *(1 for _ in A_prev.shape[2:]))"


def names(layer: Any, A: Any) -> Mapping[str, Any]:
    """Return the statistics of groups, by the names of the lines."""
    return {"mean": mean_of_groups, "var": variance_of_groups}


def graph() -> Graph:
    """Return a graph with a norm, whose ε is large enough to be seen in any precision."""
    graph = Graph({"x": (4, 1, 3)})
    graph.add("z", GroupNorm(4, groups=2, epsilon=0.25), "x")
    graph.add("flat", Flatten(), "z")
    return graph


OF_ALL = edit("one-group", "the statistics are those of all features of an example",
              ", groups", ", 1")  # fmt: skip
OF_EACH = edit("each-feature", "each feature has statistics of its own", ", groups", ", n")

KIND = LayerKind(
    meaning="each group of features of {Z} with mean 0 and variance 1, times γ, plus β",
    names=names,
    line=FormulaText("Z", f"gamma * ({CENTRED}) / {ROOT} + beta", (
        OF_ALL,
        OF_EACH,
        edit("mixed-groups", "a group is of features that stand apart, and not of successive ones",
             "mean(A_prev, groups)", apart("mean"), "var(A_prev, groups)", apart("var")),
        edit("each-column", "the statistics are those of each position, as of layer norm",
             "mean(A_prev, groups)", "A_prev.mean(axis=0, keepdims=True)",
             "var(A_prev, groups)", "A_prev.var(axis=0, keepdims=True)"),
        edit("over-examples", "the statistics are those of each feature over the batch, as of "
             "batch norm",
             "mean(A_prev, groups)", "A_prev.mean(axis=over, keepdims=True)",
             "var(A_prev, groups)", "A_prev.var(axis=over, keepdims=True)"),
        edit("n-minus-1", "the variance is divided by N − 1, not by N",
             "var(A_prev, groups)",
             "var(A_prev, groups) / (1 - groups / A_prev[:, 0].size)"),
        edit(*norms.OUTSIDE, ROOT, "(np.sqrt(var(A_prev, groups)) + epsilon)"),
        norms.NO_EPSILON,
        edit("missing-root", "the root is missing: the variance divides", "np.sqrt(", "("),
        edit("missing-mean", "the mean is not subtracted", f"({CENTRED})", "A_prev"),
        edit("missing-gamma", "γ is missing", "gamma * ", ""),
        edit("missing-beta", "β is missing", " + beta", ""),
    )),
    derivative_line=FormulaText("dA_prev", RIGHT, (
        OF_ALL,
        OF_EACH,
        edit("missing-variance-term",
             "the term of the variance is missing: r depends on each number of the group",
             ALONG, ""),
        edit("missing-mean-term",
             "the term of the mean is missing: μ depends on each number of the group", MEAN, ""),
        edit("constant-statistics", "μ and r are taken as constants: both their terms are missing",
             ALL, "r * gamma * dZ"),
        edit("missing-gamma", "γ is missing", "gamma * dZ", "dZ"),
        edit("gamma-last", "γ multiplies at the end, and not within the means",
             ALL, "gamma * r * (dZ - mean(dZ, groups) - A_hat * mean(dZ * A_hat, groups))"),
        edit("missing-r", "r is missing", "r * (", "("),
        edit("each-column", "the means are those of each position, as of layer norm",
             ALL, "r * (gamma * dZ - (gamma * dZ).mean(axis=0, keepdims=True)"
             " - A_hat * (gamma * dZ * A_hat).mean(axis=0, keepdims=True))"),
        edit("plus-variance-term", "the term of the variance is added", " - A_hat", " + A_hat"),
        edit("input-for-normalised", "the input is used instead of its normalised Â",
             "A_hat", "A_prev"),
    )),
    parameter_lines={"dgamma": norms.DGAMMA, "dbeta": norms.DBETA},
    fitted=norms.other_epsilon(CENTRED, ROOT),
    forwards=(formulas.scaled(formulas.two_passes),),
    backwards=(formulas.as_torch(formulas.two_passes, of_sums=False),),
    less_accurate=LayerKind(
        words=f"{norms.ONE_PASS}; or dγ as (Σ dZ ∗ A − μ Σ dZ) r, which loses digits there, too",
        forwards=(formulas.normalised(formulas.one_pass), formulas.scaled(formulas.one_pass)),
        backwards=(
            formulas.as_torch(formulas.two_passes, of_sums=True),
            formulas.as_torch(formulas.one_pass, of_sums=True),
        ),
    ),
    graph=graph,
    grown=of_both(lambda g, n: GroupNorm(n, divisor(g, n), g.pick([*EPSILONS]))),
)  # fmt: skip
