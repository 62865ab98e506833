// A checkpoint written in parts, with an index that names their records.
#ifndef QUANT_CURVE_TOOLS_IMPORT_CHECKPOINT_PARTS_H_
#define QUANT_CURVE_TOOLS_IMPORT_CHECKPOINT_PARTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/provenance/stage_run.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// Writes the parts next to the index, each under its PartPath
// (lib/artifact/part_name.h). The index holds the few small tensors that every
// stage needs. Memory holds one tensor.
//
//   RETURN_IF_ERROR(run.WriteTogether([&]() -> absl::Status {
//     ASSIGN_OR_RETURN(CheckpointParts parts,
//                      CheckpointParts::Begin("/tmp/checkpoint.qca", 4));
//     for (...) RETURN_IF_ERROR(parts.Add(config, *checkpoint.add_tensors()));
//     return parts.Finish("output", checkpoint, run);
//   }));
class CheckpointParts {
 public:
  // `count` is 1 to kMaxParts.
  static absl::StatusOr<CheckpointParts> Begin(const std::string& index_path,
                                               uint32_t count);

  // Moves the tensor's bytes into its file; it names the record afterwards.
  absl::Status Add(const ModelConfig& config, Tensor& tensor);

  // Completes the parts and the index of `checkpoint`, which has the tensors
  // that were added. All files are outputs of --`flag`.
  absl::Status Finish(absl::string_view flag, Checkpoint& checkpoint,
                      StageRun& run);

 private:
  CheckpointParts() = default;
  uint32_t count() const { return static_cast<uint32_t>(parts_.size()); }

  std::unique_ptr<TensorOutput> index_;
  std::vector<std::unique_ptr<TensorOutput>> parts_;
};

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_IMPORT_CHECKPOINT_PARTS_H_
