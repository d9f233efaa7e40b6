"""The figures of a validation and of a test on the terminal, instead of Lightning's own table."""

from __future__ import annotations

from typing import Any

from torch_impl.data.texts.text_file import Text
from torch_impl.lightning.header import HeadedCommandLine
from torch_impl.results.summary import show_line


class ReportingCommandLine(HeadedCommandLine):
    """A command line that reports on a part after `validate` and `test`."""

    def validate(self, **options: Any) -> None:
        """Validate; `after_validate` prints the figures, where Lightning would print its own."""
        self.trainer.validate(**{**options, "verbose": self.datamodule.spec is None})

    def test(self, **options: Any) -> None:
        """Test; `after_test` prints the figures, where Lightning would print its own."""
        self.trainer.test(**{**options, "verbose": self.datamodule.spec is None})

    def after_validate(self) -> None:
        """Report on the validation."""
        self.report_part("val")

    def after_test(self) -> None:
        """Report on the test."""
        self.report_part("test")

    def report_part(self, part: str) -> None:
        """Report on a part, where the meaning of its labels is known; of a text its bits."""
        data, cost = self.datamodule, self.trainer.callback_metrics.get(f"{part}_cost")
        if data.spec is not None:
            self.trainer.report_part(part, self.model, data)  # pyright: ignore
        elif isinstance(data, Text) and cost is not None and self.trainer.is_global_zero:
            show_line("bits a character", f"{data.bits_per_character(float(cost), part):.3f}")
