#!/bin/bash
# Whether schemes.bzl and //tools/quantize know the same schemes, and agree on
# which of them need a calibration.
#
#   named_schemes_test.sh QUANTIZE NAMES CALIBRATED_NAMES   (comma-separated)
set -u
quantize=$1
names=$2
calibrated=,$3,

fail() {
  echo "FAIL: $*"
  exit 1
}

said=$("$quantize" --checkpoint=/nowhere --output=/nowhere --scheme=none 2>&1)
[[ $said == *"known are ${names//,/, };"* ]] || fail "quantize knows: $said"

for name in ${names//,/ }; do
  said=$("$quantize" --checkpoint=/nowhere --output=/nowhere --scheme="$name" 2>&1)
  needs=no
  [[ $said == *"--hessians is required"* ]] && needs=yes
  expected=no
  [[ $calibrated == *",$name,"* ]] && expected=yes
  [[ $needs == "$expected" ]] || fail "$name needs a calibration: $needs, schemes.bzl says $expected"
done
