"""Tests of functions that a check knows by the names of course 4 and of cs231n."""
