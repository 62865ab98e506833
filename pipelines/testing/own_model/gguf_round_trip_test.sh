#!/bin/bash
# Each family goes out as GGUF, in F32 and in F16, and is imported again: the
# tensors of the float32 checkpoint come back bit by bit, the tokenizer gives
# the same ids, and what is exported then is the same file.
set -euo pipefail

here=pipelines/testing/own_model
fail() { echo "FAIL: $*" >&2; exit 1; }

# import_model FROM TO: TO.checkpoint.qca and TO.tokenizer.qca.
import_model() {
  tools/import/import --model="$1" --output="$2.checkpoint.qca" \
    --tokenizer_output="$2.tokenizer.qca" >/dev/null
}

# export_gguf MODEL SCHEME: MODEL.SCHEME.gguf of what import_model wrote.
export_gguf() {
  tools/quantize/quantize --checkpoint="$1.checkpoint.qca" --scheme="$2" \
    --output="$1.$2.qca" >/dev/null
  tools/export/export --model="$1.$2.qca" --tokenizer="$1.tokenizer.qca" \
    --format=gguf --output="$1.$2.gguf" >/dev/null
}

for family in "$@"; do
  first=$TEST_TMPDIR/$family
  import_model "$here/$family" "$first" 2>/dev/null
  for scheme in fp32 fp16; do
    export_gguf "$first" "$scheme"
    second=$first.$scheme.again
    import_model "$first.$scheme.gguf" "$second"
    export_gguf "$second" "$scheme"
    cmp "$first.$scheme.gguf" "$second.$scheme.gguf" ||
      fail "$family: $scheme comes back otherwise"
  done
  "$here/same_import" "$first".{checkpoint,tokenizer}.qca \
    "$first.fp32.again".{checkpoint,tokenizer}.qca "$here/evaluation.txt" ||
    fail "$family: another model or tokenizer comes back"
done
