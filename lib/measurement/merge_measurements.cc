#include "lib/measurement/merge_measurements.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/divergence.h"
#include "lib/measurement/measurement.h"
#include "lib/sharding/shard.h"

namespace quant_curve {
namespace {

using Files = std::vector<ShardFile<Measurement>>;

absl::Status CheckShare(absl::string_view what, int64_t size, int64_t all,
                        const ShardFile<Measurement>& file) {
  const int64_t expected = RangeOf(file.message.shard(), all).size();
  if (size == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      file.name, ": ", size, " ", what, ", the share of ",
      ShardText(file.message.shard()), " of ", all, " is ", expected));
}

absl::Status CheckShares(const Files& files) {
  int64_t windows = 0;
  int64_t items = 0;
  for (const ShardFile<Measurement>& file : files) {
    windows += file.message.window_tokens_size();
    items += file.message.items_size();
  }
  for (const ShardFile<Measurement>& file : files) {
    RETURN_IF_ERROR(CheckShare("windows", file.message.window_tokens_size(),
                               windows, file));
    RETURN_IF_ERROR(
        CheckShare("items", file.message.items_size(), items, file));
  }
  return absl::OkStatus();
}

// The windows of `part` follow those of `all`; histograms are added.
void AppendDivergence(const Divergence& part, Divergence& all) {
  DivergenceHistogram histogram = HistogramOf(all);
  for (const auto& [bin, tokens] : HistogramOf(part)) histogram[bin] += tokens;
  all.MergeFrom(part);
  SetHistogram(histogram, all);
}

}  // namespace

absl::StatusOr<Measurement> MergeMeasurements(Files files) {
  RETURN_IF_ERROR(ArrangeShards(
      "shard",
      {"window_nll_nats", "window_tokens", "items",
       "candidate_log_probability_nats", "divergence", "window_documents"},
      files));
  RETURN_IF_ERROR(CheckShares(files));
  Measurement merged = std::move(files[0].message);
  merged.clear_shard();
  for (size_t i = 1; i < files.size(); ++i) {
    const Measurement& part = files[i].message;
    merged.mutable_window_nll_nats()->MergeFrom(part.window_nll_nats());
    merged.mutable_window_tokens()->MergeFrom(part.window_tokens());
    merged.mutable_window_documents()->MergeFrom(part.window_documents());
    merged.mutable_items()->MergeFrom(part.items());
    merged.mutable_candidate_log_probability_nats()->MergeFrom(
        part.candidate_log_probability_nats());
    if (part.has_divergence()) {
      AppendDivergence(part.divergence(), *merged.mutable_divergence());
    }
  }
  RETURN_IF_ERROR(FillSummaries(merged));
  return merged;
}

}  // namespace quant_curve
