// How many objects a serialized message makes when it is parsed.
#ifndef QUANT_CURVE_LIB_ARTIFACT_WIRE_ELEMENTS_H_
#define QUANT_CURVE_LIB_ARTIFACT_WIRE_ELEMENTS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace quant_curve {

// Counts the messages, strings and unknown fields at any depth of `bytes`, a
// serialized message of type `type`, without parsing it. An empty message takes
// two bytes in a file and over a hundred in memory, so a reader looks at this
// before it parses what it does not trust. Memory is constant.
//
// INVALID_ARGUMENT: `bytes` are not a message, or nest deeper than protobuf
// reads.
absl::StatusOr<uint64_t> CountWireElements(
    const google::protobuf::Descriptor& type, absl::string_view bytes);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_ARTIFACT_WIRE_ELEMENTS_H_
