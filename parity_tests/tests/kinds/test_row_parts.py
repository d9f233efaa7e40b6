"""What is computed of some rows after the other is what is computed of all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, Precision
from parity_tests.kinds.own_kinds import compute_forward, gradients_of_inputs, is_by_element
from parity_tests.kinds.row_parts import PART, by_rows, parts
from parity_tests.tests.support.graphs.graph_runs import network, one_step
from ref_numpy import Context, Elu, Gelu, LayerNorm, ReLU, Sigmoid, Softplus
from ref_numpy.context import Cache

SHAPE = (7, PART // 3)


@pytest.mark.parametrize(
    ("shape", "rows"), [((7, 11), [7]), (SHAPE, [3, 3, 1]), ((2, PART + 1), [1, 1])]
)
def test_parts_fit_and_are_all_rows(shape: tuple[int, ...], rows: list[int]) -> None:
    x = np.arange(np.prod(shape)).reshape(shape)
    each = [x[part] for part in parts(x)]
    assert [len(part) for part in each] == rows
    assert np.array_equal(np.concatenate(each), x)


def numbers(seed: int, p: Precision, exact: bool = False) -> ErrorArray:
    rng = np.random.default_rng(seed)
    return ErrorArray(rng.standard_normal(SHAPE), 0.0 if exact else rng.random(SHAPE) * p.u, p)


def assert_equal(found: ErrorArray, wanted: ErrorArray) -> None:
    assert np.array_equal(found.value, wanted.value)
    assert np.array_equal(found.error, wanted.error)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("p", [FLOAT64, FLOAT32])
@pytest.mark.parametrize("layer", [Gelu(), Elu(), ReLU(), Sigmoid(), Softplus()])
def test_an_activation_has_the_bounds_of_its_whole_array(
    layer: Any, p: Precision, exact: bool
) -> None:
    # A factor that underflows is multiplied by the largest number of its part, not of all.
    p = replace(p, flush=0.0)
    step = network(one_step(layer, SHAPE[0])).steps[0]
    Z, dA = numbers(0, p, exact), numbers(1, p)
    cache = compute_forward(step, {}, Context(), Z)
    A, kept = layer.forward({}, Context(), Z)
    assert_equal(cache.outputs[0], A)
    assert cache._replace(outputs=()) == Cache((Z,), (), kept, Context())
    dZ, _ = layer.backward({}, cache, dA)
    assert_equal(*gradients_of_inputs(step, {}, cache, dA), dZ)


def test_few_rows_are_computed_at_a_time_unless_a_sum_is_pending() -> None:
    a, seen = numbers(0, FLOAT32), []

    def square(x: ErrorArray) -> ErrorArray:
        seen.append(x.shape)
        return x * x

    by_rows(square, a)
    assert seen == [(3, SHAPE[1])] * 2 + [(1, SHAPE[1])]
    total = by_rows(lambda x: x + x, a)
    assert total.pending_sum is not None
    assert np.ndim(total.pending_sum.K) == 0
    assert_equal(total, a + a)
    seen.clear()
    by_rows(square, a + a)
    assert seen == [SHAPE]


def test_a_norm_and_a_user_defined_layer_are_not_by_element(own_kinds: None) -> None:
    class Own(Sigmoid, kind="own_sigmoid"):
        pass

    assert is_by_element(Sigmoid())
    assert not is_by_element(Own())
    assert not is_by_element(LayerNorm(3))
