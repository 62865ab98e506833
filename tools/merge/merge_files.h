// Files that hold shards in, one whole artifact out.
#ifndef QUANT_CURVE_TOOLS_MERGE_MERGE_FILES_H_
#define QUANT_CURVE_TOOLS_MERGE_MERGE_FILES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/progress_sink.h"
#include "lib/artifact/tensor.h"
#include "proto/artifact.pb.h"
#include "proto/tensor.pb.h"

namespace quant_curve {

struct MergedArtifact {
  ArtifactKind kind;
  std::unique_ptr<google::protobuf::Message> message;
};

// Gets each file when it was read, before anything is merged: its flag
// ("shards" or "reference"), path, and what its Artifact holds. An error ends
// the merge.
using NoteInput = absl::FunctionRef<absl::Status(
    absl::string_view flag, const std::string& path, absl::string_view sha256,
    const Payload& payload)>;

inline absl::Status IgnoreInput(absl::string_view, const std::string&,
                                absl::string_view, const Payload&) {
  return absl::OkStatus();
}

// Merges all shards of a calibration, a quantized model or a measurement; the
// frames of the files say which. The message is the one that a run without
// shards makes. `reference` is only for measurements: the measurement to
// compare with, or empty for none. Refuses no files, files of different or
// other kinds, and what the merge of the kind refuses (missing, repeated and
// mixed shards); errors name the files.
//
// `keep` gets the tensors, one at a time; memory holds one. `progress` counts
// the inputs of a calibration or the tensors of a model. `note` gets the shards
// in their order, then the reference.
absl::StatusOr<MergedArtifact> MergeFiles(
    const std::vector<std::string>& paths, const std::string& reference,
    TensorSink keep = KeepInMessage, ProgressSink progress = IgnoreProgress,
    NoteInput note = IgnoreInput);

// The same for a quantized model, whose tensors stay records of the shards:
// `refer` gets each with the path of its shard. Refuses other kinds.
absl::StatusOr<MergedArtifact> IndexFiles(
    const std::vector<std::string>& paths,
    absl::FunctionRef<absl::Status(const std::string& path, Tensor& tensor)>
        refer,
    NoteInput note = IgnoreInput, ProgressSink progress = IgnoreProgress);

}  // namespace quant_curve

#endif  // QUANT_CURVE_TOOLS_MERGE_MERGE_FILES_H_
