"""All that this project uses of torch without its being public, in one place.

`tests/torch_twin/test_torch_private.py` has a test for each part: where a new version of torch
changes one, that test fails, and names the feature that breaks and the lines here to change.
"""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd

# The base classes of the modules that compute something else in train() than in eval().
NORMS: type[nn.Module] = _NormBase
DROPOUTS: type[nn.Module] = _DropoutNd


def is_compiled(module: nn.Module) -> bool:
    """Whether `module.compile()` or `torch.compile(module)` was called."""
    return module._compiled_call_impl is not None or hasattr(module, "_orig_mod")


def uncompiled(module: nn.Module) -> nn.Module:
    """Return the module that `torch.compile` was given; any other module itself."""
    inner = getattr(module, "_orig_mod", module)
    return inner if isinstance(inner, nn.Module) else module
