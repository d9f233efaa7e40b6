"""The files of an export, each written whole or not at all."""

from __future__ import annotations

import io
import json
import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.errors import cause_of
from ref_numpy.layer import Array
from ref_numpy.layers.gelu import Gelu
from ref_numpy.network import NetworkSpec
from ref_numpy.version import __version__
from ref_numpy.weights import write_whole
from torch_impl.data.texts.tokens import takes_tokens
from torch_impl.export.raw_network import RawNetwork, names_of_outputs, sequential_state
from torch_impl.training_messages import input_error

METADATA = "metadata.json"  # in a file of torch.export
FEWEST = 2  # examples of a trace; torch would take a batch of 1 to be of that size always


@dataclass(frozen=True)
class Trained:
    """The contents of a weights file."""

    spec: NetworkSpec
    params: dict[str, Array]
    data: DataSpec

    @property
    def of_tokens(self) -> bool:
        """Whether the network takes whole numbers, such as tokens."""
        return takes_tokens(self.spec)

    def metadata(self) -> dict[str, str]:
        """Return what a program needs to use the outputs, as text by name."""
        facts = {
            "task": self.data.task,
            "names": json.dumps(self.data.names, ensure_ascii=False),
            "network": self.spec.summary,
            "made_by": f"backprop-with-proof {__version__}",
        }
        table: Any = getattr(self.data, "table", None)
        names = getattr(table, "feature_names", None)  # of a table's encoded columns
        return facts | ({"features": json.dumps([*names], ensure_ascii=False)} if names else {})


def write_onnx(trained: Trained, path: Path) -> None:
    """Write the network with its preprocessing as an ONNX file.

    Raises:
        InputError: a package is missing, or torch cannot write the network.
    """
    for package in ("onnx", "onnxscript"):
        try:
            __import__(package)
        except ImportError as error:
            packages = "onnx onnxscript"
            facts = {"format": "onnx", "package": package, "packages": packages}
            raise input_error("export.package", **facts) from error
    has_erf = any(isinstance(step.layer, Gelu) for step in trained.spec.steps)
    if has_erf and any(p.dtype == np.float64 for p in trained.params.values()):
        raise input_error("export.float64-erf")
    model, x = raw_network(trained)

    def convert() -> bytes:
        program = torch.onnx.export(
            model, (x,), dynamo=True, verbose=False, input_names=["x"],
            output_names=[*names_of_outputs(trained.data, trained.spec.loss)],
            dynamic_shapes={"x": {0: torch.export.Dim("m")}},
        )  # fmt: skip
        assert program is not None
        proto = program.model_proto
        del proto.metadata_props[:]
        for name, value in trained.metadata().items():
            proto.metadata_props.add(key=name, value=value)
        return proto.SerializeToString(deterministic=True)

    write_whole(path, quietly(convert, "onnx"))


def write_torch_export(trained: Trained, path: Path) -> None:
    """Write the network with its preprocessing as torch.export.load reads it.

    Raises:
        InputError: torch cannot write the network.
    """
    model, x = raw_network(trained)

    def convert() -> bytes:
        dynamic = {"x": {0: torch.export.Dim("m")}}
        program = torch.export.export(model, (x,), dynamic_shapes=dynamic, strict=False)
        file = io.BytesIO()
        torch.export.save(
            program, file, extra_files={"metadata.json": json.dumps(trained.metadata())}
        )
        return file.getvalue()

    write_whole(path, quietly(convert, "torch.export"))


def write_state_dict(trained: Trained, path: Path) -> None:
    """Write the parameters under the names of a plain nn.Sequential; there is no preprocessing.

    Raises:
        InputError: the network is a graph.
    """
    if not trained.spec.is_chain:
        raise input_error("export.graph", network=trained.spec.summary)
    file = io.BytesIO()
    torch.save(sequential_state(trained.spec, trained.params), file)
    write_whole(path, file.getvalue())


def raw_network(trained: Trained) -> tuple[RawNetwork, torch.Tensor]:
    """Return the network with its preprocessing, and examples to trace it with."""
    model = RawNetwork(trained.spec, trained.params, trained.data)
    dtype = torch.int64 if trained.of_tokens else torch.float64
    return model, torch.zeros(FEWEST, *trained.data.shape, dtype=dtype)


def quietly(convert: Callable[[], bytes], kind: str) -> bytes:
    """Return the file that torch makes, without its notes about itself.

    Raises:
        InputError: torch cannot make it, as for a layer of one's own that it has no name for.
    """
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return convert()
    except MemoryError:
        raise
    except Exception as error:
        facts = {"version": torch.__version__, "format": kind, "error": cause_of(error)}
        raise input_error("export.failed", **facts) from error
    finally:
        logging.disable(before)


@dataclass(frozen=True)
class Format:
    """A format: its writer, and the suffix of its files."""

    write: Callable[[Trained, Path], None]
    suffix: str


FORMATS = {
    "onnx": Format(write_onnx, ".onnx"),
    "torch.export": Format(write_torch_export, ".pt2"),
    "state_dict": Format(write_state_dict, ".pt"),
}


def path_for(out: str | os.PathLike[str] | None, weights: Path, suffix: str) -> Path:
    """Return the file that `--out` names, or model.onnx and so on beside the weights.

    Raises:
        InputError: there can be no such file, or there is one of another kind.
    """
    path = Path(out) if out else weights.with_name(f"model{suffix}")
    if path.is_dir() or not path.parent.is_dir():
        raise input_error("export.out", path=path)
    if path.exists() and path.suffix != suffix:
        raise input_error("export.exists", path=path, suffix=suffix)
    return path
