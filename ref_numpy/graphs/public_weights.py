"""Weights of GPT-2 and Llama under their public names, as checkpoints in safetensors have them.

spec = gpt(vocabulary=50257, T=1024, width=768, heads=12, layers=12)
params = load_public("gpt2/model.safetensors", spec)
save_public("mine.safetensors", spec, params)

| here | in the checkpoint |
|---|---|
| `h.0.attn.c_attn.W`, (3 n, n) | `h.0.attn.c_attn.weight`, (n, 3 n): GPT-2's `Conv1D` |
| `layers.0.mlp.up_proj.W`, (hidden, n) | `layers.0.mlp.up_proj.weight`, the same: `nn.Linear` |
| `wte.E`, (n, V), and `wpe.P`, (n, T) | `wte.weight`, (V, n), and `wpe.weight`, (T, n) |
| `ln_f.gamma` and `ln_f.beta`, (n, 1) | `ln_f.weight` and `ln_f.bias`, (n,) |
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from ref_numpy.arrays.axes import Shape
from ref_numpy.input_messages import input_error
from ref_numpy.inputs import check_params, dtype_of
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from ref_numpy.weights import in_order, read_tensors, write_whole

# The parameters' own names, and torch's.
OWN = {
    "W": "weight", "b": "bias", "gamma": "weight", "beta": "bias", "E": "weight", "P": "weight",
}  # fmt: skip
PREFIXES = ("transformer.", "model.")  # before which the names of a whole model stand
HEAD = "lm_head.weight"  # of a tied output: the embedding a second time
# Constants of older files: masks of GPT-2, speeds of Llama's positions.
CONSTANTS = (".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq")


class PublicName(NamedTuple):
    """The name of a parameter in a checkpoint.

    Attributes:
        name: there.
        is_transposed: whether it is transposed there.
        is_vector: whether it is (n,) there, and (n, 1) here.
    """

    name: str
    is_transposed: bool
    is_vector: bool

    def shape(self, own: Shape) -> Shape:
        """Return the shape there of a parameter whose shape here is given."""
        return own[:1] if self.is_vector else own[::-1] if self.is_transposed else own


def public_names(parameters: Iterable[str]) -> dict[str, PublicName]:
    """Return the public name of each parameter of a `gpt` or a `llama`.

    Args:
        parameters: their canonical names.

    Raises:
        InputError: one is of another network.
    """
    names = [*parameters]
    in_out = any(name.endswith(".attn.c_attn.W") for name in names)  # GPT-2's dense layers
    found = {}
    for name in names:
        step, _, own = name.rpartition(".")
        if own not in OWN or not step:
            raise input_error("public-weights.network", name=name)
        is_transposed = own in ("E", "P") or (own == "W" and in_out)
        is_vector = own in ("b", "gamma", "beta")
        found[name] = PublicName(f"{step}.{OWN[own]}", is_transposed, is_vector)
    return found


def from_public(
    spec: NetworkSpec, tensors: Mapping[str, Array], path: str | os.PathLike[str] = "the checkpoint"
) -> dict[str, Array]:
    """Return the parameters of a network from those of a checkpoint.

    Args:
        spec: the network, of `gpt` or `llama`.
        tensors: by their public names, with or without "transformer." or "model." before them.
        path: of the checkpoint, for messages.

    Raises:
        InputError: a parameter is missing or has another shape, or the network lacks one.
    """
    names, shapes = public_names(spec.parameter_shapes), spec.parameter_shapes
    given = {without_prefix(name): x for name, x in tensors.items() if not name.endswith(CONSTANTS)}
    params = {}
    for own, public in names.items():
        expected = public.shape(shapes[own])
        if public.name not in given:
            raise input_error(
                "public-weights.missing", path=path, name=public.name, shape=expected,
                network=spec.summary,
            )  # fmt: skip
        tensor = given.pop(public.name)
        if tensor.shape != expected:
            raise input_error(
                "public-weights.shape", path=path, name=public.name, shape=tensor.shape,
                expected=expected, network=spec.summary,
            )  # fmt: skip
        own_way = tensor.T if public.is_transposed else tensor
        params[own] = np.ascontiguousarray(own_way).reshape(shapes[own])
    head = given.pop(HEAD, None)
    tied = next((x for name, x in params.items() if name.endswith(".E")), None)
    if head is not None and (tied is None or not np.array_equal(head, tied.T)):
        raise input_error("public-weights.untied", path=path, name=HEAD)
    if given:
        raise input_error(
            "public-weights.others", path=path, names=", ".join(given), network=spec.summary
        )
    check_params(spec, params)
    return params


def to_public(spec: NetworkSpec, params: Mapping[str, Array]) -> dict[str, Array]:
    """Return parameters as a checkpoint has them, without a prefix.

    Args:
        spec: the network, of `gpt` or `llama`.
        params: by their canonical names.

    Raises:
        InputError: the network is another, or the parameters do not fit it.
    """
    names = public_names(spec.parameter_shapes)
    check_params(spec, params)
    result = {}
    for own, public in names.items():
        theirs = params[own].T if public.is_transposed else params[own]
        shape = public.shape(params[own].shape)
        result[public.name] = np.ascontiguousarray(theirs).reshape(shape)
    return result


def without_prefix(name: str) -> str:
    """Return the name without "transformer." or "model."."""
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def load_public(path: str | os.PathLike[str], spec: NetworkSpec) -> dict[str, Array]:
    """Read a checkpoint with public names: one file in safetensors, of floats of one dtype.

    bfloat16 becomes float32, with the same values.

    Args:
        path: the file.
        spec: the network of the checkpoint's sizes, of `gpt` or `llama`.

    Raises:
        InputError: the file cannot be read, or does not fit the network.
    """
    _, tensors = read_tensors(path)
    return from_public(spec, tensors, path)


def save_public(
    path: str | os.PathLike[str], spec: NetworkSpec, params: Mapping[str, Array]
) -> None:
    """Write a checkpoint with public names, whole or not at all.

    Args:
        path: the file.
        spec: the network, of `gpt` or `llama`.
        params: its parameters, of float16, float32 or float64.

    Raises:
        InputError: the network is another, the parameters do not fit it, or the file cannot be
            written.
    """
    from safetensors.numpy import save as to_bytes

    if dtype_of(params) not in (np.float16, np.float32, np.float64):
        raise input_error("weights-file.dtype", dtype=dtype_of(params))
    file = to_bytes(to_public(spec, params), metadata={"format": "pt"})  # as torch's files say
    write_whole(path, in_order(file))
