"""The command about a program that cannot be called: adapt."""

from __future__ import annotations

import argparse

from parity_tests.checking.verdict import BAD_INPUT

Parser = argparse.ArgumentParser


def adapt_options(command: Parser) -> None:
    """Add the options of `adapt`."""
    command.add_argument(
        "program", metavar="FILE", help="a script.py, whose training loop is a step of training"
    )
    out = "the adapter (default: script_adapter.py, beside the script)"
    command.add_argument("--out", metavar="ADAPTER.py", default="", help=out)
    command.add_argument("--force", action="store_true", help="replace an adapter that exists")


def adapt_program(options: argparse.Namespace) -> int:
    """Write an adapter, and print what was recognised and what to do next."""
    from parity_tests.adapters.loops.written_adapter import write_adapter
    from ref_numpy.terminal import printable

    sentences, is_whole = write_adapter(options.program, options.out, options.force)
    print("\n".join(map(printable, sentences)))
    return 0 if is_whole else BAD_INPUT
