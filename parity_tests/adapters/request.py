"""The request of a check: the candidate, and the problem on which it is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from parity_tests.adapters.network_file import is_network_file, read_model
from parity_tests.check_messages import input_error
from ref_numpy import Array, NetworkSpec

# The default settings, unless the candidate has its own.
SETTINGS = {
    "network": "784-512-256-10",
    "hidden": "relu",
    "output": "softmax",
    "precision": "float32",
}


@dataclass(frozen=True)
class Request:
    """A candidate and a problem; None takes the candidate's own setting, or the default.

    Attributes:
        candidate: path.py:function, path.py, notebook.ipynb, package.module, trace.npz, ….
        network: the sizes, n_x-…-n_y; or a file with the text of NetworkSpec.to_json, a weights
            file, or the folder of a run, whose network may be a graph.
        hidden: an activation for all hidden layers; or one for each, separated by commas.
        output: the activation of the output layer.
        loss: None takes the loss that belongs to the output.
        lambd: λ of L2 regularisation.
        examples: m.
        seed: of the random problem.
        precision: the name of the candidate's arithmetic.
        device: of a torch module.
        time_limit: of each call, in seconds, until its result is read.
        memory_limit: bytes that the candidate's process, and those that it starts, may have in
            memory; None takes half of this machine's.
        kinds: a file that defines layers and losses of one's own.
        require: tensors that must be compared, separated by commas: dW,db,J.
        calls: how often it is called with the same numbers.
        strict: whether a suspicion of the second level is a finding.
        hints: how much the report reveals: "where", "what" or "line".
        cost: the scale of a program's J, one of `interfaces.scales.OPTIONS`; None infers it from
            the program's numbers.
        gradients: that of its gradients.
        labels: how it takes labels: "one-hot", "indices" or "flat".
        rows: the examples are rows; None infers it, as the following.
        weights: "in-out", where W is (n_prev, n), or "out-in".
        biases: "column" (n, 1), "row" (1, n) or "flat" (n,).
        epsilon: the ε in a logarithm, a quotient or the limits of a clipped output that is meant.
        relu_at_zero: the derivative of ReLU at 0 that is meant.
        cost_shape: the shape of J that is meant.
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
    memory_limit: int | None = None
    kinds: str = ""
    require: str = ""
    calls: int = 2
    strict: bool = False
    hints: str = "line"
    cost: str | None = None
    gradients: str | None = None
    labels: str | None = None
    rows: bool | None = None
    weights: str | None = None
    biases: str | None = None
    epsilon: float | None = None
    relu_at_zero: float | None = None
    cost_shape: tuple[int, ...] | None = None

    @property
    def layout(self) -> dict[str, bool | str]:
        """The attributes of `Layout` that are stated."""
        in_out = None if self.weights is None else self.weights == "in-out"
        given = {"rows": self.rows, "in_out": in_out, "biases": self.biases}
        return {name: x for name, x in given.items() if x is not None}

    @property
    def required(self) -> list[str]:
        """The names in `require`."""
        return [name.strip() for name in self.require.split(",") if name.strip()]

    def setting(self, name: str, own: Mapping[str, str] | None = None) -> str:
        """Return the request's setting; or else the candidate's own; or else the default."""
        given = getattr(self, name)
        return {**SETTINGS, **(own or {})}[name] if given is None else given

    def spec(self, own: Mapping[str, str] | None = None) -> NetworkSpec:
        """Return the network.

        Args:
            own: the candidate's own settings.

        Raises:
            InputError: there is no such network, or an option describes it a second time.
        """
        if is_network_file(self.network):
            return self.spec_of_file()
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

    def spec_of_file(self) -> NetworkSpec:
        """Return the network of the file."""
        spec, _ = read_model(Path(self.network or ""))
        options = [n for n in ("hidden", "output", "loss", "lambd") if getattr(self, n)]
        if options:
            names = " ".join(f"--{name}" for name in options)
            raise input_error(
                "network-file.option", name=self.network, given=spec.summary, options=names
            )
        return spec

    def problem(self, spec: NetworkSpec) -> tuple[dict[str, Array], Array, Array]:
        """Return (params, X, Y): random ones, but for parameters that the file has."""
        from parity_tests.kinds.random_problem import random_problem

        params, X, Y = random_problem(spec, self.examples, self.seed)
        return self.params() or params, X, Y

    def params(self) -> dict[str, Array] | None:
        """Return the parameters of the file; None where there is none, or it has none."""
        if not is_network_file(self.network):
            return None
        return read_model(Path(self.network or ""))[1]
