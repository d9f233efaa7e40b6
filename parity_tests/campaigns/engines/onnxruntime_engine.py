"""onnxruntime: the forward pass and the cost as an ONNX graph, examples in rows."""

# pyright: reportMissingImports=false

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from parity_tests.campaigns.engines.example_rows import to_rows, trace_from_rows
from ref_numpy import Array, Elu, Huber, LeakyReLU, NetworkSpec, Step

ACTIVATIONS = {
    "identity": "Identity",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "Relu",
    "leaky_relu": "PRelu",  # LeakyRelu's alpha is a float32, at float64 too
    "softmax": "Softmax",
}

# Operator, inputs and output of each node; "z" is the input, and "a" the output of the last. Erf
# takes no float64, so that there GELU fails, which the campaign lists.
COMPOSED = {
    "silu": (("Sigmoid", "z", "s"), ("Mul", "z s", "a")),
    "softplus": (
        ("Relu", "z", "p"), ("Abs", "z", "b"), ("Neg", "b", "n"), ("Exp", "n", "t"),
        ("Add", "one t", "u"), ("Log", "u", "l"), ("Add", "p l", "a"),
    ),
    "elu": (
        ("Min", "z zero", "n"), ("Exp", "n", "t"), ("Sub", "t one", "e"), ("Mul", "alpha e", "f"),
        ("Relu", "z", "p"), ("Add", "p f", "a"),
    ),
    "gelu": (
        ("Div", "z root_2", "q"), ("Erf", "q", "e"), ("Add", "one e", "f"), ("Mul", "z f", "g"),
        ("Mul", "half g", "a"),
    ),
    "gelu_tanh": (
        ("Mul", "z z", "s"), ("Mul", "s z", "c"), ("Mul", "cubic c", "d"), ("Add", "z d", "v"),
        ("Mul", "factor v", "w"), ("Tanh", "w", "t"), ("Add", "one t", "f"), ("Mul", "z f", "g"),
        ("Mul", "half g", "a"),
    ),
}  # fmt: skip
CONSTANTS = {
    "zero": 0, "one": 1, "half": 0.5, "root_2": math.sqrt(2), "factor": math.sqrt(2 / math.pi),
    "cubic": 0.044715,
}  # fmt: skip

OPSET, IR_VERSION = 18, 9


def run(
    spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array, precision: str
) -> dict[str, Array]:
    """Return the forward half of the trace."""
    theta, x, y = to_rows(params, X, Y)
    names = [step.output for step in spec.steps]
    given = {**theta, "A0": x, "y": y}
    *results, J = session(spec, len(x), precision).run([*names, "J"], given)
    return trace_from_rows({"A0": x, **dict(zip(names, results, strict=True))}, J, {}, {})


