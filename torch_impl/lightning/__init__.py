"""Training with Lightning: the module, the Trainer, checkpoints, and the command line."""
