#!/bin/bash
# Each stage, run by hand from the artifacts that a pipeline left, makes the
# same bytes, artifact and manifest: with another number of threads, in another
# folder, locale and time zone.
set -euo pipefail

here=pipelines/testing
corpus=$here/tiny_curve_corpus.qca
checkpoint=$here/tiny_curve_checkpoint.qca
hessians=$here/tiny_curve_calibration.qca
fp32=$here/tiny_curve_fp32_measurement.qca
fp32_model=$here/tiny_curve_fp32_model.qca
model=$here/tiny_curve_int4_per_group_64_gptq_model.qca
measurement=$here/tiny_curve_int4_per_group_64_gptq_measurement.qca
out=$TEST_TMPDIR/by_hand
mkdir "$out"
export LC_ALL=C.UTF-8 TZ=Asia/Tokyo

# same NAME: what was made by hand is what the pipeline made.
same() {
  local file
  for file in "$1" "$1.manifest.json"; do
    cmp "$out/$file" "$here/$file" ||
      { echo "FAIL: $file differs from the pipeline's" >&2; exit 1; }
  done
}

tools/corpus/corpus --seed=42 --sequence_length=64 --calibration_sequences=16 \
  --evaluation_windows=40 --held_out_items=60 --seen_items=40 \
  --train_sentences=6000 --unseen_items=60 --output="$out/tiny_curve_corpus.qca"
same tiny_curve_corpus.qca

tools/train/train --corpus="$corpus" --seed=42 --batch_sequences=8 --d_ff=96 \
  --d_model=32 --num_layers=2 --steps=400 --threads=3 \
  --output="$out/tiny_curve_checkpoint.qca"
same tiny_curve_checkpoint.qca

tools/calibrate/calibrate --checkpoint="$checkpoint" --corpus="$corpus" \
  --sequences=16 --threads=1 --output="$out/tiny_curve_calibration.qca"
same tiny_curve_calibration.qca

tools/quantize/quantize --checkpoint="$checkpoint" --hessians="$hessians" \
  --scheme=int4_per_group_64_gptq --threads=3 --output="$out/$(basename "$model")"
same "$(basename "$model")"

tools/quantize/quantize --checkpoint="$checkpoint" --hessians="$hessians" \
  --corpus="$corpus" --threads=3 --output="$out/tiny_curve_int3_sequential_model.qca" \
  --scheme='name: "int3_sequential" weight_format: WEIGHT_INTEGER bits: 3 symmetric: true
    granularity: PER_GROUP group_size: 32 method: GPTQ activation_order: true
    sequential: true activation_format: ACTIVATION_FLOAT32'
same tiny_curve_int3_sequential_model.qca

tools/evaluate/evaluate --model="$model" --corpus="$corpus" \
  --reference="$fp32" --reference_model="$fp32_model" --threads=1 --output="$out/$(basename "$measurement")"
same "$(basename "$measurement")"

measurements=$here/tiny_curve_fp32_measurement.qca
for scheme in fp16 int8_per_channel int8_weight_activation int4_per_group_64 \
    int4_per_group_64_gptq int3_per_group_32 int3_sequential; do
  measurements+=,$here/tiny_curve_${scheme}_measurement.qca
done
for extension in png svg; do
  tools/plot/plot --figure=pareto --measurements="$measurements" \
    --experiment=tiny --byte_budget=0 --quality_margin=1 \
    --quality_metric=perplexity_gap_percent --gnuplot=../gnuplot/gnuplot \
    --output="$out/pareto.$extension"
  for file in pareto.$extension pareto.$extension.manifest.json; do
    cmp "$out/$file" "$here/tiny_curve/$file"
  done
done
echo PASS
