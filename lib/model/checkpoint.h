// Checkpoints from files, checked before any other code reads them.
#ifndef QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_
#define QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Refuses an invalid config, and tensors that are not those of TensorSpecs, in
// its order, as FLOAT32, FLOAT16 or BFLOAT16. ModelReader checks the values
// when it reads them (lib/model/model_reader.h).
absl::Status ValidateTensors(const Checkpoint& checkpoint);

// Refuses what ValidateTensors refuses, and a digest that is not 32 bytes.
absl::Status ValidateCheckpoint(const Checkpoint& checkpoint);

// Reads and validates; errors name the file.
absl::StatusOr<Artifact<Checkpoint>> ReadCheckpoint(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_
