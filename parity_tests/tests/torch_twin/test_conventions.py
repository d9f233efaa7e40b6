"""Arrays of the reference as torch's tensors, and back."""

from __future__ import annotations

import numpy as np
import torch

from torch_impl import conventions
from torch_impl.tracing import widened


def test_what_autocast_narrowed_is_handed_over_as_wide_as_the_input() -> None:
    narrow, wide = torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.float64)
    x = torch.ones(2)
    assert widened(narrow, x) is narrow
    assert widened(wide, x) is wide
    with torch.autocast("cpu", torch.bfloat16):
        assert widened(narrow, x).dtype == torch.float32
        assert widened(wide, x) is wide
        integers = torch.ones(2, dtype=torch.int32)
        assert widened(integers, x) is integers  # as wide


def test_weights_there_and_back() -> None:
    w = np.array([[1.5, 0, 2]])
    there = conventions.to_weights(w)
    assert there.shape == (3,)
    back = conventions.from_weights(there)
    assert isinstance(back, np.ndarray)
    np.testing.assert_array_equal(back, w)
