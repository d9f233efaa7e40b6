"""Updates: against torch.optim over ten steps, against the papers' own identities, and by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
import torch

import torch_impl
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import (
    Adam,
    Array,
    GradientDescent,
    InputError,
    Momentum,
    NetworkSpec,
    Optimiser,
    RMSProp,
    cost_and_gradients,
)
from torch_impl import conventions, torch_optimisers

SPEC = NetworkSpec.dense([5, 7, 3], "tanh")
STEPS, M = 10, 11
PARAMS, _, _ = random_problem(SPEC, M)
BATCHES = [random_problem(SPEC, M, seed)[1:] for seed in range(STEPS)]
Params = Mapping[str, Array]

OPTIMISERS = {
    "gradient_descent": GradientDescent(0.5),
    "gradient_descent-decay": GradientDescent(0.5, weight_decay=0.01),
    "momentum": Momentum(0.1, beta=0.8),
    "momentum-decay": Momentum(0.1, weight_decay=0.01),
    "rmsprop": RMSProp(0.01, beta=0.9),
    "rmsprop-decay": RMSProp(0.01, weight_decay=0.01),
    "adam": Adam(0.01),
    "adam-decay": Adam(0.01, weight_decay=0.01, beta1=0.8, beta2=0.99),
}


def torch_steps(optimiser: Optimiser, params: dict[str, Array]) -> Iterator[tuple[Params, Params]]:
    """Torch's (gradients, parameters afterwards) of each of the ten steps."""
    network = torch_impl.Network(SPEC).double()
    torch_impl.load_params(network, params)
    update = torch_optimisers.build(optimiser, network.parameters())
    for X, Y in BATCHES:
        update.zero_grad()
        x, y = conventions.to_batch(X), conventions.to_targets(SPEC, Y)
        torch_impl.cost(network, network(x), y).backward()
        gradients = torch_impl.get_gradients(network)
        update.step()
        yield gradients, torch_impl.get_params(network)


def exactly(arrays: Mapping[str, Array]) -> dict[str, ErrorArray]:
    return {name: ErrorArray(array) for name, array in arrays.items()}


def largest_used(theirs: Params, ours: Mapping[str, ErrorArray]) -> float:
    return max(Comparison.of(theirs[name], [ours[name]]).ratio for name in theirs)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_ten_updates_agree_with_torch(name: str) -> None:
    """Given torch's gradients, the parameters after each of ten updates are torch's; and given
    torch's parameters before each step, so are the gradients."""
    optimiser = OPTIMISERS[name]
    ours, before = exactly(PARAMS), PARAMS
    state = optimiser.start(ours)
    for (X, Y), (gradients, after) in zip(BATCHES, torch_steps(optimiser, PARAMS), strict=True):
        _, mine = cost_and_gradients(SPEC, exactly(before), ErrorArray(X), ErrorArray(Y))
        assert largest_used(gradients, mine) <= 1
        ours, state = optimiser.update(ours, exactly(gradients), state)
        assert largest_used(after, ours) <= 1
        before = after
    for parameter, bound in ours.items():
        moved = np.abs(bound.value - PARAMS[parameter])
        assert np.all(bound.error < np.finfo(np.float32).eps * moved), "the bound says nothing"


@pytest.mark.parametrize("name", OPTIMISERS)
def test_ten_training_steps_agree_with_torch(name: str) -> None:
    """End to end: both go their own way from the same weights over the same batches."""
    optimiser, params = OPTIMISERS[name], exactly(PARAMS)
    state = optimiser.start(params)
    for X, Y in BATCHES:
        _, gradients = cost_and_gradients(SPEC, params, ErrorArray(X), ErrorArray(Y))
        params, state = optimiser.update(params, gradients, state)
    *_, (_, theirs) = torch_steps(optimiser, PARAMS)
    assert largest_used(theirs, params) <= 1


FAULTS = {
    "gradient_descent": GradientDescent(0.5 * (1 + 1e-9)),
    "momentum": Momentum(0.1, beta=0.8 * (1 + 1e-9)),
    "rmsprop": RMSProp(0.01, beta=0.9 * (1 + 1e-9)),
    "adam": Adam(0.01, beta1=0.999, beta2=0.9),
    "adam-decay": Adam(0.01, weight_decay=0.01, beta1=0.8, beta2=0.99, epsilon=1e-6),
}


@pytest.mark.parametrize("name", FAULTS)
def test_another_hyperparameter_is_seen(name: str) -> None:
    ours = exactly(PARAMS)
    state = OPTIMISERS[name].start(ours)
    steps = list(torch_steps(FAULTS[name], PARAMS))
    for gradients, _ in steps:
        ours, state = OPTIMISERS[name].update(ours, exactly(gradients), state)
    after = steps[-1][1]
    assert largest_used(after, ours) > 1


def step(optimiser: Optimiser, theta: float, *gradients: float) -> float:
    params = {"W1": np.array([[theta]])}
    state = optimiser.start(params)
    for g in gradients:
        params, state = optimiser.update(params, {"dW1": np.array([[g]])}, state)
    return float(params["W1"][0, 0])


def test_one_update_by_hand() -> None:
    """Powers of two, so that every number is exact."""
    assert step(GradientDescent(0.5), 1.0, 0.25) == 1 - 0.5 * 0.25
    assert step(GradientDescent(0.5, weight_decay=0.5), 1.0, 0.25) == 1 - 0.5 * (0.25 + 0.5)
    # v = 1, then ½·1 + 2 = 2.5
    assert step(Momentum(0.5, beta=0.5), 4.0, 1.0, 2.0) == 4 - 0.5 * 1 - 0.5 * 2.5
    # s = ¾·0 + ¼·16 = 4
    assert step(RMSProp(0.5, beta=0.75, epsilon=0.0), 1.0, 4.0) == 1 - 0.5 * 4 / 2
    # Corrected averages of one gradient are g and g², so that the first step is α·sign(g).
    assert step(Adam(0.5, beta1=0.5, beta2=0.75, epsilon=0.0), 1.0, -4.0) == 1.5


