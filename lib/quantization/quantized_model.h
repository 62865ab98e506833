// Whole quantized models, checked before anything else sees them.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_
#define QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "lib/model/config.h"
#include "proto/quantized_model.pb.h"
#include "proto/scheme.pb.h"

namespace quant_curve {

// How a valid scheme stores the tensors of a role: all FLOAT32 (WEIGHT_FLOAT32)
// or all FLOAT16 (WEIGHT_FLOAT16); with WEIGHT_INTEGER the Linears' weights are
// PACKED_CODES, the embedding FLOAT16, biases and LayerNorms FLOAT32.
DType StoredDType(const Scheme& scheme, TensorRole role);

// Checks everything a reader relies on: valid scheme and config, every Linear
// and every other tensor once, in the order of TensorSpecs, with the right
// shape and dtype, finite; codes, scales and permutations as Unpack
// wants them; digests of 32 bytes; the byte account equal to the payloads.
absl::Status ValidateQuantizedModel(const QuantizedModel& model);

// Reads and validates; errors name the file.
absl::StatusOr<Artifact<QuantizedModel>> ReadQuantizedModel(
    const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_
