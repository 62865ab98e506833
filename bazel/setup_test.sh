#!/bin/bash
# setup.sh --help prints every argument and exits with 0; an unknown argument
# gets one line and exit code 2. Neither installs anything.
set -euo pipefail

fail() { echo "FAIL: $1" >&2; exit 1; }

for flag in --help -h; do
  ./setup.sh $flag > "$TEST_TMPDIR/help" || fail "$flag exits with $?"
  grep -q '^Installs what' "$TEST_TMPDIR/help" || fail "$flag: no purpose"
  for argument in $(sed -n 's/^    \([a-z]*\))$/\1/p' setup.sh); do
    grep -q "setup.sh $argument" "$TEST_TMPDIR/help" || fail "$flag: no $argument"
  done
done
grep -q "setup.sh neon" "$TEST_TMPDIR/help" || fail "neon is not listed"

status=0
./setup.sh nonsense > /dev/null 2> "$TEST_TMPDIR/errors" || status=$?
[ "$status" -eq 2 ] || fail "an unknown argument exits with $status"
grep -q "^setup.sh: unknown argument 'nonsense'" "$TEST_TMPDIR/errors" ||
  fail "the message is $(cat "$TEST_TMPDIR/errors")"
[ "$(wc -l < "$TEST_TMPDIR/errors")" -eq 1 ] || fail "more than one line"
echo PASS
