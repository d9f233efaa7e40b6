"""Which other layers' tensors a line may take by mistake.

A line takes another layer's tensor by a wrong index, and people write such an index in few ways: it
is off by a little, from l or from the first or last layer; or it counts from the other end, as in a
list that the backward pass fills, where L + 1 − l has the place of l. To try these, and not all L
layers, makes the diagnosis of a deep network take a time that is proportional to its wrong tensors.
"""

from __future__ import annotations

REACH = 5  # by which an index may be off; a network of 2·REACH + 1 layers is in reach as a whole


def layers_in_reach(l: int, L: int) -> list[int]:
    """Return the numbers from 0 to L that are within REACH of 0, l, L + 1 − l or L."""
    near = {k + off for k in (0, l, L + 1 - l, L) for off in range(-REACH, REACH + 1)}
    return sorted(near.intersection(range(L + 1)))
