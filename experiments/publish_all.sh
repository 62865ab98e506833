#!/bin/bash
# Publishes all experiments again, each into its folder, and audits each.
#
#   experiments/publish_all.sh                       all of them, in this order
#   experiments/publish_all.sh 26-quant-curve ...    only these
#   experiments/publish_all.sh --into=FOLDER ...     into FOLDER/NAME instead, to try it
#   experiments/publish_all.sh --help
#
# Everything is built first, so that nothing else runs while speed is measured.
# Use an otherwise idle machine: 01-roofline, 26-quant-curve and tinystories
# publish measured speeds. tinystories needs the files that WORKSPACE names.
# All of them take about half an hour on two cores, training included. The exit
# code is 1 when any was not published or its audit fails.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Name of the folder, and what `bazel run` publishes into it.
experiments=(
  "01-roofline //pipelines:roofline"
  "26-quant-curve //pipelines:quant_curve"
  "26-quant-curve-extended //pipelines:quant_curve_extended"
  "tinystories //experiments/tinystories"
)
busy_load=0.5  # runnable processes: above it, speed is not this machine's

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

wrong_usage() { echo "publish_all.sh: $1; see --help" >&2; exit 2; }

into=$PWD/experiments
wanted=()
for argument in "$@"; do
  case $argument in
    -h|--help) usage; exit 0 ;;
    --into=?*) into=$(realpath -m "${argument#--into=}") ;;
    -*) wrong_usage "unknown flag $argument" ;;
    *)
      printf '%s\n' "${experiments[@]}" | grep -q "^$argument " ||
        wrong_usage "no experiment is called $argument"
      wanted+=("$argument") ;;
  esac
done
mkdir -p "$into" || exit 1

# Whether the experiment was asked for.
is_wanted() {
  [ ${#wanted[@]} -eq 0 ] || printf '%s\n' "${wanted[@]}" | grep -qx -- "$1"
}

targets=()
for experiment in "${experiments[@]}"; do
  read -r name target <<< "$experiment"
  if is_wanted "$name"; then targets+=("$target"); fi
done
bazel build "${targets[@]}" //tools/audit || exit 1

load=$(cut -d ' ' -f 1 /proc/loadavg)
if awk -v load="$load" -v busy="$busy_load" 'BEGIN { exit load <= busy }'; then
  echo "publish_all.sh: the load average is $load (of the build, perhaps):" \
    "measured speeds are this machine's only when nothing else runs" >&2
fi

failed=()
for experiment in "${experiments[@]}"; do
  read -r name target <<< "$experiment"
  is_wanted "$name" || continue
  echo "=== $name: bazel run $target"
  if bazel run "$target" -- --output_dir="$into/$name" &&
    bazel run //tools/audit -- "$into/$name"; then
    echo "--- published, and its audit holds: $into/$name"
  else
    failed+=("$name")
    echo "--- FAILED: $name"
  fi
done
[ ${#failed[@]} -eq 0 ] || { echo "publish_all.sh: failed: ${failed[*]}" >&2; exit 1; }
