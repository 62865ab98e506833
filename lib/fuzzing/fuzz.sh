#!/bin/bash
# Builds the fuzz targets with libFuzzer, AddressSanitizer and UBSan, and runs
# one after another (docs/testing.md). `./setup.sh fuzz` installs what it needs.
#
#   lib/fuzzing/fuzz.sh                             all targets, 10 s each
#   lib/fuzzing/fuzz.sh --seconds=600 json_fuzzer   one, or several, by name
#   lib/fuzzing/fuzz.sh --list                      their labels
#
# What libFuzzer learns stays in ~/.cache/quant_curve/fuzz/<target> (or
# QUANT_CURVE_FUZZ_CACHE) for the next run. An input that breaks a property, takes
# more than 10 s or more than 256 MiB beyond what the process needs anyway ends the
# run of its target and is kept in <target>/findings. Exit 0: nothing was found.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=10
names=()
list=false
for argument in "$@"; do
  case "$argument" in
    --seconds=*) seconds=${argument#*=} ;;
    --list) list=true ;;
    -*)
      echo "fuzz.sh: unknown flag '$argument'; there are --seconds=N and --list" >&2
      exit 2 ;;
    *) names+=("$argument") ;;
  esac
done
if ! [[ "$seconds" =~ ^[1-9][0-9]*$ ]]; then
  echo "fuzz.sh: --seconds=$seconds: must be a whole number from 1 on" >&2
  exit 2
fi

cache=${QUANT_CURVE_FUZZ_CACHE:-$HOME/.cache/quant_curve/fuzz}
mkdir -p "$cache"
# Bazel's own folder: another compiler there would throw away what the usual
# builds have analysed.
bazel=(bazel "--output_base=$cache/.bazel")
filter='attr(tags, "[\[ ]fuzz[,\]]", //lib/... + //tools/...)'
all=$("${bazel[@]}" query --noshow_progress "$filter" 2>/dev/null | sort)
if $list; then
  echo "$all"
  exit 0
fi

targets=()
if [ "${#names[@]}" -eq 0 ]; then mapfile -t targets <<<"$all"; fi
for name in "${names[@]}"; do
  target=$(grep ":$name\$" <<<"$all" || true)
  if [ -z "$target" ]; then
    echo "fuzz.sh: no fuzz target '$name'; --list shows those that there are" >&2
    exit 2
  fi
  targets+=("$target")
done
if ! command -v clang-14 >/dev/null; then
  echo "fuzz.sh: no clang-14 here: run ./setup.sh fuzz" >&2
  exit 1
fi
"${bazel[@]}" build --config=fuzz --noshow_progress --symlink_prefix=/ "${targets[@]}"
binaries=$("${bazel[@]}" info --config=fuzz bazel-bin 2>/dev/null)

scratch=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)/quant_curve_fuzz.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export TEST_TMPDIR=$scratch
# A freed byte is kept for 16 MiB of further ones, not 256: memory is measured.
export ASAN_OPTIONS=quarantine_size_mb=16:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1

# fuzz LABEL: prints one line of the table, and what was found.
fuzz() {
  local package=${1#//} name=${1##*:} folder committed status=0
  package=${package%%:*}
  folder=$cache/$name
  committed=$package/fuzz_corpus/${name%_fuzzer}
  mkdir -p "$folder/corpus" "$folder/findings"
  "$binaries/$package/$name" "--write_seeds=$folder/corpus"
  [ -d "$committed" ] && cp "$committed"/* "$folder/corpus"
  "$binaries/$package/$name" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=640 -malloc_limit_mb=256 -print_final_stats=1 \
    -artifact_prefix="$folder/findings/" "$folder/corpus" \
    >"$folder/log" 2>&1 || status=$?
  local runs coverage
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
  coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$folder/log" | tail -1)
  total=$((total + ${runs:-0}))
  printf '%-28s %12s %9s %8s\n' "$name" "${runs:-?}" "${coverage:-?}" \
    "$([ "$status" -eq 0 ] && echo none || echo FOUND)"
  [ "$status" -eq 0 ] && return
  grep -a -m 3 'property violated\|ERROR: \|runtime error' "$folder/log" || true
  grep -a 'Test unit written' "$folder/log" || tail -5 "$folder/log"
  return 1
}

printf '%-28s %12s %9s %8s\n' target executions coverage findings
found=0
total=0
for target in "${targets[@]}"; do fuzz "$target" || found=$((found + 1)); done
printf '%-28s %12s\n' total "$total"
[ "$found" -eq 0 ]