@pytest.mark.parametrize(
    ("optimiser", "n"), [(GradientDescent(), 0), (Momentum(), 1), (RMSProp(), 1), (Adam(), 2)]
)
def test_averages_begin_at_zero_and_updates_are_counted(optimiser: Optimiser, n: int) -> None:
    params = {"W1": np.array([[2.0]], np.float32)}
    state = optimiser.start(params)
    assert (state.t, [a.tolist() for a in state.memory["W1"]]) == (0, [[[0]]] * n)
    for t in (1, 2):
        params, state = optimiser.update(params, {"dW1": np.array([[1.0]], np.float32)}, state)
        assert (state.t, len(state.memory["W1"])) == (t, n)


def test_momentum_is_the_courses_with_another_learning_rate() -> None:
    """v' = β v' + (1 − β) dθ is (1 − β) v: with β = ½, α' = 2α gives the same θ, exactly."""
    gradients = (1.0, -3.0, 0.5, 2.0)
    theta, v = 1.0, 0.0
    for g in gradients:
        v = 0.5 * v + (1 - 0.5) * g
        theta = theta - 0.5 * v
    assert step(Momentum(0.25, beta=0.5), 1.0, *gradients) == theta


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_update_keeps_the_dtype_and_changes_nothing_in_place(name: str, dtype: type) -> None:
    params, X, Y = random_problem(SPEC, M, dtype=dtype)
    before = {name: p.copy() for name, p in params.items()}
    optimiser = OPTIMISERS[name]
    _, gradients = cost_and_gradients(SPEC, params, X, Y)
    updated, state = optimiser.update(params, gradients, optimiser.start(params))
    assert {p.dtype for p in updated.values()} == {np.dtype(dtype)}
    assert {a.dtype for memory in state.memory.values() for a in memory} <= {np.dtype(dtype)}
    for parameter, value in before.items():
        np.testing.assert_array_equal(params[parameter], value)
        assert np.any(updated[parameter] != value)


@pytest.mark.parametrize(
    ("optimiser", "kind", "group"),
    [
        (GradientDescent(0.3, 0.2), torch.optim.SGD, {"momentum": 0, "dampening": 0}),
        (Momentum(0.3, 0.2, 0.7), torch.optim.SGD, {"momentum": 0.7, "nesterov": False}),
        (RMSProp(0.3, 0.2, 0.7, 1e-5), torch.optim.RMSprop, {"alpha": 0.7, "eps": 1e-5}),
        (Adam(0.3, 0.2, 0.7, 0.9, 1e-5), torch.optim.Adam, {"betas": (0.7, 0.9), "eps": 1e-5}),
    ],
)
def test_a_parameter_group_of_torch_is_that_of_the_description(optimiser, kind, group) -> None:
    built = torch_optimisers.build(optimiser, [torch.nn.Parameter(torch.ones(1))])
    assert type(built) is kind
    expected = {"lr": 0.3, "weight_decay": 0.2, **group}
    assert {name: built.param_groups[0][name] for name in expected} == expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GradientDescent(0), "learning_rate is 0; expected a positive number"),
        (lambda: Adam(float("nan")), "learning_rate is nan"),
        (lambda: Momentum(0.1, beta=1.0), r"beta is 1.0; expected 0 ≤ beta < 1"),
        (lambda: Adam(beta2=-0.1), "beta2 is -0.1"),
        (lambda: RMSProp(weight_decay=-1), "weight_decay is -1; expected a number from 0 up"),
    ],
)
def test_impossible_hyperparameters_are_one_sentence(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_a_state_is_of_the_same_class_of_optimiser() -> None:
    """As its options are named; whatever form a configuration has."""
    from torch_impl.torch_optimisers import check_same

    parameters = [torch.nn.Parameter(torch.ones(2))]
    sgd, adam = torch.optim.SGD(parameters, lr=0.1), torch.optim.Adam(parameters, lr=0.2)
    scheduled = torch.optim.SGD(parameters, lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(scheduled, 1)
    assert "initial_lr" in scheduled.state_dict()["param_groups"][0]
    for ours in (sgd, [sgd], ([sgd], []), {"optimizer": sgd}, scheduled, ([scheduled], [schedule])):
        check_same(sgd.state_dict(), ours)
        check_same(scheduled.state_dict(), ours)
        with pytest.raises(
            InputError, match=r"options amsgrad, betas.*which SGD does not have; resume"
        ):
            check_same(adam.state_dict(), ours)
    with pytest.raises(InputError, match=r"the options dampening.*which Adam does not have"):
        check_same(sgd.state_dict(), {"optimizer": adam})


def test_running_averages_have_torchs_names() -> None:
    """Each that torch keeps, and no other, after a step."""
    from torch_impl import torch_optimisers
    from torch_impl.torch_optimisers import AVERAGES

    for kind, names in AVERAGES.items():
        parameter = torch.nn.Parameter(torch.ones(2))
        optimiser = torch_optimisers.build(kind(0.1), [parameter])
        parameter.sum().backward()
        optimiser.step()
        kept = {name for name in optimiser.state[parameter] if name != "step"}
        assert kept == {*names}
