"""An error carries the facts of its sentence, for programs that do not read sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from ref_numpy import (
    BinaryCrossEntropy,
    Dense,
    InputError,
    Layer,
    NetworkSpec,
    Sigmoid,
    initialise,
    run,
)
from ref_numpy.errors import cause_of


def test_facts_are_a_copy_and_none_are_an_empty_mapping() -> None:
    facts = {"n": 1}
    error = InputError("one", "a.code", facts)
    facts["n"] = 2
    assert (error.code, error.facts) == ("a.code", {"n": 1})
    assert (InputError("two").code, InputError("two").facts) == ("input", {})


@pytest.mark.usefixtures("own_kinds")
def test_an_unfinished_layer_names_the_class_whose_docstring_helps() -> None:
    with pytest.raises(InputError) as refused:
        type("Half", (Layer,), {"symbol": "H"}, kind="half")
    assert refused.value.code == "layer.unfinished"
    assert (refused.value.facts["cls"], refused.value.facts["base"]) == ("Half", "Layer")


@pytest.mark.usefixtures("own_kinds")
def test_a_result_of_another_dtype_names_that_of_its_input() -> None:
    @dataclass(frozen=True)
    class Narrow(Sigmoid, kind="narrow"):
        def forward(self, params: Any, context: Any, Z: Any) -> Any:
            A, kept = super().forward(params, context, Z)
            return A.astype(np.float32), kept

    spec = NetworkSpec.chain((Dense(3, 2), Narrow(), Dense(2, 1), Sigmoid()), BinaryCrossEntropy())
    with pytest.raises(InputError) as refused:
        run(spec, initialise(spec, "xavier", seed=1), np.ones((3, 4)), np.ones((1, 4)))
    assert refused.value.code == "layer.returned"
    facts = refused.value.facts
    assert (facts["given"], facts["expected"]) == ("is float32", "float64, the dtype of its input")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no header"), "ValueError: no header"),
        (OSError("\n no header \n at byte 3"), "OSError: no header "),
        (EOFError(), "EOFError"),
    ],
)
def test_the_cause_of_an_error_is_its_kind_and_first_line(error: Exception, text: str) -> None:
    assert cause_of(error) == text
