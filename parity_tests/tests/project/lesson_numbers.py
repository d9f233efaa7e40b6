"""The numbers in a lesson's prose, and whether a cell above them produced each.

A number of the prose is produced where it is a number printed by a cell above, rounded to the
digits that the prose gives (86 % is 86.1%, or 0.861), or a constant written in the source of a cell
above or of the cell that the prose introduces. Signs are not compared. Not looked at: headings,
code, displayed equations, references ("week 3"), indices of layers, and integers up to 10, which
mostly count words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

SMALL = 10
LOOKS = {"figsize", "fontsize", "size", "ms", "markersize", "s", "linewidth", "lw", "dpi",
         "bbox_to_anchor", "rotation", "width", "pad"}  # fmt: skip
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
NOT_CLAIMS = (
    r"```.*?```",
    r"(`+).+?\1",
    r"\$\$.*?\$\$",
    r"(?m)^#[^\n]*",
    r"(?m)^\s*\d+\.\s",  # the number of an item in a list
    r"\]\([^)]*\)",  # where a link leads
    r"\[\w+\]",  # the layer's index
    r"(?i)\b(?:lessons?|weeks?|courses?|layers?)\s+\d+(?:(?:,| and| or| to|–)\s*\d+)*",
)
LATEX = ((r"\\c?dot\b|\\times\b", "·"), (r"\{,\}", ","), (r"\\%", " %"), (r"\\[,;! ]", " "))
PROSE = re.compile(
    r"(?<![\w.])(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?P<decimals>\.\d+)?"
    r"(?:[eE](?P<e>[-+]?\d+)|(?:\s*[·×]\s*10)?\^\{?(?P<power>[-+−]?\d+)\}?)?"
    r"(?P<percent>\s?%)?(?!\.?\d)"
)
PRINTED = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d*)?([eE][-+]?\d+)?(\s?%)?")
JOINS = re.compile(r"\s*(?:–|-|to|and|or|,|→|±|of)\s*")


@dataclass(frozen=True)
class Number:
    """A number as it is written: its value is known to `half_a_digit`."""

    text: str
    value: Decimal
    half_a_digit: Decimal
    is_percent: bool = False
    may_be_percent: bool = False

    @property
    def is_small(self) -> bool:
        exact = self.value == self.value.to_integral_value() and "." not in self.text
        return exact and self.value <= SMALL and not self.is_percent

    def is_rounded(self, printed: Printed) -> bool:
        """Whether this is the printed number, rounded to the digits that are written here."""
        scales = []
        if self.is_percent or self.may_be_percent:
            scales += [1] if printed.is_percent else [100] if printed.value <= 1 else []
        if not self.is_percent and not printed.is_percent:
            scales += [1]
        return any(abs(k * printed.value - self.value) <= self.half_a_digit for k in scales)

    def is_constant(self, constant: Decimal) -> bool:
        return self.value == (100 if self.is_percent else 1) * constant


@dataclass(frozen=True)
class Printed:
    value: Decimal
    is_percent: bool


def numbers_of_prose(text: str) -> list[Number]:
    for pattern in NOT_CLAIMS:
        text = re.sub(pattern, " _ ", text, flags=re.DOTALL)
    for pattern, plain in LATEX:
        text = re.sub(pattern, plain, text)
    text = re.sub("[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^" + m[0].translate(SUPERSCRIPTS), text)
    found = list(PROSE.finditer(text))
    numbers = [
        written_number(match, is_joined_to_percent(text, match, following))
        for match, following in zip_longest(found, found[1:])
    ]
    return [number for number in numbers if not number.is_small]


def is_joined_to_percent(text: str, match: re.Match[str], following: re.Match[str] | None) -> bool:
    """Whether it may be a percentage, as 72 is in "between 72 and 89 %"."""
    return bool(
        following
        and following["percent"]
        and JOINS.fullmatch(text[match.end() : following.start()])
    )


def written_number(match: re.Match[str], may_be_percent: bool) -> Number:
    """4.2·10⁻¹⁸, 10⁻¹⁸, 1e-5, 2¹⁵, 86 %, 1,797."""
    mantissa = Decimal(match["digits"].replace(",", "") + (match["decimals"] or ""))
    last_digit = Decimal(10) ** -len((match["decimals"] or ".")[1:])
    exponent = int((match["e"] or match["power"] or "0").replace("−", "-"))
    scale = Decimal(10) ** exponent
    if match["power"] and not re.search(r"[·×]", match[0]):  # a power, of 10 or of another base
        mantissa, last_digit, scale = (
            (Decimal(1), Decimal(1), scale)
            if mantissa == 10
            else (mantissa**exponent, Decimal(1), Decimal(1))
        )
    return Number(
        text=match[0].strip(),
        value=mantissa * scale,
        half_a_digit=last_digit * scale / 2,
        is_percent=bool(match["percent"]),
        may_be_percent=may_be_percent,
    )


def printed_numbers(output: str) -> list[Printed]:
    output = re.sub(r"<Figure size .*?>", "", output).replace("−", "-")
    return [
        Printed(Decimal(digits.replace(",", "") + decimals.rstrip(".") + e), bool(percent))
        for digits, decimals, e, percent in PRINTED.findall(output)
    ]


def constants_of_source(source: str) -> Iterator[Decimal]:
    """The numbers that a cell's source is written with, 2.0**-10 and 2**15 as well; not what a
    figure looks like."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with a magic
        return
    looks = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in LOOKS
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        value = constant(node)
        if value is not None and id(node) not in looks:
            yield abs(Decimal(repr(value)))


def constant(node: ast.AST) -> int | float | None:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = constant(operand)
            return None if value is None else -value
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base, exponent = constant(left), constant(right)
            is_number = base is not None and exponent is not None and abs(exponent) <= 64
            return base**exponent if is_number else None
    return None


def unproduced_numbers(cells: list[dict[str, Any]]) -> list[str]:
    """Those of the prose after the title that no cell produced, each with its sentence's line."""
    wrong: list[str] = []
    printed: list[Printed] = []
    constants: set[Decimal] = set()
    for k, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            printed += printed_numbers(text_output(cell))
            constants |= set(constants_of_source(source))
        elif k > 0:
            introduced = set(constants_of_source(next_code(cells[k:])))
            wrong += [
                number.text
                for number in numbers_of_prose(source)
                if not any(map(number.is_rounded, printed))
                and not any(map(number.is_constant, constants | introduced))
            ]
    return wrong


def next_code(cells: list[dict[str, Any]]) -> str:
    return next(("".join(c["source"]) for c in cells if c["cell_type"] == "code"), "")


def text_output(cell: dict[str, Any]) -> str:
    parts = [
        out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell["outputs"]
    ]
    return "\n".join("".join(part) for part in parts)
