"""`train.py generate RUN --prompt TEXT`: a text that a network continues."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NoReturn

import torch

from ref_numpy.errors import InputError
from ref_numpy.terminal import printable
from torch_impl.data.texts.text_file import text_state
from torch_impl.data.texts.vocabularies import vocabulary_from
from torch_impl.generation.sampling import next_tokens
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.restoring import refusing_damaged
from torch_impl.lightning.runs.commands import named_run
from torch_impl.lightning.runs.initial_weights import network_in
from torch_impl.lightning.runs.weights_checkpoint import WEIGHTS
from torch_impl.training_messages import input_error


class GenerateParser(argparse.ArgumentParser):
    """Reports an error in one sentence."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        fail(f"{message}; `python train.py generate --help` lists the options.")


def fail(message: str) -> NoReturn:
    """Print the sentence, and end with exit code 2."""
    print(f"train.py: error: {printable(message)}", file=sys.stderr)
    sys.exit(2)


def generate(
    run: Path,
    prompt: str,
    tokens: int = 200,
    temperature: float = 1.0,
    top: int | None = None,
    seed: int = 0,
) -> str:
    """Return a text that a run's network has continued, on the GPU where there is one.

    On one machine it depends on nothing but these arguments.

    Args:
        run: its folder, or one of its checkpoints; of a folder the best is taken.
        prompt: the beginning of the text.
        tokens: how many the network adds.
        temperature: see `next_tokens`.
        top: likewise.
        seed: likewise.

    Raises:
        InputError: there is no such run, it is of no text, or a value cannot be used.
    """
    check_numbers(tokens, temperature, top)
    if not prompt:
        raise input_error("generate.no-prompt")
    path = named_run(run).network
    if path.suffix == WEIGHTS:
        raise input_error("generate.weights-alone", path=path)
    checkpoint = read(path)
    state = text_state(checkpoint)
    if state is None:
        raise input_error("generate.no-text", path=run)
    with refusing_damaged(path):
        vocabulary, network = vocabulary_from(state["vocabulary"]), network_in(checkpoint)
    numbers = vocabulary.encode(prompt).tolist()
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    numbers += islice(next_tokens(network, numbers, temperature, top, seed), tokens)
    return vocabulary.decode(numbers)


def check_numbers(tokens: int, temperature: float, top: int | None) -> None:
    """Check the numbers of the options.

    Raises:
        InputError: one cannot be used.
    """
    for name, given in (("tokens", tokens), ("top", top)):
        if given is not None and given < 1:
            raise input_error("generate.size", name=name, given=given, expected="1 or more")
    if not 0 <= temperature < math.inf:
        facts = {"given": temperature, "expected": "a number from 0 up"}
        raise input_error("generate.size", name="temperature", **facts)


def main(args: Sequence[str]) -> str:
    """Run the command with these words; an error is one sentence, with exit code 2.

    Returns:
        The text.
    """
    parser = GenerateParser(prog="train.py generate", description=__doc__, allow_abbrev=False)
    parser.add_argument("run", metavar="RUN", help="a run's folder, or one of its checkpoints")
    parser.add_argument("--prompt", required=True, help="the beginning of the text")
    parser.add_argument("--tokens", type=int, default=200, help="how many to add (200)")
    parser.add_argument(
        "--temperature", type=float, default=1.0,
        help="below 1 prefers likely tokens, 0 takes the likeliest (1)",
    )  # fmt: skip
    parser.add_argument("--top", type=int, help="draw one of so many likeliest tokens (of all)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (0)")
    given = parser.parse_args(args)
    try:
        text = generate(
            Path(given.run), given.prompt, given.tokens, given.temperature, given.top, given.seed
        )
    except InputError as error:
        fail(str(error))
    print(printable(text))
    return text
