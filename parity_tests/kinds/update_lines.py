"""The formulas of an update of the parameters, and the mistakes that people make in them.

As in `formula_text`. Names: `theta`, `dtheta`, `v` and `s` after this update and `v_prev`, `s_prev`
before it, `t` the number of updates with this one, `alpha`, `beta`, `beta1`, `beta2`, `epsilon`,
`lambd` the weight decay.
"""

from __future__ import annotations

from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, edit

STEP: tuple[Edit, ...] = (
    edit("plus-step", "the step is added: the cost rises", "- alpha", "+ alpha"),
    edit("missing-alpha", "the learning rate α is missing", "alpha * ", ""),
    edit("alpha-squared", "α is squared", "alpha * ", "alpha * alpha * "),
    edit("not-updated", "θ was not updated", ALL, "theta"),
)


def moving_average(of: str, beta: str) -> FormulaText:
    """Return v ← β v + (1 − β) dθ, or s ← β s + (1 − β) dθ².

    Args:
        of: "v" or "s".
        beta: the name of β in the formula.
    """
    name, term = ("v", "dtheta") if of == "v" else ("s", "dtheta**2")
    right = f"{beta} * {name}_prev + (1 - {beta}) * {term}"
    swapped = f"(1 - {beta}) * {name}_prev + {beta} * {term}"
    edits: list[Edit] = [
        edit("swapped-beta", "β and 1 − β are swapped", ALL, swapped),
        edit("missing-1-minus-beta", "1 − β is missing before the gradient",
             f"(1 - {beta}) * ", ""),
        edit("beta-for-1-minus-beta", "β is used instead of 1 − β before the gradient",
             f"(1 - {beta}) * ", f"{beta} * "),
        edit("minus-gradient", "the gradient is subtracted", " + (1", " - (1"),
        edit(f"missing-{name}_prev", f"the old {name} is left out",
             f"{beta} * {name}_prev + ", ""),
        edit("missing-beta", f"β is missing before {name}",
             f"{beta} * {name}_prev", f"{name}_prev"),
        edit("not-updated", f"{name} was not updated", ALL, f"{name}_prev"),
    ]  # fmt: skip
    if of == "s":
        edits += [
            edit("missing-square", "dθ is not squared", "dtheta**2", "dtheta"),
            edit("absolute-value", "dθ² was expected, |dθ| is used", "dtheta**2", "np.abs(dtheta)"),
            edit("square-of-everything", "the whole is squared, and not dθ alone",
                 f"(1 - {beta}) * {term}", f"((1 - {beta}) * dtheta)**2"),
        ]  # fmt: skip
    else:
        edits.append(edit("squared", "dθ was expected, dθ² is used", "dtheta", "dtheta**2"))
    if beta == "beta2":  # of Adam, which has a v as well
        edits.append(edit("v-for-dtheta", "v is used instead of dθ", "dtheta**2", "v**2"))
    other = {"beta1": "beta2", "beta2": "beta1"}.get(beta)
    if other:
        edits += [
            edit("kept-corrected", f"the corrected {name} is kept", ALL,
                 f"({right}) / (1 - {beta}**t)"),
            edit(f"{other}-for-{beta}", f"{other} is used instead of {beta}", beta, other),
            edit(f"{other}-for-{beta}-in-1-minus-beta",
                 f"1 − {other} is used instead of 1 − {beta}", f"1 - {beta}", f"1 - {other}"),
        ]  # fmt: skip
    return FormulaText(name, right, tuple(edits))


GRADIENT_DESCENT = FormulaText("theta", "theta - alpha * dtheta", (
    *STEP,
    edit("missing-theta", "θ is left out: this is the step alone", "theta - ", "-"),
    edit("theta-for-dtheta", "θ is used instead of dθ", "dtheta", "theta"),
))  # fmt: skip

MOMENTUM = FormulaText("theta", "theta - alpha * v", (
    *STEP,
    edit("dtheta-for-v", "dθ is used instead of v: there is no momentum", "* v", "* dtheta"),
    edit("v_prev-for-v", "the old v is used instead of the new v",
         "* v", "* v_prev"),
    edit("nesterov", "the momentum is Nesterov's", "* v", "* (dtheta + beta * v)"),
    edit("corrected-v", "v is corrected for its bias, as Adam's is", "* v", "* v / (1 - beta**t)"),
))  # fmt: skip

