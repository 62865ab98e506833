// Shards: how a stage's work is cut into parts that run apart.
//
// A stage counts its units (blocks of sequences, Linears, windows, items), and
// each shard takes a contiguous range of them. With more shards than units some
// shards are empty: their artifacts are valid and hold nothing.
#ifndef QUANT_CURVE_LIB_SHARDING_SHARD_H_
#define QUANT_CURVE_LIB_SHARDING_SHARD_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "proto/shard.pb.h"

namespace quant_curve {

inline constexpr uint32_t kMaxShards = 65536;

// Units [first, end).
struct ShardRange {
  int64_t first;
  int64_t end;
  int64_t size() const { return end - first; }
};

// Shard `index` of `count`; refuses an index that is not below the count, and
// more than kMaxShards. The message speaks of --shard and --shards.
absl::StatusOr<Shard> MakeShard(uint32_t index, uint32_t count);
absl::Status ValidateShard(const Shard& shard);

// "shard 2 of 4 (counted from 0)"; `field` is "shard" or "part".
std::string ShardText(const Shard& shard, absl::string_view field = "shard");

// The Shard in `field` of `message`; null when it has none.
const Shard* ShardIn(const google::protobuf::Message& message,
                     const std::string& field);

// An even share of `units` (at most 2^46): sizes differ by one at most.
ShardRange RangeOf(const Shard& shard, int64_t units);

// A share by cost: a unit belongs to the shard in whose share of the total cost
// its middle lies. Costs are positive and finite.
ShardRange RangeByCost(const Shard& shard, absl::Span<const double> costs);

// Refuses an artifact that is only a shard or a part.
absl::Status CheckWhole(const google::protobuf::Message& message,
                        absl::string_view path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_SHARDING_SHARD_H_
