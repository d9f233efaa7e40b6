"""`python -m parity_tests`: the commands of parity_tests/cli/commands.py."""

import sys

from parity_tests.cli.start import run

if __name__ == "__main__":
    sys.exit(run())
