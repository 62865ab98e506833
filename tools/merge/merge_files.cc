#include "tools/merge/merge_files.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/status_macros.h"
#include "lib/calibration/merge_calibrations.h"
#include "lib/measurement/measurement.h"
#include "lib/measurement/merge_measurements.h"
#include "lib/quantization/merge_models.h"
#include "lib/sharding/merge.h"

namespace quant_curve {
namespace {

// The kind of a file that may be a shard.
absl::StatusOr<ArtifactKind> KindOfShard(const std::string& path) {
  ASSIGN_OR_RETURN(const ArtifactKind kind, KindOfFile(path));
  if (kind == CALIBRATION || kind == QUANTIZED_MODEL || kind == MEASUREMENT) {
    return kind;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": holds ", ArtifactKind_Name(kind),
                   ", shards are CALIBRATION, QUANTIZED_MODEL or MEASUREMENT"));
}

// Why `path` cannot be read as the kind that `first` holds.
absl::Status Refuse(const std::string& path, ArtifactKind kind,
                    const std::string& first, const absl::Status& why) {
  const absl::StatusOr<ArtifactKind> found = KindOfShard(path);
  if (!found.ok() || *found == kind) return why;
  return absl::InvalidArgumentError(absl::StrCat(
      first, " holds ", ArtifactKind_Name(kind), ", ", path, " holds ",
      ArtifactKind_Name(*found), ": shards of one kind are needed"));
}

template <typename Message>
absl::StatusOr<std::vector<ShardFile<Message>>> ReadShards(
    const std::vector<std::string>& paths, NoteInput note) {
  std::vector<ShardFile<Message>> files;
  for (const std::string& path : paths) {
    absl::StatusOr<Artifact<Message>> artifact = ReadArtifact<Message>(path);
    if (!artifact.ok()) {
      return Refuse(path, KindOf<Message>(), paths[0], artifact.status());
    }
    RETURN_IF_ERROR(note("shards", path, artifact->sha256, artifact->payload));
    files.push_back(
        {path, std::move(artifact->message), std::move(artifact->payload)});
  }
  return files;
}

template <typename Message>
std::unique_ptr<Message> OnHeap(Message message) {
  return std::make_unique<Message>(std::move(message));
}

absl::Status MergeMeasurementFiles(const std::vector<std::string>& paths,
                                   const std::string& reference_path,
                                   NoteInput note, MergedArtifact& merged) {
  ASSIGN_OR_RETURN(auto files, ReadShards<Measurement>(paths, note));
  Artifact<Measurement> reference;
  if (!reference_path.empty()) {
    ASSIGN_OR_RETURN(reference, ReadMeasurement(reference_path));
    RETURN_IF_ERROR(
        note("reference", reference_path, reference.sha256, reference.payload));
  }
  ASSIGN_OR_RETURN(Measurement measurement,
                   MergeMeasurements(std::move(files)));
  if (!reference_path.empty()) {
    RETURN_IF_ERROR(CompareToReference(reference, reference_path, measurement));
  }
  merged.message = OnHeap(std::move(measurement));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MergedArtifact> MergeFiles(const std::vector<std::string>& paths,
                                          const std::string& reference,
                                          TensorSink keep,
                                          ProgressSink progress,
                                          NoteInput note) {
  if (paths.empty()) return absl::InvalidArgumentError("no shards to merge");
  MergedArtifact merged;
  ASSIGN_OR_RETURN(merged.kind, KindOfShard(paths[0]));
  if (merged.kind == MEASUREMENT) {
    RETURN_IF_ERROR(MergeMeasurementFiles(paths, reference, note, merged));
    return merged;
  }
  if (!reference.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--reference=", reference, ": is for measurements, but ",
                     paths[0], " holds ", ArtifactKind_Name(merged.kind)));
  }
  if (merged.kind == CALIBRATION) {
    ASSIGN_OR_RETURN(auto files, ReadShards<Calibration>(paths, note));
    ASSIGN_OR_RETURN(Calibration whole,
                     MergeCalibrations(std::move(files), keep, progress));
    merged.message = OnHeap(std::move(whole));
  } else {
    ASSIGN_OR_RETURN(auto files, ReadShards<QuantizedModel>(paths, note));
    ASSIGN_OR_RETURN(QuantizedModel whole,
                     MergeModels(std::move(files), keep, progress));
    merged.message = OnHeap(std::move(whole));
  }
  return merged;
}

absl::StatusOr<MergedArtifact> IndexFiles(
    const std::vector<std::string>& paths,
    absl::FunctionRef<absl::Status(const std::string& path, Tensor& tensor)>
        refer,
    NoteInput note, ProgressSink progress) {
  if (paths.empty()) return absl::InvalidArgumentError("no shards to merge");
  MergedArtifact merged;
  ASSIGN_OR_RETURN(merged.kind, KindOfShard(paths[0]));
  if (merged.kind != QUANTIZED_MODEL) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--index: is for quantized models, but ", paths[0], " holds ",
        ArtifactKind_Name(merged.kind), "; merge without --index"));
  }
  using File = ShardFile<QuantizedModel>;
  const auto take = [refer](const File& shard, Tensor& tensor) {
    return refer(shard.name, tensor);
  };
  ASSIGN_OR_RETURN(auto files, ReadShards<QuantizedModel>(paths, note));
  ASSIGN_OR_RETURN(QuantizedModel index,
                   IndexModels(std::move(files), take, progress));
  merged.message = OnHeap(std::move(index));
  return merged;
}

}  // namespace quant_curve
