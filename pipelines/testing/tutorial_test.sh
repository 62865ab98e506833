#!/bin/bash
# Runs the commands of docs/tutorial.md, in their order, on a tiny Llama: its
# BUILD text is taken from the page, too. Not a `bazel test`, since it runs Bazel;
# .ci/run has it as a step. Makes the folder my/ in this checkout and removes it.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() { echo "FAIL: $*" >&2; exit 1; }

page=docs/tutorial.md
[ ! -e my ] || fail "my/ exists; remove or rename it"
trap 'rm -rf my' EXIT

# The model and the texts of the other tests. 128 sequences need more text than
# these have.
fixtures=pipelines/testing/own_model
bazel build "//$fixtures:llama/config.json" "//$fixtures:calibration.txt" \
  "//$fixtures:evaluation.txt" 2> /dev/null || fail "the fixtures do not build"
bin=$(bazel info bazel-bin 2> /dev/null)
mkdir -p my/model
cp -L "$bin/$fixtures"/llama/* my/model/
for _ in 1 2 3 4; do cat "$bin/$fixtures/calibration.txt"; done > my/train.txt
cp "$bin/$fixtures/evaluation.txt" my/validation.txt
chmod -R u+w my

# The indented block after the line that names my/BUILD.
awk '/^`my\/BUILD`:/ {found = 1; next} found && /^    / {print substr($0, 5); seen = 1; next}
     found && seen && /^$/ {print ""; next} found && seen {exit}' "$page" > my/BUILD
grep -q "quant_curve(" my/BUILD || fail "$page has no BUILD text"

# Indented commands.
mapfile -t commands < <(grep -E '^    (\./setup\.sh|bazel )' "$page" | sed 's/^    //')
[ "${#commands[@]}" -ge 5 ] || fail "$page has only ${#commands[@]} commands"
for command in "${commands[@]}"; do
  echo "+ $command"
  $command > my/said 2>&1 || fail "$command: $(tail -n 20 my/said)"
done

for file in README.md details.md results.json pareto.png; do
  [ -s "my/results/$file" ] || fail "my/results/$file is missing"
done
grep -q '^\*\*Ship `' my/results/README.md || fail "my/results/README.md has no decision"
[ -s "$bin/my/curve_int4_per_group_64_gptq.gguf" ] || fail "there is no GGUF file"
grep -q "The same windows of the same text" my/said || fail "the comparison says: $(cat my/said)"
echo "PASS: ${#commands[@]} commands"
