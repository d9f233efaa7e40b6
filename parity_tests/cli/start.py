"""The start of a command: what must happen before anything else is imported."""

import os
import sys


def run() -> int:
    """Run the command that the command line names.

    Returns:
        The exit code of `commands.main`; or 3 for a failure of this package, 130 for Ctrl-C.
    """
    try:
        leave_out_this_folder()
        from ref_numpy.terminal import run_program
    except KeyboardInterrupt:
        print("parity: interrupted", file=sys.stderr)
        return 130
    return run_program(main, "parity")


def main() -> int:
    """Import the commands, where Ctrl-C meanwhile is one line too, and run one."""
    from parity_tests.cli import commands

    return commands.main()


def leave_out_this_folder() -> None:
    """Import nothing from the current folder, where `python -m` looks first.

    A candidate's rich.py there would be executed by the judge. A checkout is an exception.
    """
    try:
        folder = os.getcwd()
    except OSError:  # it was deleted
        return
    checkout = os.path.join(os.path.dirname(__file__), *[os.pardir] * 2)
    if sys.path[:1] == [folder] and not os.path.samefile(checkout, folder):
        del sys.path[0]
