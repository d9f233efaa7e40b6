"""The suite as a pytest plugin: options, the table of cases, and the tests of a candidate."""
