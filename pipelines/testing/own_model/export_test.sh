#!/bin/bash
# The targets that quant_curve's exports declares hold what the tool writes by
# hand, manifests included, each with the model's own tokenizer.
set -euo pipefail

here=pipelines/testing/own_model
tiny=pipelines/testing/tiny_curve
scheme=int4_per_group_64_gptq
model=$here/gpt2_curve_$scheme
fail() { echo "FAIL: $*" >&2; exit 1; }

# same FILE BY_HAND: both files and their manifests hold the same bytes.
same() {
  cmp "$1" "$2" || fail "$1 is not what the tool writes"
  cmp "$1.manifest.json" "$2.manifest.json" || fail "the manifests of $1 differ"
}

# export_by_hand FORMAT OUTPUT MODEL --TOKENIZER…
export_by_hand() {
  local format=$1 output=$2 from=$3
  shift 3
  tools/export/export --format="$format" --output="$output" --model="$from" "$@"
}

tokenizer=--tokenizer=$here/gpt2_curve_checkpoint_tokenizer.qca
hand=$TEST_TMPDIR/gpt2_curve_$scheme
export_by_hand gguf "$hand.gguf" "${model}_model.qca" "$tokenizer"
same "$model.gguf" "$hand.gguf"
[ "$(head -c 4 "$model.gguf")" = GGUF ] || fail "$model.gguf is no GGUF"
grep -q "urn:quant-curve:stage:export:v1" "$model.gguf.manifest.json" ||
  fail "no manifest of the export"
grep -q "$(sha256sum "${model}_model.qca" | cut -d' ' -f1)" \
  "$model.gguf.manifest.json" || fail "the manifest does not name the model"

export_by_hand safetensors "$hand" "${model}_model.qca" "$tokenizer"
files=(config.json model.safetensors tokenizer.json)
for file in "${files[@]}"; do same "${model}_safetensors/$file" "$hand/$file"; done
[ "$(ls "${model}_safetensors" | wc -l)" = 6 ] ||
  fail "not three files and their manifests: $(ls "${model}_safetensors")"

# Nothing was lost: the float32 model imported again is the artifact that it was.
for family in gpt2 llama; do
  back=$TEST_TMPDIR/$family
  tools/import/import --model="$here/${family}_curve_fp32_safetensors" \
    --output="$back.qca" --tokenizer_output="${back}_tokenizer.qca"
  for suffix in .qca _tokenizer.qca; do
    cmp "$back$suffix" "$here/${family}_curve_checkpoint$suffix" ||
      fail "$family$suffix came back otherwise"
  done
done

# Packed for vLLM, with the codes as they are.
packed=$here/llama_curve_int8_per_channel
hand=$TEST_TMPDIR/packed
export_by_hand compressed-tensors "$hand" "${packed}_model.qca" \
  --tokenizer="$here/llama_curve_checkpoint_tokenizer.qca"
for file in "${files[@]}"; do
  same "${packed}_compressed_tensors/$file" "$hand/$file"
done
grep -q '"format": "pack-quantized"' "$hand/config.json" || fail "no config"
grep -qa 'model.layers.0.mlp.down_proj.weight_packed' "$hand/model.safetensors" ||
  fail "the weights are not packed"
if tools/import/import --model="$hand" --output="$TEST_TMPDIR/no.qca" \
    --tokenizer_output="$TEST_TMPDIR/no_tokenizer.qca" 2> "$TEST_TMPDIR/said"; then
  fail "a quantized model was imported as a checkpoint"
fi
grep -q "quantization_config" "$TEST_TMPDIR/said" || fail "the refusal names no field"

# Trained here: the corpus holds the tokenizer.
hand=$TEST_TMPDIR/tiny_curve_int4_per_group_64.gguf
export_by_hand gguf "$hand" "${tiny}_int4_per_group_64_model.qca" \
  --corpus="${tiny}_corpus.qca"
same "${tiny}_int4_per_group_64.gguf" "$hand"
echo PASS