TORCH_MOMENTUM = FormulaText("v", "beta * v_prev + dtheta", (
    edit("times-1-minus-beta", "the gradient is multiplied by 1 − β, as in the course",
         "dtheta", "(1 - beta) * dtheta"),
    edit("missing-v_prev", "the old v is left out", "beta * v_prev + ", ""),
    edit("missing-beta", "β is missing before v", "beta * v_prev", "v_prev"),
))  # fmt: skip

RMSPROP = FormulaText("theta", "theta - alpha * dtheta / (np.sqrt(s) + epsilon)", (
    *STEP,
    edit("epsilon-inside-root", "ε is inside the root",
         "np.sqrt(s) + epsilon", "np.sqrt(s + epsilon)"),
    edit("missing-epsilon", "ε is missing", " + epsilon", ""),
    edit("missing-root", "the root is missing", "np.sqrt(s)", "s"),
    edit("s_prev-for-s", "the old s is used instead of the new s",
         "np.sqrt(s)", "np.sqrt(s_prev)"),
    edit("corrected-s", "s is corrected for its bias, as Adam's is",
         "np.sqrt(s)", "np.sqrt(s / (1 - beta**t))"),
    edit("missing-denominator", "dθ is not divided by the denominator",
         " / (np.sqrt(s) + epsilon)", ""),
))  # fmt: skip

V, S = "(v / (1 - beta1**t))", "s / (1 - beta2**t)"
ADAM = FormulaText("theta", f"theta - alpha * {V} / (np.sqrt({S}) + epsilon)", (
    *STEP,
    edit("uncorrected-v", "v is not corrected for its bias", V, "v"),
    edit("uncorrected-s", "s is not corrected for its bias", S, "s"),
    edit("uncorrected-v-and-s", "neither v nor s is corrected for its bias", V, "v", S, "s"),
    edit("epsilon-inside-root", "ε is inside the root",
         f"np.sqrt({S}) + epsilon", f"np.sqrt({S} + epsilon)"),
    edit("missing-epsilon", "ε is missing", " + epsilon", ""),
    edit("epsilon-before-correction",
         "ε is added to √s before the correction, as in the paper's shorter form", ALL,
         "theta - alpha * (np.sqrt(1 - beta2**t) / (1 - beta1**t)) * v / (np.sqrt(s) + epsilon)"),
    edit("missing-root", "the root is missing", f"np.sqrt({S})", S),
    edit("missing-parentheses", "parentheses are missing around the denominator",
         f"(np.sqrt({S}) + epsilon)", f"np.sqrt({S}) + epsilon"),
    edit("beta1-for-beta2", "β₁ is used instead of β₂ in the correction of s", "beta2", "beta1"),
    edit("swapped-betas", "β₁ and β₂ are swapped in the corrections",
         "beta1", "beta2", "beta2", "beta1"),
    edit("t-minus-1", "t − 1 is used instead of t in the corrections", "**t", "**(t - 1)"),
    edit("t-plus-1", "t + 1 is used instead of t in the corrections", "**t", "**(t + 1)"),
    edit("missing-power-t", "β, without the power t, is used in the corrections", "**t", ""),
    edit("times-correction", "v is multiplied by its correction",
         "(v / (1 - beta1**t))", "(v * (1 - beta1**t))"),
    edit("dtheta-for-v", "dθ is used instead of v", "(v /", "(dtheta /"),
    edit("dtheta-for-corrected-v", "dθ is used instead of the corrected v", V, "dtheta"),
    edit("v_prev-for-v", "the old v is used instead of the new v",
         "(v /", "(v_prev /"),
    edit("s_prev-for-s", "the old s is used instead of the new s",
         "(s /", "(s_prev /"),
))  # fmt: skip


# The gradient that a rule is given: with weight decay λ, as in torch's Adam and SGD.
COUPLED = FormulaText("dtheta", "gradient + lambd * theta", (
    edit("missing-decay", "the weight decay is missing", " + lambd * theta", ""),
    edit("minus-decay", "the weight decay is subtracted", " + lambd", " - lambd"),
    edit("decay-of-gradient", "the weight decay is applied to the gradient, not to θ",
         "lambd * theta", "lambd * gradient"),
))  # fmt: skip
PLAIN = FormulaText("dtheta", "gradient")
DECAY_OF_C = edit("decay-of-c", "the weight decay λ is {c}")
DECOUPLED = edit(
    "decoupled-decay", "the weight decay is decoupled from the gradient, as AdamW's is"
)
DECOUPLED_OF_C = edit(
    "decoupled-decay-of-c", "there is a weight decay λ = {c}, decoupled as AdamW's is"
)
