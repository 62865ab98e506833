#!/bin/bash
# What a user meets: exit codes, one-line messages, no file after a failure.
set -u
tool="$1"
output="${TEST_TMPDIR}/model.gguf"

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
  if [[ -e "${output}" ]]; then
    echo "flags: $*: a failed run left ${output}"
    exit 1
  fi
}

model="${TEST_TMPDIR}/model.qca"
expect 2 "--model is required" --format=gguf --output="${output}"
expect 2 "--format is required" --model="${model}" --output="${output}"
expect 2 "--output is required" --model="${model}" --format=gguf
expect 2 "--format=onnx: must be gguf, safetensors or compressed-tensors" --model="${model}" \
  --format=onnx --output="${output}"
expect 2 "give only one" --model="${model}" --format=gguf \
  --output="${output}" --tokenizer=a --corpus=b
expect 1 "${model}" --model="${model}" --format=gguf --output="${output}"
echo "no artifact" >"${model}"
expect 1 "${model}" --model="${model}" --format=safetensors \
  --output="${output}"
