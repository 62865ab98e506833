// Checkpoints from files, checked before any other code reads them.
#ifndef QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_
#define QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "lib/artifact/artifact.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Refuses an invalid config, and tensors that are not those of TensorSpecs, in
// its order, as FLOAT32, FLOAT16 or BFLOAT16. ModelReader checks the values
// when it reads them (lib/model/model_reader.h).
absl::Status ValidateTensors(const Checkpoint& checkpoint);

// Refuses what ValidateTensors refuses, a part, and a digest that is not 32
// bytes.
absl::Status ValidateCheckpoint(const Checkpoint& checkpoint);

// The part of `count` (docs/formats.md, "Parts of a checkpoint"), counted from
// 0, that holds the tensor of this name, one of TensorSpecs(config). None: the
// index holds it.
absl::optional<uint32_t> PartOfTensor(absl::string_view name,
                                      const ModelConfig& config,
                                      uint32_t count);

// Reads and validates; errors name the file. An index of parts is read as the
// whole checkpoint.
absl::StatusOr<Artifact<Checkpoint>> ReadCheckpoint(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MODEL_CHECKPOINT_H_
