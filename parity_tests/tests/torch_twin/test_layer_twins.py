"""The twins of the kinds of graphs beside the reference: one module alone, forward and backward."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import torch_impl
from parity_tests.checking.check_run import check
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.known_kinds import built_in_layers
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.graphs.graph_runs import (
    GRAPHS,
    StoredRun,
    expected_tensors,
    right_run,
)
from ref_numpy import (
    Array,
    Concatenate,
    Context,
    Dense,
    Embedding,
    Flatten,
    Graph,
    InputError,
    NetworkSpec,
    Unembedding,
    WholeNumbers,
)
from torch_impl import conventions
from torch_impl.conventions import features_axis
from torch_impl.twin import acts_on_last_axis, state_in, twin, twin_of
from torch_impl.twin import transposed as transposed_in_torch

# Of the others a gradient is a sum of shares.
ONE_USE = [kind for kind in GRAPHS if kind not in ("residual", "tied")]
# On a CPU torch adds in bfloat16 the places of a token, and what an element won in several windows:
# such sums are declared.
IN_BFLOAT16 = ("embedding", "max_pool")
DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}


def to_torch(x: Array, dtype: torch.dtype) -> Tensor:
    """As torch has the axes, as a leaf."""
    if x.dtype.kind in "iu":
        return torch.from_numpy(x)
    batch = torch.from_numpy(np.ascontiguousarray(np.moveaxis(x, 0, features_axis(x.ndim))))
    return batch.to(dtype).requires_grad_()


def from_torch(x: Tensor) -> Array:
    return np.moveaxis(x.detach().double().numpy(), features_axis(x.ndim), 0)


def of_torch(run: StoredRun, dtype: torch.dtype) -> dict[str, Array]:
    """z, further results, and the gradients of parameters and inputs, from the run's own dz."""
    step = next(step for step in run.spec.steps if step.output == "z")
    module = twin_of(step).to(dtype)
    transposed = transposed_in_torch(step.layer)
    for own, p in zip(step.parameters, module.parameters(), strict=True):
        value = run.problem[0][step.parameters[own]]
        value = value.T if own in transposed else value.reshape(tuple(p.shape))
        p.data = torch.from_numpy(np.ascontiguousarray(value)).to(dtype)
    for full, buffer in zip(step.state.values(), state_in(module), strict=False):
        buffer.copy_(torch.from_numpy(run.problem[0][full][:, 0]))
    if step.layer.is_random:
        context = run.context._replace(step="z")
        module.take_context(context, run.trace[step.input].shape)
    inputs = [to_torch(run.trace[name], dtype) for name in step.inputs]
    given = module(*inputs)
    results = dict(zip(step.outputs, given if isinstance(given, tuple) else (given,), strict=True))
    used = [name for name in results if f"d{name}" in run.spec.gradients]
    d = [to_torch(run.trace[f"d{name}"], dtype).detach() for name in used]
    torch.autograd.backward([results[name] for name in used], d)
    result: dict[str, Array] = {name: from_torch(x) for name, x in results.items()}
    for name, x in zip(step.inputs, inputs, strict=True):
        if x.grad is not None and name in run.problem[1]:
            result[f"d{name}"] = from_torch(x.grad)
    for own, p in zip(step.parameters, module.parameters(), strict=True):
        full = step.parameters[own]
        grad: Any = p.grad
        of = grad.double().numpy()
        result[f"d{full}"] = of.T if own in transposed else of.reshape(run.problem[0][full].shape)
    result |= {
        f"{full}.next": buffer.double().numpy()[:, np.newaxis]
        for full, buffer in zip(step.state.values(), state_in(module), strict=False)
    }
    return result


@pytest.mark.parametrize("precision", DTYPES)
@pytest.mark.parametrize("kind", [*ONE_USE])
def test_a_twin_is_within_the_bounds(kind: str, precision: str) -> None:
    run = right_run(kind, precision)
    given = of_torch(run, DTYPES[precision])
    if precision == "bfloat16" and kind in IN_BFLOAT16:
        run.p = precision_named("bfloat16-sums")
    # Its z is what follows from the inputs; dz is the run's own, and so is what follows from it.
    right = expected_tensors(run)
    for name, x in given.items():
        c = Comparison.of(x, right[name])
        assert c.ratio <= 1, (name, c.ratio)
        assert not c.unbounded, name


@pytest.mark.parametrize("kind", GRAPHS)
def test_a_network_of_these_kinds_is_within_the_bounds(kind: str) -> None:
    """The whole twin, at float64: every tensor from torch's own, in training."""
    run = right_run(kind, "float64")
    given = torch_impl.run(run.spec, *run.problem, context=run.context)
    _, X, _ = run.problem
    run.trace = dict(given)
    for name, formulas in expected_tensors(run).items():
        if name in given and name not in X:
            c = Comparison.of(given[name], formulas)
            assert c.ratio <= 1, (name, c.ratio)
    assert given.keys() >= {"z", "dz", *(f"d{name}" for name in run.spec.parameter_shapes)}


@pytest.mark.parametrize("positions", [(), (4,), (4, 7)])
def test_features_are_concatenated_at_any_rank(positions: tuple[int, ...]) -> None:
    """Of images torch's features are axis 1."""
    A, B = (
        np.arange(math.prod(s)).reshape(s) + 0.5 for s in ((3, 5, *positions), (2, 5, *positions))
    )
    Z, _ = Concatenate().forward({}, Context(), A, B)
    given = twin(Concatenate())(*map(conventions.to_batch, (A, B)))
    assert np.array_equal(conventions.from_batch(given), Z)


@pytest.mark.parametrize("kind", GRAPHS)
def test_the_text_of_a_network_gives_the_network(kind: str) -> None:
    assert NetworkSpec.from_json(GRAPHS[kind].to_json()) == GRAPHS[kind]


LAYERS = {
    **{kind: of.samples[0] for kind, of in built_in_layers().items() if of.samples},
    **{
        kind: of.of_features(np.random.default_rng(0), 6)
        for kind, of in built_in_layers().items()
        if of.of_features
    },
    "dense": Dense(6, 5),
    "unembedding": Unembedding(6, 5),
    "embedding": Embedding(6, 5),
}


@pytest.mark.slow
@pytest.mark.parametrize("positions", [(2,), (2, 3), (2, 3, 2), (2, 3, 1, 2)])
@pytest.mark.parametrize("kind", LAYERS)
def test_at_any_number_of_axes_a_twin_is_right_or_refuses(
    kind: str, positions: tuple[int, ...]
) -> None:
    """Only where torch would take another axis for the features' is the step refused."""
    layer = LAYERS[kind]
    whole = layer.takes_whole_numbers
    graph = Graph({"x": WholeNumbers(6, positions) if whole else (6, *positions)})
    graph.add("z", layer, "x")
    graph.add("flat", Flatten(), "z")
    graph.add("y", Dense(*graph.shapes["flat"], 2), "flat")
    spec = NetworkSpec.from_graph(graph, "squared_error")
    problem = random_problem(spec, 4)
    context = Context(training=spec.acts_in_training)
    if len(positions) > 1 and acts_on_last_axis(layer):
        with pytest.raises(InputError) as refused:
            torch_impl.run(spec, *problem, context=context)
        assert refused.value.code == "graph.two-positions"
    else:
        report = check(torch_impl.run, spec, *problem, context=context, calls=1)
        assert report.passed, str(report)
