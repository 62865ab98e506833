#!/bin/bash
# A published folder can be audited: it holds as it is, its stages give the same
# bytes when they run again, and whatever is changed is found and named.
set -uo pipefail

out=$TEST_TMPDIR/published
log=$TEST_TMPDIR/log
failures=0
fail() { echo "FAIL: $1" >&2; failures=$((failures + 1)); }

mkdir "$out"
pipelines/testing/tiny_curve.sh --output_dir="$out" > "$log" || { cat "$log"; exit 1; }

# audit CODE TEXT ARGUMENT...: the audit exits with CODE and says TEXT.
audit() {
  local code=$1 text=$2 status
  shift 2
  tools/audit/audit "$@" --artifacts="$TEST_TMPDIR/nothing" > "$log" 2>&1
  status=$?
  [ "$status" -eq "$code" ] || fail "exit $status, expected $code: audit $*: $(cat "$log")"
  grep -qF -- "$text" "$log" || fail "no '$text': audit $*: $(cat "$log")"
}
mkdir "$TEST_TMPDIR/nothing"

audit 0 "every claim that was checked holds" "$out"
audit 0 "1 CALIBRATION, 1 CHECKPOINT, 1 CORPUS, 8 QUANTIZED_MODEL" "$out"
audit 0 '"verdict": "holds"' "$out" --format=json
audit 0 "20. pareto.png" "$out" --explain=pareto.png
audit 0 "every claim that was checked holds" "$out" --rebuild
grep -q "rebuild \[30/30\].*same bytes" "$log" || fail "not all was rebuilt: $(cat "$log")"
[ "$(grep -c "^rebuild.*same bytes" "$log")" -eq 29 ] || fail "all but the timing should be rebuilt"
audit 0 "every claim" "$out" --expected_roots=seed=42
audit 13 "seed=7" "$out" --expected_roots=seed=7

# Every tampering with a manifest, a figure or an artifact, one at a time.
tools/audit/tamper "$out" > "$log" 2>&1 || fail "tampering was missed: $(cat "$log")"
cat "$log"

# On disk, too; and a rebuild of what is not sound does not start.
changed=$TEST_TMPDIR/changed
cp -r "$out" "$changed"
printf x >> "$changed/pareto.png"
audit 11 "pareto.png: size: has" "$changed" --rebuild
grep -q "nothing was rebuilt" "$log" || fail "an unsound chain was rebuilt"
rm "$changed/pareto.png"
audit 12 "pareto.png: missing" "$changed"

# Wrong usage.
audit 1 "cannot read" /no/such/folder
audit 2 "published folder"
audit 2 "--format=xml" "$out" --format=xml
audit 1 "no file of the chain" "$out" --explain=nothing.png

[ "$failures" -eq 0 ] && echo PASS
exit "$failures"
