#!/bin/bash
# Bad input gets one clear line and exit code 1, wrong usage 2, and no output
# file appears or changes.
set -uo pipefail

here=pipelines/testing
corpus=$here/tiny_curve_corpus.qca
checkpoint=$here/tiny_curve_checkpoint.qca
hessians=$here/tiny_curve_calibration.qca
model=$here/tiny_curve_fp32_model.qca
fp32=$here/tiny_curve_fp32_measurement.qca
out=$TEST_TMPDIR/output.png
failures=0

# refuses CODE TEXT COMMAND...: the command exits with CODE, its last line on
# stderr holds TEXT, and $out is as before.
refuses() {
  local code=$1 text=$2 status
  shift 2
  echo untouched > "$out"
  "$@" > /dev/null 2> "$TEST_TMPDIR/stderr"
  status=$?
  if [ "$status" -ne "$code" ]; then
    echo "FAIL: exit $status, expected $code: $*" >&2
    failures=$((failures + 1))
  elif ! grep -qF -- "$text" "$TEST_TMPDIR/stderr"; then
    echo "FAIL: no '$text' in: $(cat "$TEST_TMPDIR/stderr")" >&2
    failures=$((failures + 1))
  elif [ "$(cat "$out")" != untouched ] || ls "$out".tmp-* 2> /dev/null; then
    echo "FAIL: the output was touched: $*" >&2
    failures=$((failures + 1))
  fi
}

quantize() { tools/quantize/quantize --checkpoint="$checkpoint" --hessians="$hessians" --output="$out" "$@"; }
evaluate() { tools/evaluate/evaluate --model="$model" --corpus="$corpus" --output="$out" "$@"; }
calibrate() { tools/calibrate/calibrate --checkpoint="$checkpoint" --corpus="$corpus" --sequences=16 --output="$out" "$@"; }

# Missing files and wrong kinds.
refuses 1 "/no/such.qca: cannot open" evaluate --model=/no/such.qca
refuses 1 "holds CORPUS, expected CHECKPOINT" calibrate --checkpoint="$corpus"
refuses 1 "holds CHECKPOINT, expected CORPUS" calibrate --corpus="$checkpoint"
refuses 1 "holds CHECKPOINT, expected CALIBRATION" quantize --scheme=fp32 --hessians="$checkpoint"
refuses 1 "holds QUANTIZED_MODEL, expected MEASUREMENT" evaluate --reference="$model"
refuses 1 "not a quant_curve artifact" evaluate --model=tools/evaluate/evaluate

# Damage.
head -c 1000 "$corpus" > "$TEST_TMPDIR/short.qca"
refuses 1 "short.qca: truncated" evaluate --corpus="$TEST_TMPDIR/short.qca"
cp "$model" "$TEST_TMPDIR/flipped.qca"
chmod u+w "$TEST_TMPDIR/flipped.qca"
printf '\x55' | dd of="$TEST_TMPDIR/flipped.qca" bs=1 seek=5000 conv=notrunc status=none
cp "$model.manifest.json" "$TEST_TMPDIR/flipped.qca.manifest.json"
refuses 1 "$TEST_TMPDIR/flipped.qca: tensor '" evaluate --model="$TEST_TMPDIR/flipped.qca"
refuses 1 "the SHA-256 of its record does not match" evaluate --model="$TEST_TMPDIR/flipped.qca"
: > "$TEST_TMPDIR/empty.qca"
refuses 1 "empty.qca: not a quant_curve artifact" evaluate --corpus="$TEST_TMPDIR/empty.qca"

