// Tensors from any source to a Checkpoint.
#ifndef QUANT_CURVE_TOOLS_IMPORT_BUILD_CHECKPOINT_H_
#define QUANT_CURVE_TOOLS_IMPORT_BUILD_CHECKPOINT_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/progress_sink.h"
#include "lib/artifact/tensor.h"
#include "lib/model/config.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// The tensor that `spec` describes in the precision of its source (FLOAT32,
// FLOAT16 or BFLOAT16), or why it can't be had. Name and shape are set by the
// caller.
using TensorReader =
    absl::FunctionRef<absl::StatusOr<Tensor>(const TensorSpec&)>;

// What takes each tensor of a checkpoint of `config` when it was read, for
// example a writer (TensorFrameWriter::Add).
using CheckpointSink =
    absl::FunctionRef<absl::Status(const ModelConfig& config, Tensor& tensor)>;

// Leaves the tensor's bytes in the message.
inline absl::Status KeepInCheckpoint(const ModelConfig&, Tensor&) {
  return absl::OkStatus();
}

// A checkpoint of all TensorSpecs(config) in order; config is valid. `keep`
// gets each tensor when it is read; `progress` counts tensors.
absl::StatusOr<Checkpoint> BuildCheckpoint(const ModelConfig& config,
                                           TensorReader read,
                                           CheckpointSink keep,
                                           ProgressSink progress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_BUILD_CHECKPOINT_H_
