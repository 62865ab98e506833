#include "lib/cli/part_flags.h"

#include <cstdint>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/cli/usage_error.h"
#include "lib/sharding/shard.h"

ABSL_FLAG(uint32_t, part, 0, "which of --parts this is, counted from 0");
ABSL_FLAG(uint32_t, parts, 1,
          "parts that the model's blocks are cut into; each takes the "
          "activations of the one before, and //tools/merge joins the outputs "
          "to the bytes of a run without parts");
ABSL_FLAG(std::string, activations, "",
          "activations artifact that the part before wrote; with --part > 0");
ABSL_FLAG(std::string, activations_output, "",
          "activations artifact to write for the next part; with --parts");

namespace quant_curve {
namespace {

// `path` is given exactly when the part needs it.
absl::Status CheckPath(absl::string_view flag, const std::string& path,
                       const Shard& part, bool needed) {
  if (path.empty() != needed) return absl::OkStatus();
  return UsageError(
      absl::StrCat("--", flag, ": ", ShardText(part, "part"),
                   needed ? " needs it" : " has none; leave it out"));
}

}  // namespace

absl::StatusOr<PartFlags> PartFromFlags(const Shard& shard) {
  const uint32_t index = absl::GetFlag(FLAGS_part);
  const uint32_t count = absl::GetFlag(FLAGS_parts);
  if (count < 1 || count > kMaxShards || index >= count) {
    return UsageError(absl::StrCat("--part=", index, " --parts=", count,
                                   ": parts must be in [1, ", kMaxShards,
                                   "], part below parts"));
  }
  if (count > 1 && shard.count() > 1) {
    return UsageError(absl::StrCat("--shards=", shard.count(), " and --parts=",
                                   count, ": one of the two must be 1"));
  }
  PartFlags flags;
  flags.part.set_index(index);
  flags.part.set_count(count);
  flags.activations = absl::GetFlag(FLAGS_activations);
  flags.activations_output = absl::GetFlag(FLAGS_activations_output);
  RETURN_IF_ERROR(
      CheckPath("activations", flags.activations, flags.part, index > 0));
  RETURN_IF_ERROR(CheckPath("activations_output", flags.activations_output,
                            flags.part, index + 1 < count));
  return flags;
}

absl::Status RefusePartFlags(absl::string_view why) {
  const uint32_t index = absl::GetFlag(FLAGS_part);
  const uint32_t count = absl::GetFlag(FLAGS_parts);
  const std::string activations = absl::GetFlag(FLAGS_activations);
  const std::string output = absl::GetFlag(FLAGS_activations_output);
  std::string given;
  if (count != 1) {
    given = absl::StrCat("--parts=", count);
  } else if (index != 0) {
    given = absl::StrCat("--part=", index);
  } else if (!activations.empty()) {
    given = absl::StrCat("--activations=", activations);
  } else if (!output.empty()) {
    given = absl::StrCat("--activations_output=", output);
  } else {
    return absl::OkStatus();
  }
  return UsageError(absl::StrCat(given, ": ", why));
}

}  // namespace quant_curve
