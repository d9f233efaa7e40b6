"""The version of this distribution, which reports and files state."""

__version__ = "0.2.0"
