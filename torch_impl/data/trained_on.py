"""The data that a network was trained on: a part of it, which its checkpoint records.

A checkpoint holds a record under KEY, with its own format number: this version writes FORMAT and
reads all up to it. Checkpoints of earlier versions have no record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.errors import InputError
from ref_numpy.layer import Array
from ref_numpy.loss import Loss
from ref_numpy.network import NetworkSpec
from torch_impl.training_messages import input_error

KEY, FORMAT = "data", 1  # in a checkpoint
BYTES = 2**23  # that are copied at once


@dataclass(frozen=True, eq=False)
class TrainedOn:
    """The record of a training's data.

    Attributes:
        spec: the meaning of the numbers.
        fingerprint: of the training data's content, by which they are recognised.
        options: by which they were read and split, such as `test_fraction`.
    """

    spec: DataSpec
    fingerprint: str
    options: Mapping[str, Any]

    def state(self) -> dict[str, Any]:
        """Return the record as numbers, text and tensors, with its format."""
        statistics = {name: torch.from_numpy(a) for name, a in self.spec.arrays().items()}
        return {
            "format": FORMAT,
            "spec": self.spec.to_json(),
            "statistics": statistics,
            "fingerprint": self.fingerprint,
            "options": dict(self.options),
        }

    @classmethod
    def of_checkpoint(cls, checkpoint: Mapping[str, Any]) -> TrainedOn | None:
        """Read the record of a checkpoint.

        Returns:
            None where an earlier version wrote the checkpoint.

        Raises:
            InputError: the record has a newer format.
        """
        state = checkpoint.get(KEY)
        if state is None:
            return None
        if state["format"] > FORMAT:
            raise input_error("checkpoint.format", format=state["format"], newest=FORMAT)
        arrays = {name: t.cpu().numpy() for name, t in state["statistics"].items()}
        spec = DataSpec.from_json(state["spec"], arrays)
        return cls(spec, state["fingerprint"], state["options"])

    def differences(self, other: TrainedOn) -> list[str]:
        """Return the differences of a checkpoint's record and this run's in words."""
        same_data = self.fingerprint == other.fingerprint
        found = [] if same_data else ["the training data have another content"]
        # Weights are in a record only where there are any.
        for name in dict.fromkeys([*self.options, "class weights", "example weights"]):
            theirs, ours = self.options.get(name), other.options.get(name)
            if theirs != ours:
                found.append(difference(name, theirs, ours))
        specs = [of.spec.to_json() for of in (self, other)]
        arrays = [of.spec.arrays() for of in (self, other)]
        same = arrays[0].keys() == arrays[1].keys() and all(
            np.array_equal(array, arrays[1][name]) for name, array in arrays[0].items()
        )
        if not found and (specs[0] != specs[1] or not same):
            theirs, ours = self.spec.summary, other.spec.summary
            if self.spec.table is not None and other.spec.table is not None and theirs == ours:
                theirs, ours = (f"a table of {of.spec.table.summary}" for of in (self, other))  # pyright: ignore[reportOptionalMemberAccess]
            found.append(difference("the data", theirs, ours))
        return found


def difference(name: str, theirs: object, ours: object) -> str:
    """Return the difference of a checkpoint's value and this run's in words."""
    return f"{name} {theirs} in the checkpoint, {ours} here"


def no_record(stage: str) -> InputError:
    """Return the error for an older checkpoint, of which the meaning is not clear."""
    return input_error("checkpoint.no-record", stage=stage)


def check_network(
    checkpoint: Mapping[str, Any], spec: NetworkSpec, config: Path | None = None
) -> None:
    """Compare a checkpoint's network with this one.

    Args:
        checkpoint: its contents.
        spec: this network.
        config: the file of the options with which the checkpoint's run was given, if it is known.

    Raises:
        InputError: the checkpoint's is another.
    """
    theirs, ours = checkpoint.get("network"), spec.to_json()
    if theirs not in (None, ours):
        found = "; ".join(network_differences(theirs, spec))
        raise input_error("checkpoint.other-network", differences=found, config=config)


def network_differences(theirs: str, spec: NetworkSpec) -> list[str]:
    """Return the differences of a checkpoint's network and this one in words.

    Args:
        theirs: the description of the checkpoint's.
        spec: of this one.
    """
    try:
        other = NetworkSpec.from_json(theirs)
    except InputError:  # of a kind of layer that is unknown here
        return [difference("the layers", theirs, spec.to_json())]
    both = [parts_of(other), parts_of(spec)]
    found = [
        difference(name, value, both[1][name])
        for name, value in both[0].items()
        if value != both[1][name]
    ]
    return found or [difference("the layers", theirs, spec.to_json())]


def parts_of(spec: NetworkSpec) -> dict[str, object]:
    """Return a network's parts by the options that name them."""
    units = [step.shape[0] for step in spec.steps if step.layer.symbol == "Z"][:-1]
    kinds = [step.layer.kind for step in spec.steps if step.layer.symbol == "A"]
    return {
        "inputs": spec.input_shape[0], "hidden_units": units, "outputs": spec.output_shape[0],
        "activation": f"[{', '.join(kinds[:-1])}]", "output": kinds[-1],
        "loss": loss_text(spec.loss), "lambd": spec.lambd,
    }  # fmt: skip


def loss_text(loss: Loss) -> str:
    """Return a loss with its constants: "huber (delta 0.5)"."""
    fields: dict[str, Any] = asdict(loss)  # pyright: ignore[reportArgumentType]
    constants = ", ".join(f"{name} {x}" for name, x in fields.items())
    return f"{loss.kind} ({constants})" if constants else loss.kind


def fingerprint(parts: Iterable[Array | str | None]) -> str:
    """Return 32 hexadecimal digits of the numbers and words of arrays, their shapes and dtypes."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        if not isinstance(part, np.ndarray):
            digest.update(repr(part).encode())
            continue
        array = part.astype(str) if part.dtype.kind == "O" else part
        digest.update(f"{array.dtype}{array.shape}".encode())
        rows = max(1, BYTES // max(1, array[:1].nbytes))
        for first in range(0, len(array), rows):
            digest.update(array[first : first + rows].tobytes())
    return digest.hexdigest()
