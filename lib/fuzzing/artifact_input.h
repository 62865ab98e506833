// Fuzzing behind the frame: the input is the payload of an artifact, and gets a
// frame with the right digest.
#ifndef QUANT_CURVE_LIB_FUZZING_ARTIFACT_INPUT_H_
#define QUANT_CURVE_LIB_FUZZING_ARTIFACT_INPUT_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/artifact.h"
#include "lib/fuzzing/fuzzing.h"

namespace quant_curve {

// The path of an artifact file with this payload.
template <typename Message>
std::string ArtifactInputPath(absl::string_view payload) {
  return InputPath("input.qca", Frame(KindOf<Message>(), payload));
}

template <typename Message>
std::string PayloadOf(const Message& message) {
  return SerializeDeterministically(message).value();
}

// Requires that a message which was read can be written, that what was written
// is read again, and is then written to the same bytes.
template <typename Message>
void RequireRoundTrip(
    const Message& message,
    absl::FunctionRef<absl::StatusOr<Artifact<Message>>(const std::string&)>
        read) {
  const absl::StatusOr<std::string> written =
      ArtifactBytes(KindOf<Message>(), message, "written");
  Require(written.ok(), "what was read can be written");
  const absl::StatusOr<Artifact<Message>> again =
      read(InputPath("again.qca", *written));
  Require(again.ok(), "what was written is read again");
  Require(ArtifactBytes(KindOf<Message>(), again->message, "again").value() ==
              *written,
          "writing what was read gives the same bytes");
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_FUZZING_ARTIFACT_INPUT_H_
