#!/bin/bash
# A model of a real shape with random bfloat16 weights, from import to GGUF: wall
# time, time of all threads and memory of each stage. "anonymous" leaves out pages
# of mapped files, which the system drops when it needs memory; the limit is for
# that. Fails when a stage needs more.
#
#   bazel run //pipelines/testing/own_model:shape_chain -- --shape=llama-3.2-1b \
#     [--sequences=128] [--sequence_length=512] [--window_tokens=512]
#     [--layers=N] [--threads=0] [--limit_mib=4096] [--folder=DIR] [--rtn]
#
# --layers changes the shape's number of layers, to see which memory depends on it.
# With --folder the artifacts stay there. With --rtn the model is rounded to
# nearest and nothing is calibrated.
set -euo pipefail

here=pipelines/testing/own_model
fail() { echo "shape_chain: $*" >&2; exit 1; }

shape= sequences=128 length=512 window=512 threads=0 limit_mib=4096 folder= rtn= layers=()
for argument; do
  case $argument in
    --shape=*) shape=${argument#*=} ;;
    --sequences=*) sequences=${argument#*=} ;;
    --sequence_length=*) length=${argument#*=} ;;
    --window_tokens=*) window=${argument#*=} ;;
    --threads=*) threads=${argument#*=} ;;
    --limit_mib=*) limit_mib=${argument#*=} ;;
    --layers=*) layers=("${argument#*=}") ;;
    --folder=*) folder=${argument#*=} ;;
    --rtn) rtn=1 ;;
    *) fail "unknown argument $argument" ;;
  esac
done
[ -n "$shape" ] || fail "--shape is required: a name of make_shape.py"
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi

# stage PROGRAM ARGUMENT…: runs it, adds a row.
rows=()
stage() {
  local name=$1 seconds cpu mib anonymous
  $here/run_measured "$folder/took" "tools/$name/$name" "${@:2}" ||
    fail "$name failed"
  read -r seconds cpu mib anonymous < "$folder/took"
  rows+=("$(printf '%-10s %8s %8s %9s %10s' "$name" "$seconds" "$cpu" "$mib" "$anonymous")")
  [ "$anonymous" -le "$limit_mib" ] ||
    fail "$name needed $anonymous MiB, the limit is $limit_mib MiB (--limit_mib)"
}

python3 $here/make_shape.py "$shape" "$folder" "${layers[@]}"
stage import --model="$folder" --tokenizer=none \
  --output="$folder/checkpoint.qca" --tokenizer_output="$folder/tokenizer.qca"
stage text --tokens --tokenizer="$folder/tokenizer.qca" \
  --calibration_text="$folder/calibration.txt" \
  --evaluation_text="$folder/evaluation.txt" --output="$folder/corpus.qca"
quantize=(--checkpoint="$folder/checkpoint.qca" --threads="$threads"
  --output="$folder/model.qca")
if [ -n "$rtn" ]; then
  stage quantize "${quantize[@]}" --scheme=int4_per_group_64
else
  stage calibrate --checkpoint="$folder/checkpoint.qca" \
    --corpus="$folder/corpus.qca" --sequences="$sequences" \
    --sequence_length="$length" --threads="$threads" \
    --output="$folder/calibration.qca"
  stage quantize "${quantize[@]}" --scheme=int4_per_group_64_gptq \
    --hessians="$folder/calibration.qca"
fi
stage evaluate --model="$folder/model.qca" --corpus="$folder/corpus.qca" \
  --window_tokens="$window" --threads="$threads" \
  --output="$folder/measurement.qca"
stage export --model="$folder/model.qca" --format=gguf \
  --output="$folder/model.gguf"

printf '\n%-10s %8s %8s %9s %10s\n' stage seconds "CPU s" "peak MiB" anonymous
printf '%s\n' "${rows[@]}"
