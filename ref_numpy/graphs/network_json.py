"""A network's description as text: format 1 for layers one after the other, format 2 for a graph.

{"format": 2, "inputs": {"x": [5]}, "steps": [{"outputs": ["h"], "inputs": ["x"],
 "layer": {"kind": "dense", …}, "parameters": {"W": "h.W", "b": "h.b"}}, …], "loss": …, "lambd": 0}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from ref_numpy.graphs.graph import Graph, Input, WholeNumbers
from ref_numpy.graphs.step import Step
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Layer
from ref_numpy.loss import Loss
from ref_numpy.registry import from_description

FORMAT = 2  # one more with each change that an older reader would misread


def chain_items(layers: Iterable[Layer], loss: Loss, lambd: float) -> dict[str, Any]:
    """Return what describes a chain of layers, which older versions read."""
    return {
        "format": 1,
        "layers": [item_of(layer) for layer in layers],
        "loss": item_of(loss),
        "lambd": lambd,
    }


def graph_items(
    inputs: Mapping[str, Input], steps: Iterable[Step], loss: Loss, lambd: float
) -> dict[str, Any]:
    """Return what describes a graph."""
    return {
        "format": 2,
        "inputs": {name: input_item(shape) for name, shape in inputs.items()},
        "steps": [
            {
                "outputs": list(step.outputs),
                "inputs": list(step.inputs),
                "layer": item_of(step.layer),
                "parameters": dict(step.parameters),
            }
            for step in steps
        ],
        "loss": item_of(loss),
        "lambd": lambd,
    }


def item_of(it: Any) -> dict[str, Any]:
    """Return the kind and the fields of a layer or a loss.

    A field that a kind has had since a later version is left out where it has its default, so that
    earlier versions read it.
    """
    later = {
        f.name
        for f in fields(it)
        if f.name in getattr(it, "later_fields", ()) and getattr(it, f.name) == f.default
    }
    return {"kind": it.kind, **{n: x for n, x in asdict(it).items() if n not in later}}


def input_item(shape: Input) -> Any:
    """Return [n, …], or {"n": …, "shape": …} of whole numbers."""
    return asdict(shape) if isinstance(shape, WholeNumbers) else list(shape)


def read_description(text: str) -> tuple[list[Layer] | Graph, Loss, float]:
    """Return the layers of a chain or the graph that the text describes, the loss, and λ.

    Raises:
        InputError: the text is of a newer format, or describes something else.
        AttributeError, KeyError, TypeError, ValueError, RecursionError: it is something else.
    """
    import json  # here: it takes a tenth of the time of `import ref_numpy`

    data = json.loads(text)
    format = data.get("format", 1)
    if format > FORMAT:
        raise input_error("network.format", format=format, known=FORMAT)
    if format == 2:
        steps: Any = read_graph(data)
    else:
        steps = [from_description(Layer.kinds, "layer", item) for item in data["layers"]]
    return steps, from_description(Loss.kinds, "loss", data["loss"]), data["lambd"]


def read_graph(data: dict[str, Any]) -> Graph:
    """Return the graph of format 2."""
    graph = Graph({name: read_input(item) for name, item in data["inputs"].items()})
    for item in data["steps"]:
        outputs, inputs, parameters = item["outputs"], item["inputs"], item["parameters"]
        name = outputs[0] if len(outputs) == 1 else outputs
        layer = from_description(Layer.kinds, "layer", item["layer"])
        if not (isinstance(outputs, list) and isinstance(inputs, list)):
            raise TypeError("inputs and outputs of a step are lists of names")
        if parameters.keys() != layer.parameter_shapes().keys():
            raise ValueError(f"the parameters of {outputs[0]} are not those of its layer")
        share = {own: full for own, full in parameters.items() if full != f"{outputs[0]}.{own}"}
        graph.add(name, layer, *inputs, share=share)
    return graph


def read_input(item: Any) -> Input:
    """Return the shape that `input_item` wrote."""
    if isinstance(item, dict):
        return WholeNumbers(item["n"], tuple(item["shape"]))
    return tuple(item)
