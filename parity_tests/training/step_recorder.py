"""The tensors that a training step really computed, recorded while it ran.

Hooks record each layer's result and add a zero to it, whose gradient is the result's: −0, since
x + (−0) is x for every x, with its sign. Everything after it is as it would have been.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from parity_tests.training.random_numbers import FACTS, facts_of
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.arrays.axes import examples_axis
from ref_numpy.graphs.step import next_name
from torch_impl import conventions, torch_costs
from torch_impl.compiled_step import CUDA_GRAPHS
from torch_impl.data.batches import Batch
from torch_impl.lightning.label_counts import Divisors
from torch_impl.tracing import hooked
from torch_impl.twin import Network

Arrays = dict[str, Array]
REAL = "real J"  # the training step's own, where the rest is a replay's


class Recording:
    """One micro-batch of one process: x, its layers' results, J, and the results' gradients.

    Args:
        network: the network.
        batch: x, y and, where examples have weights, w.
        timed: within it, seconds count as the monitor's.
        context: of the step, if the network has layers that draw random numbers, or state.

    Attributes:
        state: the network's before the forward pass, and after it under other names.
        scale: the factor of J before its gradient was taken.
        gradients: the parameters', where they are of this recording alone.
        divisors: of the losses and of λ, where the loss does not count examples.
    """

    def __init__(
        self,
        network: Network,
        batch: Batch,
        timed: Callable[[], AbstractContextManager[None]] = nullcontext,
        context: Context | None = None,
    ) -> None:
        self.network, self.batch, self.timed = network, batch, timed
        self.context = context if network.spec.acts_in_training else None
        self.x, self.y, *self.w = batch
        self.results: dict[str, Tensor] = {}
        self.zeros: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}
        self.state: Arrays = {}
        self.J, self.scale = torch.tensor(math.nan), 1.0
        self.divisors: Divisors | None = None
        self.hooks = ExitStack()

    def begin(self) -> None:
        """Record the layers' results, until the end."""
        network = self.network
        self.state = conventions.get_state(network)

        def input_of(module: Any, inputs: tuple[Tensor, ...]) -> None:
            self.results[network.spec.input] = inputs[0].detach()

        self.hooks.callback(network.register_forward_pre_hook(input_of).remove)
        self.hooks.enter_context(hooked(network, self.keep))

    def keep(self, name: str, output: Tensor) -> Tensor:
        """Record one layer's result, and return it with a zero added."""
        with self.timed():
            self.results[name] = output.detach()
            if name == self.network.spec.loss_reads:  # where it is Z, A follows from it
                self.results[self.network.spec.output] = self.network.output(output.detach())
            self.zeros[name] = torch.full_like(output, -0.0, requires_grad=True)
            return output + self.zeros[name]

    def end(self, J: Tensor, scale: float) -> None:
        """Remove the hooks.

        Args:
            J: the cost, scaled.
            scale: its factor.
        """
        after = conventions.get_state(self.network)
        self.state |= {next_name(name): x for name, x in after.items()}
        self.J, self.scale = J.detach(), scale
        self.hooks.close()

    def arrays(self) -> Arrays:
        """Return everything at float64, in the reference's names and shapes, with X and Y."""
        spec, by = self.network.spec, self.scale
        tensors = {name: from_batch(t) for name, t in self.results.items()}
        tensors |= {
            "X": from_batch(self.x),
            "Y": conventions.from_targets(spec, self.y),
        }
        if not spec.loss.whole_labels:
            tensors["Y"] = tensors["Y"].astype(np.float64, copy=False)
        if self.w:
            tensors["w"] = conventions.from_weights(to_float64(*self.w))
        if self.context is not None:
            tensors |= facts_of(self.context, len(self.x))
        tensors["J"] = conventions.array(to_float64(self.J)) / by
        for name, zero in self.zeros.items():
            if zero.grad is not None:
                gradient = to_float64(zero.grad)
                d = conventions.from_batch_gradient(gradient, spec.per_example)
                tensors[f"d{name}"] = d / by
        for name, gradient in self.gradients.items():
            d = conventions.from_parameter(self.network, name, to_float64(gradient))
            tensors[f"d{name}"] = d / by
        tensors |= self.state
        return {
            name: x if name in FACTS or is_whole(x) else x.astype(np.float64, copy=False)
            for name, x in tensors.items()
        }


def to_float64(tensor: Tensor) -> Tensor:
    """Return a copy on the CPU: not every device has float64."""
    return tensor.detach().cpu().double()


def from_batch(tensor: Tensor) -> Array:
    """Return a batch in the reference's form, at float64; whole numbers as they are."""
    exact = to_float64(tensor) if tensor.is_floating_point() else tensor
    return conventions.from_batch(exact)


def is_whole(x: Array) -> bool:
    """Return whether x holds whole numbers, whose examples are axis 0."""
    return x.dtype.kind in "iu"