@lru_cache(maxsize=1)
def session(spec: NetworkSpec, m: int, precision: str) -> onnxruntime.InferenceSession:
    """Return a session that computes Z1, A1, …, J."""
    dtype = helper.np_dtype_to_tensor_dtype(np.dtype(precision))
    shapes = spec.trace_shapes(m)
    b = {name: (shape[0],) for name, shape in spec.parameter_shapes.items() if name[0] == "b"}
    inputs = {**spec.parameter_shapes, **b, "A0": shapes["A0"][::-1], "y": (m, *spec.output_shape)}
    outputs = {step.output: shapes[step.output][::-1] for step in spec.steps} | {"J": ()}

    def values(shapes: Mapping[str, Any]) -> list[Any]:
        return [helper.make_tensor_value_info(n, dtype, shape) for n, shape in shapes.items()]

    constants = CONSTANTS | {"L2": spec.lambd / (2 * m)}
    if isinstance(spec.loss, Huber):
        constants["delta"] = spec.loss.delta
    for step in spec.steps:
        if isinstance(step.layer, LeakyReLU):
            constants[f"slope_{step.output}"] = step.layer.slope
        if isinstance(step.layer, Elu):
            constants[f"alpha_{step.output}"] = step.layer.alpha
    initialisers = [
        helper.make_tensor(name, dtype, (), np.array([x], precision).tobytes(), raw=True)
        for name, x in constants.items()
    ] + [helper.make_tensor("axis", TensorProto.INT64, (1,), [1])]
    graph = helper.make_graph(
        [*layers(spec), *cost(spec), *mean_and_penalty(spec)],
        "network",
        values(inputs),
        values(outputs),
        initialisers,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors: not a note on each constant that is not used
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def layers(spec: NetworkSpec) -> Iterator[Any]:
    """Yield the nodes of the layers."""
    for step in spec.steps:
        if step.parameters:
            W, b = f"W{step.number}", f"b{step.number}"
            yield helper.make_node("Gemm", [step.input, W, b], [step.output], transB=1)
        elif step.layer.kind in COMPOSED:
            yield from composed(step)
        else:
            kind = ACTIVATIONS[step.layer.kind]
            inputs = [step.input, f"slope_{step.output}"] if kind == "PRelu" else [step.input]
            attributes: dict[str, Any] = {"axis": 1} if kind == "Softmax" else {}
            yield helper.make_node(kind, inputs, [step.output], **attributes)


def composed(step: Step) -> Iterator[Any]:
    """Yield the nodes of an activation that is no single operator."""
    names = {"z": step.input, "a": step.output} | {name: name for name in CONSTANTS}
    for operator, inputs, output in COMPOSED[step.layer.kind]:
        given = [names.get(name, f"{name}_{step.output}") for name in inputs.split()]
        yield helper.make_node(operator, given, [names.get(output, f"{output}_{step.output}")])


def cost(spec: NetworkSpec) -> Iterator[Any]:
    """Yield the nodes of the loss of each example, from the logits or from A[L]."""
    node = helper.make_node
    z = spec.loss_reads
    if spec.loss.kind == "binary_cross_entropy":
        # max(z, 0) − y z + log(1 + e^−|z|): Softplus of 800 is infinite at float64.
        yield node("Relu", [z], ["positive"])
        yield node("Mul", ["y", z], ["yz"])
        yield node("Sub", ["positive", "yz"], ["linear"])
        yield node("Abs", [z], ["abs"])
        yield node("Neg", ["abs"], ["negative"])
        yield node("Exp", ["negative"], ["t"])
        yield node("Add", ["one", "t"], ["1 + t"])
        yield node("Log", ["1 + t"], ["log"])
        yield node("Add", ["linear", "log"], ["each"])
        yield node("ReduceSum", ["each", "axis"], ["loss"], keepdims=0)
    elif spec.loss.kind == "cross_entropy":
        yield node("LogSoftmax", [z], ["log_a"], axis=1)
        yield node("Mul", ["y", "log_a"], ["each"])
        yield node("ReduceSum", ["each", "axis"], ["sum"], keepdims=0)
        yield node("Neg", ["sum"], ["loss"])
    elif spec.loss.kind == "hinge":
        yield node("Add", ["y", "y"], ["2 y"])
        yield node("Sub", ["2 y", "one"], ["s"])
        yield node("Mul", ["s", z], ["s a"])
        yield node("Sub", ["one", "s a"], ["margin"])
        yield node("Relu", ["margin"], ["each"])
        yield node("ReduceSum", ["each", "axis"], ["loss"], keepdims=0)
    else:
        yield node("Sub", [z, "y"], ["difference"])
        yield from of_difference(spec)


def of_difference(spec: NetworkSpec) -> Iterator[Any]:
    """Yield the nodes of the losses of a − y."""
    node = helper.make_node
    if spec.loss.kind == "squared_error":
        yield node("Mul", ["difference", "difference"], ["each"])
        yield node("ReduceSum", ["each", "axis"], ["sum"], keepdims=0)
        yield node("Mul", ["sum", "half"], ["loss"])
        return
    yield node("Abs", ["difference"], ["size"])
    if spec.loss.kind == "huber":  # c (|r| − ½ c), c = min(|r|, δ)
        yield node("Min", ["size", "delta"], ["c"])
        yield node("Mul", ["c", "half"], ["c/2"])
        yield node("Sub", ["size", "c/2"], ["rest"])
        yield node("Mul", ["c", "rest"], ["each"])
    each = "size" if spec.loss.kind == "absolute_error" else "each"
    yield node("ReduceSum", [each, "axis"], ["loss"], keepdims=0)


def mean_and_penalty(spec: NetworkSpec) -> Iterator[Any]:
    """Yield the nodes of J, from the losses of the examples."""
    node = helper.make_node
    yield node("ReduceMean", ["loss"], ["mean" if spec.lambd else "J"], keepdims=0)
    if spec.lambd:
        for W in spec.weights:
            yield node("ReduceSumSquare", [W], [f"{W}_squares"], keepdims=0)
        yield node("Sum", [f"{W}_squares" for W in spec.weights], ["squares"])
        yield node("Mul", ["squares", "L2"], ["penalty"])
        yield node("Add", ["mean", "penalty"], ["J"])
