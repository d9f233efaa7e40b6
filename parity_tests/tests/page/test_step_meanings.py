"""The sentence that says what a step is for, and what else a beginner reads of it."""

from __future__ import annotations

import pytest

from parity_tests.page.all_steps import all_steps
from parity_tests.page.docstring_equations import bracketed
from parity_tests.page.page_request import OWN, PageRequest
from parity_tests.page.step import AFTER, PageStep
from parity_tests.tests.support.page_networks import SPECS, each_spec
from ref_numpy import NetworkSpec


def steps_of(spec: NetworkSpec, by_twin: bool = True) -> dict[str, PageStep]:
    shapes = {**spec.trace_shapes(7), **spec.parameter_shapes, "Y": (*spec.output_shape, 7)}
    return {step.name: step for step in all_steps(spec, shapes, 0.3, by_twin)}


@each_spec
def test_every_step_has_a_sentence_of_its_own(spec: NetworkSpec) -> None:
    steps = steps_of(spec)
    assert len({step.meaning for step in steps.values()}) == len(steps)
    for name, step in steps.items():
        assert step.meaning.startswith(bracketed(name.rstrip(AFTER)))
        assert step.meaning.endswith(".")


SAID = {
    ("binary", "Z1"): "a weighted sum of the inputs, plus b, for each of 4 units (a row)",
    ("binary", "Z2"): "a weighted sum of the outputs of layer 1, plus b, for each of 7 examples",
    ("binary", "A1"): "each number of Z[1], brought to between −1 and 1",
    ("binary", "A2"): "A[2] = ŷ, the probability that y is 1",
    ("binary", "J"): "the mean of the losses of 7 examples. Training makes J smaller.",
    ("binary", "dZ2"): "answer minus label, A[2] − Y",
    ("binary", "dW1"): (
        "dW[1]: how much J changes with each weight of layer 1, averaged over the 7 examples."
    ),
    ("binary", "db1"): "how much J changes with the b of each unit of layer 1",
    ("binary", "dA1"): "It carries the error from layer 2 to layer 1.",
    ("binary", "dA0"): "Training does not use it",
    ("binary", "dZ1"): "dA[1] times the slope of tanh",
    ("binary", "W1+"): "each weight minus α = 0.3 times its gradient",
    ("classes", "J"): "plus a penalty for large weights",
    ("classes", "dW2"): "averaged over the 7 examples; (λ/m) W[2] comes from the penalty.",
    ("classes", "db2"): "the b of each unit of layer 2, averaged over the 7 examples.",
    ("classes", "A1"): "Z[1] with each negative number set to 0",
    ("classes", "A3"): "the probability of each of the 3 classes",
    ("values", "A1"): "Z[1] with each negative number multiplied by 0.01",
    ("values", "A3"): "A[3] = ŷ, the answer of the network: Z[3], unchanged.",
}


@pytest.mark.parametrize(("network", "name"), SAID)
def test_the_sentence_fits_the_layer_the_loss_and_the_examples(network: str, name: str) -> None:
    assert SAID[network, name] in steps_of(SPECS[network])[name].meaning


def test_only_our_twin_is_said_to_compute_the_loss_from_the_logits() -> None:
    assert "Both sides compute the loss from Z[L]" in steps_of(SPECS["binary"])["J"].note
    assert steps_of(SPECS["binary"], by_twin=False)["J"].note == ""
    assert steps_of(SPECS["values"])["J"].note == ""  # squared error takes A[L] on both sides


def test_a_gradient_is_placed_at_the_layer_that_it_comes_out_of() -> None:
    places = {name: step.place for name, step in steps_of(SPECS["binary"]).items()}
    assert places["dA1"] == "out of layer 2"
    assert places["dA0"] == "out of layer 1"
    assert (places["dZ1"], places["dW2"], places["J"]) == ("layer 1", "layer 2", "")


def test_the_dimensions_of_an_update_have_the_learning_rate() -> None:
    assert steps_of(SPECS["binary"])["W1+"].dimensions == (
        "W[1] (4, 2) − α · dW[1] (4, 2) = (4, 2); α = 0.3 is a number"
    )


def test_no_z_is_square_by_accident() -> None:
    """Else torch's transposed picture has the shape of ours, and looks wrong."""
    networks = {*(own["network"] for own in OWN.values()), "64-32-10"}  # the READMEs' own
    units = {int(n) for network in networks for n in network.split("-")}
    assert PageRequest.examples not in units
