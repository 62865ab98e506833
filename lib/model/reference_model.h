// An independent, unoptimized forward pass in double, for tests.
#ifndef QUANT_CURVE_LIB_MODEL_REFERENCE_MODEL_H_
#define QUANT_CURVE_LIB_MODEL_REFERENCE_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Logits, [tokens, vocab], of one sequence. `parameters` in TensorSpecs' order.
std::vector<double> ReferenceLogits(const ModelConfig& config,
                                    const std::vector<double>& parameters,
                                    const std::vector<uint32_t>& tokens);

// Sum over the positions of -log softmax(logits)[target], in nats.
double ReferenceLoss(const ModelConfig& config,
                     const std::vector<double>& parameters,
                     const std::vector<uint32_t>& tokens,
                     const std::vector<uint32_t>& targets);

// A MiniGPT of a few numbers, odd sizes on purpose.
ModelConfig TinyConfig();

// One tiny config of each family, and combinations that no family has: among
// them a head width that is not d_model / num_heads, key heads that two or all
// query heads share, heads of their own.
struct NamedConfig {
  std::string name;
  ModelConfig config;
};
std::vector<NamedConfig> TinyConfigs();

// Parameters that leave no term at zero, for TinyConfig or any other.
std::vector<double> TinyParameters(const ModelConfig& config, uint64_t seed);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_REFERENCE_MODEL_H_
