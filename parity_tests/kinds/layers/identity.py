"""What the identity brings to the proof."""

from __future__ import annotations

from parity_tests.kinds.formula_text import FormulaText
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Identity

KIND = LayerKind(
    place=1,
    words="the identity",
    meaning="{Z}, unchanged",
    combined=True,
    samples=(Identity(),),
    line=FormulaText("A", "Z"),
    derivative_line=FormulaText("dZ", "dA"),
)  # fmt: skip
