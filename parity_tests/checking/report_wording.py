"""Every sentence of a report, of its findings and of their causes, by its code.

The causes themselves have their sentences in the catalogue (`kinds`) and in
`diagnosis.cause_wording`. Nothing else in this room composes English, and nothing parses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ref_numpy.errors import Message

FACTS = Mapping[str, Any]


def unknown_name(tensor: str, close: str = "") -> str:
    """Say that the network has no such tensor, and which name is close to it."""
    hint = f"; did you mean {close}?" if close else ""
    return f"{tensor} is not a tensor of this network{hint}"


def is_none(tensor: str, dtype: str, is_gradient: bool, others: Sequence[str] = ()) -> str:
    """Say that a tensor is None."""
    why = "; is something detached from it, or left out?" if is_gradient else ""
    return f"{tensor} is None; expected an array of {dtype}{why}{also(others)}"


def of_several(
    tensor: str, type_name: str, n: int, shape: tuple[int, ...], element: int, has_cache: bool
) -> str:
    """Say that a tensor is a tuple or list of which one element is the array."""
    cache = ", as a function returns that gives its cache as well" if has_cache else ""
    return (
        f"{tensor} is a {type_name} of {n}{cache}; expected an array of shape {shape}, "
        f"as its element {element} is"
    )


def not_numbers(tensor: str, dtype: str, expected: str, type_name: str = "") -> str:
    """Say that a tensor holds no numbers."""
    given = f"a {type_name}" if type_name else f"of {dtype}"
    return f"{tensor} is {given}, no array of numbers; expected an array of {expected}"


def wrong_shape(tensor: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Say that a tensor has another shape, and whether that is the transposed one."""
    turned = " (it is transposed)" if shape == expected[::-1] else ""
    return f"{tensor} has shape {shape}; expected {expected}{turned}"


def not_finite(
    tensor: str, wrong: int, size: int, value: str, index: Sequence[int], others: Sequence[str] = ()
) -> str:
    """Say how many elements are not finite, and which is the first."""
    return (
        f"{tensor} has {wrong} of {size} elements that are not finite; "
        f"the first is {value} at {list(index)}{also(others)}"
    )


def a_list(tensor: str, type_name: str, expected: str, others: Sequence[str] = ()) -> str:
    """Say that a tensor is a list of numbers."""
    return (
        f"{tensor} is a {type_name}; expected an array of {expected}: np.array({tensor})"
        f"{also(others)}"
    )


def wrong_dtype(
    tensor: str, dtype: str, expected: str, precision: str, others: Sequence[str] = ()
) -> str:
    """Say that a tensor has another dtype."""
    return f"{tensor} is {dtype}; expected {expected}, the dtype of {precision}{also(others)}"


def also(others: Sequence[str]) -> str:
    """Name the tensors that have the same problem."""
    return f"; so {'is' if len(others) == 1 else 'are'} {' '.join(others)}" if others else ""


def chain(tensor: str, base: str, step: str, is_backward: bool) -> str:
    """Say that a step took another tensor than the one that the trace holds."""
    where = "backward step from" if is_backward else "step to"
    return f"{tensor} ({base} as the {where} {step} received it) differs from {base}"


def changed(function: str, argument: str, wrong: int, size: int, tensor: str = "") -> str:
    """Say that an argument was changed in place: `tensor` is the function and the argument."""
    return (
        f"{function or 'the candidate'} changed {argument}, which it was given, in place "
        f"({wrong} of {size} elements): work on {argument}.copy()"
    )


def raised(name: str, type_name: str, text: str, where: str) -> str:
    """Report the exception of a candidate's function, and the line that raised it."""
    return f"{name} raised {type_name}{': ' if text else ''}{text}{where}"


def line_of_code(file: str, number: int | None, text: str) -> str:
    """Name a line of a candidate's source."""
    return f" ({file}, line {number}{': ' if text else ''}{text})"


def worst(
    shape: Any, dtype: str, wrong: int, size: int, index: Any, values: Sequence[float]
) -> str:
    """Describe the worst element: the candidate's, the reference's, and error ÷ bound."""
    where = f" at {list(index)}" if index else ""
    candidate, reference, ratio, bound = values
    return (
        f"  {shape} {dtype}: {wrong} of {size} elements; worst{where}: candidate {candidate:.6g}, "
        f"reference {reference:.6g}, error {ratio:.2g} × bound {bound:.2g}"
    )


