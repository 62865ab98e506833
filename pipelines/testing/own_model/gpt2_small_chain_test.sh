#!/bin/bash
# The chain by which GPT-2 small is measured works, prints a row for each stage
# and refuses a stage that needs more memory than allowed.
set -euo pipefail

fail() { echo "FAIL: $*" >&2; exit 1; }
tiny=(--sequences=8 --windows=2 --threads=2 --vocab_size=300 --d_model=32
  --num_layers=2 --num_heads=2 --context_length=16)
chain=pipelines/testing/own_model/gpt2_small_chain.sh

$chain "${tiny[@]}" --folder="$TEST_TMPDIR/kept" > "$TEST_TMPDIR/said"
rows=$(grep -A 5 -x 'stage       seconds    CPU s  peak MiB' "$TEST_TMPDIR/said") ||
  fail "no table"
for name in import text calibrate quantize evaluate; do
  grep -qE "^$name( +[0-9]+\.[0-9]){2} +[1-9][0-9]*$" <<< "$rows" || fail "no row of $name"
done
[ "$(awk '{print length}' <<< "$rows" | sort -u)" = 38 ] || fail "columns do not align"
[ -s "$TEST_TMPDIR/kept/measurement.qca" ] || fail "--folder keeps nothing"

if $chain "${tiny[@]}" --limit_mib=1 > /dev/null 2> "$TEST_TMPDIR/said"; then
  fail "more than 1 MiB was allowed"
fi
grep -qE 'import needed [0-9]+ MiB, the limit is 1 MiB' "$TEST_TMPDIR/said" ||
  fail "the stage is not named"
if $chain "${tiny[@]}" --layers=3 > /dev/null 2>&1; then fail "an unknown flag"; fi
echo PASS
