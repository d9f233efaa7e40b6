"""The start of a command: what must happen before anything else is imported."""

import os
import signal
import sys


def run() -> int:
    """Run the command that the command line names.

    Returns:
        The exit code of `commands.run`.
    """
    try:
        leave_out_this_folder()
        from parity_tests.cli.commands import run as run_command

        return run_command()
    except KeyboardInterrupt:
        print("parity: interrupted", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while Python ends


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
