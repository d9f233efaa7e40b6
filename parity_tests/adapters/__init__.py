"""Candidates: files, notebooks, torch modules, traces and functions, as programs to check."""
