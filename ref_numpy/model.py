"""A trained network with the meaning of its numbers, from one file: raw examples to predictions.

model = load_model("weights.safetensors")       # or the folder of a run
model.predict(x)                                # classes by name, or values in their own units
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.image_layout import image_layout
from ref_numpy.input_messages import input_error
from ref_numpy.inputs import dtype_of
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from ref_numpy.propagation import forward
from ref_numpy.weights import load, load_data_spec

WEIGHTS = "weights.safetensors"  # of a run, in its folder


def network_input(spec: NetworkSpec, data: DataSpec, x: Any, dtype: Any) -> Array:
    """Return raw examples as the network takes them: (n_x, m), or images (n_C, m, H, W).

    Args:
        spec: the network.
        data: the meaning of its inputs.
        x: raw examples (m, …), or the columns of a table by name.
        dtype: of the result.

    Raises:
        InputError: x is something else than the examples of the training.
    """
    X, layout = data.to_X(x, dtype), image_layout(data.shape, spec.inputs[spec.input])
    return X if layout is None else layout.to_images(X)


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network.

    Args:
        spec: the network.
        params: its parameters.
        data: the meaning of its inputs and outputs.
    """

    spec: NetworkSpec
    params: Mapping[str, Array]
    data: DataSpec

    def outputs(self, x: Any) -> Array:
        """Return A[L] (n_y, m).

        Args:
            x: raw examples (m, …), or the columns of a table by name.

        Raises:
            InputError: x is something else than the examples of the training.
        """
        X = network_input(self.spec, self.data, x, dtype_of(self.params))
        activations, _ = forward(self.spec, self.params, X)
        return activations[self.spec.output]

    def predict(self, x: Any) -> Array:
        """Return the name of each example's class (m,), 0 or 1 for each label, or values (m, n_y).

        Values are in the target's own units. For x and errors see `outputs`.
        """
        return self.data.to_predictions(self.outputs(x), self.spec.loss.boundary)

    def probabilities(self, x: Any) -> Array:
        """Return the probability of each class or label (m, n), in the order of `data.names`.

        For x and errors see `outputs`.

        Raises:
            InputError: the network predicts numbers, or has scores.
        """
        if self.spec.loss.of_scores:
            raise input_error("model.scores", loss=self.spec.loss.kind)
        if self.data.task == "regression":
            raise input_error("model.no-probabilities", summary=self.data.summary)
        return self.data.to_probabilities(self.outputs(x))


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read a network that was saved with the meaning of its numbers.

    Args:
        path: a weights file, or the folder of a run, which has one.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    file = path
    if os.path.isdir(path):
        file = os.path.join(path, WEIGHTS)
        if not os.path.isfile(file):
            raise input_error("model.no-weights", path=path)
    spec, params = load(file)
    return Model(spec, params, load_data_spec(file))
