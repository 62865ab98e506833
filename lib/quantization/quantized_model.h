// Whole quantized models, checked before any other code reads them.
#ifndef QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_
#define QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "lib/quantization/storage.h"
#include "proto/quantized_model.pb.h"

namespace quant_curve {

// Checks scheme, config and tensors without reading a weight: every Linear
// once, in the order of TensorSpecs, and every tensor of StoredOthers, each
// with the right shape, dtype and length; permutations. The values are checked
// when they are read: by ModelReader (lib/model/model_reader.h), Unpack and
// ReadInt8Rows.
absl::Status ValidateTensors(const QuantizedModel& model);

// Refuses what ValidateTensors refuses, digests that are not 32 bytes, and a
// byte account that is not that of the payloads.
absl::Status ValidateQuantizedModel(const QuantizedModel& model);

// Fills the byte account of a model that has everything else, and validates it.
absl::Status CompleteModel(QuantizedModel& model);

// Reads and validates; errors name the file.
absl::StatusOr<Artifact<QuantizedModel>> ReadQuantizedModel(
    const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_QUANTIZATION_QUANTIZED_MODEL_H_
