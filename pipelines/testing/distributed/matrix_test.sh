#!/bin/bash
# The tiny curve's stages make the same bytes on 1 and 3 threads, under each
# instruction set that the kernels can dispatch to, with glibc's own AVX2 and FMA
# masked, in another locale, time zone, folder and umask.
set -uo pipefail
source pipelines/testing/distributed/tiny_stages.sh

preload=$root/pipelines/testing/distributed/libhighway_target.so
# The sanitizer's library would rather be first.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0
passed=0
failed=0

result() {  # result STATUS NAME
  if [ "$1" -eq 0 ]; then
    passed=$((passed + 1))
    echo "PASS: $2"
  else
    failed=$((failed + 1))
    echo "FAIL: $2"
  fi
}

# Runs every stage into a new folder; `threads` and the environment are the
# caller's.
run_stages() {  # run_stages FOLDER
  local stage flags
  mkdir -p "$1"
  for stage in "${STAGES[@]}"; do
    flags=()
    has_threads "$stage" && flags=(--threads="$threads")
    [ "$stage" = train ] && flags+=(--steps=40)
    stage_command "$stage" "$1" "${flags[@]}"
    if ! "${command[@]}" >/dev/null 2>"$TEST_TMPDIR/log"; then
      echo "$stage: $(cat "$TEST_TMPDIR/log")" >&2
      return 1
    fi
  done
}

# Runs the stages under VARIABLE=value settings and compares with the plain run.
check() {  # check NAME [SETTING...]
  local name=$1 folder=$TEST_TMPDIR/$1
  shift
  (
    [ $# -gt 0 ] && export "$@"
    run_stages "$folder"
  ) && diff -r "$TEST_TMPDIR/plain" "$folder"
  result $? "$name"
}

threads=1
run_stages "$TEST_TMPDIR/plain" || exit 1
for artifact in "$TEST_TMPDIR"/plain/*.qca; do
  # Trained shorter here; by_hand_test compares the whole training.
  [[ $artifact == *_checkpoint.qca ]] && continue
  cmp "$artifact" "$tiny/${artifact##*/}"
  result $? "${artifact##*/} is the pipeline's"
done

threads=3
check three-threads
check utf8-and-tokyo LC_ALL=C.UTF-8 TZ=Asia/Tokyo
german=$(locale -a 2>/dev/null | grep -im1 '^de_DE' || true)
check locale LC_ALL="${german:-C}" LANG="${german:-C}" TZ=America/St_Johns

mask=glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-AVX512VL
features() { /lib64/ld-linux-x86-64.so.2 --list-diagnostics | grep features; }
[ "$(features)" != "$(GLIBC_TUNABLES=$mask features)" ]
result $? "glibc heeds the mask"
check glibc-masked GLIBC_TUNABLES=$mask

targets=$("$root/pipelines/testing/distributed/list_targets")
[ -n "$targets" ]
result $? "targets of this machine: $(cut -d " " -f 1 <<< "$targets" | xargs)"
while read -r name bits; do
  check "highway-$name" LD_PRELOAD="$preload" QUANT_CURVE_HIGHWAY_TARGET="$bits"
done <<< "$targets"
# The preloaded library must be what the tools ask: no target, no run.
stage_command calibrate "$TEST_TMPDIR"
! LD_PRELOAD=$preload QUANT_CURVE_HIGHWAY_TARGET=none "${command[@]}" 2>/dev/null
result $? "a tool asks the preloaded library for its instruction set"

cd / && umask 077
check "another folder, umask 077"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
