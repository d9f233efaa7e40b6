"""`train.py export RUN --to FORMAT`: the network of a run for programs without this package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from ref_numpy import weights as weights_file
from ref_numpy.errors import InputError
from ref_numpy.terminal import printable
from torch_impl.data.texts.tokens import classes_of, takes_tokens
from torch_impl.export.formats import FORMATS, Trained, path_for
from torch_impl.export.raw_network import names_of_outputs, sequential
from torch_impl.results.summary import path_from_here, show_line
from torch_impl.training_messages import input_error

WEIGHTS = "weights.safetensors"


class Parser(argparse.ArgumentParser):
    """Reports an error in one sentence."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        fail(f"{message}; `python train.py export --help` lists the options.")


def fail(message: str) -> NoReturn:
    """Print the sentence, and end with exit code 2."""
    print(f"train.py: error: {printable(message)}", file=sys.stderr)
    sys.exit(2)


def export(run: Path, kind: str, out: str | None = None) -> Path:
    """Write the network of a run in another format, and return the file.

    Args:
        run: the run's folder, or its weights.safetensors, which holds all that is needed.
        kind: one of FORMATS.
        out: the file; None means one beside the weights.

    Raises:
        InputError: there are no weights, or the file cannot be made.
    """
    weights = weights_of(run)
    trained = load(weights)
    path = path_for(out, weights, FORMATS[kind].suffix)
    FORMATS[kind].write(trained, path)
    return path


def load(weights: Path) -> Trained:
    """Read a weights file."""
    spec, params = weights_file.load(weights)
    data = classes_of(spec) if takes_tokens(spec) else weights_file.load_data_spec(weights)
    return Trained(spec, params, data)


def weights_of(run: Path) -> Path:
    """Return the weights file that a run's folder holds, or that was named.

    Raises:
        InputError: there is none.
    """
    if run.is_dir():
        if not (run / WEIGHTS).is_file():
            raise input_error("export.no-weights", path=run)
        return run / WEIGHTS
    if run.suffix == ".safetensors":
        return run
    raise input_error("export.run", path=run)


def main(args: Sequence[str]) -> Path:
    """Run the command with these words; an error is one sentence, with exit code 2.

    Returns:
        The file.
    """
    parser = Parser(
        prog="train.py export", description=__doc__, allow_abbrev=False,
        epilog="onnx and torch.export hold the preprocessing too, and the names of the classes in "
        "their metadata; state_dict holds the parameters of a plain nn.Sequential.",
    )  # fmt: skip
    parser.add_argument("run", metavar="RUN", help="a run's folder, or its weights.safetensors")
    parser.add_argument("--to", required=True, choices=[*FORMATS], help="the format of the file")
    parser.add_argument("--out", metavar="FILE", help="the file (model.onnx … beside the weights)")
    given = parser.parse_args(args)
    try:
        weights = weights_of(Path(given.run))
        replaced = path_for(given.out, weights, FORMATS[given.to].suffix).exists()
        path = export(weights, given.to, given.out)
        trained = load(weights)
        for name, line in lines(trained, given.to, path, replaced).items():
            show_line(name, line)
        if given.to == "state_dict":
            print("\n" + printable(loading_lines(trained, path)))
    except InputError as error:
        fail(str(error))
    return path


def lines(trained: Trained, kind: str, path: Path, replaced: bool = False) -> dict[str, str]:
    """Return what a person needs to use the file, by names.

    Args:
        trained: the network.
        kind: one of FORMATS.
        path: of the file.
        replaced: whether there was one before.
    """
    data, dtype = trained.data, next(iter(trained.params.values())).dtype
    shown = f"{path_from_here(path)}{', replaced' if replaced else ''}"
    if kind == "state_dict":
        taken = f"X (m, {data.n_x}) {dtype}"
        if data.inputs is not None:
            taken += ", standardised: (x - mu) / sigma, with mu and sigma of weights.safetensors"
        return {kind: shown, "takes": taken, "gives": f"{spec_output(trained)}: {data.summary}"}
    shape = ", ".join(["m", *map(str, data.shape)])
    features = trained.metadata().get("features")
    what = f"the encoded columns, {features}" if features else "raw: the preprocessing is inside"
    dtype, (_, *T) = "float64", trained.spec.output_shape
    at = f"; at each of {T[0]} positions" if T else ""
    if trained.of_tokens:
        numbers: Any = trained.spec.inputs[trained.spec.input]
        dtype, what = "int64", f"whole numbers from 0 to {numbers.n - 1}"
    return {
        kind: shown,
        "takes": f"x ({shape}) {dtype}, {what}",
        "gives": f"{' and '.join(names_of_outputs(data, trained.spec.loss))}: {data.summary}{at}",
    }


def spec_output(trained: Trained) -> str:
    """Return what a plain nn.Sequential computes, in words."""
    if trained.data.task == "regression":
        inverse = trained.data.targets is not None
        return "A, of which the values are A target_sigma + target_mu" if inverse else "values"
    if trained.spec.loss.of_scores:
        return "the score of the second" if trained.data.task == "binary" else "scores"
    return "the probability of the second" if trained.data.task == "binary" else "probabilities"


def loading_lines(trained: Trained, path: Path) -> str:
    """Return three lines of Python that load a state_dict without this package."""
    layers = ", ".join(map(constructor, sequential(trained.spec)))
    file = str(path_from_here(path))
    return (
        "from torch import load, nn\n"
        f"model = nn.Sequential({layers}){'.eval()' if trained.spec.acts_in_training else ''}\n"
        f"model.load_state_dict(load({file!r}, weights_only=True))"
    )


def constructor(layer: object) -> str:
    """Return a layer as Python makes it: "nn.Linear(64, 10)"."""
    text = str(layer).replace("in_features=", "").replace("out_features=", "")
    return f"nn.{text.replace(', bias=True', '')}"
