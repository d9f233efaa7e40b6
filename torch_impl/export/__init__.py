"""A trained network for other programs: `train.py export RUN --to onnx|torch.export|state_dict`."""
