"""The submissions of a class: each checked in a process of its own, and a table of the results."""