# Schemes.
refuses 2 "int4_per_group_64_gptq" quantize --scheme=int5_wishful  # lists the known
refuses 2 "bits" quantize --scheme='name: "x" weight_format: WEIGHT_INTEGER bits: 9 symmetric: true granularity: PER_CHANNEL method: RTN activation_format: ACTIVATION_FLOAT32'
refuses 2 "group_size" quantize --scheme='name: "x" weight_format: WEIGHT_INTEGER bits: 4 symmetric: true granularity: PER_GROUP method: RTN activation_format: ACTIVATION_FLOAT32'
refuses 2 "bitz" quantize --scheme='name: "x" bitz: 4'
refuses 2 "hessians" tools/quantize/quantize --checkpoint="$checkpoint" --scheme=int4_per_group_64_gptq --output="$out"
sequential='name: "s" weight_format: WEIGHT_INTEGER bits: 4 symmetric: true granularity: PER_CHANNEL method: GPTQ sequential: true activation_format: ACTIVATION_FLOAT32'
refuses 2 "--corpus is required" quantize --scheme="$sequential"
refuses 2 "'fp32' is not sequential" quantize --scheme=fp32 --corpus="$corpus"
refuses 2 "--shards=3: scheme 's' is sequential" quantize --scheme="$sequential" --corpus="$corpus" --shards=3
refuses 2 "sequential=" quantize --scheme="${sequential/GPTQ/RTN}" --corpus="$corpus"

printf 'name: "x" bitz: 4' > "$TEST_TMPDIR/wrong.textproto"
refuses 1 "bitz" quantize --scheme="$TEST_TMPDIR/wrong.textproto"
refuses 2 "int5_wishful" tools/benchmark/benchmark --schemes=fp32,int5_wishful --output="$out"
refuses 2 "gpt5" tools/benchmark/benchmark --shapes=gpt5 --output="$out"

# Inputs of different runs.
tools/train/train --corpus="$corpus" --seed=7 --steps=1 --d_model=32 --d_ff=96 \
  --output="$TEST_TMPDIR/other.qca" > /dev/null 2>&1
refuses 1 "other.qca" quantize --scheme=fp32 --checkpoint="$TEST_TMPDIR/other.qca"

other=$TEST_TMPDIR/other_corpus.qca
tools/corpus/corpus --seed=42 --sequence_length=64 --calibration_sequences=16 \
  --evaluation_windows=41 --held_out_items=60 --seen_items=40 \
  --train_sentences=6000 --unseen_items=60 --output="$other" > /dev/null
refuses 1 "other_corpus.qca" evaluate --corpus="$other"
refuses 1 "tiny_curve_fp32_model.qca" evaluate --corpus="$other"
refuses 1 "tiny_curve_checkpoint.qca" calibrate --corpus="$other"
refuses 1 "other_corpus.qca: is " quantize --scheme="$sequential" --corpus="$other"
refuses 1 "but $hessians was made with" quantize --scheme="$sequential" --corpus="$other"

# Inputs and their manifests.
alone=$TEST_TMPDIR/alone
mkdir "$alone"
cp "$corpus" "$alone/corpus.qca"
refuses 1 "no manifest corpus.qca.manifest.json in its folder" evaluate --corpus="$alone/corpus.qca"
cp "$checkpoint.manifest.json" "$alone/corpus.qca.manifest.json"
refuses 1 "use the file and the manifest of the same run" evaluate --corpus="$alone/corpus.qca"
chmod u+w "$alone/corpus.qca.manifest.json"
sed 's/"seed": "42"/"seed":  "42"/' "$corpus.manifest.json" > "$alone/corpus.qca.manifest.json"
refuses 1 "not canonical JSON" evaluate --corpus="$alone/corpus.qca"
refuses 1 "cannot open" tools/publish/publish --files="$here/tiny_curve/results.json" --output_dir="$TEST_TMPDIR/published" --manifests=/no/such.manifest.json
refuses 1 "which is not among --manifests" tools/publish/publish --files="$here/tiny_curve/results.json" --output_dir="$TEST_TMPDIR/published"
[ ! -e "$TEST_TMPDIR/published" ] || { echo "FAIL: a refused publication left a folder" >&2; failures=$((failures + 1)); }

