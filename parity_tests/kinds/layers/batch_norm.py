"""What batch normalisation brings to the proof."""

from __future__ import annotations

from parity_tests.kinds import batch_norm_formulas as formulas
from parity_tests.kinds import norm_formulas as norms
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import BatchNorm, Flatten, Graph

LINE, ROOT = "gamma * (A_prev - mu) / np.sqrt(sigma2 + epsilon) + beta", "np.sqrt(sigma2 + epsilon)"
RUNNING = "gamma * (A_prev - mean) / np.sqrt(variance + epsilon) + beta"
RUNNING_ROOT = "np.sqrt(variance + epsilon)"
OVER = "axis=over"
MEAN = f" - (gamma * dZ).mean({OVER}, keepdims=True)"
ALONG = f" - A_hat * (gamma * dZ * A_hat).mean({OVER}, keepdims=True)"
TRAINING_DERIVATIVE = f"r * (gamma * dZ{MEAN}{ALONG})"
BATCH_MEAN, BATCH_VARIANCE = (f"A_prev.{of}({OVER}, keepdims=True)" for of in ("mean", "var"))
NEXT_MEAN = "(1 - momentum) * mean + momentum * mu"
NEXT_VARIANCE = "(1 - momentum) * variance + momentum * sigma2 * N / (N - 1)"


def graph() -> Graph:
    """Return a graph with a norm, whose ε and N/(N − 1) are large enough to be seen."""
    graph = Graph({"x": (8, 2)})
    graph.add("z", BatchNorm(8, epsilon=0.25, momentum=0.25), "x")
    graph.add("flat", Flatten(), "z")
    return graph


AFFINE = (
    edit("missing-root", "the root is missing: the variance divides", "np.sqrt(", "("),
    norms.NO_EPSILON,
    edit("missing-gamma", "γ is missing", "gamma * ", ""),
    edit("missing-beta", "β is missing", " + beta", ""),
)
UNSEEN = "the state stays as it was: the batch has not changed the running statistics"
REVERSED = "the momentum weighs the old value, and 1 − momentum the batch's: the other way round"
NO_SUM_OF_1 = "the old value is not multiplied by 1 − momentum"
REPLACED = "the batch's value replaces the running one: the momentum is missing"
UPDATED = "the state has changed, as in training: an evaluation leaves the running statistics"

EVALUATING = LayerKind(
    line=FormulaText("Z", RUNNING, (
        *AFFINE,
        edit(*norms.OUTSIDE, RUNNING_ROOT, "(np.sqrt(variance) + epsilon)"),
        edit("batch-statistics",
             "the batch's statistics are used, as in training; the running ones were expected",
             "mean", BATCH_MEAN, "variance", BATCH_VARIANCE),
        edit("missing-mean", "the mean is not subtracted", "(A_prev - mean)", "A_prev"),
    )),
    derivative_line=FormulaText("dA_prev", "r * gamma * dZ", (
        edit("derivative-of-training",
             "the terms of the batch's statistics are there, as in training; running ones are "
             "constants",
             ALL, TRAINING_DERIVATIVE),
        edit("missing-gamma", "γ is missing", "gamma * ", ""),
        edit("missing-r", "r is missing", "r * ", ""),
    )),
    parameter_lines={"dgamma": norms.DGAMMA, "dbeta": norms.DBETA},
    state_lines={
        "mean": FormulaText("mean", "mean", (
            edit("updated", UPDATED, ALL, f"(1 - momentum) * mean + momentum * {BATCH_MEAN}"),
        )),
        "variance": FormulaText("variance", "variance", (
            edit("updated", UPDATED,
                 ALL, f"(1 - momentum) * variance + momentum * {BATCH_VARIANCE} * N / (N - 1)"),
        )),
    },
    forwards=(formulas.evaluate,),
    backwards=(formulas.evaluation_backward,),
)  # fmt: skip