def elements(causes: str, size: int, batches: Sequence[int], certain: bool, note: str) -> str:
    """Name the causes, and the numbers that they reproduce."""
    numbers = f"all {size} elements" if size > 1 else "its value"
    m, *others = [*batches, None]
    several = f", and {', '.join(map(str, others[:-1]))} other examples" if others[:-1] else ""
    where = "" if m is None else f"; m = {m}{several}"
    perhaps = "" if certain else "perhaps "
    return f"{perhaps}{causes}  (this gives {numbers} to within rounding{where}){note}"


def doubt(expected: float) -> str:
    """Say how often some mistake gives a wrong number by chance."""
    often = "almost every one" if expected > 1 / 2 else f"one in {1 / expected:.2g}"
    return f"; of wrong numbers of this size {often} is given by some mistake"


def summary(name: str, verdict: str, condition: str, n_findings: int, n: int, ratio: float) -> str:
    """The first line of a report."""
    word = f"{n_findings} finding{'' if n_findings == 1 else 's'}" if n_findings else verdict
    word += f" {condition}" if condition else ""
    compared = f"{n} tensor{'' if n == 1 else 's'} compared"
    largest = f", largest error ratio {ratio:.2g}" if n else ""
    return f"{name}: {word}; {compared}{largest}"


SENTENCES: dict[str, Message] = {
    # Findings of a tensor: their code is the kind of tensor, a dot, and this one.
    "unknown-name": unknown_name,
    "none": is_none,
    "tuple": of_several,
    "no-numbers": not_numbers,
    "shape": wrong_shape,
    "not-finite": not_finite,
    "not-finite-before": (
        "{tensor} has {wrong} of {size} elements that are not finite, before this update"
    ),
    "list": a_list,
    "dtype": wrong_dtype,
    "value": "{tensor} is wrong",
    "chain": chain,
    "end-to-end": "{tensor} is wrong end to end",
    "later": "{message} at a later call, though it was right at first",
    "changed": changed,
    # Findings of a call.
    "call.raised": raised,
    "call.where": line_of_code,
    "call.second-failed": "the candidate could be called once; its second call failed: {error}",
    # Remarks where no cause is known.
    "unknown.random": (
        "unknown: two calls with the same examples gave other numbers here; is it random, as "
        "dropout is, or does it keep something from call to call?"
    ),
    "unknown.right-elsewhere": "unknown: with {batches} other examples it is right",
    "unknown.not-repeated": (
        "unknown: no mistake gives these numbers and those of {m} other examples"
    ),
    "memory.shared": (
        "{tensor} and {other} are one array in memory: writing one changed both"
    ),
    # How sure the causes are.
    "causes.elements": elements,
    "causes.updates": (
        "{causes}  (this gives the parameters after every update to within rounding)"
    ),
    "causes.doubt": doubt,
    "note.same-network": "; in this network they are the same",
    # A finding's lines.
    "finding.before": "; everything before it agrees ({names})",
    "finding.worst": worst,
    "finding.cause": "  cause: {text}",
    "finding.causes-between": ",\n      or: ",
    "finding.wrong": "  wrong: {lines}",
    "finding.wrong-between": "\n         ",
    "finding.right": "  right: {line}",
    "finding.yours": "  yours: {line}",
    # A report's lines.
    "report.summary": summary,
    "report.mistaken-call": "mistaken call: {finding}",
    "report.no-gradient": (
        "not judged: no gradient of a parameter was compared that could have failed"
    ),
    "report.required": "not judged, though it was required: {names}",
    "report.blunt": "not judged, because the bound is as large as the tensor: {names}",
    "report.not-checked": "not checked: {names}",
    "report.not-seen": "not looked at: {names}",
    "report.no-bound": "{n} elements of {tensor} have no bound",
    "report.adapter": "\nTo have it checked, complete this adapter:\n\n{adapter}",
}  # fmt: skip

