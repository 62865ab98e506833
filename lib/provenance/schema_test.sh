#!/bin/bash
# The schema digests of manifests are those of what protoc writes.
set -euo pipefail

tool=$1
protoc=$2
"$tool" > "$TEST_TMPDIR/digests"
[ "$(wc -l < "$TEST_TMPDIR/digests")" -eq 3 ]
while read -r file digest; do
  found=$("$protoc" --include_imports --descriptor_set_out=/dev/stdout "$file" |
    sha256sum | cut -d ' ' -f 1)
  [ "$found" = "$digest" ] || {
    echo "FAIL: $file: protoc's descriptor set has SHA-256 $found, ours $digest" >&2
    exit 1
  }
done < "$TEST_TMPDIR/digests"
echo PASS
