"""The network as Lightning trains it."""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from torch import Tensor

from ref_numpy.inputs import InputError
from ref_numpy.initialisation import initialise
from ref_numpy.network import NetworkSpec, lookup
from ref_numpy.optimisers import Optimiser
from torch_impl import conventions, optimisers
from torch_impl.network import Network


class NetworkModule(L.LightningModule):
    """A fully connected network; its input and output sizes, and its loss, follow from the data.

    Args:
        hidden_units: units in each hidden layer; [] is logistic (or linear) regression.
        activation: of the hidden layers, one name for all or one for each: relu, tanh, sigmoid,
            leaky_relu, identity.
        initialisation: he, xavier, small or zeros.
        optimiser: adam, momentum, rmsprop or gradient_descent.
        learning_rate: the course's α.
        weight_decay: as torch.optim has it: added to every gradient, times the parameter.
        lambd: the course's λ: adds (λ/2m) Σ‖W‖² to the cost.
    """

    def __init__(
        self,
        hidden_units: list[int] = [128, 64],  # noqa: B006  (shown as the default by --help)
        activation: str | list[str] = "relu",
        initialisation: str = "he",
        optimiser: str = "adam",
        learning_rate: float = 0.001,
        weight_decay: float = 0.0,
        lambd: float = 0.0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.hidden_units, self.activation = list(hidden_units), activation
        self.initialisation, self.lambd = initialisation, lambd
        self.optimiser: Optimiser = lookup(Optimiser.kinds, "optimiser", optimiser)(
            learning_rate=learning_rate, weight_decay=weight_decay
        )
        self.network: Network | None = None
        # Raises for a wrong option now, before any data are loaded.
        initialise(self.describe(1, 1, "sigmoid"), initialisation)

    def describe(self, n_x: int, n_y: int, output: str) -> NetworkSpec:
        """The network's description, for inputs and labels of these sizes."""
        dims = [n_x, *self.hidden_units, n_y]
        return NetworkSpec.dense(dims, self.activation, output, lambd=self.lambd)

    def configure_model(self) -> None:
        """Build the network for the data at hand, with the weights that the reference would have."""
        data = None if self._trainer is None else getattr(self.trainer, "datamodule", None)
        if self.network is None and data is not None:
            self.build(self.describe(data.n_x, data.n_y, data.output))

    def build(self, spec: NetworkSpec) -> Network:
        """The network with fresh weights, drawn with `seed_everything`'s seed."""
        self.network = Network(spec)
        params = initialise(spec, self.initialisation, torch.initial_seed())
        conventions.load_params(self.network, params)
        return self.network

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["network"] = self.built.spec.to_json()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        if self.network is None:
            self.build(NetworkSpec.from_json(checkpoint["network"]))

    @property
    def built(self) -> Network:
        """The network.   Raises InputError before there is one."""
        if self.network is None:
            raise InputError("the network has no sizes yet: fit it, or call build(spec).")
        return self.network

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return optimisers.build(self.optimiser, self.parameters())

    def forward(self, x: Tensor) -> Tensor:
        """A[L], batch first: the probabilities, or the values of a regression."""
        return self.built.predict(x)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return self.step("train", batch)

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.step("val", batch)

    def test_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.step("test", batch)

    def predict_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return self(batch[0])

    def step(self, stage: str, batch: tuple[Tensor, Tensor]) -> Tensor:
        """The cost of one batch; the epoch's means are logged as train_cost, val_accuracy, …"""
        x, y = batch
        network = self.built
        outputs = network(x)
        J = conventions.cost(network, outputs, y)
        values = {f"{stage}_cost": J.detach()}
        if network.spec.loss.reads == "Z":
            values[f"{stage}_accuracy"] = correct(network.output(outputs.detach()), y).mean()
        self.log_dict(
            values, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(x), sync_dist=True
        )
        return J


def correct(A: Tensor, y: Tensor) -> Tensor:
    """1 for each right prediction, else 0, from probabilities A (m, n_y) and targets y."""
    predicted = (A > 0.5) if y.is_floating_point() else A.argmax(dim=1)
    return (predicted == y).float()
