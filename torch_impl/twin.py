"""The twin of a network's description, its PyTorch counterpart: ordinary, batch-first torch."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from torch import Tensor, nn

from ref_numpy.context import Context
from ref_numpy.graphs.graph import WholeNumbers
from ref_numpy.graphs.step import Step
from ref_numpy.layer import Layer
from ref_numpy.network import NetworkSpec
from torch_impl import own_twins
from torch_impl.training_messages import input_error


def twin(layer: Layer, positions: int = 0) -> nn.Module:
    """Return the layer's twin; parameters and buffers are the layer's and its state's, in order.

    Args:
        layer: the layer.
        positions: how many axes of positions its input has, for kinds whose twin is another class
            then: their modules say so as `BY_POSITIONS = True`.

    Raises:
        InputError: a user's own layer without a twin, or with one that has other parameters or
            buffers.
    """
    name = type(layer).__name__
    if layer.built_in:
        of_kind = module_of_kind(layer)
        of_rank = (positions,) if getattr(of_kind, "BY_POSITIONS", False) else ()
        module = of_kind.twin(layer, *of_rank)
    elif layer.kind in own_twins.LAYERS:
        module = own_twins.LAYERS[layer.kind](layer)
    else:
        raise input_error("layer.no-twin", name=name)
    sizes, shapes = [p.numel() for p in module.parameters()], layer.parameter_shapes()
    if sizes != [math.prod(shape) for shape in shapes.values()]:
        kind = type(module).__name__
        raise input_error("layer.other-twin", name=name, module=kind, sizes=sizes, shapes=shapes)
    if shapes := layer.state_shapes():
        sizes = [buffer.numel() for buffer in state_in(module)]
        if sizes != [math.prod(shape) for shape in shapes.values()]:
            kind = type(module).__name__
            raise input_error(
                "layer.other-state", name=name, module=kind, sizes=sizes, shapes=shapes
            )
    return module


def module_of_kind(layer: Layer) -> ModuleType:
    """Return the module of a built-in kind's twin: where the kind has its own in `ref_numpy`."""
    return import_module(type(layer).__module__.replace("ref_numpy", "torch_impl", 1))


def twin_of(step: Step) -> nn.Module:
    """Return the twin of a step's layer, for the positions that its first input has."""
    of = step.input_shapes[0]
    return twin(step.layer, len(of.shape if isinstance(of, WholeNumbers) else of[1:]))


def state_in(module: nn.Module) -> list[Tensor]:
    """Return the buffers that are a layer's state: those of floats, which counters are not."""
    return [buffer for buffer in module.buffers() if buffer.is_floating_point()]


def transposed(layer: Layer) -> tuple[str, ...]:
    """Return those of the layer's own parameters that its twin holds transposed.

    A twin's module says so as `TRANSPOSED = ("E",)`, a user's own in `register`.
    """
    if layer.built_in:
        return getattr(module_of_kind(layer), "TRANSPOSED", ())
    return own_twins.TRANSPOSED.get(layer.kind, ())


def acts_on_last_axis(layer: Layer) -> bool:
    """Return whether the twin of a built-in layer takes the last axis for the features.

    Its module says so as `FEATURES_LAST = True`.
    """
    return getattr(module_of_kind(layer), "FEATURES_LAST", False)


def check_rank(step: Step) -> None:
    """Check that the twin of a built-in layer acts on the axis of the features.

    Torch has that of (m, T, n) last, and that of images, (m, n_C, H, W), first.

    Raises:
        InputError: the step has inputs of two axes of positions or more, and acts on features.
    """
    ranks = [len(getattr(s, "shape", s)) for s in (*step.input_shapes, *step.output_shapes)]
    if step.layer.built_in and max(ranks) > 2 and acts_on_last_axis(step.layer):
        raise input_error("graph.two-positions", step=step.output, kind=step.layer.kind)


def module_name(step: str) -> str:
    """Return the key in `Network.layers` of a step, by its name: "h.0.attn" → "h/0/attn".

    Torch's names have no dots, and names of ModuleDict's own, such as "values", are taken: those
    end in a "/". No two steps have the same key, since no tensor's name has a "/".
    """
    name = step.replace(".", "/")
    return f"{name}/" if hasattr(nn.ModuleDict(), name) else name


