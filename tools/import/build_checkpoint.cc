#include "tools/import/build_checkpoint.h"

#include <vector>

#include "lib/artifact/status_macros.h"

namespace quant_curve {

absl::StatusOr<Checkpoint> BuildCheckpoint(const ModelConfig& config,
                                           TensorReader read,
                                           CheckpointSink keep,
                                           ProgressSink progress) {
  Checkpoint checkpoint;
  *checkpoint.mutable_config() = config;
  const std::vector<TensorSpec> specs = TensorSpecs(config);
  for (const TensorSpec& spec : specs) {
    Tensor& tensor = *checkpoint.add_tensors();
    ASSIGN_OR_RETURN(tensor, read(spec));
    tensor.set_name(spec.name);
    tensor.clear_shape();
    for (const uint64_t extent : spec.shape) tensor.add_shape(extent);
    RETURN_IF_ERROR(keep(config, tensor));
    progress(checkpoint.tensors_size(), static_cast<int64_t>(specs.size()));
  }
  return checkpoint;
}

}  // namespace quant_curve
