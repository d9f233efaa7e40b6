"""The network as Lightning trains it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ref_numpy.context import Context
from ref_numpy.initialisation import initialise
from ref_numpy.network import NetworkSpec
from ref_numpy.optimisers import Optimiser
from ref_numpy.registry import lookup
from torch_impl import conventions, torch_costs, torch_optimisers
from torch_impl.compiled_step import compiled, outputs_and_costs
from torch_impl.data.batches import Batch
from torch_impl.data.tasks import loss_for
from torch_impl.data.trained_on import check_network
from torch_impl.lightning.checkpoint_files import config_beside
from torch_impl.lightning.fast_path import can_bypass_hooks
from torch_impl.lightning.label_counts import Divisors, LabelCounts
from torch_impl.lightning.lr_schedules import (
    schedule_before_updates,
    take_over_plateaus,
    update_schedules,
)
from torch_impl.lightning.module_schedule import ScheduledModule
from torch_impl.lightning.options.described_network import TOKENS, described_network
from torch_impl.lightning.options.network_builders import check_options
from torch_impl.lightning.private_api import count_update, trainer_of
from torch_impl.lightning.runs.resuming import change_rate
from torch_impl.lightning.strategies import check_compile, shard_layers
from torch_impl.training_messages import input_error
from torch_impl.twin import Network


class NetworkModule(ScheduledModule):
    """A network, trained on J; `network` is the plain nn.Module.

    Args:
        n_x: inputs. From the command line this and the next two are the data's.
        n_y: outputs.
        output: the output activation, which names the loss unless one is given: softmax trains with
            cross-entropy, sigmoid with binary cross-entropy, any other with squared error.
        hidden_units: units in each hidden layer; [] is logistic (or linear) regression.
        activation: of the hidden layers, one name for all or one for each, such as relu, tanh,
            sigmoid, leaky_relu, gelu or silu.
        initialisation: he, xavier, small or zeros; drawn with `seed_everything`'s seed, so that the
            reference, with that seed, begins from the same weights.
        optimiser: adam, momentum, rmsprop or gradient_descent.
        learning_rate: the course's α.
        weight_decay: as torch.optim has it: added to every gradient, times the parameter.
        lambd: the course's λ: adds (λ/2m) Σ‖W‖² to the cost, m being the examples of an update.
        compile: torch.compile's backend for training steps, such as inductor, or reduce-overhead,
            which is inductor's with CUDA graphs, for small networks; None runs them as they are.
        batches_per_step: the mini-batches, an update each, of one training step of Lightning, whose
            own work then is done once for all of them. The weights are the same. More than 1 is
            manual optimisation: gradients are neither clipped nor accumulated.
        loss: absolute_error or huber, of numbers; hinge, of two classes or labels, and
            multiclass_hinge, of several, before which the output activation is the identity; None
            takes the output's.
        delta: Huber's δ, in the units that the network is trained in: σ of standardised targets;
            None takes 1.
        network: a file with the text of NetworkSpec.to_json, or that text: the layers, a chain or a
            graph, the loss and λ; or the name of a builder: lenet or resnet, of images, or gpt. It
            is instead of hidden_units, activation, lambd, loss and delta; its input and output have
            the data's sizes.
        network_options: the builder's arguments, such as {width: 128, heads: 4, layers: 4} of gpt.
        image: (n_C, H, W) of an example that is an image; from the command line the data's.
        vocabulary: how many different tokens the data have; from the command line the data's.
        schedule: of the learning rate, by updates: cosine; None leaves it at α.
        warmup: the updates of a schedule before the rate is α.
        final_rate: the fraction of α with which a schedule ends.
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
        compile: str | None = None,
        batches_per_step: int = 1,
        loss: str | None = None,
        delta: float | None = None,
        network: str | None = None,
        network_options: dict[str, Any] | None = None,
        image: tuple[int, ...] | None = None,
        vocabulary: int | None = None,
        schedule: str | None = None,
        warmup: int = 0,
        final_rate: float = 0.1,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(ignore="image")
        check_options(network, network_options)
        if network is None:
            if output == TOKENS:
                raise input_error("network-file.needed")
            last, chosen = loss_for(output, loss, delta)
            spec = NetworkSpec.dense([n_x, *hidden_units, n_y], activation, last, chosen, lambd)
        else:
            of_data = {"image": image, "vocabulary": vocabulary}
            spec = described_network(network, n_x, n_y, output, network_options, of_data)
            self.hparams.update({"network": spec.to_json(), "network_options": None})
        self.network = Network(spec)
        self.seed = torch.initial_seed()
        conventions.load_params(self.network, initialise(spec, initialisation, self.seed))
        self.optimiser: Optimiser = lookup(Optimiser.kinds, "optimiser", optimiser)(
            learning_rate=learning_rate, weight_decay=weight_decay
        )
        self.schedule = schedule_before_updates(schedule, warmup, final_rate)
        self.outputs_and_costs = outputs_and_costs if compile is None else compiled(compile)
        self.batches_per_step = batches_per_step
        self.automatic_optimization = batches_per_step == 1
        self.degree = spec.loss.degree
        of_labels = spec.loss.built_in and not spec.loss.counts_examples
        self.labels = LabelCounts(spec.loss) if of_labels else None
        self.sums = self.sums_of(self.count_right if spec.loss.classifies else None)
        self.new_learning_rate: float | None = None  # with which a run resumes

    def setup(self, stage: str) -> None:
        """Check that the network takes the data."""
        super().setup(stage)
        if self.data is not None:
            self.data.check_network(self.network.spec)

    def configure_model(self) -> None:
        """Shard every layer where the strategy is `fsdp2`."""
        if self.device_mesh is not None:
            check_compile(self.trainer.strategy, self.hparams.get("compile"))
            mesh = self.device_mesh["data_parallel"]
            shard_layers(self.network, mesh, self.trainer.world_size)

    def forward(self, x: Tensor) -> Tensor:
        """Return A[L], batch first: the probabilities, or the values of a regression."""
        return self.network.predict(x)

    def training_step(self, batch: Batch | list[Batch], batch_idx: int) -> Tensor | None:
        """Return J of a batch; of several, make their updates."""
        if isinstance(batch, list):
            return self.make_updates(batch, batch_idx * self.batches_per_step)
        k, r = self.trainer.accumulate_grad_batches, self.batches_accumulated(batch_idx)
        divisors = self.labels and self.labels.divisors(self, batch[1], batch_idx % k, r)
        J = self.step("train", batch, self.global_step, r, divisors)
        return J if r == k or divisors else J * k / r  # which Lightning divides by k

    def make_updates(self, batches: list[Batch], before: int) -> None:
        """Make an update with each of several mini-batches, as Lightning does in as many steps.

        Args:
            batches: the mini-batches.
            before: the epoch's updates before these.
        """
        optimiser: Any = self.optimizers()
        direct, first = can_bypass_hooks(self), self.global_step
        for k, batch in enumerate(batches):
            if first + k == self.trainer.max_steps:
                break
            optimiser.zero_grad()
            divisors = self.labels and self.labels.divisors(self, batch[1], 0, 1)
            J = self.step("train", batch, first + k, divisors=divisors)
            if direct:  # Lightning's own way to these takes as long as a small network
                J.backward()
                optimiser.optimizer.step()
                count_update(self)
            else:
                self.manual_backward(J)
                optimiser.step()
            update_schedules(self, "step", before + k + 1)
        if self.trainer.is_last_batch:
            update_schedules(self, "epoch", self.current_epoch + 1)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Count a validation batch."""
        self.step("val", batch)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Count a test batch."""
        self.step("test", batch)

    def predict_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return A[L], batch first; where there are labels, count the predictions as well."""
        x, y, *_ = batch
        outputs = self.network(x)
        if y.shape[1:] != (0,) and len(x):
            cost = torch_costs.mean_loss(self.network.spec, outputs, y)
            self.count_cost("predict", self.cost_to_count(cost, outputs, y), outputs, y)
        return self.network.output(outputs)

    def batches_accumulated(self, batch_idx: int) -> int:
        """Return how many batches an update has gradients of: an epoch's last may have fewer."""
        k = self.trainer.accumulate_grad_batches
        left = self.trainer.num_training_batches - batch_idx // k * k
        return int(min(k, left))

    def step(
        self,
        stage: str,
        batch: Batch,
        number: int | None = None,
        accumulated: int = 1,
        divisors: Divisors | None = None,
    ) -> Tensor:
        """Return J of one batch, and count it.

        The cost that is logged is without regularisation, whose share depends on the size of a
        batch.

        Args:
            stage: train, val or test.
            batch: x, y and, where examples have weights, w.
            number: of the updates before, in a training.
            accumulated: how many batches the update has gradients of.
            divisors: of an update by a loss that does not count examples.
        """
        x, y, *w = batch
        if not len(x):  # this process's share of a small rest
            return self.network(x).sum()
        costs = self.outputs_and_costs if stage == "train" else outputs_and_costs
        m: Any = len(x) * accumulated * self.trainer.world_size
        of_labels: dict[str, Any] = {}
        if divisors is not None:
            m, of_labels = divisors.m, {"N": divisors.N}
        if number is not None and self.network.random_steps:
            self.network.set_context(self.context_of(number, len(x)), len(x))
        outputs, cost, J = costs(self.network, x, y, m, *w, **of_labels)
        if self.labels is not None:
            cost = self.labels.mean(cost, y, divisors)
        own = self.cost_to_count(cost, outputs, y, *w)
        self.count_cost(stage, own, outputs, y)
        if number is not None:
            self.log_step(own, number)
        return J

    def context_of(self, number: int, m: int) -> Context:
        """Return what random layers draw with: other numbers in each update, part and process.

        Args:
            number: of the updates before.
            m: the examples of this process's batch.
        """
        k = self.trainer.accumulate_grad_batches
        part = self.trainer.fit_loop.total_batch_idx % k * self.trainer.world_size
        examples = np.arange(m) + (part + self.global_rank) * m
        context = self.network.spec.context(m, training=True, seed=self.seed, update=number)
        return context._replace(examples=examples)

    def on_train_start(self) -> None:
        """Take over the schedules that look at a metric."""
        take_over_plateaus(self)

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        """Update a schedule, unless it looks at a metric: `update_plateaus` does that in time."""
        if metric is None:
            scheduler.step()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Record the network."""
        super().on_save_checkpoint(checkpoint)
        checkpoint["network"] = self.network.spec.to_json()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Resume from a checkpoint.

        Raises:
            InputError: the checkpoint is another network's, or another optimiser's.
        """
        trainer = trainer_of(self)
        config = config_beside(getattr(trainer, "ckpt_path", None))
        check_network(checkpoint, self.network.spec, config)
        super().on_load_checkpoint(checkpoint)
        fitting = trainer is not None and trainer.state.fn == "fit"
        if fitting and checkpoint.get("optimizer_states"):
            state, configured = checkpoint["optimizer_states"][0], self.configured()
            torch_optimisers.check_same(state, configured)
            torch_optimisers.take_kernels(state, configured)
            change_rate(checkpoint, self.new_learning_rate)
