"""The request of a page: the candidate, the problem, and the training that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from parity_tests.adapters.request import Request
from parity_tests.check_messages import input_error
from parity_tests.page.graph.network_file import is_network_file, read_model
from ref_numpy import Array, NetworkSpec

# The default networks, small enough to look at: by the week of the course's functions, else by
# None.
OWN: Mapping[int | None, Mapping[str, str]] = {
    None: {"network": "2-4-1", "hidden": "tanh", "output": "sigmoid", "precision": "float64"},
    2: {"network": "2-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
    3: {"network": "2-4-1", "hidden": "tanh", "output": "sigmoid", "precision": "float64"},
    4: {"network": "2-4-3-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
}

DATA = ("planar_flower", "two_moons", "digits", "breast_cancer")


ITERATIONS, LEARNING_RATE = 1000, 1.2


@dataclass(frozen=True)
class PageRequest(Request):
    """A request, in which the candidate "" is the torch twin.

    `network` may also be a file with the text of NetworkSpec.to_json, a weights file, or the folder
    of a run; its network may be a graph.

    Attributes:
        data: the name of a data set; None takes one that fits the network.
        iterations: of the reference's gradient descent on all examples; None takes ITERATIONS.
        learning_rate: its α; None takes LEARNING_RATE.
        training: whether the runs that are shown train, as the reference's own do.
    """

    examples: int = 20  # no layer of these networks has 20 units, so that no Z is square
    data: str | None = None
    iterations: int | None = None
    learning_rate: float | None = None
    training: bool = False

    def spec(self, own: Mapping[str, str] | None = None) -> NetworkSpec:
        """Return the network of the sizes, or of the file.

        Args:
            own: the candidate's own settings.

        Raises:
            InputError: there is no such network, or an option describes it a second time.
        """
        if not is_network_file(self.network):
            return super().spec(own)
        spec, _ = self.model()
        options = [n for n in ("hidden", "output", "loss", "lambd") if getattr(self, n)]
        if options:
            raise input_error(
                "trace-file.option", name=self.network, given=spec.summary,
                options=" ".join(f"--{name}" for name in options),
            )  # fmt: skip
        return spec

    def params(self) -> dict[str, Array] | None:
        """Return the parameters of the file; None where there is none, or it has none."""
        return self.model()[1] if is_network_file(self.network) else None

    def model(self) -> tuple[NetworkSpec, dict[str, Array] | None]:
        """Read the file."""
        return read_model(Path(self.network or ""))