# Sizes.
refuses 1 "longer than the context" evaluate --window_tokens=65
refuses 1 "longer than the context" calibrate --sequence_length=65
refuses 1 "has 16 sequences" calibrate --sequences=17
refuses 2 "train_sentences" tools/corpus/corpus --train_sentences=0 --output="$out"
refuses 2 "num_heads=3" tools/train/train --corpus="$corpus" --num_heads=3 --output="$out"
refuses 2 "steps=0" tools/train/train --corpus="$corpus" --steps=0 --output="$out"
refuses 2 "GiB of memory, at most 8 are allowed" tools/train/train --corpus="$corpus" --batch_sequences=4294967295 --output="$out"
refuses 2 "tokens in all" tools/corpus/corpus --evaluation_windows=100000 --sequence_length=4096 --output="$out"
refuses 1 "reference" tools/report/report --measurements="$fp32" --reference=nope --results_output="$out" --readme_output="$TEST_TMPDIR/readme"
refuses 2 "speed_output needs --timing" tools/report/report --measurements="$fp32" --speed_output="$out"
refuses 1 "holds MEASUREMENT, expected TIMING" tools/plot/plot --figure=roofline_overlay --timing="$fp32" --output="$out"
refuses 2 "--timing is required" tools/plot/plot --figure=speedup_ladder --output="$out"
plot() { tools/plot/plot --measurements="$fp32" --output="$out" "$@"; }
refuses 1 "/no/gnuplot: gnuplot: not found at this path; install gnuplot-nox (./setup.sh)" plot --gnuplot=/no/gnuplot
printf '#!/no/interpreter\n' > "$TEST_TMPDIR/gnuplot"
refuses 1 "gnuplot: gnuplot: not a program that may be run" plot --gnuplot="$TEST_TMPDIR/gnuplot"
chmod +x "$TEST_TMPDIR/gnuplot"
refuses 1 "install gnuplot-nox (./setup.sh)" plot --gnuplot="$TEST_TMPDIR/gnuplot"
printf '#!/bin/sh\nexit 127\n' > "$TEST_TMPDIR/gnuplot"
refuses 1 "drew no figure (exit code 127, which means that it could not be started" plot --gnuplot="$TEST_TMPDIR/gnuplot"
refuses 1 "create it first: mkdir -p $TEST_TMPDIR/no" tools/publish/publish --check_only --output_dir="$TEST_TMPDIR/no/published"
refuses 1 "create it first: mkdir -p $TEST_TMPDIR/no" tools/export/export --model="$model" --format=safetensors --output="$TEST_TMPDIR/no/exported"
refuses 1 "/no/such.json" tools/publish/publish --files=/no/such.json --output_dir="$TEST_TMPDIR/published"
[ ! -e "$TEST_TMPDIR/published" ] || { echo "FAIL: a refused publication left a folder" >&2; failures=$((failures + 1)); }

# Shards.
refuses 2 "--shard" evaluate --shard=3 --shards=3
refuses 2 "give it to //tools/merge" evaluate --shards=2 --reference="$fp32"
refuses 1 "is whole, not a shard" tools/merge/merge --shards="$fp32" --output="$out"
for index in 0 1; do
  tools/evaluate/evaluate --model="$model" --corpus="$corpus" --shard=$index --shards=2 \
    --output="$TEST_TMPDIR/part_$index.qca" > /dev/null
done
refuses 1 "part_0.qca" tools/merge/merge --shards="$TEST_TMPDIR/part_0.qca" --output="$out"
refuses 1 "merge the shards first" evaluate --reference="$TEST_TMPDIR/part_1.qca"

