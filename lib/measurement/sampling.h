// The samples of an evaluation text that standard errors take as independent:
// its documents, or blocks of windows where the text is one document or a
// stream.
#ifndef QUANT_CURVE_LIB_MEASUREMENT_SAMPLING_H_
#define QUANT_CURVE_LIB_MEASUREMENT_SAMPLING_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/statistics/estimate.h"
#include "proto/measurement.pb.h"

namespace quant_curve {

// Refuses window_documents that are not in the text's order, or not one per
// window. Empty ones pass.
absl::Status CheckWindowDocuments(const Measurement& measurement);

// Averages over a measurement's tokens, from sums per window.
class WindowSums {
 public:
  // Of a measurement that CheckWindowDocuments accepts. The measurement may go.
  explicit WindowSums(const Measurement& measurement);

  // sum / tokens with its standard error: RatioOf over documents; by moving
  // blocks (BlockRatioOf) where the text has fewer than two documents. As many
  // sums as windows.
  Estimate PerToken(absl::Span<const double> windows) const;
  Estimate PerToken(absl::Span<const uint32_t> windows) const;

  // Documents; windows where there are fewer than two documents.
  double units() const { return static_cast<double>(tokens_.size()); }

 private:
  std::vector<double> tokens_;       // of each unit
  std::vector<uint64_t> documents_;  // of each window; empty: fewer than two
};

// How a text is cut into independent units for tests that compare schemes.
struct SamplingUnits {
  std::vector<uint64_t> unit_of_window;  // rising
  int64_t block_windows = 0;             // 0: the units are documents
};

// Documents if there are at least two. Otherwise blocks of as many windows as
// the median BlockLength of the series, without those that are 0 everywhere:
// the text's dependence shows in most schemes, and the longest of many lengths
// is long by chance. The last block may be shorter; units are weighted by
// tokens. `series` are sums per window: a scheme's minus the reference's, for
// example.
SamplingUnits MakeSamplingUnits(const Measurement& measurement,
                                const std::vector<std::vector<double>>& series);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_MEASUREMENT_SAMPLING_H_
