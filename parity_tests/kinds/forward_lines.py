"""Forward propagation: mistakes that several kinds have.

Those of one kind, and the lines, are in `layers/` and `losses/`. The names are those of
`formula_text`.
"""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, Edit, choice, edit

TWICE: Edit = edit("activation-twice", "the activation was applied twice", ALL, "g(g(Z))")

EPSILON = "epsilon-inside-log"
# Those that people take: powers of 10, and the ε of float64 and of float32.
EPSILONS = (
    *(f"1e-{k}" for k in range(3, 17)), "2.220446049250313e-16", "1.1920928955078125e-07",
)  # fmt: skip


def epsilon_edits(code: str, sentence: str, *texts: str) -> tuple[Edit, ...]:
    """Return the choice that ε was added somewhere, for each ε that people take.

    Args:
        code: of the choice.
        sentence: the choice in words.
        texts: old, by new, … text, with ε written `{e}` in the new ones.
    """
    return tuple(
        choice(code, sentence, *(text.replace("{e}", e) for text in texts), epsilon=e)
        for e in EPSILONS
    )


def inside_log(*texts: str) -> tuple[Edit, ...]:
    """Return the choice that ε was added inside the logarithm."""
    return epsilon_edits(EPSILON, "ε = {epsilon} was added inside the logarithm", *texts)


def clipped(*texts: str) -> tuple[Edit, ...]:
    """Return the choice that A was clipped, written `{A}` in the new texts, for each ε."""
    new = [text.replace("{A}", "np.clip(A, {e}, 1 - {e})") for text in texts]
    return epsilon_edits("clipped", "A was clipped to [ε, 1 − ε], ε = {epsilon}", *new)


OF_THE_LOGITS: tuple[Edit, ...] = (
    edit("squared-error", "the cross-entropy was expected, the squared error is used",
         ALL, "np.sum((A - Y)**2) / m"),
    edit("half-squared-error", "the cross-entropy was expected, half the squared error is used",
         ALL, "np.sum((A - Y)**2) / (2 * m)"),
    edit("log2", "the logarithm is that of base 2", "np.log(", "np.log2("),
    edit("log10", "the logarithm is that of base 10", "np.log(", "np.log10("),
    edit("A-for-logits",
         "A{l} is used instead of the logits Z{l}: the activation is applied twice", ALL,
         "np.sum(loss(A, Y)) / m"),
)  # fmt: skip

L2_OF_J = " + lambd / (2 * m) * sum(np.sum(W**2) for W in weights)", (
    edit("missing-L2", "the L2 term is missing",
         " + lambd / (2 * m) * sum(np.sum(W**2) for W in weights)", ""),
    edit("L2-missing-1/m", "the L2 term is not divided by m", "lambd / (2 * m)", "lambd / 2"),
    edit("L2-missing-half", "the L2 term is twice as large: its ½ is missing",
         "lambd / (2 * m)", "lambd / m"),
    edit("minus-L2", "the L2 term is subtracted", " + lambd", " - lambd"),
    edit("L2-of-biases", "the L2 term takes in the biases", "in weights", "in weights + biases"),
    edit("L2-of-norm", "the L2 term is of ‖W‖, which is not squared",
         "np.sum(W**2)", "np.sqrt(np.sum(W**2))"),
    edit("L2-missing-square", "the L2 term is of Σ W, which is not squared", "W**2", "W"),
    edit("L2-absolute", "the L2 term is of the absolute values", "W**2", "np.abs(W)"),
)  # fmt: skip
