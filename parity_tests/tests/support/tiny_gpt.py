"""A text of some hundred characters, and the options of a GPT that is trained on it in a moment."""

from __future__ import annotations

from pathlib import Path

LINE = "the cat sat on the mat, and the dog sat on the log.\n"  # 16 different characters
OPTIONS = "{width: 6, heads: 2, layers: 1}"


def write_text(folder: Path, lines: int = 8) -> Path:
    """Write the text, in which a line's beginning moves."""
    path = folder / "lines.txt"
    path.write_text("".join(LINE[k:] + LINE[:k] for k in range(lines)), "utf-8")
    return path


def arguments(path: Path | str) -> tuple[str, ...]:
    """Return the options of `train.py`, but for those of the training."""
    return (
        "--data", "Text", "--data.path", str(path), "--data.T", "5", "--data.batch_size", "16",
        "--data.test_fraction", "0.1",
        "--model.network", "gpt", "--model.network_options", OPTIONS,
        "--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false",
        "--trainer.enable_model_summary", "false",
    )  # fmt: skip
