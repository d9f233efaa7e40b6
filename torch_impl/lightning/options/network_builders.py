"""A network by its builder's name: `--model.network lenet --model.network_options.pool max`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ref_numpy.graphs.gpt import gpt
from ref_numpy.graphs.lenet import lenet
from ref_numpy.graphs.resnet import resnet
from ref_numpy.network import NetworkSpec
from torch_impl.training_messages import input_error

# Each takes what the data decide by the names of its parameters: see `built_network`.
BUILDERS: dict[str, Callable[..., NetworkSpec]] = {"gpt": gpt, "lenet": lenet, "resnet": resnet}


def is_builder(given: str) -> bool:
    """Return whether --model.network names a builder; a file of that name goes before it."""
    return given in BUILDERS and not Path(given).is_file()


def built_network(
    name: str, options: Mapping[str, Any] | None, of_data: Mapping[str, Any]
) -> NetworkSpec:
    """Return the network that a builder makes.

    Args:
        name: of the builder.
        options: its arguments.
        of_data: arguments that the data decide, such as the images' shape; those that the builder
            does not have are left out, and an option of the same name goes before.

    Raises:
        InputError: an option is unknown or missing, or a size does not fit.
    """
    builder, options = BUILDERS[name], dict(options or {})
    parameters = inspect.signature(builder).parameters
    known = {name: x for name, x in of_data.items() if name in parameters and x is not None}
    given = known | options
    if unknown := [option for option in options if option not in parameters]:
        own = ", ".join(option for option in parameters if option not in known)
        given_names = ", ".join(unknown)
        raise input_error("network-options.unknown", options=given_names, builder=name, known=own)
    needed = [option for option, of in parameters.items() if of.default is of.empty]
    if missing := [option for option in needed if option not in given]:
        raise input_error("network-options.missing", builder=name, options=", ".join(missing))
    return builder(**given)


def check_options(network: str | None, options: Mapping[str, Any] | None) -> None:
    """Check that options of a builder are given beside its name alone.

    Raises:
        InputError: they are not.
    """
    if options and (network is None or not is_builder(network)):
        raise input_error(
            "option.no-effect",
            option="--model.network_options",
            where="without the name of a builder",
            instead=f"add --model.network {' or '.join(BUILDERS)}, or leave it out",
        )
