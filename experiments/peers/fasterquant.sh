#!/bin/bash
# GPTQ's speed beside IST-DASLab/gptq's, on a matrix of 768 x 3072, two threads:
#
#   sudo apt-get install --no-install-recommends python3-torch
#   git clone https://github.com/IST-DASLab/gptq /tmp/gptq
#   experiments/peers/fasterquant.sh /tmp/gptq [ROUNDS]
#
# Both take turns; a ratio is of one round.
set -euo pipefail
[ $# -ge 1 ] && [ -f "$1/gptq.py" ] ||
  { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
checkout=$(realpath "$1")
rounds=${2:-3}
cd "$(dirname "$0")/../.."

bazel build //tools/quantize:gptq_benchmark

# Seconds of one matrix: Google Benchmark prints milliseconds.
ours() {
  bazel-bin/tools/quantize/gptq_benchmark --benchmark_format=csv \
    --benchmark_filter='Gptq/768/3072/2/' 2>/dev/null |
    awk -F, '/^"Gptq/ { printf "%.3f", $3 / 1000 }'
}

printf '%-6s %12s %10s %8s\n' round 'reference, s' 'ours, s' ratio
for round in $(seq "$rounds"); do
  theirs=$(OMP_NUM_THREADS=2 /usr/bin/python3 \
    experiments/peers/fasterquant.py "$checkout" 768 3072)
  mine=$(ours)
  awk -v round="$round" -v theirs="$theirs" -v mine="$mine" 'BEGIN {
    printf "%-6s %12.2f %10.2f %8.1f\n", round, theirs, mine, theirs / mine }'
done