class Network(nn.Module):
    """(m, n_x) in; out the logits (m, n_y), or A[L] under squared error: the input of the loss.

    Each sub-module of `layers` has the canonical name of its result: Z1, A1, Z2, …; in a graph as
    `module_name` writes it. A parameter that several steps share is one nn.Parameter of each.

    Args:
        spec: the network's description.

    Raises:
        InputError: a user's own layer without a twin; two steps share a parameter that only one of
            their twins holds transposed; or a layer that acts on the features has two axes of
            positions.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        for step in spec.steps:
            check_rank(step)
        layers = OrderedDict((module_name(step.output), twin_of(step)) for step in spec.steps)
        from_logits = spec.loss_reads != spec.output
        self.output = layers.pop(module_name(spec.output)) if from_logits else nn.Identity()
        self.layers = nn.ModuleDict(layers)
        self.is_chain = spec.is_chain
        self.random_steps = [step for step in spec.steps if step.layer.is_random]
        self.steps = [
            (module_name(step.output), step.inputs, step.outputs)
            for step in (spec.steps[:-1] if from_logits else spec.steps)
        ]
        self.transposed = transposed_parameters(spec)
        self.share_parameters()

    def forward(self, x: Tensor, *more: Tensor) -> Tensor:
        """Return the logits (m, n_y), or A[L] under squared error.

        Args:
            x: the first input.
            more: the other inputs, in the order of `spec.inputs`.
        """
        if self.is_chain:
            for layer in self.layers.values():
                x = layer(x)
            return x
        A = dict(zip(self.spec.inputs, (x, *more), strict=True))
        for name, inputs, outputs in self.steps:
            results = self.layers[name](*[A[n] for n in inputs])
            A.update(zip(outputs, results if len(outputs) > 1 else (results,), strict=True))
        return A[self.spec.loss_reads]

    def predict(self, *inputs: Tensor) -> Tensor:
        """Return A[L], (m, n_y): the probabilities, or the values under squared error."""
        return self.output(self(*inputs))

    def set_context(self, context: Context, m: int) -> None:
        """Train or evaluate as the context says, and give random layers what they draw with.

        The module of such a layer has a method `take_context`, which is given the context, with the
        step's name in it, and the reference's shape of each input, (n, m, …). From these it takes
        the reference's random numbers for the next forward pass.

        Args:
            context: of the run.
            m: the number of examples.

        Raises:
            InputError: the module of a random layer has no such method.
        """
        self.train(context.training)
        for step in self.random_steps:
            module = self.module_of(step)
            if not hasattr(module, "take_context"):
                raise input_error("twin.no-context", name=type(step.layer).__name__)
            shapes = self.spec.trace_shapes(m)
            module.take_context(  # pyright: ignore[reportCallIssue]
                context._replace(step=step.output), *(shapes[name] for name in step.inputs)
            )

    def module_of(self, step: Step) -> nn.Module:
        """Return the twin of the step's layer."""
        if step.output == self.spec.output != self.spec.loss_reads:
            return self.output
        return self.layers[module_name(step.output)]

    def named_parameters_of(self, step: Step) -> Iterator[tuple[str, nn.Parameter]]:
        """Yield (canonical name, torch parameter) of each of the step's parameters."""
        of_torch = self.module_of(step).named_parameters(remove_duplicate=False)
        for name, (_, parameter) in zip(step.parameters.values(), of_torch, strict=True):
            yield name, parameter

    def named_state_of(self, step: Step) -> Iterator[tuple[str, Tensor]]:
        """Yield (canonical name, torch buffer) of each tensor of the step's state."""
        if step.state:
            yield from zip(step.state.values(), state_in(self.module_of(step)), strict=True)

    def share_parameters(self) -> None:
        """Make each parameter that several steps have one: b.weight = a.weight."""
        first: dict[str, nn.Parameter] = {}
        for step in self.spec.steps:
            module = self.module_of(step)
            names = [name for name, _ in module.named_parameters()]
            for full, name in zip(step.parameters.values(), names, strict=True):
                owner, _, own = name.rpartition(".")
                parameter = module.get_parameter(name)
                if first.setdefault(full, parameter) is not parameter:
                    setattr(module.get_submodule(owner), own, first[full])


def transposed_parameters(spec: NetworkSpec) -> frozenset[str]:
    """Return the canonical names of the parameters that torch holds transposed.

    Raises:
        InputError: two steps share a parameter that only one of them holds transposed.
    """
    ways: dict[str, bool] = {}
    for step in spec.steps:
        own_names = transposed(step.layer)
        for own, full in step.parameters.items():
            if ways.setdefault(full, own in own_names) != (own in own_names):
                raise input_error("twin.shared-transposed", name=full, step=step.output)
    return frozenset(full for full, is_transposed in ways.items() if is_transposed)
