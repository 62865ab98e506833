// The flags --shard and --shards of the stages that can run in parts.
#ifndef QUANT_CURVE_LIB_CLI_SHARD_FLAGS_H_
#define QUANT_CURVE_LIB_CLI_SHARD_FLAGS_H_

#include "absl/status/statusor.h"
#include "proto/shard.pb.h"

namespace quant_curve {

// The two flags' values; UsageError when they make no shard (lib/sharding).
absl::StatusOr<Shard> ShardFromFlags();

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_CLI_SHARD_FLAGS_H_
