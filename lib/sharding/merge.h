// Shared code for merging shards and parts of any kind.
#ifndef QUANT_CURVE_LIB_SHARDING_MERGE_H_
#define QUANT_CURVE_LIB_SHARDING_MERGE_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "lib/artifact/payload.h"
#include "lib/artifact/status_macros.h"
#include "lib/sharding/shard.h"
#include "proto/shard.pb.h"

namespace quant_curve {

// One of the artifacts to merge. `name` is its path, for messages.
template <typename Message>
struct ShardFile {
  std::string name;
  Message message;
  Payload payload = {};  // of the message's tensors
};

// Refuses shards, sorted by index, that are not 0 to count - 1, each once.
// `field` is where they were: "shard" or "part".
absl::Status CheckComplete(const std::string& field,
                           absl::Span<const Shard> shards,
                           absl::Span<const std::string> names);

// Refuses two messages of one type that differ outside of `field` and of
// `own_fields`, which each shard has for itself. Names both files and the field
// that differs.
absl::Status CheckSameRun(const google::protobuf::Message& a,
                          const std::string& a_name,
                          const google::protobuf::Message& b,
                          const std::string& b_name, const std::string& field,
                          absl::Span<const std::string> own_fields);

// Sorts the files by the index of the Shard in `field`. Refuses no files, whole
// artifacts, missing and repeated shards, and those of different runs, which
// differ outside of `field` and `own_fields`; names the files.
template <typename Message>
absl::Status ArrangeShards(const std::string& field,
                           const std::vector<std::string>& own_fields,
                           std::vector<ShardFile<Message>>& files) {
  if (files.empty()) return absl::InvalidArgumentError("no shards to merge");
  for (const ShardFile<Message>& file : files) {
    const Shard* const shard = ShardIn(file.message, field);
    if (shard == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.name,
                       CheckWhole(file.message, "").ok() ? ": is whole, not a "
                                                         : ": is not a ",
                       field));
    }
    if (!ValidateShard(*shard).ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          file.name, ": is ", ShardText(*shard, field),
          ": must be below the count, and the count at most ", kMaxShards));
    }
    RETURN_IF_ERROR(CheckSameRun(files[0].message, files[0].name, file.message,
                                 file.name, field, own_fields));
  }
  std::stable_sort(files.begin(), files.end(),
                   [&](const auto& a, const auto& b) {
                     return ShardIn(a.message, field)->index() <
                            ShardIn(b.message, field)->index();
                   });
  std::vector<Shard> shards;
  std::vector<std::string> names;
  for (const ShardFile<Message>& file : files) {
    shards.push_back(*ShardIn(file.message, field));
    names.push_back(file.name);
  }
  return CheckComplete(field, shards, names);
}

// The one file of an unsharded run: shard 0 of 1.
template <typename Message>
std::vector<ShardFile<Message>> OnlyShard(Message message) {
  std::vector<ShardFile<Message>> files;
  files.push_back({"the run", std::move(message)});
  return files;
}

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_SHARDING_MERGE_H_
