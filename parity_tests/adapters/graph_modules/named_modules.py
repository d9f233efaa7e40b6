"""An adapter of a torch module: which of its parts gives which tensor of a graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ANY = "*"


@dataclass(frozen=True)
class NamedModules:
    """A torch module, with the part of it that gives each tensor of a network.

    Each entry has a name of the network, of a step's result or of a parameter, and a place in the
    program. `*` is any text, the same on both sides: {"h.*.ln_1": "blocks.*.norm"}. A name of
    which no entry is right is not compared. Of a function in place, such as relu_(x), the value is
    compared, its gradient not.

    | place | is |
    |---|---|
    | `"blocks.0.norm"` | the result of this module, and its parameters, in the step's order |
    | `"blocks.0.attn:softmax"` | the result of this function, called in the module's `forward` |
    | `"blocks.0.attn:matmul#2"` | that of its second call |
    | `"table.weight"`, `"proj.weight.T"` | of a parameter: this one, transposed or not |

    Args:
        module: the module, or a function that returns it, which is called with the description of
            the network if it takes an argument.
        names: the place of each name; of several entries that fit, the first one counts.
        call: call(module, *inputs, labels) returns the logits, or (logits, J); None calls
            module(*inputs), with the labels too if it takes `targets`, `target` or `labels`; if
            not, J is not compared. Other arguments keep their defaults.
    """

    module: Any
    names: Mapping[str, str]
    call: Callable[..., Any] | None = None

    def place_of(self, name: str) -> tuple[str, str] | None:
        """Return the entry that a name of the network fits, and the place that it gives."""
        for pattern, place in self.names.items():
            texts = re.fullmatch(re.escape(pattern).replace(re.escape(ANY), "(.*)"), name)
            if texts is not None:
                return pattern, filled(place, texts.groups())
        return None


def filled(place: str, texts: tuple[str, ...]) -> str:
    """Return a place with each `*` replaced by its text, in their order."""
    first, *others = place.split(ANY)
    return first + "".join(text + part for text, part in zip(texts, others, strict=False))
