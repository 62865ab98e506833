#!/bin/bash
# Each stage, run by hand from the artifacts that a pipeline left, makes the
# same bytes: with another number of threads, in another folder, in another
# locale and time zone.
set -euo pipefail

here=pipelines/testing
corpus=$here/tiny_curve_corpus.qca
checkpoint=$here/tiny_curve_checkpoint.qca
hessians=$here/tiny_curve_calibration.qca
fp32=$here/tiny_curve_fp32_measurement.qca
model=$here/tiny_curve_int4_per_group_64_gptq_model.qca
measurement=$here/tiny_curve_int4_per_group_64_gptq_measurement.qca
out=$TEST_TMPDIR
export LC_ALL=C.UTF-8 TZ=Asia/Tokyo

same() { cmp "$1" "$2" || { echo "FAIL: $1 differs from the pipeline's" >&2; exit 1; }; }

tools/corpus/corpus --seed=42 --sequence_length=64 --calibration_sequences=16 \
  --evaluation_windows=40 --held_out_items=60 --seen_items=40 \
  --train_sentences=6000 --unseen_items=60 --output="$out/corpus.qca"
same "$out/corpus.qca" "$corpus"

tools/train/train --corpus="$corpus" --seed=42 --batch_sequences=8 --d_ff=96 \
  --d_model=32 --num_layers=2 --steps=400 --threads=3 \
  --output="$out/checkpoint.qca"
same "$out/checkpoint.qca" "$checkpoint"

tools/calibrate/calibrate --checkpoint="$checkpoint" --corpus="$corpus" \
  --sequences=16 --threads=1 --output="$out/hessians.qca"
same "$out/hessians.qca" "$hessians"

tools/quantize/quantize --checkpoint="$checkpoint" --hessians="$hessians" \
  --scheme=int4_per_group_64_gptq --threads=3 --output="$out/model.qca"
same "$out/model.qca" "$model"

tools/evaluate/evaluate --model="$model" --corpus="$corpus" \
  --reference="$fp32" --threads=1 --output="$out/measurement.qca"
same "$out/measurement.qca" "$measurement"

tools/plot/plot --measurements="$fp32,$measurement" --figure=pareto \
  --gnuplot=/usr/bin/gnuplot --output="$out/a.png"
tools/plot/plot --measurements="$fp32,$measurement" --figure=pareto \
  --gnuplot=/usr/bin/gnuplot --output="$out/b.png"
cmp "$out/a.png" "$out/b.png"
echo PASS
