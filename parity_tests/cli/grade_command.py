"""The command about a class: grade."""

from __future__ import annotations

import argparse
from pathlib import Path

from parity_tests.check_messages import input_error
from parity_tests.cli.check_commands import judging_options
from parity_tests.cli.options import above_0, request, whole_number
from parity_tests.grading.gradescope import VISIBILITIES
from ref_numpy.terminal import printable

Parser = argparse.ArgumentParser
OUT, POINTS = "results.csv", 100.0


def grade_options(command: Parser) -> None:
    """Add the options of `grade`."""
    command.add_argument(
        "folder", metavar="FOLDER",
        help="with a file (.py, .ipynb) or a folder for each learner; for --gradescope that of one",
    )  # fmt: skip
    command.add_argument(
        "--out", metavar="FILE", default="",
        help=f"the table; if it exists, the command resumes (default: {OUT})",
    )  # fmt: skip
    page = "also write a report of each as an HTML file into this folder"
    command.add_argument("--html", metavar="FOLDER", default="", help=page)
    program = "the program in each learner's folder (default: the only one)"
    command.add_argument("--file", metavar="NAME", default="", help=program)
    function = "function or module to check in each (default: the course's functions)"
    command.add_argument("--function", metavar="NAME", default="", help=function)
    jobs = "how many submissions at once (default: 1)"
    command.add_argument("--jobs", metavar="N", type=whole_number(1), default=1, help=jobs)
    command.add_argument(
        "--submission-limit", metavar="SECONDS", type=above_0("a number of seconds"), default=600.0,
        help="time limit of a submission, all its calls together (default: 600)",
    )  # fmt: skip
    gradescope = "check one submission, and write its results in Gradescope's format"
    command.add_argument("--gradescope", metavar="results.json", default="", help=gradescope)
    command.add_argument(
        "--points", metavar="N", type=above_0("a number of points"), default=POINTS,
        help=f"of --gradescope: the points of the submission (default: {POINTS:g})",
    )  # fmt: skip
    command.add_argument(
        "--visibility", choices=VISIBILITIES, default=VISIBILITIES[0],
        help="of --gradescope: when learners see the results (default: visible)",
    )  # fmt: skip
    judging_options(command)


def grade_class(options: argparse.Namespace) -> int:
    """Check each submission of a class, and write the table."""
    from parity_tests.grading.grade import Grading, grade, grade_for_gradescope

    grading = Grading(
        Path(options.folder), request(options), Path(options.out or OUT),
        Path(options.html) if options.html else None, options.file, options.function,
        options.jobs, options.submission_limit,
    )  # fmt: skip
    if not options.gradescope:
        return grade(grading, say)
    if options.out:
        raise input_error("grade.two-outputs", out=options.out, gradescope=options.gradescope)
    out = Path(options.gradescope)
    return grade_for_gradescope(grading, out, options.points, options.visibility, say)


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(printable(line), flush=True)
