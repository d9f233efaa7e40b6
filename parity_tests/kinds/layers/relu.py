"""What ReLU brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.backward_lines import INVERTED, MASKS, ONE_AT_0, activation_itself, missing
from parity_tests.kinds.formula_text import ALL, FormulaText, choice, edit
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.named_constants import SLOPES
from ref_numpy import ReLU

KIND = LayerKind(
    place=4,
    words="ReLU",
    meaning="{Z} with each negative number set to 0",
    combined=True,
    samples=(ReLU(),),
    line=FormulaText("A", "np.maximum(Z, 0)", (
        edit("minimum", "the maximum was expected, the minimum is used", "maximum", "minimum"),
        edit("absolute-value", "max(0, z) was expected, |z| is used", ALL, "np.abs(Z)"),
    )),
    derivative_line=FormulaText("dZ", "dA * (Z > 0)", (
        missing(" * (Z > 0)"),
        activation_itself("(Z > 0)", "A"),
        ONE_AT_0,
        choice("half-at-0", "the derivative at 0 is ½, and that of the reference is 0",
               "(Z > 0)", "np.where(Z > 0, 1, np.where(Z >= 0, 1 / 2, 0))"),
        INVERTED,
        *MASKS,
    )),
    fitted=SLOPES,
)  # fmt: skip
