"""`train.py` in this process, on a training that takes a moment."""

from __future__ import annotations

SMALL = (
    "--data", "TwoMoons", "--data.m", "100", "--data.batch_size", "16", "--model.hidden_units",
    "[4]", "--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false",
    "--trainer.enable_model_summary", "false",
)  # fmt: skip
