#include "lib/cli/shard_flags.h"

#include <cstdint>

#include "absl/flags/flag.h"
#include "lib/cli/usage_error.h"
#include "lib/sharding/shard.h"

ABSL_FLAG(uint32_t, shard, 0, "which of --shards this is, counted from 0");
ABSL_FLAG(uint32_t, shards, 1,
          "number of shards that the work is split into; //tools/merge joins "
          "their outputs into the bytes of a run without shards");

namespace quant_curve {

absl::StatusOr<Shard> ShardFromFlags() {
  absl::StatusOr<Shard> shard =
      MakeShard(absl::GetFlag(FLAGS_shard), absl::GetFlag(FLAGS_shards));
  if (!shard.ok()) return UsageError(shard.status().message());
  return shard;
}

}  // namespace quant_curve
