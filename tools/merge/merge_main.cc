// Makes one whole artifact of all its shards: a calibration, a quantized model
// or a measurement, byte for byte what a run without shards makes.
//
//   bazel run //tools/merge -- \
//       --shards=/tmp/calibration_0.qca,/tmp/calibration_1.qca \
//       --output=/tmp/calibration.qca
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/replacement.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/progress.h"
#include "lib/cli/tool_main.h"
#include "lib/provenance/manifest.h"
#include "lib/provenance/stage_run.h"
#include "tools/merge/merge_files.h"

ABSL_FLAG(std::vector<std::string>, shards, {},
          "artifacts that hold the shards, comma-separated, in any order");
ABSL_FLAG(std::string, reference, "",
          "for measurements: measurement artifact of the reference scheme "
          "(fp32), for the paired comparison; empty for the reference itself");
ABSL_FLAG(bool, index, false,
          "for quantized models: write an index, whose tensors stay in the "
          "shards' files, instead of a copy of all; the shards must be in the "
          "folder of --output and stay there");
ABSL_FLAG(std::string, output, "", "whole artifact to write");

namespace quant_curve {
namespace {

constexpr char kUsage[] =
    "Makes one whole artifact of all its shards.\n"
    "Example: merge "
    "--shards=/tmp/measurement_0.qca,/tmp/measurement_1.qca "
    "--reference=/tmp/fp32_measurement.qca --output=/tmp/measurement.qca";

// Records in `run` what is read.
auto NoteIn(StageRun& run) {
  return [&run](absl::string_view flag, const std::string& path,
                absl::string_view sha256, const Payload& payload) {
    return run.AddInput(flag, path, sha256, payload);
  };
}

// Merges shards of `kind` and records what is read.
absl::StatusOr<MergedArtifact> Merge(const std::vector<std::string>& shards,
                                     ArtifactKind kind, StageRun& run,
                                     TensorSink keep = KeepInMessage) {
  const std::string reference = absl::GetFlag(FLAGS_reference);
  Progress progress("merge");
  const auto update = [&](int64_t done, int64_t total) {
    progress.Update(done, total);
  };
  ASSIGN_OR_RETURN(MergedArtifact merged,
                   MergeFiles(shards, reference, keep, update, NoteIn(run)));
  if (merged.kind == kind) return merged;
  return absl::AbortedError(absl::StrCat(
      shards[0], ": changed while it was read, from ", ArtifactKind_Name(kind),
      " to ", ArtifactKind_Name(merged.kind),
      "; try again when nothing writes to it"));
}

absl::Status MergeTensors(const std::vector<std::string>& shards,
                          ArtifactKind kind, StageRun& run,
                          const std::string& output) {
  MergedArtifact merged;
  const auto fill = [&](TensorFrameWriter& writer)
      -> absl::StatusOr<google::protobuf::Message*> {
    const auto keep = [&](Tensor& tensor) { return writer.Add(tensor); };
    ASSIGN_OR_RETURN(merged, Merge(shards, kind, run, keep));
    return merged.message.get();
  };
  return run.WriteTensorsOfKind("output", output, kind, fill);
}

absl::Status MergeMessages(const std::vector<std::string>& shards,
                           ArtifactKind kind, StageRun& run,
                           const std::string& output) {
  ASSIGN_OR_RETURN(const MergedArtifact merged, Merge(shards, kind, run));
  return run.WriteArtifactOfKind("output", output, kind, *merged.message);
}

// An index names its files without a folder.
absl::Status CheckFolders(const std::vector<std::string>& shards,
                          const std::string& output) {
  for (const std::string& shard : shards) {
    std::error_code error;
    if (std::filesystem::equivalent(DirectoryOf(shard), DirectoryOf(output),
                                    error)) {
      continue;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "--shards: ", shard, " is not in the folder of --output=", output,
        ", where an index finds its shards; write the index there, or merge "
        "without --index"));
  }
  return absl::OkStatus();
}

absl::Status WriteIndex(const std::vector<std::string>& shards, StageRun& run,
                        const std::string& output) {
  const std::string reference = absl::GetFlag(FLAGS_reference);
  if (!reference.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--reference=", reference,
        ": is for measurements, --index for quantized models; give one"));
  }
  RETURN_IF_ERROR(CheckFolders(shards, output));
  MergedArtifact merged;
  const auto fill = [&](TensorFrameWriter& writer)
      -> absl::StatusOr<google::protobuf::Message*> {
    const auto refer = [&](const std::string& shard, Tensor& tensor) {
      return writer.Refer(BaseName(shard), tensor);
    };
    ASSIGN_OR_RETURN(merged, IndexFiles(shards, refer, NoteIn(run)));
    return merged.message.get();
  };
  return run.WriteTensorsOfKind("output", output, QUANTIZED_MODEL, fill);
}

absl::Status MergeInto(const std::vector<std::string>& shards,
                       ArtifactKind kind, StageRun& run,
                       const std::string& output) {
  if (absl::GetFlag(FLAGS_index)) return WriteIndex(shards, run, output);
  return HasTensors(kind) ? MergeTensors(shards, kind, run, output)
                          : MergeMessages(shards, kind, run, output);
}

absl::Status Run() {
  const std::vector<std::string> shards = absl::GetFlag(FLAGS_shards);
  const std::string output = absl::GetFlag(FLAGS_output);
  if (shards.empty()) return UsageError("--shards is required");
  RETURN_IF_ERROR(RequireFlag("output", output));
  ASSIGN_OR_RETURN(StageRun run, StageRun::Begin("merge"));
  ASSIGN_OR_RETURN(const ArtifactKind kind, KindOfFile(shards[0]));
  RETURN_IF_ERROR(MergeInto(shards, kind, run, output));
  absl::PrintF("merge: %s of %d shards\n", ArtifactKind_Name(kind),
               shards.size());
  return absl::OkStatus();
}

}  // namespace
}  // namespace quant_curve

int main(int argc, char** argv) {
  return quant_curve::ToolMain("merge", argc, argv, quant_curve::kUsage,
                               quant_curve::Run);
}
