"""The network as Lightning trains it."""

from __future__ import annotations

import lightning as L
import torch
from torch import Tensor

from ref_numpy.initialisation import initialise
from ref_numpy.network import NetworkSpec, lookup
from ref_numpy.optimisers import Optimiser
from torch_impl import conventions, optimisers
from torch_impl.network import Network


class NetworkModule(L.LightningModule):
    """A fully connected network, trained on J; `network` is the plain nn.Module.

    Args:
        n_x: inputs. From the command line this and the next two are the data's.
        n_y: outputs.
        output: the output activation, which names the loss: softmax trains with cross-entropy,
            sigmoid with binary cross-entropy, any other with squared error.
        hidden_units: units in each hidden layer; [] is logistic (or linear) regression.
        activation: of the hidden layers, one name for all or one for each: relu, tanh, sigmoid,
            leaky_relu, identity.
        initialisation: he, xavier, small or zeros; drawn with `seed_everything`'s seed, so that
            the reference, with that seed, begins from the same weights.
        optimiser: adam, momentum, rmsprop or gradient_descent.
        learning_rate: the course's α.
        weight_decay: as torch.optim has it: added to every gradient, times the parameter.
        lambd: the course's λ: adds (λ/2m) Σ‖W‖² to the cost.
    """

    def __init__(
        self,
        n_x: int,
        n_y: int,
        output: str = "softmax",
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
        spec = NetworkSpec.dense([n_x, *hidden_units, n_y], activation, output, lambd=lambd)
        self.network = Network(spec)
        conventions.load_params(
            self.network, initialise(spec, initialisation, torch.initial_seed())
        )
        self.optimiser: Optimiser = lookup(Optimiser.kinds, "optimiser", optimiser)(
            learning_rate=learning_rate, weight_decay=weight_decay
        )

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return optimisers.build(self.optimiser, self.parameters())

    def forward(self, x: Tensor) -> Tensor:
        """A[L], batch first: the probabilities, or the values of a regression."""
        return self.network.predict(x)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return self.step("train", batch)

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.step("val", batch)

    def test_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.step("test", batch)

    def predict_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        return self(batch[0])

    def step(self, stage: str, batch: tuple[Tensor, Tensor]) -> Tensor:
        """J of one batch. Logged are the epoch's means of accuracy and of the cost, the latter
        without regularisation, whose share depends on the size of a batch."""
        (x, y), spec = batch, self.network.spec
        outputs = self.network(x)
        loss = conventions.mean_loss(spec, outputs, y)
        self.log_mean(f"{stage}_cost", loss)
        if spec.loss.reads == "Z":
            right = correct(self.network.output(outputs), y)
            self.log_mean(f"{stage}_accuracy", right.mean())
        return conventions.regularised(self.network, loss, len(x))

    def log_mean(self, name: str, value: Tensor) -> None:
        """Log the epoch's mean over examples; only the costs have room in the progress bar."""
        self.log(
            name,
            value,
            on_step=False,
            on_epoch=True,
            prog_bar=name.endswith("cost"),
            sync_dist=True,
        )


def correct(A: Tensor, y: Tensor) -> Tensor:
    """1 for each right prediction, else 0, from probabilities A (m, n_y) and targets y."""
    predicted = (A > 0.5) if y.is_floating_point() else A.argmax(dim=1)
    return (predicted == y).float()
