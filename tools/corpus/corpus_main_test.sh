#!/bin/bash
# What a user meets: exit codes, one-line messages, no file after a failure.
set -u
tool="$1"
output="${TEST_TMPDIR}/corpus.qca"

# expect CODE TEXT FLAGS…: the tool ends with CODE and its output holds TEXT.
expect() {
  local code="$1" text="$2" printed status
  shift 2
  printed="$("${tool}" "$@" 2>&1)"
  status=$?
  if [[ ${status} -ne ${code} || "${printed}" != *"${text}"* ]]; then
    echo "flags: $*; expected exit code ${code} and '${text}', got ${status}:"
    echo "${printed}"
    exit 1
  fi
}

small=(--output="${output}" --calibration_sequences=2 --evaluation_windows=4
       --seen_items=8 --held_out_items=8 --unseen_items=8)

expect 2 "--output is required" --seed=1
expect 2 "--train_sentences=0" "${small[@]}" --train_sentences=0
expect 2 "sead" "${small[@]}" --sead=1
expect 1 "raise --train_sentences" "${small[@]}" --train_sentences=2
if [[ -e "${output}" ]]; then
  echo "a failed run left ${output}"
  exit 1
fi
expect 0 "6000 training sentences" "${small[@]}" --train_sentences=6000
cp "${output}" "${output}.first"
expect 0 "24 cloze items" "${small[@]}" --train_sentences=6000
cmp "${output}" "${output}.first"
