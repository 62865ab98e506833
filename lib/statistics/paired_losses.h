// The losses of schemes against the reference, document by document: the input
// of the tests that compare schemes.
#ifndef QUANT_CURVE_LIB_STATISTICS_PAIRED_LOSSES_H_
#define QUANT_CURVE_LIB_STATISTICS_PAIRED_LOSSES_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/statistics/estimate.h"

namespace quant_curve {

// Documents are drawn independently; the tokens in one are not. Every scheme
// was measured on the same documents.
struct PairedLosses {
  std::vector<double> tokens;  // of each document
  // [scheme][document]: the scheme's summed loss minus the reference's, in
  // nats.
  std::vector<std::vector<double>> differences_nats;
};

// Refuses fewer than two documents, documents without tokens, schemes with
// another number of documents, and differences that are not finite. The
// functions below and those that take PairedLosses elsewhere expect that this
// passed.
absl::Status CheckPairedLosses(const PairedLosses& losses);

// Sums of `values` over the runs of equal `documents`, in order: from windows
// to documents. As many values as documents.
//
//   SumRuns({1, 2, 4}, {7, 7, 9}) is {3, 4}
std::vector<double> SumRuns(absl::Span<const double> values,
                            absl::Span<const uint64_t> documents);

// Nats per token by which each scheme is worse than the reference, with the
// cluster-robust error (RatioOf).
std::vector<Estimate> LossesPerToken(const PairedLosses& losses);

// The losses over some of the documents, by index.
PairedLosses SelectDocuments(const PairedLosses& losses,
                             absl::Span<const int64_t> documents);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_PAIRED_LOSSES_H_
