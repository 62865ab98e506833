#!/bin/bash
# The stages of //pipelines/testing:tiny_curve by hand, for the tests beside this
# file; they source it in their runfiles' root.

root=$PWD
tiny=$root/pipelines/testing
STAGES=(corpus train calibrate quantize evaluate plot report)

# Sets `command` to the stage's tool and flags, all paths absolute. It writes
# into the folder $2; further arguments are flags that are added.
stage_command() {  # stage_command STAGE FOLDER [FLAG...]
  local stage=$1 folder=$2
  shift 2
  local fp32=$tiny/tiny_curve_fp32_measurement.qca
  local fp32_model=$tiny/tiny_curve_fp32_model.qca
  local gptq=$tiny/tiny_curve_int4_per_group_64_gptq
  local corpus=$tiny/tiny_curve_corpus.qca
  local checkpoint=$tiny/tiny_curve_checkpoint.qca
  command=("$root/tools/$stage/$stage")
  case $stage in
    corpus)
      command+=(--seed=42 --sequence_length=64 --calibration_sequences=16
        --evaluation_windows=40 --held_out_items=60 --seen_items=40
        --train_sentences=6000 --unseen_items=60
        --output="$folder/tiny_curve_corpus.qca") ;;
    train)
      command+=(--corpus="$corpus" --seed=42 --batch_sequences=8 --d_ff=96
        --d_model=32 --num_layers=2 --steps=400
        --output="$folder/tiny_curve_checkpoint.qca") ;;
    calibrate)
      command+=(--checkpoint="$checkpoint" --corpus="$corpus" --sequences=16
        --output="$folder/tiny_curve_calibration.qca") ;;
    quantize)
      command+=(--checkpoint="$checkpoint" --scheme=int4_per_group_64_gptq
        --hessians="$tiny/tiny_curve_calibration.qca"
        --output="$folder/${gptq##*/}_model.qca") ;;
    evaluate)
      command+=(--model="${gptq}_model.qca" --corpus="$corpus"
        --reference="$fp32" --reference_model="$fp32_model" --output="$folder/${gptq##*/}_measurement.qca") ;;
    plot)
      command+=(--measurements="$fp32,${gptq}_measurement.qca" --figure=pareto
        --gnuplot=/usr/bin/gnuplot --output="$folder/pareto.png") ;;
    report)
      command+=(--measurements="$fp32,${gptq}_measurement.qca"
        --results_output="$folder/results.json"
        --readme_output="$folder/README.md") ;;
    *) echo "no stage $stage" >&2; return 1 ;;
  esac
  command+=("$@")
}

# Whether the stage computes on several threads and has the flag for it.
has_threads() { [[ " train calibrate quantize evaluate " == *" $1 "* ]]; }
