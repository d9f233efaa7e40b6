"""Equations of a graph's steps as HTML, with what their letters are: "Z is h, A_prev is x"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from parity_tests.kinds.layer_kind import constants_of
from parity_tests.page.docstring_equations import equations, is_difference
from parity_tests.page.graph.gradient_shares import Share
from parity_tests.page.graph.graph_equations import LETTER, letter_of
from parity_tests.page.mathml import mathml
from ref_numpy import NetworkSpec
from ref_numpy.layer import Layer


def legend(
    letters: Mapping[str, str], layer: Layer | None = None, texts: Sequence[str] = ()
) -> str:
    """Say which tensor each letter is, and the constants of the layer that the equations have."""
    parts = [f"{inline(letter)} is <code>{escape(name)}</code>" for letter, name in letters.items()]
    for own, value in constants_of(layer).items():
        letter = letter_of(own)
        if any(re.search(LETTER.format(re.escape(letter)), text) for text in texts):
            parts.append(f"{inline(letter)} = {escape(str(value))}")
    return f'<span class="here small">{", ".join(parts)}</span>' if parts else ""


def equation(text: str) -> str:
    """Write an equation in MathML, with brackets as high as letters: those of a(i, t)."""
    return re.sub(r"<mo>([()])</mo>", r'<mo stretchy="false">\1</mo>', mathml(text))


def inline(text: str) -> str:
    """Write an equation that stands within a line."""
    return equation(text).replace('display="block"', 'display="inline"')


def sum_of_shares(name: str, shares: Sequence[Share], penalised: bool) -> str:
    """Write dh = share from a + share from b, and + (λ/m) h where there is a penalty."""
    terms = [f"share from <code>{escape(share.by)}</code>" for share in shares]
    terms += [f"(λ/m) <code>{escape(name)}</code>"] if penalised else []
    return f'<div class="sum"><code>d{escape(name)}</code> = {" + ".join(terms)}</div>'


def in_share(share: Share, equations: str) -> str:
    """Put the equations of one of several shares together."""
    by = f"<span>share from <code>{escape(share.by)}</code>:</span>"
    return f'<div class="share">{by}{equations}</div>'


def first_gradient(spec: NetworkSpec) -> list[str]:
    """Return the equation of the gradient of what the loss takes, which has the 1/m of the mean."""
    by = spec.loss.reads
    if is_difference(spec.loss):
        return [f"d{by} = (1/m) (A − Y)"]
    of_one = equations(type(spec.loss)).get(f"d{by.lower()}", f"d{by.lower()} = ∂ℒ/∂{by.lower()}")
    return [of_one, f"d{by} = (1/m) d{by.lower()}"]
