"""What GELU by a hyperbolic tangent brings to the proof."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity_tests.kinds.backward_lines import (
    NO_DA,
    activation_itself,
    derivative_of_activation,
    derivative_twice,
    missing,
)
from parity_tests.kinds.formula_text import FormulaText, edit
from parity_tests.kinds.layer_kind import LayerKind
from parity_tests.kinds.layers.gelu import QUICK
from ref_numpy import GeluTanh, Sigmoid
from ref_numpy.layers.gelu_tanh import CUBIC, END, C, tanh_of_cubic

U = "np.sqrt(2 / np.pi) * (Z + 0.044715 * Z**3)"
INNER = " * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * Z**2)"
FIRST, SECOND = "0.5 * (1 + tanh_u(Z))", f"0.5 * Z * (1 - tanh_u(Z)**2){INNER}"
SLOPE = f"({FIRST} + {SECOND})"


def by_jax(Z: Any, A: Any, dA: Any) -> Any:
    """Return the gradient as JAX differentiates each operation: h is that of t."""
    t, z = tanh_of_cubic(Z), np.minimum(np.maximum(Z, -END), END)
    h = dA * z / 2
    w = (h + h * t) * (1 - t) * C
    return dA * (1 + t) / 2 + (w + w * (3 * CUBIC * z**2))


KIND = LayerKind(
    place=11,
    words="GELU by tanh",
    meaning="each number z of {Z}, times nearly the probability that a normal number is below z",
    samples=(GeluTanh(),),
    line=FormulaText("A", f"0.5 * Z * (1 + np.tanh({U}))", (
        edit("0.44715", "0.044715 was expected, 0.44715 is used", "0.044715", "0.44715"),
        edit("missing-sqrt", "√(2/π) was expected, 2/π is used", "np.sqrt(2 / np.pi)", "2 / np.pi"),
        edit("sqrt-pi/2", "√(2/π) was expected, √(π/2) is used", "2 / np.pi", "np.pi / 2"),
        edit("missing-factor", "√(2/π) is missing", "np.sqrt(2 / np.pi) * ", ""),
        edit("square-for-cube", "z³ was expected, z² is used", "Z**3", "Z**2"),
        edit("missing-cube", "0.044715 z³ is missing", " + 0.044715 * Z**3", ""),
        edit("minus-cube", "0.044715 z³ is subtracted", "+ 0.044715", "- 0.044715"),
        edit("missing-parentheses", "parentheses are missing around z + 0.044715 z³",
             "(Z + 0.044715 * Z**3)", "Z + 0.044715 * Z**3"),
        edit("missing-1-plus", "1 + tanh(…) was expected, tanh(…) is used", "1 + ", ""),
        edit("missing-z", "z is missing before 1 + tanh(…)", "0.5 * Z *", "0.5 *"),
        QUICK,
    )),
    derivative_line=FormulaText("dZ", f"dA * {SLOPE}", (
        missing(f" * {SLOPE}"),
        activation_itself(SLOPE, "A"),
        edit("missing-second-term", "½ (1 + t) alone is used: the derivative of t is missing",
             f" + {SECOND}", ""),
        edit("missing-first-term", "½ (1 + t) is missing", f"{FIRST} + ", ""),
        edit("missing-inner-derivative", "√(2/π) (1 + 3 · 0.044715 z²), the derivative of the "
             "argument of tanh, is missing", INNER, ""),
        edit("missing-3", "3 · 0.044715 z² was expected, 0.044715 z² is used", "3 * ", ""),
        edit("missing-square", "1 − t² was expected, 1 − t is used", "tanh_u(Z)**2", "tanh_u(Z)"),
        edit("0.44715", "0.044715 was expected, 0.44715 is used", "0.044715", "0.44715",
             "tanh_u(Z)", f"np.tanh({U.replace('0.044715', '0.44715')})"),
        edit("0.44715-in-derivative", "0.044715 z² was expected, 0.44715 z² is used",
             "0.044715", "0.44715"),
        edit("missing-sqrt", "√(2/π) was expected, 2/π is used", "np.sqrt(2 / np.pi)", "2 / np.pi"),
        edit("missing-factor", "√(2/π) is missing", " * np.sqrt(2 / np.pi)", ""),
        edit("missing-z", "z is missing before 1 − t²", "0.5 * Z *", "0.5 *"),
        edit("z-for-z-squared", "3 · 0.044715 z² was expected, 3 · 0.044715 z is used",
             "Z**2", "Z"),
        edit("missing-half-of-second", "the ½ before z (1 − t²) is missing", "0.5 * Z", "Z"),
        derivative_of_activation(SLOPE, SLOPE.replace("Z", "A")),
        derivative_twice(SLOPE, f"{SLOPE} * {SLOPE}"),
        edit("missing-dA", NO_DA, "dA * ", ""),
    )),
    formulas=(lambda Z: Z * Sigmoid().g(2 * C * (Z + CUBIC * Z**3)),),
    derivatives=(by_jax,),
)  # fmt: skip
