"""One line of a program computes the same tensor of every layer, with the same mistake.

So the mistakes of a deep network's many wrong tensors are few. Of each kind of tensor the first
ones are searched in full. The others are tried with the mistakes that were found there, each of
them verified as any cause is; some that no such mistake gives are searched in full as well. A
network that is in reach as a whole is searched as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from parity_tests.diagnosis.cause_wording import Pattern
from parity_tests.diagnosis.known_causes import Explanation, known_causes
from parity_tests.diagnosis.layers_in_reach import REACH, layers_in_reach
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

# Of each kind of tensor; and as many again where the mistakes found do not fit.
FULL_SEARCHES = 2 * REACH + 1

Line = tuple[str, type]  # the kind of a tensor, and of the activation of its layer


class Searches:
    """The searches for the mistakes of one trace, and what they found.

    Attributes:
        made: how many tensors of each kind were searched in full.
        codes: the mistakes that were found in them.
        in_full: whether the last one was.
    """

    def __init__(self) -> None:
        self.made: Counter[Line] = Counter()
        self.codes: defaultdict[Line, set[str]] = defaultdict(set)
        self.in_full = True

    def causes(self, context: TensorContext, candidate: Array, p: Precision) -> list[Explanation]:
        """Return the mistakes that give the candidate's numbers, of those that are tried."""
        line = context.kind, type(context.layer)
        if self.made[line] >= FULL_SEARCHES:
            found = known_causes(context, candidate, p, self.codes[line])
            self.in_full = self.made[line] < 2 * FULL_SEARCHES
            if found or not self.in_full:
                return found
        self.made[line] += 1
        self.in_full = True
        found = known_causes(context, candidate, p)
        self.codes[line] |= {one.cause.code for one in found}
        return found

    def not_tried(self, context: TensorContext) -> Iterator[Pattern]:
        """Yield what was not tried for the tensor that was searched last."""
        l, L = context.l, context.bindings[0].get("L", context.l)
        if not self.in_full:
            yield "as-the-others", {"n": 2 * FULL_SEARCHES, "kind": context.kind}
        elif len(layers_in_reach(l, L)) <= L:
            yield "layers-in-reach", {"reach": REACH, "l": l, "mirror": L + 1 - l, "L": L}
