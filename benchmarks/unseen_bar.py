"""The progress bar of a training, drawn in full where nobody sees it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import rich

from torch_impl.lightning.progress_bar import EpochProgressBar


@contextmanager
def unseen_bar() -> Iterator[EpochProgressBar]:
    """Yield a bar that is drawn as on a terminal, into the null device."""
    with open(os.devnull, "w") as nothing:
        try:
            yield EpochProgressBar(console_kwargs={"force_terminal": True, "file": nothing})
        finally:
            # Lightning makes the bar's console rich's own, which others print to.
            rich.reconfigure()
