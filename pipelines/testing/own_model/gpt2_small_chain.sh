#!/bin/bash
# A GPT-2 small with random weights from import to measurement: wall time, time
# of all threads and largest memory of each stage. Fails when a stage needs more than the limit.
#
#   bazel run //pipelines/testing/own_model:gpt2_small_chain -- [--sequences=128] \
#     [--windows=16] [--threads=0] [--limit_mib=4096] [--folder=DIR] [SHAPE…]
#
# SHAPE are flags of make_gpt2, such as --num_layers=2. With --folder the
# artifacts stay there; 2.3 GB.
set -euo pipefail

here=pipelines/testing/own_model
fail() { echo "gpt2_small_chain: $*" >&2; exit 1; }

sequences=128 windows=16 threads=0 limit_mib=4096 folder= shape=()
for argument; do
  case $argument in
    --sequences=*) sequences=${argument#*=} ;;
    --windows=*) windows=${argument#*=} ;;
    --threads=*) threads=${argument#*=} ;;
    --limit_mib=*) limit_mib=${argument#*=} ;;
    --folder=*) folder=${argument#*=} ;;
    *) shape+=("$argument") ;;
  esac
done
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder/model"

# stage PROGRAM ARGUMENT…: runs it, adds a row.
rows=()
stage() {
  local name=$1 seconds cpu mib
  $here/run_measured "$folder/took" "tools/$name/$name" "${@:2}" ||
    fail "$name failed"
  read -r seconds cpu mib _ < "$folder/took"
  rows+=("$(printf '%-10s %8s %8s %9s' "$name" "$seconds" "$cpu" "$mib")")
  [ "$mib" -le "$limit_mib" ] ||
    fail "$name needed $mib MiB, the limit is $limit_mib MiB (--limit_mib)"
}

$here/make_gpt2 --output="$folder" --calibration_sequences="$sequences" \
  --evaluation_windows="$windows" "${shape[@]}"
stage import --model="$folder/model" --tokenizer=none \
  --output="$folder/checkpoint.qca" --tokenizer_output="$folder/tokenizer.qca"
stage text --tokens --tokenizer="$folder/tokenizer.qca" \
  --calibration_text="$folder/calibration.txt" \
  --evaluation_text="$folder/evaluation.txt" --output="$folder/corpus.qca"
stage calibrate --checkpoint="$folder/checkpoint.qca" --corpus="$folder/corpus.qca" \
  --sequences="$sequences" --threads="$threads" --output="$folder/calibration.qca"
stage quantize --checkpoint="$folder/checkpoint.qca" \
  --hessians="$folder/calibration.qca" --scheme=int4_per_group_64_gptq \
  --threads="$threads" --output="$folder/model.qca"
stage evaluate --model="$folder/model.qca" --corpus="$folder/corpus.qca" \
  --threads="$threads" --output="$folder/measurement.qca"

printf '\n%-10s %8s %8s %9s\n' stage seconds "CPU s" "peak MiB"
printf '%s\n' "${rows[@]}"
