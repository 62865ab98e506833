// An artifact's own record of how it was made, as a flat list for its manifest.
#ifndef QUANT_CURVE_LIB_PROVENANCE_PARAMETERS_H_
#define QUANT_CURVE_LIB_PROVENANCE_PARAMETERS_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "proto/artifact.pb.h"

namespace quant_curve {

// The settings of an artifact of `kind`: "scheme.bits": "4",
// "training.learning_rate": "0x1.0624dep-9". Seeds, configs, schemes and sizes;
// results are not settings. Floats are hexadecimal, enums their names.
std::map<std::string, std::string> ArtifactParameters(
    ArtifactKind kind, const google::protobuf::Message& message);

// SHA-256, 32 raw bytes, of the FileDescriptorSet of the message's .proto and
// of all that it imports, each file after those it needs: what
//   protoc --include_imports --descriptor_set_out=/dev/stdout proto/X.proto
// writes.
std::string SchemaSha256(const google::protobuf::Descriptor& descriptor);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_PROVENANCE_PARAMETERS_H_
