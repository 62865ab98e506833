#include "tools/import/build_checkpoint.h"

#include "absl/strings/str_cat.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor.h"

namespace quant_curve {

absl::StatusOr<Checkpoint> BuildCheckpoint(const ModelConfig& config,
                                           TensorReader read) {
  constexpr uint64_t kMaxParameters = kMaxFileBytes / sizeof(float);
  const uint64_t parameters = NumParameters(config);
  if (parameters > kMaxParameters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the model has ", parameters,
                     " parameters: a checkpoint artifact of at most 2 GiB "
                     "holds ",
                     kMaxParameters));
  }
  Checkpoint checkpoint;
  *checkpoint.mutable_config() = config;
  for (const TensorSpec& spec : TensorSpecs(config)) {
    ASSIGN_OR_RETURN(const std::vector<float> values, read(spec));
    *checkpoint.add_tensors() = MakeFloat32(spec.name, spec.shape, values);
  }
  return checkpoint;
}

}  // namespace quant_curve
