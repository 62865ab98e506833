// Measurements: their summaries from their raw scores, and how two compare.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_MEASUREMENT_H_
#define QUANT_CURVE_LIB_MEASUREMENT_MEASUREMENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/artifact/artifact.h"
#include "lib/measurement/statistics.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// Fills perplexity, text_perplexity, metrics (FillMetrics),
// verb_tense_accuracy, minimal_pair_accuracy, cells and mean_margin_nats from
// window_nll_nats, window_tokens, num_text_bytes and num_text_words, and the
// items (FillItemSummaries). Refuses sizes that do not match, labels out of
// range and scores that are not finite.
absl::Status FillSummaries(Measurement& measurement);

// The gap of `measurement` to `reference` in percent, paired over the text's
// independent units (WindowSums). Refuses measurements over other windows or
// another corpus.
absl::StatusOr<Estimate> ComparePerplexity(const Measurement& measurement,
                                           const Measurement& reference);

// The gap, paired over the windows, plus flips and margins over the headline
// items.
// reference_sha256 is left to the caller.
absl::StatusOr<PairedComparison> Compare(const Measurement& measurement,
                                         const Measurement& reference);

// Fills measurement.paired from the reference, which was read from `path`;
// errors name that.
absl::Status CompareToReference(const Artifact<Measurement>& reference,
                                const std::string& path,
                                Measurement& measurement);

// Checks that the summaries of a whole measurement are what FillSummaries makes
// of its scores, that the byte account adds up, and that CheckName takes the
// scheme's name.
absl::Status CheckMeasurement(const Measurement& measurement);

// Reads a whole measurement and checks it.
absl::StatusOr<Artifact<Measurement>> ReadMeasurement(const std::string& path);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_MEASUREMENT_H_
