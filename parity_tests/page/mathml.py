"""The equations of our docstrings in MathML: `dW[2] = (1/m) dZ[2] A[1]^T`.

x[l], x(i) and x' are superscripts, as in the course, x_k and x_{…} subscripts, x^{…} a power, √x a
root; a / b is a fraction of the two things beside it, and Σ_i stands under its index.
"""

from __future__ import annotations

import re
from html import escape

TOKEN = re.compile(r"\s+|\d+(?:\.\d+)?|[A-Za-zα-ωŷÂΦ∂ℒ]+|\[[\w−]+\]|:=|\^\{|_\{|.")
OPEN = {"(": ")", "{": "}", "^{": "}", "_{": "}"}
LETTERS = re.compile(r"[A-Za-zα-ωŷÂΦ∂ℒ]+")
WORDS = ("of", "the", "in", "or", "and")
FUNCTIONS = ("log", "tanh", "max", "erf")


def mathml(text: str) -> str:
    """Write an equation as <math>…</math>, with the text itself as its alternative text."""
    tokens = [t for t in TOKEN.findall(text) if not t.isspace()]
    try:
        body = "".join(sequence(tokens))
    except IndexError:  # a bracket that is not closed
        body = f"<mtext>{escape(text)}</mtext>"
    return f'<math display="block" alttext="{escape(text)}">{body}</math>'


def sequence(tokens: list[str], end: str = "") -> list[str]:
    """Convert the terms up to a closing bracket, which is consumed too; a / b is a fraction."""
    terms: list[str] = []
    while tokens and tokens[0] != end:
        if tokens[0] == "/":
            tokens.pop(0)
            terms.append(f"<mfrac>{bare(terms.pop())}{bare(term(tokens))}</mfrac>")
        else:
            terms.append(term(tokens))
    if end:
        tokens.pop(0)
    return terms


def term(tokens: list[str]) -> str:
    """Convert the next term with its superscripts and subscripts."""
    token = tokens.pop(0)
    if token == "√" and tokens:
        return f"<msqrt>{bare(term(tokens))}</msqrt>"
    if token == "Σ" and tokens and tokens[0] == "_":
        _, index = tokens.pop(0), tokens.pop(0)
        summed = term(tokens)
        return f"<mrow><munder><mo>Σ</mo><mi>{index}</mi></munder>{summed}</mrow>"
    if token == "½":
        return "<mfrac><mn>1</mn><mn>2</mn></mfrac>"
    if token in OPEN:
        inside = sequence(tokens, OPEN[token])
        if len(inside) == 1 and inside[0].startswith("<mfrac>"):
            return inside[0]
        return scripted(f"<mrow><mo>(</mo>{''.join(inside)}<mo>)</mo></mrow>", tokens)
    if LETTERS.fullmatch(token):
        return scripted(name(token), tokens)
    if token[0].isdigit():
        return scripted(f"<mn>{token}</mn>", tokens)
    return scripted(f"<mo>{escape(token)}</mo>", tokens)


def name(letters: str) -> str:
    """Convert letters: one letter is italic, as in dW; log and the like are upright."""
    if letters in FUNCTIONS:
        space = '<mspace width="0.17em"/>'
        return f"<mrow>{space}<mi>{letters}</mi>{space}</mrow>"
    if letters in WORDS or (letters.isalpha() and len(letters) > 3):
        return f"<mtext>&#160;{letters}&#160;</mtext>"  # where, else
    each = "".join(f"<mi>{letter}</mi>" for letter in letters)
    return each if len(letters) == 1 else f"<mrow>{each}</mrow>"


def scripted(base: str, tokens: list[str]) -> str:
    """Convert the scripts of a base: A[1](i), b′, a², e^{−z}, W^T."""
    below, above = "", ""
    while tokens:
        if tokens[0] == "_":
            tokens.pop(0)
            below = f"<mi>{tokens.pop(0)}</mi>"
        elif tokens[0] == "_{":
            tokens.pop(0)
            below = f"<mrow>{''.join(sequence(tokens, '}'))}</mrow>"
        elif tokens[0] == "^":
            tokens.pop(0)
            sign = f"<mo>{tokens.pop(0)}</mo>" if tokens[0] == "−" else ""
            above += sign + f"<mi>{tokens.pop(0)}</mi>"
        elif tokens[0] == "^{":
            tokens.pop(0)
            above += "".join(sequence(tokens, "}"))
        elif tokens[0] == "'":
            tokens.pop(0)
            above += "<mo>′</mo>"
        elif tokens[0] == "²":
            tokens.pop(0)
            above += "<mn>2</mn>"
        elif tokens[0].startswith("[") and len(tokens[0]) > 1:
            inside = sequence(TOKEN.findall(tokens.pop(0)[1:-1]))
            above += f"<mo>[</mo>{''.join(inside)}<mo>]</mo>"
        elif tokens[:3] == ["(", "i", ")"]:
            del tokens[:3]
            above += "<mo>(</mo><mi>i</mi><mo>)</mo>"
        else:
            break
    above = f"<mrow>{above}</mrow>" if above else ""
    if above and below:
        return f"<msubsup>{base}{below}{above}</msubsup>"
    if above:
        return f"<msup>{base}{above}</msup>"
    return f"<msub>{base}{below}</msub>" if below else base


def bare(term: str) -> str:
    """A side of a fraction needs no brackets."""
    brackets = re.fullmatch(r"<mrow><mo>\(</mo>(.*)<mo>\)</mo></mrow>", term)
    return f"<mrow>{brackets[1]}</mrow>" if brackets else term
