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
  CheckpointParts files;
  ASSIGN_OR_RETURN(files.index_,
                   StageRun::BeginTensors(index_path, CHECKPOINT));
  for (uint32_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(
        std::unique_ptr<TensorOutput> part,
        StageRun::BeginTensors(PartPath(index_path, i, count), CHECKPOINT));
    files.parts_.push_back(std::move(part));
  }
  return files;
}

absl::Status CheckpointParts::Add(const ModelConfig& config, Tensor& tensor) {
  const auto part = PartOfTensor(tensor.name(), config, count());
  TensorOutput& file = part.has_value() ? *parts_[*part] : *index_;
  return file.writer().Add(tensor);
}

absl::Status CheckpointParts::Finish(absl::string_view flag,
                                     Checkpoint& checkpoint, StageRun& run) {
  std::vector<Checkpoint> messages(count(), WithoutTensors(checkpoint));
  for (Tensor& tensor : *checkpoint.mutable_tensors()) {
    const auto part = PartOfTensor(tensor.name(), checkpoint.config(), count());
    if (!part.has_value()) continue;
    *messages[*part].add_tensors() = tensor;
    RETURN_IF_ERROR(
        index_->writer().Refer(BaseName(parts_[*part]->path()), tensor));
  }
  for (uint32_t i = 0; i < messages.size(); ++i) {
    messages[i].mutable_part()->set_index(i);
    messages[i].mutable_part()->set_count(count());
    RETURN_IF_ERROR(run.FinishTensors(flag, std::move(parts_[i]), messages[i]));
  }
  return run.FinishTensors(flag, std::move(index_), checkpoint);
}

}  // namespace quant_curve
