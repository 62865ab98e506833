// The flags --part, --parts, --activations and --activations_output of the
// stages that run a chain over the model's blocks.
#ifndef QUANT_CURVE_LIB_CLI_PART_FLAGS_H_
#define QUANT_CURVE_LIB_CLI_PART_FLAGS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/shard.pb.h"

namespace quant_curve {

// The flags' values. Without them it is part 0 of 1, and both paths are empty.
struct PartFlags {
  Shard part;
  std::string activations;         // empty for the first part
  std::string activations_output;  // empty for the last part
};

// UsageError when the flags make no part, when a path is missing or too many,
// or when `shard`, of --shard and --shards, also cuts the work.
absl::StatusOr<PartFlags> PartFromFlags(const Shard& shard);

// UsageError that names the first of the flags that was given, and `why` it
// must not be.
absl::Status RefusePartFlags(absl::string_view why);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_PART_FLAGS_H_
