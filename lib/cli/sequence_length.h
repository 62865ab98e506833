// The length of a model's sequences from a flag.
#ifndef QUANT_CURVE_LIB_CLI_SEQUENCE_LENGTH_H_
#define QUANT_CURVE_LIB_CLI_SEQUENCE_LENGTH_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/checkpoint.pb.h"

namespace quant_curve {

// LengthWithinContext (lib/model/config.h). Where the default is shorter than
// the context, a line on stderr says which length is used.
absl::StatusOr<uint64_t> SequenceLengthFromFlag(absl::string_view flag,
                                                uint64_t asked,
                                                const ModelConfig& config,
                                                absl::string_view model_path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_SEQUENCE_LENGTH_H_
