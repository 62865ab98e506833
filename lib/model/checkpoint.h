// Checkpoints from files, checked before anything else sees them.
#ifndef QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_
#define QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Refuses an invalid config, a digest that is not 32 bytes, and tensors that
// are missing, too many, out of order, misshapen or not finite.
absl::Status ValidateCheckpoint(const Checkpoint& checkpoint);

// Reads and validates; errors name the file.
absl::StatusOr<Artifact<Checkpoint>> ReadCheckpoint(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_
