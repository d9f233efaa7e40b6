"""GPTs as people write them: a torch module, and NumPy with examples in rows."""
