// Sums of x x^T of the inputs of Linears over blocks of sequences: the same
// bits whether a whole model runs at once or one layer after another.
#ifndef QUANT_CURVE_LIB_CALIBRATION_INPUT_SUMS_H_
#define QUANT_CURVE_LIB_CALIBRATION_INPUT_SUMS_H_

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "lib/artifact/status_macros.h"
#include "lib/model/config.h"
#include "lib/model/forward.h"
#include "lib/numerics/parallel.h"
#include "lib/sharding/shard.h"

namespace quant_curve {

// One triangle (hessian.h) an input.
using InputSums = std::vector<std::vector<double>>;

// Of zeros.
InputSums MakeInputSums(absl::Span<const LinearInputSpec> inputs);

// Adds one sequence: `activations` are what RunBlock left of a layer, `inputs`
// that layer's four, `sums` theirs.
void AddInputs(const BlockActivations& activations,
               absl::Span<const LinearInputSpec> inputs,
               absl::Span<std::vector<double>> sums);

// Which of `count` sequences are block number `block`.
ShardRange SequencesOfBlock(int64_t block, int64_t sequences_per_block,
                            int64_t count);

// Hands gather(block) of each block to add(block, …), in their order, until
// that fails. As many blocks are gathered at a time as there are threads:
// memory stays bounded.
template <typename Gather, typename Add>
absl::Status AddBlocksInOrder(const ShardRange& blocks, ThreadPool& threads,
                              Gather gather, Add add) {
  for (int64_t wave = blocks.first; wave < blocks.end;
       wave += threads.num_threads()) {
    const int64_t in_wave =
        std::min<int64_t>(threads.num_threads(), blocks.end - wave);
    std::vector<absl::optional<decltype(gather(wave))>> parts(in_wave);
    threads.ParallelFor(in_wave,
                        [&](int64_t i) { parts[i] = gather(wave + i); });
    for (int64_t i = 0; i < in_wave; ++i) {
      RETURN_IF_ERROR(add(wave + i, *std::exchange(parts[i], {})));
    }
  }
  return absl::OkStatus();
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CALIBRATION_INPUT_SUMS_H_
