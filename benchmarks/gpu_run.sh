#!/usr/bin/env bash
# All that needs a GPU to be seen, in one command of at most nine minutes on one GPU:
#
#   benchmarks/gpu_run.sh [FOLDER]                # default: gpu_run/
#   DEVICE=cpu benchmarks/gpu_run.sh [FOLDER]     # the same steps, small, on a CPU
#
# The most telling steps come first. Each has a limit in seconds, and all together have BUDGET: a step
# that takes longer ends with 124, and one for which no time is left with 125. FOLDER/log has all that
# was printed, FOLDER/steps.tsv the exit code and the seconds of each step. PYTHON is the interpreter
# (default: .venv's, if there is one); a slow machine has SLOWER=3 times the limits.
# Exit code: 0 if that of every step is 0.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(mkdir -p "${1:-gpu_run}" && cd "${1:-gpu_run}" && pwd)
device=${DEVICE:-cuda}
slower=${SLOWER:-1}
budget=${BUDGET:-$((530 * slower))}
python=${PYTHON:-$root/.venv/bin/python}
[ -x "$python" ] || python=python3
export PYTHONUNBUFFERED=1 COLUMNS=${COLUMNS:-160} PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-8}
: >"$out/log" >"$out/steps.tsv"
failed=0

step() { # step NAME SECONDS COMMAND…
  local name=$1 limit=$(($2 * slower)) start=$SECONDS code=125
  shift 2
  echo "== $name: $*" | tee -a "$out/log"
  [ "$limit" -le $((budget - SECONDS)) ] || limit=$((budget - SECONDS))
  if [ "$limit" -gt 0 ]; then
    timeout -k 5 "$limit" "$@" </dev/null 2>&1 | tee -a "$out/log" | tail -n 25
    code=${PIPESTATUS[0]}
  fi
  printf '%s\t%s\t%s\n' "$name" "$code" $((SECONDS - start)) | tee -a "$out/steps.tsv"
  [ "$code" -eq 0 ] || failed=1
}

if [ "$device" = cuda ]; then
  on=gpu twin=tf32 cases='*' which='every_tensor or on_cuda' workers=(-n "${WORKERS:-8}")
  precisions=(bf16-mixed 16-mixed bf16-true) backends=(null inductor reduce-overhead)
  long=(--data.m 20000 --data.n_x 512 --data.batch_size 8192 --model.hidden_units '[512,512]')
  large=(--epochs 3)
else
  on=cpu twin=float32 cases='tanh-5.7.3-softmax-*-m11' which=every_tensor workers=()
  precisions=(bf16-mixed bf16-true) backends=(null aot_eager)
  long=(--data.m 300 --data.n_x 8 --data.batch_size 64 --model.hidden_units '[5,4]')
  large=(--epochs 2 --data.m 500 --data.n_x 9 --data.batch_size 64 --model.hidden_units '[8,8]'
    --model.compile null --trainer.precision 32-true)
fi
pytest=("$python" -m pytest -q -c "$root/pyproject.toml" -p no:cacheprovider
  -p parity_tests.pytest_plugin.plugin --pyargs)
train=("$python" "$root/train.py")
fit=("${train[@]}" fit --trainer.accelerator "$on" --trainer.enable_progress_bar false)
cd "$out" || exit 2

# TF32 has the error that its bound allows, and no more.
step twin 30 "$python" -m parity_tests twin --network 64-32-10 --device "$device" --precision "$twin"
# The share of the matrix rate, Lightning's loop beside a bare one, and the kernels that say why.
step rate 100 "$python" -m benchmarks.gpu --device "$device" --profile
# Every tensor of every case, and the compiled twins, at every precision.
step table 110 "${pytest[@]}" parity_tests.tests.torch_twin.test_parity_matrix "${workers[@]}" \
  --device "$device" --cases "$cases" -k "$which"
# Long sums, which split-K would round to halves by itself: dW is (512, 512) with K = m = 8192.
for precision in "${precisions[@]}"; do
  step "monitor $precision" 40 "${fit[@]}" --data Synthetic --data.standardise none "${long[@]}" \
    --trainer.precision "$precision" --epochs 2 --trainer.callbacks+=ParityMonitor \
    --trainer.callbacks.every_n_steps=1 --trainer.callbacks.on_finding=stop
done
# A run, its half and its resumption end with the same weights, to the bit: eager, and compiled.
for backend in "${backends[@]}"; do
  digits=("${fit[@]}" --config digits --model.hidden_units '[32]' --model.compile "$backend")
  step "whole $backend" 60 "${digits[@]}" --epochs 4 --trainer.default_root_dir "whole-$backend"
  step "half $backend" 60 "${digits[@]}" --epochs 2 --trainer.default_root_dir "half-$backend"
  step "resumed $backend" 60 "${digits[@]}" --epochs 4 --trainer.default_root_dir "half-$backend" \
    --ckpt_path last
  step "same weights $backend" 20 "$python" -m benchmarks.same_weights \
    "whole-$backend/lightning_logs/version_0" "half-$backend/lightning_logs/version_1"
done
# What a GPU wrote is read without one.
step "read without a GPU" 30 env CUDA_VISIBLE_DEVICES= "${train[@]}" test \
  whole-null/lightning_logs/version_0 --trainer.accelerator cpu --trainer.enable_progress_bar false
# The optimiser's updates, each alone and side by side with NumPy's.
step compare 40 "${train[@]}" compare --trainer.accelerator "$on" --data TwoMoons \
  --model.hidden_units '[4]' --epochs 2
# The large network from its first to its last line: the end takes no longer than the training.
step "large network" 90 "${fit[@]}" --config large_mlp "${large[@]}"
# The tests that only a GPU runs.
[ "$device" = cpu ] || step tests 60 "${pytest[@]}" -n 4 -m cuda parity_tests.tests.training \
  parity_tests.tests.lightning.test_module parity_tests.tests.adapters.test_torch_modules
exit $failed
