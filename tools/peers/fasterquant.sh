#!/bin/bash
# GPTQ's speed compared with IST-DASLab/gptq's, on a matrix of 768 x 3072, two threads
# (Debian's plain BLAS uses but one; apt-get install libopenblas0-pthread):
#
#   sudo apt-get install --no-install-recommends python3-torch
#   git clone https://github.com/IST-DASLab/gptq /tmp/gptq
#   git -C /tmp/gptq checkout 2d65066eeb06a5c9ff5184d8cebdf33662c67faf
#   tools/peers/fasterquant.sh /tmp/gptq [ROUNDS]
#
# Both take turns; a ratio is of one round.
set -euo pipefail
rounds=${2:-3}
if ! [[ $# -ge 1 && -f $1/gptq.py && $rounds =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
checkout=$(realpath "$1")
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

bazel build //tools/quantize:gptq_benchmark

# Seconds of one matrix: Google Benchmark prints milliseconds.
ours() {
  bazel-bin/tools/quantize/gptq_benchmark --benchmark_format=csv \
    --benchmark_filter='Gptq/768/3072/2/' >"$scratch/csv" 2>"$scratch/log" ||
    { cat "$scratch/log" >&2; return 1; }
  awk -F, '/^"Gptq/ { printf "%.3f", $3 / 1000 }' "$scratch/csv"
}

printf '%-6s %12s %10s %8s\n' round 'reference, s' 'ours, s' ratio
for round in $(seq "$rounds"); do
  line=$(OMP_NUM_THREADS=2 /usr/bin/python3 \
    tools/peers/fasterquant.py "$checkout" 768 3072)
  read -r theirs blas <<<"$line"
  mine=$(ours)
  awk -v round="$round" -v theirs="$theirs" -v mine="$mine" 'BEGIN {
    printf "%-6s %12.2f %10.2f %8.1f\n", round, theirs, mine, theirs / mine }'
done
echo "The reference's BLAS: $blas"
