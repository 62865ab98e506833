#!/bin/bash
# A curve of an imported model in shards holds the bytes of the one that was not
# cut, and `bazel run` of it measures its speed under its own name. No time is
# asserted.
set -euo pipefail

here=pipelines/testing/own_model
fail() { echo "FAIL: $*" >&2; exit 1; }

artifacts=(corpus calibration)
schemes=(fp32 int8_per_channel int4_per_group_64_gptq int4_sequential)
for scheme in "${schemes[@]}"; do
  artifacts+=("${scheme}_model" "${scheme}_measurement")
done
for artifact in "${artifacts[@]}"; do
  cmp "$here/sharded_curve_$artifact.qca" "$here/llama_curve_$artifact.qca" ||
    fail "$artifact differs"
done

out=$TEST_TMPDIR/published
$here/sharded_curve.sh --output_dir="$out" > "$TEST_TMPDIR/log"
for file in README.md results.json speed.json pareto.png latency_pareto.png \
    minimal_pair_accuracy.svg roofline_overlay.svg artifacts/timing.qca; do
  [ -s "$out/$file" ] || fail "$file is missing or empty"
done
# 2 * (3 * 32 * 80 + 2 * 32 * 32 + 2 * 16 * 32 + 2 * 32) + 32 + 2 * 266 * 32
# parameters; a sequence is as long as the context of 32.
grep -q "\*\*sharded_curve\*\*, 38,688 parameters, 1 thread" "$out/details.md" ||
  fail "details.md lacks the measured speed"
grep -q "16 tokens decoded after 16 prefilled" "$out/details.md" ||
  fail "details.md does not say what was decoded"
if grep -rqi minigpt "$out/README.md" "$out/speed.json"; then
  fail "an imported model is called MiniGPT"
fi
# The sweep lacks one of the roofline's usual schemes: it shows all of them.
for name in "${schemes[@]}"; do
  grep -q "\"label\": \"sharded_curve $name\"" \
    "$out/provenance/roofline_overlay.png.manifest.json" ||
    fail "the roofline lacks $name"
done
tools/audit/audit "$out" > "$TEST_TMPDIR/log" ||
  fail "the audit: $(cat "$TEST_TMPDIR/log")"
echo PASS
