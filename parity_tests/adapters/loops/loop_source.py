"""What a report says about a training loop that was executed as one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ONE_ROUND = "one round"  # the name of its step


@dataclass(frozen=True)
class LoopSource:
    """Where a loop stands, and which of its names are given.

    Attributes:
        namespace: of its file.
        within: the function that it stands in; "" for none.
        others: the file's other training loops.
        zeros: names of what is 0 in each call.
        named: "X is inputs, Y is wanted, W1 is w_in, …".
    """

    namespace: dict[str, Any]
    within: str
    others: tuple[str, ...]
    zeros: tuple[str, ...]
    named: str
