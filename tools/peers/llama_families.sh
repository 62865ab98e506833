#!/bin/bash
# Compares our models with llama.cpp's: a tiny random model of each family is
# imported, exported to GGUF in F32, and run by llama.cpp. Its tokenizer encodes
# 3000 texts that are made from a seed.
#
#   tools/peers/llama_families.sh [FOLDER]
#
# FOLDER gets the prebuilt library, from npm at a fixed version (npm, node, gcc;
# 27 MB); by default a temporary one. Prints one line per family. Exit code 1
# when perplexities of the same tokens differ by more than 0.1 %, logits by more
# than 0.1 % of the largest, greedy tokens or the ids of a text; 0 with
# "skipped: ..." where npm or the package can't be had.
set -euo pipefail
if [[ $# -gt 1 || ${1:-} == -* ]]; then
  sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
cd "$(dirname "$0")/../.."

# Folders of pipelines/testing/own_model:fixtures. Each family is one line.
families=(
  gemma
  gemma2
  gemma3
  gpt2
  granite
  llama
  llama3
  mistral
  olmo2
  qwen2
  qwen3
  smollm3
)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
folder=$scratch/npm
if [[ $# -eq 1 ]]; then
  mkdir -p "$1"
  folder=$(realpath "$1")
fi
skip() { echo "skipped: $*"; exit 0; }
[[ $(uname -sm) == "Linux x86_64" ]] || skip "the library is for Linux on x86-64"
command -v npm >/dev/null || skip "npm is not installed"
command -v node >/dev/null || skip "node is not installed"
command -v gcc >/dev/null || skip "gcc is not installed"
libraries=$folder/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64
library=$libraries/libllama.v0.5.0.so
if [[ ! -f $library ]]; then
  mkdir -p "$folder"
  [[ -f $folder/package.json ]] || echo '{"private": true}' >"$folder/package.json"
  npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts \
    --fetch-retries=1 @node-llama-cpp/linux-x64@3.22.1 >"$scratch/npm.log" 2>&1 ||
    skip "npm cannot install @node-llama-cpp/linux-x64: $(tail -1 "$scratch/npm.log")"
fi

targets=(//tools/import //tools/import:encode_lines //tools/quantize //tools/export
         //tools/peers:compare_logits //pipelines/testing/own_model:fixtures)
bazel build "${targets[@]}" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
for program in llama_logits llama_tokens; do
  gcc -O1 -Wall -Wextra -o "$scratch/$program" "tools/peers/$program.c" -ldl
done
node tools/peers/llama_texts.mjs "$scratch/texts.jsonl" "$scratch/texts"

# Runs the model in folder $1 of the fixtures both ways, in folder $to.
compare() {
  local from=bazel-bin/pipelines/testing/own_model/$1
  mkdir "$to"
  bazel-bin/tools/import/import --model="$from" --output="$to/checkpoint.qca" \
    --tokenizer_output="$to/tokenizer.qca" &&
    bazel-bin/tools/quantize/quantize --checkpoint="$to/checkpoint.qca" \
      --scheme=fp32 --output="$to/model.qca" &&
    bazel-bin/tools/export/export --model="$to/model.qca" --format=gguf \
      --tokenizer="$to/tokenizer.qca" --output="$to/model.gguf" &&
    "$scratch/llama_logits" "$library" "$to/model.gguf" "$to/logits" &&
    "$scratch/llama_tokens" "$library" "$to/model.gguf" "$scratch/texts" \
      >"$to/their_ids" &&
    bazel-bin/tools/import/encode_lines "$from/tokenizer.json" \
      "$scratch/texts.jsonl" | sed 's/^~ //' >"$to/ids"
} >"$scratch/log" 2>&1

failed=0
for family in "${families[@]}"; do
  to=$scratch/$family
  if compare "$family"; then
    line=$(bazel-bin/tools/peers/compare_logits "$to/model.qca" \
      "$to/logits") || { failed=1; line="DIFFERS: $line"; }
    texts=$(wc -l <"$scratch/texts.jsonl")
    differ=$(paste -d'|' "$to/ids" "$to/their_ids" | awk -F'|' '$1 != $2' | wc -l)
    [[ $differ -eq 0 && $(wc -l <"$to/their_ids") -eq $texts ]] ||
      { failed=1; line="DIFFERS: $line"; }
    printf '%-8s %s; ids differ in %d of %d texts\n' "$family" "$line" "$differ" "$texts"
  else
    failed=1
    printf '%-8s FAILED: %s\n' "$family" "$(tail -3 "$scratch/log")"
  fi
done
exit "$failed"
