"""What a check is asked to do: the candidate, and the problem that it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parity_tests.check_messages import input_error
from ref_numpy import NetworkSpec

# What is taken where nothing is asked for, unless the candidate has its own.
SETTINGS = {
    "network": "784-512-256-10",
    "hidden": "relu",
    "output": "softmax",
    "precision": "float32",
}


@dataclass(frozen=True)
class Request:
    """candidate: path.py:function, path.py, notebook.ipynb, package.module, trace.npz, …
    network: n_x-…-n_y.   hidden: an activation for all hidden layers, or one for each, by commas.
    None takes the candidate's own settings, or ours.   time_limit: seconds a call may take.
    require: tensors, by commas, without which the verdict is "not judged": dW,db,J.
    """

    candidate: str = ""
    network: str | None = None
    hidden: str | None = None
    output: str | None = None
    loss: str | None = None
    lambd: float = 0.0
    examples: int = 256
    seed: int = 0
    precision: str | None = None
    device: str | None = None
    time_limit: float = 60.0
    require: str = ""

    @property
    def required(self) -> list[str]:
        return [name.strip() for name in self.require.split(",") if name.strip()]

    def setting(self, name: str, own: Mapping[str, str] | None = None) -> str:
        """As asked for; or else the candidate's own; or else ours."""
        asked = getattr(self, name)
        return {**SETTINGS, **(own or {})}[name] if asked is None else asked

    def spec(self, own: Mapping[str, str] | None = None) -> NetworkSpec:
        """The network.   Raises InputError."""
        sizes = self.setting("network", own)
        try:
            layer_dims = [int(n) for n in sizes.split("-")]
        except ValueError:
            raise input_error("request.network", network=sizes) from None
        hidden = self.setting("hidden", own)
        each = hidden.split(",") if "," in hidden else hidden
        return NetworkSpec.dense(
            layer_dims, each, self.setting("output", own), self.loss, self.lambd
        )
