"""What normalisation by the root mean square brings to the proof."""

from __future__ import annotations

from parity_tests.kinds import norm_formulas as norms
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.grown_steps import EPSILONS, Grown, of_features
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph, RMSNorm

ROOT = "np.sqrt((A_prev * A_prev).mean(axis=0, keepdims=True) + epsilon)"
ALONG = " - A_hat * (gamma * dZ * A_hat).mean(axis=0, keepdims=True)"


def graph() -> Graph:
    """Return a graph with a norm, whose ε is large enough to be seen in any precision."""
    graph = Graph({"x": (5, 4)})
    graph.add("z", RMSNorm(5, epsilon=0.25), "x")
    graph.add("flat", Flatten(), "z")
    return graph


KIND = LayerKind(
    meaning="each column of {Z} with a mean square of 1, times γ",
    line=FormulaText("Z", f"gamma * A_prev / {ROOT}", (
        norms.OVER_EXAMPLES,
        norms.OVER_POSITIONS,
        edit(*norms.OUTSIDE,
             ROOT, "(np.sqrt((A_prev * A_prev).mean(axis=0, keepdims=True)) + epsilon)"),
        norms.NO_EPSILON,
        edit("missing-root", "the root is missing: the mean square divides", "np.sqrt(", "("),
        edit("sum-for-mean", "the sum is used instead of the mean", ".mean(", ".sum("),
        edit("centred", "the mean is subtracted, as in layer normalisation",
             "gamma * A_prev", "gamma * (A_prev - A_prev.mean(axis=0, keepdims=True))"),
        edit("missing-gamma", "γ is missing", "gamma * ", ""),
        edit("one-plus-gamma", "1 + γ is used instead of γ", "gamma", "(1 + gamma)"),
    )),
    derivative_line=FormulaText("dA_prev", f"r * (gamma * dZ{ALONG})", (
        *norms.of_the_input(ALONG),
        edit("layer-norm", "the mean of dÂ is subtracted, as in layer normalisation",
             "(gamma * dZ - A_hat",
             "(gamma * dZ - (gamma * dZ).mean(axis=0, keepdims=True) - A_hat"),
        edit("gamma-last", "γ multiplies at the end, and not within the mean",
             ALL, "gamma * r * (dZ - A_hat * (dZ * A_hat).mean(axis=0, keepdims=True))"),
    )),
    parameter_lines={"dgamma": norms.DGAMMA},
    fitted=norms.other_epsilon("A_prev", ROOT),
    backwards=(norms.rms_norm_in_two_shares,),
    graph=graph,
    grown=Grown(of_features(lambda g, n: RMSNorm(n, g.pick([*EPSILONS]))), place=5),
)  # fmt: skip