# Facts to print every sentence with, for the list of all sentences (tests/project/sentences.txt).
EXAMPLES: dict[str, tuple[FACTS, ...]] = {
    "unknown-name": ({"tensor": "loss"}, {"tensor": "dW9", "close": "dW2"}),
    "none": (
        {"tensor": "Z1", "dtype": "float64", "is_gradient": False},
        {"tensor": "dA1", "dtype": "float64", "is_gradient": True, "others": ("dZ1", "dW1")},
    ),
    "tuple": (
        {"tensor": "J", "type_name": "list", "n": 3, "shape": (), "element": 1, "has_cache": False},
        {"tensor": "A1", "type_name": "tuple", "n": 2, "shape": (7, 11), "element": 0,
         "has_cache": True},
    ),
    "no-numbers": (
        {"tensor": "Z1", "dtype": "complex128", "expected": "float64"},
        {"tensor": "Z1", "dtype": "object", "expected": "float64", "type_name": "str"},
    ),
    "shape": (
        {"tensor": "db1", "shape": (7,), "expected": (7, 1)},
        {"tensor": "dW2", "shape": (7, 6), "expected": (6, 7)},
    ),
    "not-finite": (
        {"tensor": "Z2", "wrong": 6, "size": 66, "value": "nan", "index": (0, 4)},
        {"tensor": "Z2", "wrong": 6, "size": 66, "value": "nan", "index": (0, 4),
         "others": ("A2",)},
    ),
    "not-finite-before": ({"tensor": "W1", "wrong": 6, "size": 66},),
    "list": ({"tensor": "Z1", "type_name": "list", "expected": "float64"},),
    "dtype": (
        {"tensor": "A1", "dtype": "float64", "expected": "float32", "precision": "float32",
         "others": ("dW1",)},
    ),
    "value": ({"tensor": "dW2"},),
    "chain": (
        {"tensor": "A1@Z2", "base": "A1", "step": "Z2", "is_backward": False},
        {"tensor": "W2@dZ2", "base": "W2", "step": "dZ2", "is_backward": True},
    ),
    "end-to-end": ({"tensor": "dW2"},),
    "later": ({"message": "dW2 is wrong"},),
    "changed": (
        {"function": "", "argument": "W1", "wrong": 3, "size": 35},
        {"function": "linear_backward", "argument": "dZ", "wrong": 3, "size": 28},
    ),
    "call.raised": (
        {"name": "propagate", "type_name": "KeyError", "text": "'b'",
         "where": " (mine.py, line 9: b = params['b'])"},
        {"name": "propagate", "type_name": "ZeroDivisionError", "text": "", "where": ""},
    ),
    "call.where": (
        {"file": "mine.py", "number": 9, "text": "b = params['b']"},
        {"file": "mine.py", "number": 9, "text": ""},
    ),
    "call.second-failed": ({"error": "the file is open already"},),
    "unknown.right-elsewhere": ({"batches": "14, 17"},),
    "unknown.not-repeated": ({"m": 14},),
    "memory.shared": ({"tensor": "Z1", "other": "A1"},),
    "causes.elements": (
        {"causes": "b2 is missing", "size": 66, "batches": (11,), "certain": True, "note": ""},
        {"causes": "b2 is missing", "size": 1, "batches": (11, 14, 17), "certain": True,
         "note": "; in this network they are the same"},
        {"causes": "its sign is flipped", "size": 1, "batches": (), "certain": False,
         "note": "; of wrong numbers of this size one in 40 is given by some mistake"},
    ),
    "causes.updates": ({"causes": "the root is missing"},),
    "causes.doubt": ({"expected": 0.7}, {"expected": 0.025}),
    "finding.before": ({"names": "A0 Z1 A1"},),
    "finding.worst": (
        {"shape": (6, 7), "dtype": "float64", "wrong": 42, "size": 42, "index": (5, 0),
         "values": (-1.02543, -0.0575571, 8e14, 1.2e-15)},
    ),
    "finding.cause": ({"text": "b2 is missing"},),
    "finding.wrong": ({"lines": "Z = W @ A_prev"},),
    "finding.right": ({"line": "Z = W @ A_prev + b"},),
    "finding.yours": ({"line": "mine.py, line 24: Z2 = W2 @ A1"},),
    "report.summary": (
        {"name": "mine, float64", "verdict": "passed", "condition": "", "n_findings": 0, "n": 20,
         "ratio": 0.31},
        {"name": "mine, float64", "verdict": "passed", "condition": "in eval()", "n_findings": 0,
         "n": 20, "ratio": 0.31},
        {"name": "mine, float64", "verdict": "failed", "condition": "", "n_findings": 1, "n": 1,
         "ratio": 8e14},
        {"name": "mine, float64", "verdict": "not judged", "condition": "", "n_findings": 0, "n": 0,
         "ratio": 0.0},
    ),
    "report.mistaken-call": ({"finding": "propagate takes (w), and was called with (w, b, X, Y)"},),
    "report.required": ({"names": "dW1 db1"},),
    "report.blunt": ({"names": "J"},),
    "report.not-checked": ({"names": "dA0"},),
    "report.not-seen": ({"names": "predict, load"},),
    "report.no-bound": ({"n": 3, "tensor": "J"},),
    "report.adapter": ({"adapter": "def run(spec, params, X, Y): ..."},),
}  # fmt: skip


def sentence(code: str, **facts: Any) -> str:
    """Return the sentence of this code, made from its facts."""
    message = SENTENCES[code]
    return message(**facts) if callable(message) else message.format(**facts)
