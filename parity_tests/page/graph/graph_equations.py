"""The equations of a step of a graph, from its layer's docstrings, and what their letters are.

Nothing here knows a kind of layer. The letters of what it takes are the names in the signature of
its `forward` (A, B, … of any number), those of what it returns are the left sides of the class's
first equations, and those of its parameters are its own names, γ of gamma.
"""

from __future__ import annotations

import inspect
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase
from typing import Any

from parity_tests.page.docstring_equations import MODES, equations, equations_of_mode
from ref_numpy import Layer
from ref_numpy.graphs.step import Step

LETTER = r"(?<![^\W\d_]){}(_prev)?(?![^\W\d_])"  # alone: not the a of tanh, but that of a_k
PRODUCT = re.compile(r"(\S+) = (\S+) (\S+)(?: \+ (\S+))?")
SECTIONS = ("Args:", "Returns:", "Raises:", "Attributes:")


@dataclass(frozen=True)
class LayerEquations:
    """The equations of a kind of layer.

    Attributes:
        forward: by their left sides.
        backward: the same.
        inputs: the letter of each input; of any number, if `n` is None.
    """

    forward: dict[str, str]
    backward: dict[str, str]
    inputs: tuple[str, ...]

    def result(self, k: int = 0) -> str:
        """Return the letter of a result; "" where no docstring says it."""
        return base([*self.forward][k]) if k < len(self.forward) else ""

    def of_input(self, k: int) -> list[str]:
        """Return the equations of the gradient of an input, with what they are made of."""
        letters = {letter.lower() for letter in self.inputs}
        own = self.inputs[k].lower()
        every = {left: of_gradient(left) for left in self.backward}
        inputs = [left for left, letter in every.items() if letter.lower() in letters]
        found = [left for left in inputs if every[left].lower() == own] or inputs
        others = [left for left in self.backward if left not in inputs]
        return self.with_parts([self.backward[left] for left in found], others)

    def of_parameter(self, own: str) -> list[str]:
        """Return the equations of the gradient of a parameter, with what they are made of."""
        letter = letter_of(own).lower()
        found = [x for left, x in self.backward.items() if of_gradient(left).lower() == letter]
        return self.with_parts(found[:1], [])

    def with_parts(self, texts: list[str], others: list[str]) -> list[str]:
        """Add the equations of the letters that are used in these: Â = (A − μ) r, ∂a_k/∂z_j."""
        parts = {left: self.backward[left] for left in others} | {
            left: text for left, text in self.forward.items() if left != next(iter(self.forward))
        }
        for text in texts:  # which grows
            right = re.split(" = | ← ", text, maxsplit=1)[-1]
            for left, part in parts.items():
                if part not in texts and is_used(left.partition("(")[0], right):
                    texts.append(part)
        return texts


@cache
def equations_of(layer: type[Layer], n_inputs: int, training: bool = False) -> LayerEquations:
    """Read the equations of a kind of layer.

    Args:
        layer: the kind.
        n_inputs: how many inputs it has in the graph.
        training: whether the network trains, where the kind then has other equations.
    """
    kinds = [k for k in reversed(layer.__mro__) if issubclass(k, Layer) and k is not Layer]
    every = cleaned(equations(*kinds)) | equations_of_mode(training, layer)
    of_gradients = {left: x for left, x in every.items() if left[0] in "d∂" or "'" in left}
    backward = cleaned(equations(layer.backward)) | further(layer.backward) | of_gradients
    backward |= equations_of_mode(training, layer.backward)
    # In a graph gradients of activations are of J itself: the scale, m in a chain, is 1.
    backward = {left: text.replace("(1/m) ", "") for left, text in backward.items()}
    forward = {left: text for left, text in every.items() if left not in of_gradients}
    taken = [p for p in inspect.signature(layer.forward).parameters.values() if p.name != "self"]
    names = [p.name for p in taken[2:] if p.kind is not p.VAR_POSITIONAL]
    several = any(p.kind is p.VAR_POSITIONAL for p in taken)
    letters = (*names, *ascii_uppercase) if several else tuple(names)
    return LayerEquations(forward, backward, letters[:n_inputs])


