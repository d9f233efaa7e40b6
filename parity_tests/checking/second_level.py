"""The second level: a tensor judged as a whole, by the common orders of summation.

An element's bound (the first level) holds for every order of summation, and so it is wide where a
sum is long: TF32 sold as float32 is within that bound from K = 6,000 on. Here the root mean square
over a sample of a tensor's elements is compared with the error that the *common* orders have,
computed from the candidate's own inputs: `error_model.common_orders` has the theorem and its
conditions. A tensor beyond that is suspicious. Where the sums of factors that were rounded to
another precision agree with its numbers, that precision is named.

Inner products are judged (Z, dW, db and dA of dense layers), in arithmetics that round to nearest
and have one format for sums and results; half precisions have two, and their results' own rounding
is what limits a judgement of those. Nor is a fused arithmetic judged: its sums may be of factors
that were computed again, and are not the trace's. Of several calls the first one is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from parity_tests.checking.findings import Finding, make_finding
from parity_tests.checking.sampled_sums import SampledSums, has_wider_format, rms
from parity_tests.error_model.common_orders import error_limit
from parity_tests.error_model.precisions import BFLOAT16, FLOAT16, FLOAT32, Precision
from parity_tests.kinds.inner_products import inner_products
from ref_numpy import Array, NetworkSpec
from ref_numpy.arrays.axes import columns, number_of_examples
from ref_numpy.inputs import named_inputs
from ref_numpy.propagation import Inputs

Split = Callable[[Array], tuple[Array, ...]]


@dataclass(frozen=True)
class SumJudgement:
    """The second level's judgement of one tensor.

    Attributes:
        tensor: its canonical name.
        sampled: the number of elements.
        ratio: the root mean square of error/σ, divided by its limit.
        bound: the root mean square of limit·σ, in units of the tensor.
        sees_tf32: whether TF32's factors would have been suspicious on these data.
        precision: of a suspicious tensor, the precisions whose rounded factors give its numbers.
    """

    tensor: str
    sampled: int
    ratio: float
    bound: float
    sees_tf32: bool
    precision: str = ""

    @property
    def suspicious(self) -> bool:
        """Whether no common order of summation has such an error."""
        return self.ratio > 1

    @property
    def finding(self) -> Finding:
        """The finding of a suspicious tensor, for a check with --strict."""
        facts = {"ratio": self.ratio, "sampled": self.sampled, "precision": self.precision}
        return make_finding(self.tensor, "suspicious", "suspicious", facts=facts)


def has_second_level(p: Precision) -> bool:
    """Return whether sums are of the trace's factors, to nearest, in a format with a wider one."""
    one_format = p.to_nearest and not p.operand and p.u == p.accumulate and p.parts == 1
    return one_format and not p.fused and has_wider_format(p)


@np.errstate(all="ignore")  # what overflows or underflows is not judged
def judge_sums(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Inputs,
    own: Mapping[str, Array],
    names: Collection[str],
    p: Precision,
) -> Iterator[SumJudgement]:
    """Yield the judgement of each inner product of a trace.

    Args:
        spec: the network.
        params: its parameters.
        X: the inputs, (n_x, m), or each by name.
        own: the candidate's tensors, float64.
        names: of the tensors to judge.
        p: the arithmetic.
    """
    if not has_second_level(p):
        return
    inputs = named_inputs(spec, X)
    m = number_of_examples(inputs[spec.input])
    every = inner_products(spec, params, {**inputs, **own}, m)
    chosen = [x for x in every if x.tensor in names]
    for x in chosen:
        sums = SampledSums.of(x, columns(own[x.tensor]), m, p)
        if len(sums.exact) and np.isfinite(sums.scale).all() and sums.scale.all():
            yield judged(sums, len(chosen))


def judged(sums: SampledSums, n_tensors: int) -> SumJudgement:
    """Judge the sample of one tensor: rms(error/σ) ≤ error_limit.

    Args:
        sums: the sample.
        n_tensors: how many tensors of the check are judged.
    """
    limit = error_limit(len(sums.exact), n_tensors, sums.drift)
    ratio = sums.rms_error(sums.exact) / limit
    is_float32 = sums.p.u == FLOAT32.u
    tf32 = with_split_factors(sums, *SPLITS["TF32"]) if is_float32 else np.inf
    suspicious = ratio > 1 and is_float32
    fitting = [
        name for name, split in SPLITS.items()
        if suspicious and sums.rms_error(with_split_factors(sums, *split)) <= limit
    ]  # fmt: skip
    return SumJudgement(
        sums.product.tensor, len(sums.exact), ratio,
        bound=limit * rms(sums.scale) / sums.product.divisor,
        # The sum's own error may be as large as the limit, and of the other sign.
        sees_tf32=rms((tf32 - sums.exact) / sums.scale) > 2 * limit,
        precision=" or ".join(fitting),
    )  # fmt: skip


def with_split_factors(sums: SampledSums, split: Split, most: int) -> Array:
    """Return the sums of products of the factors' parts."""
    total = sums.first.sum(axis=0)
    for left, right in products_of_parts(sums.left, sums.right, split, most):
        total = total + np.einsum("kn,kn->n", left, right)
    return total


def products_of_parts(
    left: Array, right: Array, split: Split, most: int
) -> Iterator[tuple[Array, Array]]:
    """Yield the parts of both factors that are multiplied.

    Args:
        left: one factor.
        right: the other.
        split: returns the parts of a factor, the largest first.
        most: part i of the left is multiplied by part j of the right if i + j is at most this.
    """
    parts = product(enumerate(split(left)), enumerate(split(right)))
    return ((x, y) for (i, x), (j, y) in parts if i + j <= most)


def keep_bits(x: Array, bits: int, rounds: bool = True) -> Array:
    """Return float32 numbers with so many bits of their significands, the others rounded or cut.

    Halves are rounded away from zero, as CUDA's cvt.rna does; the carry goes into the exponent.
    """
    dropped = FLOAT32.bits - bits
    pattern = x.astype(np.float32).view(np.uint32)
    half = np.uint32(2 ** (dropped - 1) if rounds else 0)
    return ((pattern + half) & np.uint32(2**32 - 2**dropped)).view(np.float32).astype(x.dtype)


def halves(x: Array) -> tuple[Array, Array]:
    """Return two bfloat16 numbers whose sum is near x."""
    high = keep_bits(x, BFLOAT16.bits)
    return high, keep_bits(x - high, BFLOAT16.bits)


# The factors of other precisions, which hardware and libraries use instead of float32's. Three
# products of bfloat16's halves are XLA's BF16_BF16_F32_X3 and oneDNN's "any" for float32.
TF32_BITS = 11
SPLITS: dict[str, tuple[Split, int]] = {
    "TF32": (lambda x: (keep_bits(x, TF32_BITS),), 0),
    "TF32, cut off": (lambda x: (keep_bits(x, TF32_BITS, rounds=False),), 0),
    "float16": (lambda x: (FLOAT16.round(x).astype(x.dtype),), 0),
    "bfloat16": (lambda x: (keep_bits(x, BFLOAT16.bits),), 0),
    "bfloat16×2, three products": (halves, 1),
    "bfloat16×2, four products": (halves, 2),
}
