#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the autograder's image (Ubuntu 24.04).
# The zip holds this file, run_autograder, and a wheel: pip wheel --no-deps -w . PATH_OF_THIS_REPOSITORY
set -euo pipefail

root=${AUTOGRADER:-/autograder}
apt-get update
apt-get install -y python3 python3-venv
python3 -m venv "$root/venv"
# A check of NumPy programs needs no torch. Add h5py, scipy … where the assignment imports them.
"$root/venv/bin/pip" install 'numpy>=2' rich safetensors
"$root/venv/bin/pip" install --no-deps "$root"/source/backprop_with_proof-*.whl
