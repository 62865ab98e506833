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

// Upper bounds that hold for all schemes at once with probability 95 %:
// loss + c * error, where c is the 95 % quantile, over the bootstrap's
// replicates, of the largest (loss - replicate) / error of the replicate
// (max-t; Romano and Wolf, doi:10.1198/016214504000000539). No order of the
// schemes is needed. A scheme without spread has its loss as bound.
std::vector<double> SimultaneousUpperBounds(const PairedLosses& losses,
                                            const BootstrapOptions& options);

// Index of the scheme of fewest bytes whose upper bound is below `margin`; of
// equal bytes the one with the lower bound, then the first. -1 if none is. As
// many bounds as bytes. With SimultaneousUpperBounds the chosen scheme loses
// `margin` or more with probability 5 % at most, however many there are.
int64_t SmallestBelow(absl::Span<const double> upper_bounds,
                      absl::Span<const double> bytes, double margin);

// Index of the scheme to ship: SmallestBelow, if it has at most `byte_budget`
// bytes. Otherwise the scheme within the budget that loses least, the first of
// equals; -1 if none is within it. A budget of 0 is no limit. As many losses as
// bytes. lib/report/page.js computes the same in a browser.
int64_t SchemeToShip(absl::Span<const Estimate> losses,
                     absl::Span<const double> upper_bounds,
                     absl::Span<const double> bytes, double margin,
                     double byte_budget);

// A choice on one half of the documents, tested on the other half.
struct ConfirmedChoice {
  int64_t scheme;         // index; -1 when no scheme passed
  Estimate selection;     // on the half that chose: too good on average
  Estimate confirmation;  // on the other half
  bool is_confirmed;      // UpperBound(confirmation) < margin
};

// Halves the documents at random (options.seed), takes SmallestBelow of
// SimultaneousUpperBounds on the first half, and estimates that scheme on the
// second. `bytes` of each scheme. Needs at least four documents.
absl::StatusOr<ConfirmedChoice> ChooseAndConfirm(
    const PairedLosses& losses, absl::Span<const double> bytes, double margin,
    const BootstrapOptions& options);

// The loss that a text finds with 80 % power at kDecisionLevel, from a standard
// error: (1.645 + 0.842) * error.
double ResolvedLoss(double standard_error);

// Documents after which ResolvedLoss is `margin`, from the error that a text of
// `documents` gave: documents * (ResolvedLoss / margin)^2, rounded up.
// margin > 0.
double DocumentsNeeded(double standard_error, double documents, double margin);

}  // namespace quant_curve

#endif  // QUANT_CURVE_LIB_STATISTICS_DECISION_H_
