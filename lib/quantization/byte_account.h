// Bytes of a quantized model, counted from what is really stored.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_BYTE_ACCOUNT_H_
#define QUANT_CURVE_LIB_QUANTIZATION_BYTE_ACCOUNT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// Refuses a model of a valid config that lacks more than 64 tensors. To be
// called before anything lists the config's tensors: a file of none may speak
// of 2^20 layers. Of a model that lacks fewer, the lists say what is missing.
absl::Status CheckTensorCounts(const QuantizedModel& model);
absl::Status CheckTensorCounts(const ModelConfig& config,
                               uint64_t stored_linears, uint64_t stored_others);

// Sums the payloads' sizes by the role that lib/model/config.h gives to their
// names. `scales` holds the Linears' scales, zero points and, with
// activation_order, permutations (packed varints: 1 byte for an index below
// 128, 2 below 16384); `embedding` the token embedding, an LM head of its own,
// learned positions and the scales of int8 embeddings. Refuses a tensor that
// config and scheme do not have. model.bytes() is not read.
absl::StatusOr<ByteAccount> ComputeByteAccount(const QuantizedModel& model);

// Elements of the Linears' weights.
uint64_t NumLinearWeights(const QuantizedModel& model);

// 8 * (weights + scales) / NumLinearWeights, from model.bytes(); 0 without
// Linears.
double BitsPerWeight(const QuantizedModel& model);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_BYTE_ACCOUNT_H_