class Replay:
    """The layers and J as one graph of torch.compile that returns each layer's result as well.

    A graph that is compiled already takes no notice of hooks.

    Args:
        network: the network.
        backend: torch.compile's.
    """

    def __init__(self, network: Network, backend: str) -> None:
        def through(
            x: Tensor, y: Tensor, zeros: dict[str, Tensor], m: Any, N: Any, *w: Tensor
        ) -> tuple[dict[str, Tensor], Tensor]:
            results: dict[str, Tensor] = {}

            def keep(name: str, result: Tensor) -> Tensor:
                results[name] = result
                return result + zeros[name]

            outputs = run_steps(network, x, keep)
            cost = torch_costs.mean_loss(network.spec, outputs, y, w[0] if w else None, N)
            return results, cost if m is None else torch_costs.regularised(network, cost, m)

        self.network = network
        backend = "inductor" if backend == CUDA_GRAPHS else backend
        self.through = torch.compile(through, backend=backend, fullgraph=True, dynamic=False)

    def arrays(
        self, of: Recording, m: int, scale: float, context: AbstractContextManager[None]
    ) -> Arrays:
        """Return the graph's tensors for a recording's batch; under REAL the recording's own J.

        Args:
            of: the recording.
            m: the examples of the update, as λ/m has it, where the loss counts examples.
            scale: of the gradients.
            context: the forward's, of mixed precision.
        """
        network = self.network
        divisors: Any = (m, None) if of.divisors is None else (of.divisors.m, of.divisors.N)
        again = Recording(network, of.batch, context=of.context)
        if of.context is not None:  # another part's has been drawn since
            network.set_context(of.context, len(of.x))
        with torch.enable_grad(), context:
            again.zeros = self.zeros(of.x)
            results, J = self.through(of.x, of.y, again.zeros, *divisors, *of.w)
            J = scale * J
        parameters = dict(conventions.named_parameters(network))
        leaves = {**again.zeros, **parameters}
        gradients = dict(zip(leaves, torch.autograd.grad(J, [*leaves.values()]), strict=True))
        for name, zero in again.zeros.items():
            zero.grad = gradients[name]
        again.gradients = {name: gradients[name] for name in parameters}
        again.results |= {network.spec.input: of.x, **results}
        again.end(J, scale)
        return {**again.arrays(), REAL: of.arrays()["J"]}

    def zeros(self, x: Tensor) -> dict[str, Tensor]:
        """Return a −0 of each result's shape and dtype."""
        zeros: dict[str, Tensor] = {}

        def keep(name: str, result: Tensor) -> Tensor:
            zeros[name] = torch.full_like(result, -0.0)
            return result

        with torch.no_grad():
            run_steps(self.network, x, keep)
        return {name: zero.requires_grad_() for name, zero in zeros.items()}


def run_steps(network: Network, x: Tensor, keep: Callable[[str, Tensor], Tensor]) -> Tensor:
    """Return the input of the loss, each result of a step being replaced by keep(name, result)."""
    A = {network.spec.input: x}
    for key, inputs, outputs in network.steps:
        results = network.layers[key](*[A[name] for name in inputs])
        for name, result in zip(outputs, results if len(outputs) > 1 else (results,), strict=True):
            A[name] = keep(name, result)
    return A[network.spec.loss_reads]


def averaged_names(spec: NetworkSpec) -> set[str]:
    """Return the names of the tensors that a batch has as the mean of its parts': J, dW and db."""
    return {"J", REAL, *(f"d{name}" for name in spec.parameter_shapes)}


def join_parts(parts: Iterable[Mapping[str, Array]], spec: NetworkSpec) -> Arrays:
    """Join all parts to one batch: their examples side by side; of J, dW and db, the mean.

    In a graph the other gradients are of J too, whose mean has a share of each part's.
    """
    parts, means = list(parts), averaged_names(spec)
    if len(parts) == 1:
        return dict(parts[0])
    of_J = () if spec.per_example else {f"d{n}" for n in spec.trace_shapes(1)} - means
    joined = {
        name: np.mean([part[name] for part in parts], axis=0)
        if name in means
        else np.concatenate([part[name] for part in parts], axis=axis_of(name, parts[0][name]))
        for name in parts[0]
    }
    return {name: x / len(parts) if name in of_J else x for name, x in joined.items()}


def axis_of(name: str, x: Array) -> int:
    """Return the axis of a recorded tensor's examples."""
    return 1 if name in FACTS else examples_axis(x)


def multiplied(arrays: Mapping[str, Array], spec: NetworkSpec, factor: float) -> Arrays:
    """Return a part's tensors with its cost and its gradients multiplied by a factor."""
    of_J = {"J", REAL, *(f"d{name}" for name in spec.differentiated)}
    return {name: factor * x if name in of_J else x for name, x in arrays.items()}


def gather(parts: list[Arrays]) -> list[list[Arrays]]:
    """Return the recordings of every process, in process 0; nothing in the others."""
    if not (dist.is_available() and dist.is_initialized()):
        return [parts]
    each: list[Any] | None = [None] * dist.get_world_size() if dist.get_rank() == 0 else None
    dist.gather_object(parts, each)
    return each or []
