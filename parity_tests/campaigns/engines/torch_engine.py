"""torch: this repository's twin, `torch.nn` layers and `backward()`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_tests.adapters.torch_twin import twin
from ref_numpy import Context


def run(
    *problem: Any, precision: str, device: str = "cpu", context: Context | None = None
) -> Mapping[str, Any]:
    """Return the trace of the twin."""
    return twin(precision, device)(*problem, context=context)
