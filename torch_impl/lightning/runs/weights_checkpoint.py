"""A weights file as a checkpoint: enough to test its network and to predict with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np

import ref_numpy
from ref_numpy import NetworkSpec
from ref_numpy.errors import InputError
from torch_impl import conventions
from torch_impl.data import trained_on
from torch_impl.data.texts.tokens import takes_tokens
from torch_impl.data.trained_on import TrainedOn
from torch_impl.twin import Network

WEIGHTS = ".safetensors"


def checkpoint_of(path: str | Path) -> dict[str, Any]:
    """Return a weights file's contents as those of a checkpoint, without a training's state.

    The data of the training are not recognised by it: all rows of a file are then used.

    Raises:
        InputError: the file is missing, damaged, or something else.
    """
    spec, params = ref_numpy.load(path)
    network = Network(spec)
    if next(iter(params.values())).dtype == np.float64:
        network.double()
    conventions.load_params(network, params)
    state = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    record = None if takes_tokens(spec) else TrainedOn(ref_numpy.load_data_spec(path), "", {})
    return {
        "pytorch-lightning_version": L.__version__,  # by which Lightning knows what to convert
        "state_dict": state,
        "epoch": 0,
        "global_step": 0,
        "network": spec.to_json(),
        **({} if record is None else {trained_on.KEY: record.state()}),
    }


def options_of(path: Path) -> list[str]:
    """Return the options of `train.py` that describe a weights file's network.

    Raises:
        InputError: the file cannot be read.
    """
    spec, params = ref_numpy.load(path)
    double = next(iter(params.values())).dtype == np.float64
    more = ["--trainer.precision", "64-true"] if double else []
    return [*(options_of_sizes(spec) or ["--model.network", spec.to_json()]), *more]


def options_of_sizes(spec: NetworkSpec) -> list[str] | None:
    """Return the options for layers by their sizes; None where a description is needed."""
    if not spec.is_chain:
        return None
    units = [step.shape[0] for step in spec.steps if step.layer.symbol == "Z"][:-1]
    activations = [step.layer for step in spec.steps if step.layer.symbol == "A"]
    hidden, output = [layer.kind for layer in activations[:-1]], activations[-1].kind
    try:
        dense = NetworkSpec.dense(
            [*spec.input_shape, *units, *spec.output_shape], hidden, output, lambd=spec.lambd
        )
    except InputError:
        return None
    if dense != spec:
        return None
    words = ["--model.hidden_units", str(units), f"--model.lambd={spec.lambd!r}"]
    return words + (["--model.activation", f"[{', '.join(hidden)}]"] if hidden else [])