KIND = LayerKind(
    meaning="each feature of {Z} with mean 0 and variance 1 over the batch, times γ, plus β",
    line=FormulaText("Z", LINE, (
        *AFFINE,
        edit(*norms.OUTSIDE, ROOT, "(np.sqrt(sigma2) + epsilon)"),
        edit("n-minus-1", "the variance is divided by N − 1, not by N",
             "sigma2", "sigma2 * N / (N - 1)"),
        edit("missing-mean", "the mean is not subtracted", "(A_prev - mu)", "A_prev"),
        edit("running-statistics",
             "the running statistics are used, as in evaluation; the batch's were expected",
             "mu", "mean", "sigma2", "variance"),
        edit("over-features",
             "the statistics are those of each column over the features, as of layer norm",
             "mu", "A_prev.mean(axis=0, keepdims=True)",
             "sigma2", "A_prev.var(axis=0, keepdims=True)"),
        edit("each-position",
             "each position has statistics of its own, over the examples alone",
             "mu", "A_prev.mean(axis=1, keepdims=True)",
             "sigma2", "A_prev.var(axis=1, keepdims=True)"),
        edit("each-example",
             "each example has statistics of its own, over its positions alone",
             "mu", "A_prev.mean(axis=2, keepdims=True)",
             "sigma2", "A_prev.var(axis=2, keepdims=True)"),
    )),
    derivative_line=FormulaText("dA_prev", TRAINING_DERIVATIVE, (
        edit("missing-variance-term",
             "the term of the variance is missing: r depends on each example", ALONG, ""),
        edit("missing-mean-term", "the term of the mean is missing: μ depends on each example",
             MEAN, ""),
        edit("derivative-of-evaluation",
             "the statistics are taken as constants, as in evaluation: both terms are missing",
             ALL, "r * gamma * dZ"),
        edit("plus-variance-term", "the term of the variance is added", " - A_hat", " + A_hat"),
        edit("missing-gamma", "γ is missing", "gamma * dZ", "dZ"),
        edit("missing-r", "r is missing", "r * (", "("),
        edit("sums-for-means", "sums are used instead of means: 1/N is missing", ".mean(", ".sum("),
        edit("over-features", "the means are taken over the features, axis 0", OVER, "axis=0"),
        edit("each-position", "the means of each position are its own, over the examples alone",
             OVER, "axis=1"),
        edit("input-for-normalised", "the input is used instead of its normalised Â",
             "A_hat", "A_prev"),
    )),
    parameter_lines={"dgamma": norms.DGAMMA, "dbeta": norms.DBETA},
    state_lines={
        "mean": FormulaText("mean", NEXT_MEAN, (
            edit("not-updated", UNSEEN, ALL, "mean"),
            edit("momentum-reversed", REVERSED, ALL, "momentum * mean + (1 - momentum) * mu"),
            edit("missing-1-minus-momentum", NO_SUM_OF_1, "(1 - momentum) * mean", "mean"),
            edit("missing-momentum", REPLACED, ALL, "mu"),
            edit("sum-for-mean", "the batch's sum is averaged, not its mean", "mu", "mu * N"),
        )),
        "variance": FormulaText("variance", NEXT_VARIANCE, (
            edit("biased", "the batch's variance is divided by N: that of the state by N − 1",
                 " * N / (N - 1)", ""),
            edit("examples-for-columns", "N is the number of examples; positions count as well",
                 "N / (N - 1)", "m / (m - 1)"),
            edit("not-updated", UNSEEN, ALL, "variance"),
            edit("momentum-reversed", REVERSED,
                 ALL, "momentum * variance + (1 - momentum) * sigma2 * N / (N - 1)"),
            edit("missing-1-minus-momentum", NO_SUM_OF_1, "(1 - momentum) * variance", "variance"),
            edit("missing-momentum", REPLACED, ALL, "sigma2 * N / (N - 1)"),
            edit("with-epsilon", "ε is added to the variance before it is averaged",
                 "momentum * sigma2", "momentum * (sigma2 + epsilon)"),
            edit("standard-deviation", "the standard deviation is averaged, not the variance",
                 "sigma2 * N / (N - 1)", "np.sqrt(sigma2 * N / (N - 1))"),
        )),
    },
    forwards=(formulas.forward(formulas.two_passes, formulas.scaled),),
    less_accurate=LayerKind(
        words=norms.ONE_PASS,
        forwards=(
            formulas.forward(formulas.one_pass, formulas.normalised),
            formulas.forward(formulas.one_pass, formulas.scaled),
        ),
        backwards=(
            formulas.backward(formulas.one_pass, formulas.by_projection),
            formulas.backward(formulas.one_pass, formulas.by_coefficients),
        ),
        next_states=(formulas.next_state_in_one_pass,),
    ),
    evaluating=EVALUATING,
    graph=graph,
    of_features=lambda rng, n: BatchNorm(n, float(rng.choice([1e-5, 2.0**-4])), 0.1),
)  # fmt: skip
