"""How accurate the elementary functions of numerical libraries are, by their own tables."""

from __future__ import annotations

from typing import Any

import numpy as np

U64 = 2.0**-53

# ulps of the least accurate library that a candidate may call
ULPS: dict[Any, float] = {np.exp: 4, np.log: 4, np.log1p: 4, np.tanh: 4, np.sqrt: 0.5}
