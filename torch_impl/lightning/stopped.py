"""The error with which a callback ends a training on purpose."""

from __future__ import annotations


class TrainingStopped(RuntimeError):
    """What a person who trains should read, with exit code 1 and without a traceback."""
