"""The commands, their options, and the report on the console."""
