#include "lib/calibration/input_sums.h"

#include "lib/calibration/hessian.h"

namespace quant_curve {

InputSums MakeInputSums(absl::Span<const LinearInputSpec> inputs) {
  InputSums sums;
  for (const LinearInputSpec& input : inputs) {
    sums.emplace_back(TriangleSize(input.in_features));
  }
  return sums;
}

void AddInputs(const BlockActivations& activations,
               absl::Span<const LinearInputSpec> inputs,
               absl::Span<std::vector<double>> sums) {
  size_t next = 0;
  for (const std::vector<float>* x : LinearInputs(activations)) {
    const uint64_t n = inputs[next].in_features;
    AddOuterProducts(x->data(), x->size() / n, n, sums[next].data());
    ++next;
  }
}

ShardRange SequencesOfBlock(int64_t block, int64_t sequences_per_block,
                            int64_t count) {
  const int64_t first = block * sequences_per_block;
  return {first, std::min(first + sequences_per_block, count)};
}

}  // namespace quant_curve
