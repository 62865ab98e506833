// Quantized models with random weights: as fast or slow as trained ones.
#ifndef QUANT_CURVE_TOOLS_BENCHMARK_RANDOM_MODEL_H_
#define QUANT_CURVE_TOOLS_BENCHMARK_RANDOM_MODEL_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "proto/checkpoint.pb.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// A valid model of a valid config and scheme. Codes and scales are drawn as
// they are, not quantized from floats: uniform over all codes, one scale for
// which a Linear's outputs have about the variance of its inputs. Equal
// arguments give equal models. Its digests, of nothing, are 32 zero bytes.
absl::StatusOr<QuantizedModel> RandomModel(const ModelConfig& config,
                                           const Scheme& scheme, uint64_t seed);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_BENCHMARK_RANDOM_MODEL_H_
