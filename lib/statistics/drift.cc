#include "lib/statistics/drift.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/statistics/distributions.h"

namespace quant_curve {
namespace {

// With fewer the errors of the parts are too uncertain for the chi-square
// distribution: it would warn far too often.
constexpr int64_t kMinSamplesPerPart = 8;

}  // namespace

Heterogeneity CochranQ(absl::Span<const Estimate> estimates) {
  double weight_sum = 0;
  double weighted_sum = 0;
  for (const Estimate& e : estimates) {
    const double weight = 1 / (e.standard_error * e.standard_error);
    weight_sum += weight;
    weighted_sum += weight * e.value;
  }
  const double mean = weighted_sum / weight_sum;
  double q = 0;
  for (const Estimate& e : estimates) {
    const double scaled = (e.value - mean) / e.standard_error;
    q += scaled * scaled;
  }
  const int64_t degrees = static_cast<int64_t>(estimates.size()) - 1;
  return {q, degrees, ChiSquareUpperTail(q, degrees)};
}

absl::StatusOr<Heterogeneity> DriftOf(absl::Span<const double> values,
                                      absl::Span<const double> weights) {
  const int64_t n = static_cast<int64_t>(values.size());
  if (n < kDriftParts * kMinSamplesPerPart) {
    return absl::InvalidArgumentError(
        absl::StrCat(n, " documents or windows: drift needs at least ",
                     kDriftParts * kMinSamplesPerPart, "; use a longer text"));
  }
  std::vector<Estimate> parts;
  for (int64_t part = 0; part < kDriftParts; ++part) {
    const int64_t first = part * n / kDriftParts;
    const int64_t count = (part + 1) * n / kDriftParts - first;
    parts.push_back(
        RatioOf(values.subspan(first, count), weights.subspan(first, count)));
    if (parts.back().standard_error > 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("part ", part + 1, " of ", kDriftParts,
                     ": all differences are equal, so drift cannot be tested; "
                     "compare a scheme that changes the model"));
  }
  return CochranQ(parts);
}

}  // namespace quant_curve
