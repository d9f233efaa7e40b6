"""What layer normalisation brings to the proof."""

from __future__ import annotations

from parity_tests.kinds import norm_formulas as norms
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import EPSILONS, Grown, of_features
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph, LayerNorm

CENTRED = "A_prev - A_prev.mean(axis=0, keepdims=True)"
ROOT = "np.sqrt(A_prev.var(axis=0, keepdims=True) + epsilon)"
MEAN = " - (gamma * dZ).mean(axis=0, keepdims=True)"
ALONG = " - A_hat * (gamma * dZ * A_hat).mean(axis=0, keepdims=True)"


def graph() -> Graph:
    """Return a graph with a norm, whose ε is large enough to be seen in any precision."""
    graph = Graph({"x": (5, 4)})
    graph.add("z", LayerNorm(5, epsilon=0.25), "x")
    graph.add("flat", Flatten(), "z")
    return graph


KIND = LayerKind(
    meaning="each column of {Z} with mean 0 and variance 1, times γ, plus β",
    line=FormulaText("Z", f"gamma * ({CENTRED}) / {ROOT} + beta", (
        norms.OVER_EXAMPLES,
        norms.OVER_POSITIONS,
        edit(*norms.OUTSIDE, ROOT, "(np.sqrt(A_prev.var(axis=0, keepdims=True)) + epsilon)"),
        norms.NO_EPSILON,
        edit("n-minus-1", "the variance is divided by n − 1, not by n",
             ".var(axis=0, ", ".var(axis=0, ddof=1, "),
        edit("missing-root", "the root is missing: the variance divides", "np.sqrt(", "("),
        edit("missing-mean", "the mean is not subtracted", f"({CENTRED})", "A_prev"),
        edit("missing-gamma", "γ is missing", "gamma * ", ""),
        edit("missing-beta", "β is missing", " + beta", ""),
        edit("gamma-times-beta", "γ multiplies β, too",
             ALL, f"gamma * (({CENTRED}) / {ROOT} + beta)"),
    )),
    derivative_line=FormulaText("dA_prev", f"r * (gamma * dZ{MEAN}{ALONG})", (
        *norms.of_the_input(ALONG),
        edit("missing-mean-term", "the term of the mean is missing: μ depends on each feature",
             MEAN, ""),
        edit("constant-statistics", "μ and r are taken as constants: both their terms are missing",
             ALL, "r * gamma * dZ"),
        edit("gamma-last", "γ multiplies at the end, and not within the means",
             ALL, "gamma * r * (dZ - dZ.mean(axis=0, keepdims=True)"
             " - A_hat * (dZ * A_hat).mean(axis=0, keepdims=True))"),
    )),
    parameter_lines={"dgamma": norms.DGAMMA, "dbeta": norms.DBETA},
    fitted=norms.other_epsilon(CENTRED, ROOT),
    forwards=(norms.forward(norms.two_passes, norms.two_products),),
    backwards=(norms.backward(norms.two_passes, norms.two_products, norms.as_torch),),
    less_accurate=LayerKind(
        words=norms.ONE_PASS,
        forwards=(
            norms.forward(norms.one_pass, norms.centred),
            norms.forward(norms.one_pass, norms.two_products),
        ),
        backwards=(
            norms.backward(norms.one_pass, norms.centred, norms.by_means),
            norms.backward(norms.one_pass, norms.two_products, norms.as_torch),
        ),
    ),
    graph=graph,
    grown=Grown(of_features(lambda g, n: LayerNorm(n, g.pick([*EPSILONS]))), place=4),
)  # fmt: skip