# Parts of the model's blocks.
parts() { quantize --scheme="$sequential" --corpus="$corpus" "$@"; }
refuses 2 "--parts=2: scheme 'fp32' is not sequential" quantize --scheme=fp32 --parts=2
refuses 2 "cut it by --shard and --shards" quantize --scheme=fp32 --part=1 --parts=2
refuses 2 "--part=1: scheme 'fp32' is not sequential" quantize --scheme=fp32 --part=1
refuses 2 "--activations=$checkpoint: scheme 'fp32'" quantize --scheme=fp32 --activations="$checkpoint"
refuses 2 "--activations_output=/no/x: scheme 'fp32'" quantize --scheme=fp32 --activations_output=/no/x
refuses 2 "--part=2 --parts=2: parts must be in [1, 65536], part below parts" parts --part=2 --parts=2
refuses 2 "--activations: part 1 of 2 (counted from 0) needs it" parts --part=1 --parts=2
refuses 2 "--activations: part 0 of 2 (counted from 0) has none" parts --parts=2 --activations="$checkpoint"
refuses 2 "--activations_output: part 0 of 2 (counted from 0) needs it" parts --parts=2
refuses 2 "--shards=3 and --parts=2: one of the two must be 1" calibrate --shards=3 --parts=2
refuses 1 "holds CHECKPOINT, expected ACTIVATIONS" parts --part=1 --parts=2 --activations="$checkpoint"
refuses 2 "is also --activations_output" parts --parts=2 --activations_output="$out"
float=$TEST_TMPDIR/float_activations.qca
calibrate --parts=2 --output="$TEST_TMPDIR/float.qca" --activations_output="$float" > /dev/null
refuses 1 "$float: its scheme is none, this run's is {name: \"s\"" parts --part=1 --parts=2 --activations="$float"
streams=$TEST_TMPDIR/activations.qca
first=$TEST_TMPDIR/first.qca
parts --parts=2 --output="$first" --activations_output="$streams" > /dev/null
refuses 1 "$streams: its scheme is {name: \"s\"" calibrate --part=1 --parts=2 --activations="$streams"
refuses 1 "$streams: its scheme is {name: \"s\"" quantize --scheme="${sequential/\"s\"/\"t\"}" --corpus="$corpus" --part=1 --parts=2 --activations="$streams"
refuses 1 "$streams: activations before block 1, part 1 of 4 (counted from 0) begins with block 0" \
  parts --part=1 --parts=4 --activations="$streams" --activations_output="$TEST_TMPDIR/x.qca"
refuses 1 "first.qca: shard 0 of 2 (counted from 0); merge the shards first" evaluate --model="$first"
refuses 1 "is missing" tools/merge/merge --shards="$first" --output="$out"

# Pipes as inputs are refused at once; waiting for a writer would time out.
mkfifo "$TEST_TMPDIR/pipe"
refuses 1 "pipe: is a pipe, not a regular file" evaluate --model="$TEST_TMPDIR/pipe"
refuses 1 "pipe: is a pipe, not a regular file" quantize --scheme=fp32 --hessians="$TEST_TMPDIR/pipe"
refuses 1 "pipe: is a pipe, not a regular file" tools/plot/plot --measurements="$TEST_TMPDIR/pipe" --output="$out"
refuses 1 "is a folder, not a regular file" evaluate --corpus="$here"

# An output that is an input is refused before the work, whatever its spelling.
mine=$TEST_TMPDIR/mine
mkdir "$mine"
for file in "$corpus" "$checkpoint" "$hessians" "$model" "$fp32"; do
  cp "$file" "$file.manifest.json" "$mine"
