"""The comparison of a trace with the reference from the inputs alone: errors accumulate there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import ref_numpy
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import Expected, expectations
from parity_tests.error_model.intervals import peak
from parity_tests.error_model.precisions import FLOAT64, Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.propagation import Inputs

Arrays = Mapping[str, Array]


def compared(own: Arrays, expected: Iterable[Expected]) -> Iterator[tuple[str, Comparison]]:
    """Yield the comparison of each expected tensor that the candidate has."""
    return ((n, Comparison.of(own[n], formulas)) for n, formulas in expected if n in own)


def end_to_end(
    own: Arrays,
    spec: NetworkSpec,
    params: Arrays,
    X: Inputs,
    Y: Array,
    p: Precision,
    w: Array | None = None,
    context: Context | None = None,
    every_formula: bool = True,
) -> Iterator[tuple[str, float, bool, Comparison | None]]:
    """Compare each tensor with the one that follows from the inputs alone.

    Args:
        own: the candidate's tensors, float64.
        spec: the network.
        params: its parameters.
        X: its inputs, (n_x, m), or each by name.
        Y: its labels.
        p: the arithmetic.
        w: the weights of the examples, (1, m), if they have any.
        context: of the run; None is one that does not train.
        every_formula: whether the less accurate formulas are tried where the others do not give the
            tensor: not where a step is wrong, after which any numbers may follow.

    Yields:
        The name, the digits of agreement, whether the tensor is zero on paper, and at float64 the
        comparison with a bound; in other precisions the bound of the whole run would soon be
        larger than the tensors.
    """
    if p is FLOAT64:
        expected = expectations(spec, params, X, Y, {}, p, w, context=context)
        if not every_formula:
            expected = ((n, Formulas(formulas)) for n, formulas in expected)
        for n, c in compared(own, expected):
            yield n, digits(c.apart, c.expected[0].peak), not c.norm_reference, c
    else:
        reference = ref_numpy.run(spec, params, X, Y, w, context)
        for n, tensor in own.items():
            if n in reference:
                largest = peak(reference[n])
                yield n, digits(peak(tensor - reference[n]), largest), not largest, None


def digits(apart: float, largest: float) -> float:
    """Return −log₁₀(max |candidate − reference| / max |reference|); infinite where equal."""
    if apart == 0:
        return math.inf
    return math.log10(largest) - math.log10(apart) if largest else -math.inf
