// Whole quantized models, checked before anything else sees them.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_
#define QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "lib/quantization/storage.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// Checks everything a reader relies on: valid scheme and config, every Linear
// once, in the order of TensorSpecs, and every tensor of StoredOthers, with the
// right shape and dtype, finite; codes, scales and permutations as Unpack and
// ReadInt8Rows want them; digests of 32 bytes; the byte account equal to the
// payloads.
absl::Status ValidateQuantizedModel(const QuantizedModel& model);

// Reads and validates; errors name the file.
absl::StatusOr<Artifact<QuantizedModel>> ReadQuantizedModel(
    const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_
