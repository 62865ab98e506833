#!/bin/bash
# Models and texts from outside give the same folder of results as ours, for
# each family and format; files of different runs are refused.
set -euo pipefail

here=pipelines/testing/own_model
fail() { echo "FAIL: $*" >&2; exit 1; }

# has FILE TEXT…
has() {
  local file=$1 text
  shift
  for text in "$@"; do
    grep -qF -- "$text" "$file" || fail "$file lacks: $text"
  done
}

# lacks FILE TEXT…
lacks() {
  local file=$1 text
  shift
  for text in "$@"; do
    if grep -qF -- "$text" "$file"; then fail "$file has: $text"; fi
  done
}

# refuses TEXT COMMAND…: it fails with one line that says TEXT.
refuses() {
  local text=$1 said
  shift
  if said=$("$@" 2>&1 > /dev/null); then fail "not refused: $*"; fi
  [[ $(wc -l <<< "$said") = 1 && $said == *"$text"* ]] || fail "'$said' lacks: $text"
}

for model in gpt2 llama llama2c; do
  published=$TEST_TMPDIR/$model
  $here/${model}_curve.sh --output_dir="$published" > "$TEST_TMPDIR/$model.table"
  has "$TEST_TMPDIR/$model.table" fp32 int8_per_channel int4_per_group_64_gptq int4_sequential
  has "$published/results.json" perplexity_per_byte perplexity_per_word \
    bits_per_byte num_evaluation_words
  lacks "$published/results.json" verb_tense_accuracy
  has "$published/details.md" "per token, byte and word"
  lacks "$published/README.md" erb-tense
  lacks "$published/details.md" erb-tense "Raspberry" "The bar"
  head -c 8 "$published/pareto.png" | grep -q PNG || fail "no pareto.png"
  [ ! -e "$published/verb_tense_accuracy.png" ] || fail "a figure of verbs"
  tools/audit/audit "$published" --ignore_tools --artifacts=$here > "$TEST_TMPDIR/said" ||
    fail "$(cat "$TEST_TMPDIR/said")"
done

for model in gpt2 llama; do
  published=$TEST_TMPDIR/$model
  has "$published/results.json" '"minimal_pair_accuracy"' '"category": "order"'
  has "$published/README.md" "minimal-pair accuracy"
  has "$published/details.md" "18 minimal pairs" \
    "guessing gives 50.0 %" "](minimal_pair_accuracy.png)" \
    "## Accuracy per category"
  [ -s "$published/minimal_pair_accuracy.svg" ] || fail "no accuracy figure"
done
lacks "$TEST_TMPDIR/llama2c/results.json" minimal_pair_accuracy
lacks "$TEST_TMPDIR/llama2c/README.md" "ccuracy"
lacks "$TEST_TMPDIR/llama2c/details.md" "ccuracy"
[ ! -e "$TEST_TMPDIR/llama2c/minimal_pair_accuracy.png" ] || fail "a figure without task"

# The parts' activations are in the chain, and it is rebuilt part by part.
has "$TEST_TMPDIR/llama2c/provenance/llama2c_curve_int4_sequential_model_part_0_of_2_activations.qca.manifest.json" \
  '"flag": "activations_output"' '"scheme.sequential": "true"'
tools/audit/audit "$TEST_TMPDIR/llama2c" --rebuild --artifacts=$here > "$TEST_TMPDIR/said" ||
  fail "$(cat "$TEST_TMPDIR/said")"
has "$TEST_TMPDIR/said" "llama2c_curve_int4_sequential_model_part_0_of_2_activations.qca"

# Without Hessians nothing in the chain knows of a calibration.
published=$TEST_TMPDIR/uncalibrated
$here/uncalibrated_curve.sh --output_dir="$published" > "$TEST_TMPDIR/uncalibrated.table"
has "$TEST_TMPDIR/uncalibrated.table" fp32 int8_weight_activation int4_per_group_64
tools/audit/audit "$published" --ignore_tools --artifacts=$here > "$TEST_TMPDIR/said" ||
  fail "$(cat "$TEST_TMPDIR/said")"
if grep -rqF stage:calibrate "$published/provenance"; then fail "a calibration"; fi

# The same model and tokenizer out of a GGUF file give the same table.
$here/gguf_curve.sh --output_dir="$TEST_TMPDIR/gguf" > "$TEST_TMPDIR/gguf.table"
for scheme in fp32 int8_weight_activation int4_per_group_64; do
  line=$(grep "^[0-9]*  $scheme " "$TEST_TMPDIR/uncalibrated.table") ||
    fail "no line of $scheme: $(cat "$TEST_TMPDIR/uncalibrated.table")"
  grep -qxF "$line" "$TEST_TMPDIR/gguf.table" ||
    fail "from GGUF: $(cat "$TEST_TMPDIR/gguf.table"), expected '$line'"
done