def cleaned(found: dict[str, str]) -> dict[str, str]:
    """Leave out the words before an equation: "and dB = dZ ∗ A", "Cut dZ into …: dA = dZ[:n]"."""
    texts = [re.sub(r"^(?:and |[^=]*: )", "", text).replace("`", "") for text in found.values()]
    return {text.partition(" = ")[0].strip(): text for text in texts}


def further(documented: Any) -> dict[str, str]:
    """Return the equations of gradients below a docstring's first line, each up to its comma."""
    found: dict[str, str] = {}
    for line in inspect.cleandoc(documented.__doc__ or "").split("\n")[1:]:
        if line.strip() in SECTIONS:
            break
        if line.strip().startswith(MODES):
            continue
        for text in re.split(r"\s{2,}", line):
            left, equals, right = text.partition(" = ")
            if equals and re.fullmatch(r"d\w+", left):
                found.setdefault(left, f"{left} = {re.split(r'[,.] ', right)[0].rstrip('.')}")
    return found


def base(left: str) -> str:
    """Return the letter of a left side: Z of z_{t n + k}(i), A of a(i, t), Â of Â."""
    match = re.match(r"[^\W\d_]+", left)
    return match[0] if match else ""


def of_gradient(left: str) -> str:
    """Return the letter of which a left side is the gradient: A of dA_prev; "" of ∂a_k/∂z_j."""
    letters = base(left)
    return letters[1:] if letters[:1] == "d" and len(letters) > 1 else ""


def letter_of(own: str) -> str:
    """Return the letter of a parameter: γ of gamma."""
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {own.upper()}")
    except KeyError:
        return own


def is_used(letter: str, text: str) -> bool:
    """Return whether a letter, or a function such as g', stands in an equation."""
    return bool(re.search(LETTER.format(re.escape(letter)) + "(?!')", text))


def letters_of(step: Step, training: bool = False) -> dict[str, str]:
    """Return the tensor of each letter of a step: {"Z": "h", "dZ": "dh", "A": "x", "W": "h.W"}.

    A step reads its state where it does not train.
    """
    of = equations_of(type(step.layer), len(step.inputs), training)
    given = step.parameters if training else step.given
    letters = {letter_of(own): full for own, full in given.items()}
    results = {of.result(k): name for k, name in enumerate(step.outputs) if of.result(k)}
    letters |= {letter: name for letter, name in zip(of.inputs, step.inputs, strict=False)
                if letter not in results}  # fmt: skip
    capital = {letter.upper() if len(letter) == 1 and letter not in letters else letter: name
               for letter, name in results.items()}  # fmt: skip
    gradients = {f"d{letter}": f"d{name}" for letter, name in capital.items()}
    of_inputs = {f"d{letter}": f"d{name}" for letter, name in letters.items()}
    return capital | letters | of_inputs | gradients


def tensors_in(step: Step, texts: list[str], training: bool = False) -> dict[str, str]:
    """Return the tensors in these equations by the letter that it is written as, A_prev or a."""
    found: dict[str, str] = {}
    for letter, name in letters_of(step, training).items():
        lower = f"d{letter[1:].lower()}" if letter[0] == "d" else letter.lower()
        ways = [LETTER.format(re.escape(way)) for way in (letter, lower)]
        match = next(filter(None, (re.search(way, text) for way in ways for text in texts)), None)
        if match and name not in found.values():
            found[match[0]] = name
    return found


def product(text: str) -> tuple[list[str], list[str]]:
    """Return the letters of "Z = W A_prev + b", and which elements of each an element takes.

    Nothing where an equation is no product of two matrices.
    """
    match = PRODUCT.fullmatch(text)
    if not match or {*match.groups("")} & {"+", "∗", "/", "−", "="}:
        return [], []
    _, left, right, added = match.groups()
    patterns = [":i" if left.endswith("^T") else "i:", "j:" if right.endswith("^T") else ":j"]
    letters = [letter.removesuffix("^T") for letter in (left, right)]
    return ([*letters, added], [*patterns, "i:"]) if added else (letters, patterns)
