"""What Huber's loss brings to the proof."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.kinds.backward_lines import NOT_MINUS_Y, PLUS_Y, Z_FOR_A
from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.loss_kind import LossKind
from ref_numpy import Huber

LINE = "delta * (np.abs(A - Y) - delta / 2)"


def through_capped_part(loss: Huber, Z: Any, A: Any, Y: Any) -> Any:
    """Compute dA = sign(r) (δ + (c − δ)), r = a − y, c = min(|r|, δ).

    So do programs that differentiate ½ c² + δ (|r| − c), the form that Optax and TensorFlow have:
    near 0 its error is u δ, and not u |r|.
    """
    c = np.minimum(np.maximum(A - Y, -loss.delta), loss.delta)  # with the sign of r
    return np.where(A > Y, loss.delta + (c - loss.delta), (c + loss.delta) - loss.delta)


KIND = LossKind(
    place=5,
    outputs=(("identity", 3),),
    sample=Huber(0.7),  # where a missing δ is seen; no precision has this number
    labels=lambda rng, n_y, m: rng.standard_normal((n_y, m)),
    line=FormulaText("J", f"np.sum(np.where(np.abs(A - Y) <= delta, (A - Y)**2 / 2, {LINE})) / m", (
        edit("missing-1/m", "it is m times too large: the 1/m is missing", " / m", ""),
        edit("missing-half", "the ½ is missing in ½ (a − y)²", "**2 / 2", "**2"),
        edit("missing-delta", "δ is missing: the line has the slope 1", LINE, LINE[8:]),
        edit("missing-half-delta", "δ is subtracted from |a − y|, and not ½ δ: the loss jumps",
             "- delta / 2", "- delta"),
        edit("line-through-0", "½ δ is not subtracted from |a − y|: the loss jumps",
             " - delta / 2", ""),
        edit("swapped-branches", "the two branches are swapped", "<= delta", "> delta"),
        edit("missing-absolute-value", "negative errors are never far off: the absolute value is "
             "missing", "np.abs(A - Y) <=", "A - Y <="),
        edit("at-1", "the loss is a line from |a − y| = 1 on, and not from δ on",
             "<= delta", "<= 1"),
        edit("divided-by-delta", "it is divided by δ, as torch's smooth_l1_loss is",
             " / m", " / (delta * m)"),
        edit("pseudo-huber", "Huber's loss was expected, the smooth pseudo-Huber loss is used",
             ALL, "np.sum(delta**2 * (np.sqrt(1 + ((A - Y) / delta)**2) - 1)) / m"),
        edit("squared-error", "Huber's loss was expected, half the squared error is used",
             ALL, "np.sum((A - Y)**2) / (2 * m)"),
        edit("absolute-error", "Huber's loss was expected, the absolute error is used",
             ALL, "np.sum(np.abs(A - Y)) / m"),
        PLUS_Y,
        NOT_MINUS_Y,
    )),
    gradients=(through_capped_part,),
    gradient_line=FormulaText("dA", "np.clip(A - Y, -delta, delta)", (
        edit("not-cut-off", "A − Y is not cut off at ±δ, as if all errors were small",
             ALL, "A - Y"),
        edit("cut-off-at-1", "A − Y is cut off at ±1, and not at ±δ", "-delta, delta", "-1, 1"),
        edit("missing-delta", "where |a − y| is above δ, the sign is used without δ",
             ALL, "np.where(np.abs(A - Y) <= delta, A - Y, np.sign(A - Y))"),
        edit("missing-sign", "where |a − y| is above δ, δ is used without the sign",
             ALL, "np.where(np.abs(A - Y) <= delta, A - Y, delta)"),
        edit("zero-far-off", "where |a − y| is above δ, 0 is used instead of ±δ",
             ALL, "np.where(np.abs(A - Y) <= delta, A - Y, 0)"),
        edit("cut-off-above-alone", "A − Y is not cut off at −δ", ALL, "np.minimum(A - Y, delta)"),
        edit("cut-off-below-alone", "A − Y is not cut off at δ", ALL, "np.maximum(A - Y, -delta)"),
        edit("sign-alone", "the sign is used everywhere, as if all errors were large",
             ALL, "delta * np.sign(A - Y)"),
        edit("divided-by-delta", "it is divided by δ, as that of torch's smooth_l1_loss is",
             ALL, "np.clip(A - Y, -delta, delta) / delta"),
        NOT_MINUS_Y,
        PLUS_Y,
        Z_FOR_A,
    )),
)  # fmt: skip
