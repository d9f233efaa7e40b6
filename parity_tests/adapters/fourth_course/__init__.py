"""The functions of course 4 and of cs231n's second assignment, which a check knows by name."""
