"""The start of a command: imports nothing before Ctrl-C is one sentence and exit code 130."""

import signal
import sys


def run() -> int:
    """Run the command that the command line names.

    Returns:
        The exit code of `commands.run`.
    """
    try:
        from parity_tests.cli.commands import run as run_command

        return run_command()
    except KeyboardInterrupt:
        print("parity: interrupted", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback while Python ends
