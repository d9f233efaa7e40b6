"""The sentences with which a graph that cannot be used is refused."""

from __future__ import annotations

from ref_numpy.errors import Message

GRAPH_MESSAGES: dict[str, Message] = {
    "pooling.unknown": "unknown {what} {name!r}; expected one of {known}, or a layer.",
    "resnet.widths": (
        "widths is {widths!r}; expected the features of each stage, such as (16, 32, 64)."
    ),
    "graph.no-inputs": 'a graph was given no input; write for example Graph({{"x": (5,)}}).',
    "graph.no-steps": "the graph has no steps; add some before NetworkSpec.from_graph.",
    "graph.input-shape": (
        "the input {name} was given the shape {shape}; expected that of one example, such as "
        "(5,) or (5, 12), or WholeNumbers(n, shape) for tokens."
    ),
    "graph.name": (
        "{name!r} is no name of a tensor; expected letters, digits and _, beginning with a letter, "
        "in parts joined by dots, such as h.0.scores, and not J, the cost."
    ),
    "graph.name-taken": "two tensors would be called {name}; give one of them another name.",
    "graph.unknown-tensor": (
        "the step {step} takes {name!r}, which no earlier step gives; it may take {known}."
    ),
    "graph.step-without-input": "the step {step} takes nothing; name the tensors that it takes.",
    "graph.share": (
        'the step {step} was given share={share!r}; expected a dictionary such as {{"W": "h.0.W"}}.'
    ),
    "graph.no-such-parameter": (
        "the step {name} shares {parameter}, which its layer lacks; its parameters are {own}."
    ),
    "graph.unknown-parameter": (
        "{name} is to be shared, and no earlier step has it; the known parameters are {known}."
    ),
    "graph.shared-shape": (
        "{name} of shape {shape} is to be shared as {own}, whose shape is {expected}; "
        "make the sizes equal."
    ),
    "graph.whole-numbers": (
        "{layer} cannot take {name}: a step takes either whole numbers or floats; an Embedding "
        "turns whole numbers into floats."
    ),
    "graph.number-of-inputs": "{layer} takes {n} tensors (its n_inputs) and was given {names}.",
    "graph.number-of-results": "{layer} has {n} results, which were named {names}.",
    "graph.unused": (
        "{names} is used by no step, so that its gradient would be 0; leave it out, or use it."
    ),
    "inputs.dtype": "{name} is {dtype} but another input is {expected}; give all the same dtype.",
    "inputs.one-array": "the network takes {names}; give a dictionary with an array for each.",
    "inputs.names": "inputs were given for {given}; expected one for each of {names}.",
    "inputs.whole-numbers": (
        "{name} is {given}; expected an array of whole numbers from 0 to {last}."
    ),
    "inputs.out-of-range": "{name} has the number {number}; expected 0 to {last}.",
    "network.steps": (
        "NetworkSpec was given {given} as its first step; of layers one after the other use "
        "NetworkSpec.chain(layers, loss), of a graph NetworkSpec.from_graph(graph, loss)."
    ),
    "public-weights.network": (
        "{name} has no public name; expected the parameters of a network of gpt or llama."
    ),
    "public-weights.missing": (
        "{path} has no {name}, whose shape is {shape} in the network {network}; give the network "
        "the checkpoint's layers and sizes."
    ),
    "public-weights.shape": (
        "{path} has {name} of the shape {shape}; expected {expected} of the network {network}; "
        "give the network the checkpoint's sizes."
    ),
    "public-weights.untied": (
        "{path} has {name}, which is not the embedding; expected a network whose output is tied."
    ),
    "public-weights.others": (
        "{path} has {names}, which the network {network} lacks; give the network the "
        "checkpoint's layers."
    ),
    "whole-numbers.n": (
        "WholeNumbers was given n = {n!r}; expected the number of different ones, from 1 up."
    ),
    "layer.old-interface": (
        "the layer {layer} defines gradients, as layers did up to version 0.3; now "
        "forward(params, context, A_prev) returns (result, kept), and backward(params, cache, dZ) "
        "returns (dA_prev, the gradients of its parameters)."
    ),
}
