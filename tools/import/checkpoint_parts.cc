#include "tools/import/checkpoint_parts.h"

#include <utility>

#include "lib/artifact/part_name.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor_frame.h"
#include "lib/model/checkpoint.h"
#include "lib/provenance/manifest.h"

namespace quant_curve {
namespace {

// What every part says of the whole.
Checkpoint WithoutTensors(const Checkpoint& checkpoint) {
  Checkpoint description = checkpoint;
  description.clear_tensors();
  return description;
}

}  // namespace

absl::StatusOr<CheckpointParts> CheckpointParts::Begin(
    const std::string& index_path, uint32_t count) {
  CheckpointParts parts(index_path);
  for (uint32_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(
        std::unique_ptr<TensorOutput> part,
        StageRun::BeginTensors(PartPath(index_path, i, count), CHECKPOINT));
    parts.parts_.push_back(std::move(part));
  }
  return parts;
}

absl::Status CheckpointParts::Add(const ModelConfig& config, Tensor& tensor) {
  const uint32_t count = static_cast<uint32_t>(parts_.size());
  const uint32_t part = PartOfTensor(tensor.name(), config, count);
  return parts_[part]->writer().Add(tensor);
}

absl::Status CheckpointParts::Finish(absl::string_view flag,
                                     Checkpoint& checkpoint, StageRun& run) {
  const uint32_t count = static_cast<uint32_t>(parts_.size());
  std::vector<Checkpoint> messages(count, WithoutTensors(checkpoint));
  for (Tensor& tensor : *checkpoint.mutable_tensors()) {
    const uint32_t part =
        PartOfTensor(tensor.name(), checkpoint.config(), count);
    *messages[part].add_tensors() = tensor;
    tensor.set_file(PartPath(BaseName(index_path_), part, count));
  }
  for (uint32_t i = 0; i < count; ++i) {
    messages[i].mutable_part()->set_index(i);
    messages[i].mutable_part()->set_count(count);
    RETURN_IF_ERROR(run.FinishTensors(flag, std::move(parts_[i]), messages[i]));
  }
  return run.WriteTensors(flag, index_path_, checkpoint,
                          [&](TensorFrameWriter& writer) -> absl::Status {
                            for (Tensor& t : *checkpoint.mutable_tensors()) {
                              RETURN_IF_ERROR(writer.Refer(t.file(), t));
                            }
                            return absl::OkStatus();
                          });
}

}  // namespace quant_curve
