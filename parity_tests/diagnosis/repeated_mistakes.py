"""One line of a program computes the same tensor of every layer, with the same mistake.

So the mistakes of a deep network's many wrong tensors are few. Of each kind of tensor the first
ones are searched in full. The others are tried with the mistakes that were found there, each of
them verified as any cause is; some that no such mistake gives are searched in full as well. A
network that is in reach as a whole is searched as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from parity_tests.checking.report_wording import listed
from parity_tests.diagnosis.cause_wording import Pattern
from parity_tests.diagnosis.explanations import Explanation
from parity_tests.diagnosis.known_causes import known_causes
from parity_tests.diagnosis.layers_in_reach import REACH, layers_in_reach
from parity_tests.diagnosis.other_layers import TAKES_A_LAYERS
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

# Of each kind of tensor and activation; and as many again where the mistakes found do not fit. Of
# gradients alone, most of which follow from one mistake, fewer.
FULL_SEARCHES = 2 * REACH + 1
FULL_OF_GRADIENTS = 2

# The kind of a tensor, and of the activation of its layer; of a sum those of each share.
Line = tuple[tuple[str, type], ...]


class Searches:
    """The searches for the mistakes of one trace, and what they found.

    Args:
        full: how many tensors of a kind are searched in full.

    Attributes:
        made: how many tensors of each kind, and activation, were searched in full.
        codes: the mistakes that were found in them.
    """

    def __init__(self, full: int = FULL_SEARCHES) -> None:
        self.full = full
        self.made: Counter[Line] = Counter()
        self.codes: defaultdict[Line, set[str]] = defaultdict(set)

    def causes(
        self, context: TensorContext, candidate: Array, p: Precision
    ) -> tuple[list[Explanation], list[Pattern]]:
        """Return the mistakes that give the candidate's numbers, and what was not tried."""
        line = tuple((c.kind, type(c.layer)) for c in (context, *context.shares))
        if self.made[line] >= self.full:
            found = known_causes(context, candidate, p, self.codes[line])
            if found:
                return found, []
            if self.made[line] >= 2 * self.full:
                kind = "sums of shares" if context.shares else context.kind
                return [], [("as-the-others", {"n": 2 * self.full, "kind": kind})]
        self.made[line] += 1
        found = known_causes(context, candidate, p)
        self.codes[line] |= {one.cause.code for one in found}
        return found, [*out_of_reach(context)]


def out_of_reach(context: TensorContext) -> Iterator[Pattern]:
    """Yield that some layers' tensors were not tried, where a line may take those of others."""
    l, L = context.l, context.bindings[0].get("L", context.l)
    if l is not None and context.kind in TAKES_A_LAYERS and len(layers_in_reach(l, L)) <= L:
        layers = listed([str(k) for k in sorted({0, l, L + 1 - l, L})])
        yield "layers-in-reach", {"reach": REACH, "layers": layers}
