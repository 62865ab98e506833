#!/bin/bash
# Do the kernels give the same bits on 64-bit ARM? Compiles them for NEON, runs
# them in an emulator and compares with this machine's own. From anywhere:
#
#   ./setup.sh neon && lib/numerics/neon_test.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

for program in aarch64-linux-gnu-g++ qemu-aarch64; do
  if ! command -v "$program" > /dev/null; then
    echo "neon_test: no $program: run ./setup.sh neon" >&2
    exit 1
  fi
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Debian's Highway is of this machine's kind: kernels pick NEON when compiled,
# and the one function that they call is here.
cat > "$scratch/abort.cc" << 'ABORT'
#include <cstdlib>
#include "hwy/base.h"
namespace hwy {
HWY_NORETURN void Abort(const char*, int, const char*, ...) { std::abort(); }
}  // namespace hwy
ABORT

sources=(kernel_bits attention gemm kl_divergence nonlinear norms outer_products
  packed_int8_kernels packed_kernels packed_matrix packing parallel random
  scalar_math weight_memory)
files=()
for source in "${sources[@]}"; do files+=("lib/numerics/$source.cc"); done
# --gc-sections drops ParallelForStatus, which these programs do not call: it
# needs Abseil's Status, which Debian does not have for ARM here.
aarch64-linux-gnu-g++ -std=c++17 -O2 -static -pthread -I. -idirafter /usr/include \
  -ffunction-sections -Wl,--gc-sections \
  -ffp-contract=off -fno-math-errno -fno-trapping-math -DHWY_COMPILE_ONLY_STATIC \
  "${files[@]}" "$scratch/abort.cc" -o "$scratch/kernel_bits"

bazel build //lib/numerics:kernel_bits 2> "$scratch/log" || {
  cat "$scratch/log" >&2
  exit 1
}
bazel-bin/lib/numerics/kernel_bits > "$scratch/x86"
qemu-aarch64 "$scratch/kernel_bits" > "$scratch/arm"
diff "$scratch/x86" "$scratch/arm"
echo "neon_test: $(wc -l < "$scratch/arm") digests, all as on $(uname -m)"
