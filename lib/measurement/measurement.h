// Measurements: their summaries from their raw scores, and how two compare.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_MEASUREMENT_H_
#define QUANT_CURVE_LIB_MEASUREMENT_MEASUREMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/artifact.h"
#include "lib/measurement/statistics.h"
#include "lib/sharding/shard.h"
#include "proto/corpus.pb.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// The strata that verb_tense_accuracy counts: the tested form was never seen.
inline bool IsHeadline(Stratum stratum) {
  return stratum == HELD_OUT_FORM || stratum == UNSEEN_STEM;
}

// Sets the number of candidates and copies stratum, tense and answer of the
// items in `range`. Refuses items (of all) that differ in their number of
// candidates: the chance level would have no one value.
absl::Status SetItemLabels(const Corpus& corpus, const ShardRange& range,
                           Measurement& measurement);

// Fills perplexity, verb_tense_accuracy, cells and mean_margin_nats from
// window_nll_nats, window_tokens, items, num_candidates and
// candidate_log_probability_nats. Cells: each stratum that has items (tense
// unspecified), followed by its tenses. Refuses sizes that do not match, labels
// out of range and scores that are not finite. No items are allowed: the
// accuracy then says nothing.
absl::Status FillSummaries(Measurement& measurement);

// The gap of `measurement` to `reference`, paired over the windows. Refuses
// measurements over other windows or another corpus.
absl::StatusOr<Estimate> ComparePerplexity(const Measurement& measurement,
                                           const Measurement& reference);

// ComparePerplexity plus flips and margins over the headline items.
// reference_sha256 is left to the caller.
absl::StatusOr<PairedComparison> Compare(const Measurement& measurement,
                                         const Measurement& reference);

// Fills measurement.paired from the reference measurement at `path`, and
// returns that file's digest. Errors name it.
absl::StatusOr<std::string> CompareToFile(const std::string& path,
                                          Measurement& measurement);

// Refuses a name that is not of 1 to 64 letters, digits and ._+-: names go into
// figures and tables as they are. `what` begins the message.
absl::Status CheckName(absl::string_view what, absl::string_view name);

// Reads a whole measurement and checks that its summaries are what
// FillSummaries makes of its scores, that the byte account adds up, and that
// CheckName takes the scheme's name.
absl::StatusOr<Artifact<Measurement>> ReadMeasurement(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_MEASUREMENT_H_
