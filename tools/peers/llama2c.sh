#!/bin/bash
# Decoding speed compared with karpathy/llama2.c's, at MiniGPT's size, on one thread:
#
#   git clone https://github.com/karpathy/llama2.c /tmp/llama2.c
#   git -C /tmp/llama2.c checkout 350e04fe35433e6d2941dce5a1f53308f87058eb
#   tools/peers/llama2c.sh /tmp/llama2.c/run.c [ROUNDS]
#
# Both take turns, a median of 301 repeats each; a ratio is of one round.
set -euo pipefail
rounds=${2:-5}
if ! [[ $# -ge 1 && -f $1 && $rounds =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
run_c=$(realpath "$1")
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

bazel build //tools/benchmark //tools/report
gcc -Ofast -march=native -DRUN_C="\"$run_c\"" -o "$scratch/llama2c" \
  tools/peers/llama2c_timing.c -lm

# Ours in both schemes, as "fp32 int4", from the table of the report.
ours() {
  bazel-bin/tools/benchmark/benchmark --shapes=minigpt --threads=1 \
    --schemes=fp32,int4_per_group_64 --repeats=301 \
    --output="$scratch/timing.qca" >"$scratch/log" 2>&1 ||
    { cat "$scratch/log" >&2; return 1; }
  bazel-bin/tools/report/report --timing="$scratch/timing.qca" \
    --readme_output="$scratch/README.md" >/dev/null || return 1
  awk -F'|' '/^\| `(fp32|int4_per_group_64)` / {
    split($5, speed, " "); gsub(",", "", speed[1]); printf "%s ", speed[1] }' \
    "$scratch/README.md"
}

printf '%-6s %10s %10s %10s %12s %12s\n' round llama2.c fp32 int4 \
  fp32/llama2.c int4/llama2.c
for round in $(seq "$rounds"); do
  theirs=$("$scratch/llama2c")
  line=$(ours)
  read -r fp32 int4 <<<"$line"
  awk -v round="$round" -v theirs="$theirs" -v fp32="$fp32" -v int4="$int4" \
    'BEGIN { printf "%-6s %10d %10d %10d %12.2f %12.2f\n", round, theirs, fp32,
             int4, fp32 / theirs, int4 / theirs }'
done