# The chain starts at the files from outside.
manifest=$here/gpt2_curve_checkpoint.qca.manifest.json
has "$manifest" "urn:quant-curve:stage:import:v1" '"kind": "FILE"' \
  '"name": "model.safetensors"' "$(sha256sum $here/gpt2/config.json | cut -d' ' -f1)"
has "$here/gpt2_curve_corpus.qca.manifest.json" "urn:quant-curve:stage:text:v1" \
  "$(sha256sum $here/evaluation.txt | cut -d' ' -f1)"

# By hand the same bytes come out.
mkdir "$TEST_TMPDIR/by_hand"
hand=$TEST_TMPDIR/by_hand/gpt2_curve_checkpoint
tools/import/import --model=$here/gpt2 --output="$hand.qca" \
  --tokenizer_output="${hand}_tokenizer.qca" > "$TEST_TMPDIR/said"
has "$TEST_TMPDIR/said" "import: 34848 parameters, 2 layers of width 32"
for file in "$hand" "${hand}_tokenizer"; do
  for suffix in qca qca.manifest.json; do
    cmp "$file.$suffix" "$here/$(basename "$file").$suffix" || fail "$file.$suffix differs"
  done
done

# Without a tokenizer, on token ids: no bytes, no words.
ids=$TEST_TMPDIR/ids
tools/import/import --model=$here/gpt2 --tokenizer=none --output="$ids.qca" \
  --tokenizer_output="${ids}_tokenizer.qca"
for document in 1 2 3 4; do echo "1 2 3 $document 260 7 -- "; done > "$ids.txt"
tools/text/text --tokenizer="${ids}_tokenizer.qca" --tokens --document_separator=-- \
  --calibration_text="$ids.txt" --evaluation_text="$ids.txt" --output="${ids}_corpus.qca"
tools/quantize/quantize --checkpoint="$ids.qca" --scheme=int8_per_channel \
  --output="${ids}_model.qca"
tools/evaluate/evaluate --model="${ids}_model.qca" --corpus="${ids}_corpus.qca" \
  --output="${ids}_measurement.qca" > "$TEST_TMPDIR/said"
has "$TEST_TMPDIR/said" "evaluate: int8_per_channel: perplexity "
lacks "$TEST_TMPDIR/said" accuracy bits/byte

# A random model talks, too; it starts with the prompt.
for model in gpt2 llama; do
  tools/generate/generate --model=$here/${model}_curve_fp32_model.qca --prompt="Then the" \
    --tokenizer=$here/${model}_curve_checkpoint_tokenizer.qca > "$TEST_TMPDIR/said"
  [ "$(head -c 8 "$TEST_TMPDIR/said")" = "Then the" ] || fail "the prompt is gone"
done

# Files of different runs.
verbs=pipelines/testing/tiny_curve_corpus.qca
out=$TEST_TMPDIR/out.qca
refuses "their tokenizers differ" tools/evaluate/evaluate --corpus="$verbs" \
  --model=$here/gpt2_curve_fp32_model.qca --output="$out"
refuses "their tokenizers differ" tools/evaluate/evaluate --output="$out" \
  --corpus=$here/gpt2_curve_corpus.qca --model=$here/llama_curve_fp32_model.qca
refuses "their tokenizers differ" tools/calibrate/calibrate --output="$out" \
  --corpus=$here/gpt2_curve_corpus.qca --checkpoint=$here/llama_curve_checkpoint.qca
refuses "their tokenizers differ" tools/generate/generate --prompt=a \
  --model=pipelines/testing/tiny_curve_fp32_model.qca \
  --tokenizer=$here/gpt2_curve_checkpoint_tokenizer.qca
other=$TEST_TMPDIR/other.qca
tools/corpus/corpus --seed=43 --calibration_sequences=16 --evaluation_windows=40 \
  --held_out_items=60 --seen_items=40 --train_sentences=6000 --unseen_items=60 \
  --output="$other"
ours=pipelines/testing/tiny_curve
refuses "other.qca and ${ours}_fp32_model.qca: the model was trained on another" \
  tools/evaluate/evaluate --corpus="$other" --model=${ours}_fp32_model.qca --output="$out"
refuses "other.qca and ${ours}_checkpoint.qca: the model was trained on another" \
  tools/calibrate/calibrate --corpus="$other" --checkpoint=${ours}_checkpoint.qca \
  --sequences=16 --output="$out"
refuses "gpt2/config.json: bos_token_id is 260: token 260, " \
  tools/import/import --model=$here/gpt2 --tokenizer=$here/llama/tokenizer.json \
  --output="$out" --tokenizer_output="$TEST_TMPDIR/tokenizer.qca"
refuses "calibration.txt: line 1: " tools/text/text --output="$out" \
  --tokenizer=$here/gpt2_curve_checkpoint_tokenizer.qca --pairs=$here/calibration.txt \
  --calibration_text=$here/calibration.txt --evaluation_text=$here/evaluation.txt
[ ! -e "$out" ] || fail "a refused run left a file"
echo PASS
