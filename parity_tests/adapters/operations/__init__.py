"""Any operation, such as a kernel, against the same mathematics in a few lines of NumPy."""
