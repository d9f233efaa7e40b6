"""The lines of an update of the parameters, and what people write in their place.

As in lines.py. Names: `theta`, `dtheta`, `v` and `s` after this update and `v_prev`, `s_prev`
before it, `t` the number of updates with this one, `alpha`, `beta`, `beta1`, `beta2`, `epsilon`,
`lambd` the weight decay.
"""

from __future__ import annotations

from parity_tests.kinds.line import ALL, Edit, Line

STEP: tuple[Edit, ...] = (
    ("the step is added: θ climbs", "- alpha", "+ alpha"),
    ("the learning rate α is missing", "alpha * ", ""),
    ("α is squared", "alpha * ", "alpha * alpha * "),
)


def average(of: str, beta: str) -> Line:
    """v ← β v + (1 − β) dθ, or s ← β s + (1 − β) dθ²"""
    name, term = ("v", "dtheta") if of == "v" else ("s", "dtheta**2")
    own = f"{beta} * {name}_prev + (1 - {beta}) * {term}"
    swapped = f"(1 - {beta}) * {name}_prev + {beta} * {term}"
    edits: list[Edit] = [
        ("β and 1 − β have changed places", ALL, swapped),
        ("1 − β is missing before the gradient", f"(1 - {beta}) * ", ""),
        ("the gradient is subtracted", " + (1", " - (1"),
        (f"the {name} before is left out", f"{beta} * {name}_prev + ", ""),
        (f"β is missing before {name}", f"{beta} * {name}_prev", f"{name}_prev"),
        (f"{name} was not updated", ALL, f"{name}_prev"),
    ]
    if of == "s":
        edits += [
            ("dθ is not squared", "dtheta**2", "dtheta"),
            ("|dθ| stands for dθ²", "dtheta**2", "np.abs(dtheta)"),
            ("the whole is squared, and not dθ alone", f"(1 - {beta}) * {term}",
             f"((1 - {beta}) * dtheta)**2"),
        ]  # fmt: skip
    else:
        edits.append(("dθ² stands for dθ", "dtheta", "dtheta**2"))
    other = {"beta1": "beta2", "beta2": "beta1"}.get(beta)
    if other:
        edits.append((f"{other} stands for {beta}", beta, other))
    return Line(name, own, tuple(edits))


GRADIENT_DESCENT = Line("theta", "theta - alpha * dtheta", (
    *STEP,
    ("θ was not updated", " - alpha * dtheta", ""),
    ("θ is left out: this is the step alone", "theta - ", "-"),
    ("θ stands for dθ", "dtheta", "theta"),
))  # fmt: skip

MOMENTUM = Line("theta", "theta - alpha * v", (
    *STEP,
    ("dθ stands for v: there is no momentum", "* v", "* dtheta"),
    ("v stands as it was before this update", "* v", "* v_prev"),
    ("the momentum is Nesterov's", "* v", "* (dtheta + beta * v)"),
    ("v is corrected for its bias, as Adam's is", "* v", "* v / (1 - beta**t)"),
))  # fmt: skip

TORCH_MOMENTUM = Line("v", "beta * v_prev + dtheta", (
    ("the gradient is multiplied by 1 − β, as in the course", "dtheta", "(1 - beta) * dtheta"),
    ("the v before is left out", "beta * v_prev + ", ""),
    ("β is missing before v", "beta * v_prev", "v_prev"),
))  # fmt: skip

RMSPROP = Line("theta", "theta - alpha * dtheta / (np.sqrt(s) + epsilon)", (
    *STEP,
    ("ε is inside the root", "np.sqrt(s) + epsilon", "np.sqrt(s + epsilon)"),
    ("ε is missing", " + epsilon", ""),
    ("the root is missing", "np.sqrt(s)", "s"),
    ("s stands as it was before this update", "np.sqrt(s)", "np.sqrt(s_prev)"),
    ("s is corrected for its bias, as Adam's is", "np.sqrt(s)", "np.sqrt(s / (1 - beta**t))"),
    ("dθ is divided by nothing", " / (np.sqrt(s) + epsilon)", ""),
))  # fmt: skip

V, S = "(v / (1 - beta1**t))", "s / (1 - beta2**t)"
ADAM = Line("theta", f"theta - alpha * {V} / (np.sqrt({S}) + epsilon)", (
    *STEP,
    ("v is not corrected for its bias", V, "v"),
    ("s is not corrected for its bias", S, "s"),
    ("neither v nor s is corrected for its bias", V, "v", S, "s"),
    ("ε is inside the root", f"np.sqrt({S}) + epsilon", f"np.sqrt({S} + epsilon)"),
    ("ε is missing", " + epsilon", ""),
    ("ε is added to √s before the correction, as in the paper's shorter form", ALL,
     "theta - alpha * (np.sqrt(1 - beta2**t) / (1 - beta1**t)) * v / (np.sqrt(s) + epsilon)"),
    ("the root is missing", f"np.sqrt({S})", S),
    ("parentheses are missing around the denominator", f"(np.sqrt({S}) + epsilon)",
     f"np.sqrt({S}) + epsilon"),
    ("β₁ stands for β₂ in the correction of s", "beta2", "beta1"),
    ("β₁ and β₂ have changed places in the corrections", "beta1", "beta2", "beta2", "beta1"),
    ("t − 1 stands for t in the corrections", "**t", "**(t - 1)"),
    ("t + 1 stands for t in the corrections", "**t", "**(t + 1)"),
    ("β, without the power t, stands in the corrections", "**t", ""),
    ("v is multiplied by its correction", "(v / (1 - beta1**t))", "(v * (1 - beta1**t))"),
    ("dθ stands for v", "(v /", "(dtheta /"),
    ("v stands as it was before this update", "(v /", "(v_prev /"),
    ("s stands as it was before this update", "(s /", "(s_prev /"),
))  # fmt: skip


# The gradient that a rule takes: with weight decay λ, as torch's Adam and SGD have it.
COUPLED = Line("dtheta", "gradient + lambd * theta", (
    ("the weight decay is missing", " + lambd * theta", ""),
    ("the weight decay is subtracted", " + lambd", " - lambd"),
    ("the weight decay is of the gradient, and not of θ", "lambd * theta", "lambd * gradient"),
))  # fmt: skip
PLAIN = Line("dtheta", "gradient")
DECOUPLED = "the weight decay is decoupled from the gradient, as AdamW's is"
