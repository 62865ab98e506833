// Tensors from any source to a Checkpoint.
#ifndef QUANT_CURVE_TOOLS_IMPORT_BUILD_CHECKPOINT_H_
#define QUANT_CURVE_TOOLS_IMPORT_BUILD_CHECKPOINT_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "lib/model/config.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// The values of the tensor that `spec` describes, or why they can't be had.
using TensorReader =
    absl::FunctionRef<absl::StatusOr<std::vector<float>>(const TensorSpec&)>;

// A checkpoint of all TensorSpecs(config) in order, float32; config is valid.
// One tensor at a time is held twice. InvalidArgument, before anything is read,
// when the parameters take more than the 2 GiB of a checkpoint artifact.
absl::StatusOr<Checkpoint> BuildCheckpoint(const ModelConfig& config,
                                           TensorReader read);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_BUILD_CHECKPOINT_H_
