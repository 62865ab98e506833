// Artifacts for tests. A tool writes through StageRun
// (lib/provenance/stage_run.h), which also writes the manifest.
#ifndef QUANT_CURVE_LIB_ARTIFACT_WRITE_ARTIFACT_H_
#define QUANT_CURVE_LIB_ARTIFACT_WRITE_ARTIFACT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/file.h"
#include "lib/artifact/status_macros.h"
#include "lib/artifact/tensor_frame.h"

namespace quant_curve {

// Writes the whole file or none of it; an older file at `path` is replaced.
template <typename Message>
absl::Status WriteArtifact(const std::string& path, const Message& message,
                           const Payload& payload = {}) {
  ASSIGN_OR_RETURN(const std::string bytes,
                   ArtifactBytes(KindOf<Message>(), message, path, payload));
  return WriteFileAtomically(path, bytes);
}

// The message with its tensors' bytes in it instead of records.
template <typename Message>
absl::StatusOr<Message> InMemory(const Artifact<Message>& artifact) {
  Message message = artifact.message;
  for (Tensor* tensor : TensorsIn(message)) {
    RETURN_IF_ERROR(artifact.payload.Load(*tensor));
  }
  return message;
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_WRITE_ARTIFACT_H_
