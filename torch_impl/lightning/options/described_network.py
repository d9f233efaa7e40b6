"""A network from its description: `--model.network FILE`, a chain of layers or a graph."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ref_numpy.errors import InputError
from ref_numpy.graphs.graph import WholeNumbers
from ref_numpy.network import NetworkSpec
from torch_impl.data.tasks import LOSSES, TRAINED_FOR
from torch_impl.lightning.options.network_builders import built_network, is_builder
from torch_impl.training_messages import input_error

TOKENS = "tokens"  # the output of data whose examples are whole numbers


def network_text(given: str) -> str:
    """Return the description in a file; a description itself, or a builder's name, as it is.

    A run's config has the description, so that the run needs the file no more.

    Raises:
        InputError: the file cannot be read.
    """
    if given.lstrip().startswith("{") or is_builder(given):
        return given
    try:
        return Path(given).read_text("utf-8")
    except (OSError, ValueError) as error:  # not text, or no path
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise input_error("network-file.unreadable", path=given, error=reason) from error


def described_network(
    given: str,
    n_x: int,
    n_y: int,
    output: str,
    options: Mapping[str, Any] | None = None,
    of_data: Mapping[str, Any] | None = None,
) -> NetworkSpec:
    """Return the network of a description, which fits the data.

    Args:
        given: the description, the file that holds it, or the name of a builder.
        n_x: the numbers of an example.
        n_y: those of a label.
        output: the activation of the data's task, which says what losses it has; TOKENS where
            examples are whole numbers.
        options: of the builder.
        of_data: what else the data decide, of a builder: the shape of an image, {"image": (n_C, H,
            W)}, or how many different tokens there are, {"vocabulary": n}.

    Raises:
        InputError: the file cannot be read, or its network is for other data.
    """
    try:
        if is_builder(given):
            known = {"T": n_x, "n_y": n_y, **(of_data or {})}
            spec = built_network(given, options, known)
        else:
            spec = NetworkSpec.from_json(network_text(given))
    except InputError as error:
        if error.code.startswith("network-"):
            raise
        raise InputError(f"--model.network: {error}", error.code, error.facts) from error
    if output == TOKENS:
        check_takes_tokens(spec, n_x)
        return spec
    inputs = dict(spec.inputs)
    takes_images = [len(shape) for shape in [*inputs.values()] if isinstance(shape, tuple)] == [3]
    columns = (math.prod(spec.input_shape),) if takes_images else spec.input_shape
    if len(inputs) != 1 or columns != (n_x,) or spec.output_shape != (n_y,):
        raise input_error(
            "network-file.sizes", inputs=inputs, outputs=spec.output_shape, n_x=n_x, n_y=n_y
        )
    kind, expected = spec.loss.kind, LOSSES.get(output, LOSSES["identity"])
    if spec.loss.built_in and kind not in expected:
        words = TRAINED_FOR.get(output, TRAINED_FOR["identity"])
        known = " or ".join(expected)
        raise input_error("network-file.loss", loss=kind, words=words, expected=known)
    return spec


def check_takes_tokens(spec: NetworkSpec, n_x: int) -> None:
    """Check that a network takes examples of whole numbers, and has a loss of such labels.

    Args:
        spec: the network.
        n_x: the whole numbers of an example.

    Raises:
        InputError: it takes others, or has another loss.
    """
    inputs = [*spec.inputs.values()]
    takes = [of for of in inputs if isinstance(of, WholeNumbers) and math.prod(of.shape) == n_x]
    if len(inputs) != 1 or not takes:
        raise input_error("network-file.tokens", inputs=dict(spec.inputs), n_x=n_x)
    if not spec.loss.whole_labels:
        expected = " or ".join(LOSSES[TOKENS])
        facts = {"loss": spec.loss.kind, "words": TRAINED_FOR[TOKENS], "expected": expected}
        raise input_error("network-file.loss", **facts)
