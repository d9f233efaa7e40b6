"""What leaky ReLU brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.backward_lines import INVERTED, MASKS, ONE_AT_0, activation_itself, missing
from parity_tests.kinds.formula_text import FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.named_constants import SLOPES
from ref_numpy import LeakyReLU

KIND = LayerKind(
    place=5,
    words="a leaky ReLU of slope {slope}",
    meaning="{Z} with each negative number multiplied by {slope:g}",
    combined=True,
    samples=tuple(LeakyReLU(slope) for slope in (0.01, 0.1, 0.2, 0.3)),
    line=FormulaText("A", "np.where(Z > 0, Z, slope * Z)", (
        edit("swapped-branches", "the two branches are swapped", "Z > 0", "Z <= 0"),
        edit("slope-without-z", "z < 0 gives the slope, and not slope · z", "slope * Z", "slope"),
    )),
    derivative_line=FormulaText("dZ", "dA * np.where(Z > 0, 1, slope)", (
        missing(" * np.where(Z > 0, 1, slope)"),
        activation_itself("np.where(Z > 0, 1, slope)", "A"),
        ONE_AT_0,
        INVERTED,
        *MASKS,
    )),
    fitted=SLOPES,
)  # fmt: skip
