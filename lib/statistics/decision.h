// Which schemes are shown to lose less than a margin, and which one to ship.
//
//   losses in nats per token; a margin of 1 % perplexity is Log(1.01) nats.
#ifndef QUANT_CURVE_LIB_STATISTICS_DECISION_H_
#define QUANT_CURVE_LIB_STATISTICS_DECISION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/statistics/bootstrap.h"
#include "lib/statistics/paired_losses.h"

namespace quant_curve {

// A one-sided level: a test passes a scheme that is no better than the margin
// with at most this probability.
inline constexpr double kDecisionLevel = 0.05;

// value + z * error: below it lies the truth with probability 95 %.
double UpperBound(const Estimate& estimate);

// How many of the estimates, which are ordered from the largest scheme to the
// smallest, pass one after another: each UpperBound is below `margin`. The
// first failure ends the sequence, which makes the probability of passing any
// scheme at or beyond the margin at most kDecisionLevel, however many there
// are (Maurer, Hothorn and Lehmacher 1995; Dmitrienko et al., Multiple Testing
// Problems in Pharmaceutical Statistics, 2009, section 2.6).
int64_t PassedInSequence(absl::Span<const Estimate> large_to_small,
                         double margin);

// Upper bounds that hold for all schemes at once with probability 95 %:
// loss + c * error, where c is the 95 % quantile, over the bootstrap's
// replicates, of the largest (loss - replicate) / error of the replicate
// (max-t; Romano and Wolf, doi:10.1198/016214504000000539). No order of the
// schemes is needed. A scheme without spread has its loss as bound.
std::vector<double> SimultaneousUpperBounds(const PairedLosses& losses,
                                            const BootstrapOptions& options);

// A choice on one half of the documents and what the other half says of it.
struct ConfirmedChoice {
  int64_t scheme;      // index; -1 when no scheme passed
  Estimate selection;  // on the half that chose: too good on average
  Estimate confirmation;
  bool is_confirmed;  // UpperBound(confirmation) < margin
};

// Schemes come ordered from the largest to the smallest. Halves the documents
// at random (by `seed`), takes the smallest scheme that PassedInSequence finds
// on the first half, and estimates it on the second. Needs at least four
// documents.
absl::StatusOr<ConfirmedChoice> ChooseAndConfirm(
    const PairedLosses& large_to_small, double margin, uint64_t seed);

// The loss that a text finds with 80 % power at kDecisionLevel, from a standard
// error: (1.645 + 0.842) * error.
double ResolvedLoss(double standard_error);

// Documents after which ResolvedLoss is `margin`, from the error that a text of
// `documents` gave: documents * (ResolvedLoss / margin)^2, rounded up.
// margin > 0.
double DocumentsNeeded(double standard_error, double documents, double margin);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_DECISION_H_
