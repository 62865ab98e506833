#!/bin/bash
# A curve of an imported model in parts, read through indexes, holds the bytes of
# the one in whole files; its chain is audited and rebuilt. An index needs its
# parts, wherever they are together.
set -euo pipefail

here=pipelines/testing/own_model
fail() { echo "FAIL: $*" >&2; exit 1; }

# refuses CODE TEXT COMMAND…: it ends with CODE and one line that says TEXT.
refuses() {
  local code=$1 text=$2 said status=0
  shift 2
  said=$("$@" 2>&1 > /dev/null) || status=$?
  [ "$status" = "$code" ] || fail "exit $status, expected $code: $*: $said"
  [[ $(wc -l <<< "$said") = 1 && $said == *"$text"* ]] || fail "'$said' lacks: $text"
}

schemes=(fp32 int4_per_group_64_gptq int4_sequential)
for parts in 2 4; do
  curve=$here/llama_curve_of_${parts}_parts
  cmp "${curve}_checkpoint_tokenizer.qca" "$here/llama_curve_checkpoint_tokenizer.qca"
  cmp "${curve}_corpus.qca" "$here/llama_curve_corpus.qca"
  cmp "${curve}_calibration.qca" "$here/llama_curve_calibration.qca"
  cmp "${curve}_int4_per_group_64_gptq.gguf" "$here/llama_curve_int4_per_group_64_gptq.gguf"
  for scheme in "${schemes[@]}"; do
    cmp "${curve}_${scheme}_measurement.qca" "$here/llama_curve_${scheme}_measurement.qca"
  done
  [ "$(find -L $here -name "$(basename "$curve")_checkpoint-*.qca" | wc -l)" = "$parts" ] ||
    fail "the checkpoint is not in $parts parts"
  # 154752 bytes of weights in float32: 38688 of them.
  whole=$(stat -Lc %s $here/llama_curve_checkpoint.qca)
  index=$(stat -Lc %s "${curve}_checkpoint.qca")
  [ "$whole" -gt 154752 ] && [ "$index" -lt 10000 ] ||
    fail "the index has $index bytes, the whole $whole"
done

# Every stage gives the recorded bytes again, parts and indexes.
published=$TEST_TMPDIR/published
$here/llama_curve_of_2_parts.sh --output_dir="$published" > "$TEST_TMPDIR/log"
tools/audit/audit "$published" --artifacts=$here > "$TEST_TMPDIR/log" ||
  fail "the audit: $(cat "$TEST_TMPDIR/log")"
tools/audit/audit "$published" --artifacts=$here --rebuild > "$TEST_TMPDIR/log" 2>&1 ||
  fail "the rebuild: $(cat "$TEST_TMPDIR/log")"
grep -q "^rebuild.*same bytes" "$TEST_TMPDIR/log" || fail "nothing was rebuilt"
if grep "^rebuild" "$TEST_TMPDIR/log" | grep -v "same bytes"; then fail "a rebuild differs"; fi

# The audit reads the records of an index in its parts.
found=$TEST_TMPDIR/found
mkdir "$found"
cp -L $here/llama_curve_of_2_parts_checkpoint*.qca "$found/"
part=$found/llama_curve_of_2_parts_checkpoint-00002-of-00002.qca
printf '\xff' | dd of="$part" bs=1 seek=300 conv=notrunc status=none
status=0
tools/audit/audit "$published" --artifacts="$found" > "$TEST_TMPDIR/log" || status=$?
[ "$status" = 15 ] && grep -q "SHA-256 of its record does not match" "$TEST_TMPDIR/log" &&
  grep -qF "$(basename "$part")" "$TEST_TMPDIR/log" ||
  fail "exit $status for a damaged part: $(cat "$TEST_TMPDIR/log")"

# An index and its parts may be copied to another folder.
copy=$TEST_TMPDIR/copy
mkdir "$copy"
cp -L $here/llama_curve_of_4_parts_checkpoint* "$copy/"
checkpoint=$copy/llama_curve_of_4_parts_checkpoint
quantize=(tools/quantize/quantize --checkpoint="$checkpoint.qca"
  --hessians=$here/llama_curve_calibration.qca)
"${quantize[@]}" --scheme=fp32 --output="$copy/model.qca"
cmp "$copy/model.qca" $here/llama_curve_fp32_model.qca

# An index of shards holds the contents of the model that is merged.
for shard in 0 1; do
  "${quantize[@]}" --scheme=fp32 --shards=2 --shard=$shard --output="$copy/s$shard.qca"
done
merge=(tools/merge/merge --shards="$copy/s1.qca,$copy/s0.qca")
"${merge[@]}" --output="$copy/merged.qca"
"${merge[@]}" --index --output="$copy/index.qca"
cmp "$copy/merged.qca" "$copy/model.qca"
for name in model index; do
  tools/evaluate/evaluate --model="$copy/$name.qca" --corpus=$here/llama_curve_corpus.qca \
    --output="$copy/${name}_measurement.qca"
done
cmp "$copy/index_measurement.qca" "$copy/model_measurement.qca"
contents() { grep -m1 contentsSha256 < <(sed -n '/"subject"/,$p' "$copy/$1.qca.manifest.json"); }
[ "$(contents index)" = "$(contents model)" ] || fail "the contents differ"
mkdir "$copy/other"
refuses 1 "s1.qca is not in the folder of --output=" \
  "${merge[@]}" --index --output="$copy/other/index.qca"

# No output takes the place of a part that is read, no part that of an input.
refuses 2 "00002-of-00004.qca is also --checkpoint (a part of $checkpoint.qca)" \
  "${quantize[@]}" --scheme=fp32 --output="$checkpoint-00002-of-00004.qca"
refuses 2 "s0.qca is also --model (a part of $copy/index.qca)" \
  tools/evaluate/evaluate --model="$copy/index.qca" --output="$copy/s0.qca" \
  --corpus=$here/llama_curve_corpus.qca
import=(tools/import/import --tokenizer_output="$copy/tokenizer.qca" --parts=2)
cp -L $here/llama2c/model.bin "$copy/m-00001-of-00002.bin"
refuses 2 "m-00001-of-00002.bin is also --model" "${import[@]}" \
  --model="$copy/m-00001-of-00002.bin" --tokenizer=none --output="$copy/m.bin"
refuses 2 "--parts=257: must be in [1, 256]" "${import[@]}" --parts=257 \
  --model=$here/llama --output="$copy/m.qca"

# Parts that are missing, of another run or given alone.
refuses 1 "is part 1 of 4 (counted from 0) of a checkpoint; give the index" \
  tools/quantize/quantize --scheme=fp32 --output="$copy/x.qca" \
  --checkpoint="$checkpoint-00002-of-00004.qca"
cp "$checkpoint-00002-of-00004.qca" "$checkpoint-00004-of-00004.qca"
refuses 1 "00004-of-00004.qca, a part of the index $checkpoint.qca); keep the parts" \
  "${quantize[@]}" --scheme=fp32 --output="$copy/x.qca"
rm "$checkpoint-00004-of-00004.qca"
refuses 1 "$checkpoint-00004-of-00004.qca: cannot open: No such file or directory (a part of the index" \
  "${quantize[@]}" --scheme=fp32 --output="$copy/x.qca"
rm "$copy/s1.qca"
refuses 1 "keep the parts that were written with the index in its folder" \
  tools/evaluate/evaluate --model="$copy/index.qca" --output="$copy/x.qca" \
  --corpus=$here/llama_curve_corpus.qca
[ ! -e "$copy/x.qca" ] || fail "a refused run left a file"
echo PASS
