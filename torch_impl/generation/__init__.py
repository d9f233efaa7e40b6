"""What a trained network writes: `train.py generate RUN --prompt TEXT`."""