done
chmod -R u+w "$mine"
ln -s "$mine" "$TEST_TMPDIR/link"
sha256sum "$mine"/* > "$TEST_TMPDIR/sums"
c=$mine/tiny_curve_checkpoint.qca
w=$mine/tiny_curve_corpus.qca
h=$mine/tiny_curve_calibration.qca
m=$mine/tiny_curve_fp32_model.qca
e=$mine/tiny_curve_fp32_measurement.qca
refuses 2 "--output: $w is also --corpus" tools/train/train --corpus="$w" --steps=1 --output="$w"
refuses 2 "is also --checkpoint" calibrate --checkpoint="$c" --output="$mine/../mine/tiny_curve_checkpoint.qca"
refuses 2 "is also --corpus" calibrate --corpus="$w" --output="$TEST_TMPDIR/link/tiny_curve_corpus.qca"
refuses 2 "is also --hessians" quantize --scheme=fp32 --hessians="$h" --output="$h"
refuses 2 "is the manifest of --checkpoint" quantize --scheme=fp32 --checkpoint="$c" --output="$c.manifest.json"
refuses 2 "is also --model" evaluate --model="$m" --output="$m"
refuses 2 "is also --reference" evaluate --reference="$e" --output="$e"
refuses 2 "is also --shards" tools/merge/merge --shards="$TEST_TMPDIR/part_0.qca,$TEST_TMPDIR/part_1.qca" --output="$TEST_TMPDIR/part_1.qca"
refuses 2 "is also --measurements" tools/report/report --measurements="$e" --results_output="$e"
refuses 2 "--results_output: $mine/r is also --readme_output" tools/report/report --measurements="$e" --results_output="$mine/r" --readme_output="$TEST_TMPDIR/link/r"
refuses 2 "is also --model" tools/export/export --model="$m" --format=gguf --output="$m"
refuses 2 "is also --models" tools/benchmark/benchmark --models="$m" --output="$m"
printf 'a text' > "$TEST_TMPDIR/text.txt"
refuses 2 "is also --evaluation_text" tools/text/text --tokenizer="$w" --calibration_text="$c" --evaluation_text="$TEST_TMPDIR/text.txt" --output="$TEST_TMPDIR/text.txt"
[ "$(cat "$TEST_TMPDIR/text.txt")" = "a text" ] || { echo "FAIL: the user's text changed" >&2; failures=$((failures + 1)); }
sha256sum --quiet -c "$TEST_TMPDIR/sums" || { echo "FAIL: an input changed" >&2; failures=$((failures + 1)); }

# Where nothing can be written: a missing folder, and a full disk.
refuses 1 "/no/such/dir/x.qca" evaluate --output=/no/such/dir/x.qca
small=$TEST_TMPDIR/small
mkdir "$small"
if mount -t tmpfs -o size=8k tmpfs "$small" 2> /dev/null; then
  refuses 1 "No space left on device" evaluate --output="$small/x.qca"
  [ -z "$(ls -A "$small")" ] || { echo "FAIL: a torn file on the full disk" >&2; failures=$((failures + 1)); }
  umount "$small"
else
  (
    # Without the right to mount: a limit on the file size fails the same write.
    trap '' XFSZ
    ulimit -f 8
    refuses 1 "x.qca: cannot write" evaluate --output="$TEST_TMPDIR/x.qca"
    [ ! -e "$TEST_TMPDIR/x.qca" ] && exit "$failures"
  ) || failures=$((failures + 1))
fi

# Wrong usage.
refuses 2 "evaluate: unknown flag --modle; did you mean --model?" evaluate --modle=x
refuses 2 "--model is required" tools/evaluate/evaluate --corpus="$corpus" --output="$out"
refuses 2 "--output is required" tools/train/train --corpus="$corpus"
refuses 2 "train: --steps=many: not a value of this flag" tools/train/train --corpus="$corpus" --steps=many --output="$out"
refuses 2 "train: --steps: the value is missing" tools/train/train --corpus="$corpus" --output="$out" --steps
for threads in -1 1025 5000 100000; do
  for tool in train calibrate quantize evaluate generate; do
    refuses 2 "$tool: --threads=$threads: not a value of this flag (must be from 0, one per core, to 1024)" tools/$tool/$tool --threads=$threads
  done
  refuses 2 "from 0 to 1024" tools/benchmark/benchmark --threads=1,$threads --output="$out"
done
refuses 2 "unexpected argument" evaluate stray
refuses 2 "--scheme is required" quantize
for tool in corpus train calibrate quantize evaluate merge benchmark plot report publish import text export generate audit; do
  refuses 2 "$tool: unknown flag --no_such_flag" tools/$tool/$tool --no_such_flag
  tools/$tool/$tool --help > "$TEST_TMPDIR/help" || { echo "FAIL: $tool --help" >&2; failures=$((failures + 1)); }
  grep -q "Example" "$TEST_TMPDIR/help" || { echo "FAIL: $tool --help has no example" >&2; failures=$((failures + 1)); }
done

[ "$failures" -eq 0 ] && echo PASS
exit "$failures"
