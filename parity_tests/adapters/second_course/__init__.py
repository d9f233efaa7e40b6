"""Course 2: three layers, L2, dropout, gradient checking, mini-batches, initial values."""
