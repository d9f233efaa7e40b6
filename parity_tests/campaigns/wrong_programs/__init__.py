"""Wrong programs, a file for each kind: every class is a right program with one thing wrong.

The first line of its docstring is its name in the table. It is called as any candidate is, and an
instance is a program that was just started: what it keeps between calls is in its attributes.
"""
