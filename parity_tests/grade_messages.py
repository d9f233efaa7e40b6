"""The sentences about the grading of a class, by code."""

from __future__ import annotations

from ref_numpy.errors import Message

GRADE_MESSAGES: dict[str, Message] = {
    "grade.folder": "{folder} is neither a folder nor a file; give the folder of the submissions.",
    "grade.empty": (
        "{folder} has no submission; expected a .py or an .ipynb, or a folder, for each learner."
    ),
    "grade.no-program": "{folder} has no program; expected {expected}.",
    "grade.several-programs": (
        "{folder} has several programs ({names}); expected one: name it with --file."
    ),
    "grade.late": (
        "{name} was not judged within {seconds:g} s; allow more with --submission-limit."
    ),
    "grade.ended": (
        "the process that judged {name} ended without an answer; run the command again."
    ),
    "grade.other-file": (
        "{path} is not a table that this version of parity grade wrote; give --out a new name."
    ),
    "grade.other-class": (
        "{path} has the results of other submissions than those in {folder}; give --out a new name."
    ),
    "grade.html": "--html is {folder}, which is no folder and cannot be made; give another name.",
    "grade.two-outputs": (
        "--out {out} is the table of a class, and --gradescope {gradescope} the result of one "
        "submission; leave one out."
    ),
}
