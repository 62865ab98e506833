// Fuzzing behind the frame: the input is the payload of an artifact, and gets a
// frame with the right digest.
#ifndef QUANT_CURVE_LIB_FUZZING_ARTIFACT_INPUT_H_
#define QUANT_CURVE_LIB_FUZZING_ARTIFACT_INPUT_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/artifact.h"
#include "lib/artifact/serialize.h"
#include "lib/fuzzing/fuzzing.h"

namespace quant_curve {

// The bytes of an artifact file with this payload: a message, whose tensors, if
// it has any and they hold their bytes, become records.
inline std::string ArtifactFileOf(ArtifactKind kind,
                                  const google::protobuf::Message& prototype,
                                  absl::string_view payload) {
  if (HasTensors(kind)) {
    const std::unique_ptr<google::protobuf::Message> message(prototype.New());
    if (message->ParseFromArray(payload.data(),
                                static_cast<int>(payload.size()))) {
      const auto file = ArtifactBytes(kind, *message, "input");
      if (file.ok()) return *file;
    }
  }
  return Frame(kind, payload);
}

// The path of such a file.
template <typename Message>
std::string ArtifactInputPath(absl::string_view payload) {
  return InputPath("input.qca",
                   ArtifactFileOf(KindOf<Message>(), Message(), payload));
}

template <typename Message>
std::string PayloadOf(const Message& message) {
  std::string payload;
  AppendDeterministically(message, payload);
  return payload;
}

// Requires that what was read can be written, that what was written is read
// again, and is then written to the same bytes.
template <typename Message>
void RequireRoundTrip(
    const Artifact<Message>& artifact,
    absl::FunctionRef<absl::StatusOr<Artifact<Message>>(const std::string&)>
        read) {
  const absl::StatusOr<std::string> written = ArtifactBytes(
      KindOf<Message>(), artifact.message, "written", artifact.payload);
  if (!written.ok()) {
    // The digest of a record is checked when its bytes are wanted.
    Require(HasTensors(KindOf<Message>()), "what was read can be written");
    return;
  }
  const absl::StatusOr<Artifact<Message>> again =
      read(InputPath("again.qca", *written));
  Require(again.ok(), "what was written is read again");
  Require(
      ArtifactBytes(KindOf<Message>(), again->message, "again", again->payload)
              .value() == *written,
      "writing what was read gives the same bytes");
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FUZZING_ARTIFACT_INPUT_H_
