#!/bin/bash
# The chain by which models of real shapes are measured works on a tiny one, with
# and without GPTQ, and refuses a stage that needs more memory than allowed.
set -euo pipefail

fail() { echo "FAIL: $*" >&2; exit 1; }
chain=(pipelines/testing/own_model/shape_chain.sh --shape=tiny --sequences=4
  --sequence_length=128 --window_tokens=128 --threads=2)

"${chain[@]}" --folder="$TEST_TMPDIR/kept" > "$TEST_TMPDIR/said"
for name in import text calibrate quantize evaluate export; do
  grep -qE "^$name( +[0-9]+\.[0-9]){2}( +[0-9]+){2}$" "$TEST_TMPDIR/said" ||
    fail "no row of $name"
done
[ -s "$TEST_TMPDIR/kept/model.gguf" ] || fail "--folder keeps nothing"
"${chain[@]}" --rtn --layers=3 --folder="$TEST_TMPDIR/three" > "$TEST_TMPDIR/said"
grep -q '"num_hidden_layers": 3' "$TEST_TMPDIR/three/config.json" || fail "--layers"
if grep -q "^calibrate" "$TEST_TMPDIR/said"; then fail "--rtn calibrates"; fi
if "${chain[@]}" --limit_mib=0 > /dev/null 2> "$TEST_TMPDIR/said"; then
  fail "more than 0 MiB were allowed"
fi
grep -qE '[a-z]+ needed [0-9]+ MiB, the limit is 0 MiB' "$TEST_TMPDIR/said" ||
  fail "the stage is not named"
if "${chain[@]}" --blocks=3 > /dev/null 2>&1; then fail "an unknown flag"; fi
echo PASS
