#include "lib/sharding/shard.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "lib/artifact/status_macros.h"

namespace quant_curve {

absl::StatusOr<Shard> MakeShard(uint32_t index, uint32_t count) {
  Shard shard;
  shard.set_index(index);
  shard.set_count(count);
  RETURN_IF_ERROR(ValidateShard(shard));
  return shard;
}

absl::Status ValidateShard(const Shard& shard) {
  if (shard.count() == 0 || shard.count() > kMaxShards) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--shards=", shard.count(), ": must be in [1, ", kMaxShards, "]"));
  }
  if (shard.index() >= shard.count()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--shard=", shard.index(), ": must be less than --shards=",
                     shard.count(), " (shards are counted from 0)"));
  }
  return absl::OkStatus();
}

std::string ShardText(const Shard& shard, absl::string_view field) {
  return absl::StrCat(field, " ", shard.index(), " of ", shard.count(),
                      " (counted from 0)");
}

const Shard* ShardIn(const google::protobuf::Message& message,
                     const std::string& field) {
  const auto* const shard = message.GetDescriptor()->FindFieldByName(field);
  const auto& reflection = *message.GetReflection();
  if (shard == nullptr || !reflection.HasField(message, shard)) return nullptr;
  return static_cast<const Shard*>(&reflection.GetMessage(message, shard));
}

absl::Status CheckWhole(const google::protobuf::Message& message,
                        absl::string_view path) {
  for (const char* field : {"shard", "part"}) {
    const Shard* const shard = ShardIn(message, field);
    if (shard == nullptr) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", ShardText(*shard, field), "; merge the ",
                     field, "s first (//tools/merge)"));
  }
  return absl::OkStatus();
}

ShardRange RangeOf(const Shard& shard, int64_t units) {
  return {units * shard.index() / shard.count(),
          units * (shard.index() + 1) / shard.count()};
}

ShardRange RangeByCost(const Shard& shard, absl::Span<const double> costs) {
  double total = 0;
  for (const double cost : costs) total += cost;
  ShardRange range = {0, 0};
  double before = 0;
  for (const double cost : costs) {
    const double middle = (before + cost / 2) / total * shard.count();
    if (middle < shard.index()) ++range.first;
    // Rounding must not leave a cheap last unit beyond the last shard.
    const bool last = shard.index() + 1 == shard.count();
    if (last || middle < shard.index() + 1.0) ++range.end;
    before += cost;
  }
  return range;
}

}  // namespace quant_curve
