#!/bin/bash
# quant_curve()'s limits reach the tools, which record them.
set -euo pipefail

here=pipelines/testing
calibration=$here/limited_curve_calibration.qca
measurement=$here/limited_curve_int4_per_group_64_gptq_measurement.qca
fail() { echo "FAIL: $*" >&2; exit 1; }

# records FILE TEXT: the file's manifest holds TEXT.
records() {
  grep -qF -- "$2" "$1.manifest.json" || fail "no $2 in $1.manifest.json"
}

# Of 16 sequences of 32 tokens, 10 are within 350 tokens.
calibrate() {
  tools/calibrate/calibrate --checkpoint="$here/tiny_curve_checkpoint.qca" \
    --corpus="$here/tiny_curve_corpus.qca" --output="$TEST_TMPDIR/calibration.qca" "$@"
}
records "$calibration" '"num_sequences": "10"'
records "$calibration" '"sequence_length": "32"'
calibrate --sequences=10 --sequence_length=32 > /dev/null
cmp "$TEST_TMPDIR/calibration.qca" "$calibration"
calibrate --sequences=16 --sequence_length=32 --calibration_tokens=350 > /dev/null
cmp "$TEST_TMPDIR/calibration.qca" "$calibration"
records "$TEST_TMPDIR/calibration.qca" '"calibration_tokens": "350"'

# Of the windows of 32 tokens, 6 are within 223: 192 tokens.
results=$here/limited_curve/results.json
grep -Eq '"num_evaluation_tokens": *192\b' "$results" || fail "not 192: $(grep tokens "$results")"
tools/evaluate/evaluate --model="$here/limited_curve_int4_per_group_64_gptq_model.qca" \
  --corpus="$here/tiny_curve_corpus.qca" --window_tokens=32 --evaluation_tokens=223 \
  --reference="$here/limited_curve_fp32_measurement.qca" \
  --reference_model="$here/limited_curve_fp32_model.qca" \
  --output="$TEST_TMPDIR/measurement.qca" > /dev/null
cmp "$TEST_TMPDIR/measurement.qca" "$measurement"
records "$TEST_TMPDIR/measurement.qca" '"evaluation_tokens": "223"'
echo PASS
