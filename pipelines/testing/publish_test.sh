#!/bin/bash
# `bazel run` of a sweep measures speed, publishes every file, keeps what else is
# there, and prints the table. No time is asserted.
set -euo pipefail

out=$TEST_TMPDIR/published
mkdir "$out"
echo "kept" > "$out/BUILD"
pipelines/testing/tiny_curve.sh --output_dir="$out" > "$TEST_TMPDIR/table"
cat "$TEST_TMPDIR/table"

fail() { echo "FAIL: $1" >&2; exit 1; }

# A folder of somebody's own is refused before anything is measured.
mkdir "$TEST_TMPDIR/mine"
echo "mine" > "$TEST_TMPDIR/mine/README.md"
if pipelines/testing/tiny_curve.sh --output_dir="$TEST_TMPDIR/mine" 2> "$TEST_TMPDIR/refusal"; then
  fail "a user's README.md was replaced"
fi
[ "$(cat "$TEST_TMPDIR/refusal")" = "publish: $TEST_TMPDIR/mine: contains README.md, and publish did not write this folder; name an empty one, or give --overwrite to replace files of the same names" ] ||
  fail "the refusal says $(cat "$TEST_TMPDIR/refusal")"
[ "$(cat "$TEST_TMPDIR/mine/README.md")" = mine ] || fail "the user's README.md changed"

for file in README.md details.md report.html results.csv results.json speed.json pareto.png pareto.svg \
    verb_tense_accuracy.png verb_tense_accuracy.svg latency_pareto.png \
    latency_pareto.svg roofline_overlay.png roofline_overlay.svg \
    manifest.json run.json artifacts/timing.qca \
    artifacts/tiny_curve_fp32_measurement.qca \
    provenance/tiny_curve_corpus.qca.manifest.json \
    provenance/pareto.png.manifest.json; do
  [ -s "$out/$file" ] || fail "$file is missing or empty"
done
[ "$(cat "$out/BUILD")" = kept ] || fail "BUILD was not kept"
[ "$(ls -A "$out" | wc -l)" -eq 19 ] || fail "unexpected files: $(ls -A "$out")"
head -c 8 "$out/pareto.png" | cmp -s - <(printf '\x89PNG\r\n\x1a\n') ||
  fail "pareto.png is no PNG"

for scheme in fp32 fp16 int8_per_channel int8_weight_activation \
    int4_per_group_64 int4_per_group_64_gptq int3_per_group_32 \
    int3_sequential; do
  grep -q "\"name\": *\"$scheme\"" "$out/results.json" ||
    fail "results.json lacks $scheme"
  grep -q "^[0-9]*  $scheme " "$TEST_TMPDIR/table" || fail "the table lacks $scheme"
done
for scheme in fp32 int4_per_group_64_gptq int3_per_group_32; do
  grep -q "\"name\": *\"$scheme\"" "$out/speed.json" ||
    fail "speed.json lacks $scheme"
done
for field in tokens_per_second tokens_per_second_low tokens_per_second_high \
    milliseconds_per_token bytes_per_token speedup cpu_model; do
  grep -q "\"$field\":" "$out/speed.json" || fail "speed.json lacks $field"
done
grep -q "\*\*minigpt\*\*, 23,104 parameters, 1 thread" "$out/details.md" ||
  fail "details.md lacks the measured speed"
grep -q "^ship int4_per_group_64_gptq: 17792 bytes" "$TEST_TMPDIR/table" ||
  fail "the terminal lacks the decision"
grep -q '^\*\*Ship `int4_per_group_64_gptq`' "$out/README.md" ||
  fail "README.md lacks the decision"
[ -z "$(awk '/^publish: /{after = 1; next} after && length > 100' "$TEST_TMPDIR/table")" ] ||
  fail "a line of the terminal is longer than 100 columns"
for field in perplexity perplexity_stderr perplexity_gap_percent \
    verb_tense_accuracy weights scales biases layer_norm embedding total \
    linear_only bits_per_weight on_frontier dominated_by; do
  grep -q "\"$field\":" "$out/results.json" || fail "results.json lacks $field"
done

# Facts of the run are only in run.json.
# (A short host name may occur in a digest by chance.)
host=$(hostname)
[ ${#host} -ge 16 ] || host=$out
for word in "$host" "$out" "$TEST_TMPDIR" "$(uname -r)" "$(date +%Y-)"; do
  if grep -rlF --include=*manifest.json -- "$word" "$out"; then
    fail "a manifest holds '$word'"
  fi
done
grep -q '"wall_seconds":' "$out/run.json" || fail "run.json lacks the wall time"

# The published float32 model has 2 blocks of d=32, ff=96 and 64 tokens:
# 64*32 + 2*(4*32*32 + 2*32*96 + 96 + 32 + 4*32) + 2*32 = 23104 parameters.
grep -q '"total": *92416,' "$out/results.json" || fail "fp32 is not 4 * 23104 bytes"
echo PASS
