#include "lib/statistics/decision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/numerics/random.h"

namespace quant_curve {
namespace {

// Points of the normal distribution: 95 % and 80 %.
constexpr double kNormalOneSided95 = 1.6448536269514722;
constexpr double kNormalOneSided80 = 0.8416212335729143;

// 0 … n-1 in random order (Durstenfeld, doi:10.1145/364520.364540).
std::vector<int64_t> Shuffled(int64_t n, Random& random) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = n - 1; i > 0; --i) {
    std::swap(order[i], order[random.Below(i + 1)]);
  }
  return order;
}

}  // namespace

double UpperBound(const Estimate& estimate) {
  return estimate.value + kNormalOneSided95 * estimate.standard_error;
}

std::vector<double> SimultaneousUpperBounds(const PairedLosses& losses,
                                            const BootstrapOptions& options) {
  const std::vector<Estimate> estimates = LossesPerToken(losses);
  std::vector<double> largest;
  for (const std::vector<double>& replicate :
       BootstrapStudentized(losses, options)) {
    // Where a replicate is below the estimate, the estimate may be as far below
    // the truth.
    double most = -std::numeric_limits<double>::infinity();
    for (size_t s = 0; s < estimates.size(); ++s) {
      if (estimates[s].standard_error == 0) continue;
      most = std::max(most, -replicate[s]);
    }
    largest.push_back(most);
  }
  const double c = SampleQuantile(std::move(largest), 1 - kDecisionLevel);
  std::vector<double> bounds;
  for (const Estimate& e : estimates) {
    bounds.push_back(e.standard_error == 0 ? e.value
                                           : e.value + c * e.standard_error);
  }
  return bounds;
}

int64_t SmallestBelow(absl::Span<const double> upper_bounds,
                      absl::Span<const double> bytes, double margin) {
  int64_t smallest = -1;
  for (size_t s = 0; s < upper_bounds.size(); ++s) {
    if (!(upper_bounds[s] < margin)) continue;
    if (smallest >= 0 &&
        std::tie(bytes[s], upper_bounds[s]) >=
            std::tie(bytes[smallest], upper_bounds[smallest])) {
      continue;
    }
    smallest = static_cast<int64_t>(s);
  }
  return smallest;
}

int64_t SchemeToShip(absl::Span<const Estimate> losses,
                     absl::Span<const double> upper_bounds,
                     absl::Span<const double> bytes, double margin,
                     double byte_budget) {
  const int64_t smallest = SmallestBelow(upper_bounds, bytes, margin);
  const auto fits = [&](int64_t s) {
    return byte_budget == 0 || bytes[s] <= byte_budget;
  };
  if (smallest >= 0 && fits(smallest)) return smallest;
  int64_t best = -1;
  for (int64_t s = 0; s < static_cast<int64_t>(bytes.size()); ++s) {
    if (!fits(s)) continue;
    if (best < 0 || losses[s].value < losses[best].value) best = s;
  }
  return best;
}

absl::StatusOr<ConfirmedChoice> ChooseAndConfirm(
    const PairedLosses& losses, absl::Span<const double> bytes, double margin,
    const BootstrapOptions& options) {
  const int64_t documents = static_cast<int64_t>(losses.tokens.size());
  if (documents < 4) {
    return absl::InvalidArgumentError(
        absl::StrCat(documents,
                     " documents: a choice that is confirmed needs "
                     "at least 4, two in each half; use a longer "
                     "text"));
  }
  Random random(options.seed);
  std::vector<int64_t> order = Shuffled(documents, random);
  // Sums over a half run in the text's order.
  std::sort(order.begin(), order.begin() + documents / 2);
  std::sort(order.begin() + documents / 2, order.end());
  const absl::Span<const int64_t> all = order;
  const PairedLosses first =
      SelectDocuments(losses, all.subspan(0, documents / 2));
  const int64_t scheme =
      SmallestBelow(SimultaneousUpperBounds(first, options), bytes, margin);
  if (scheme < 0) return ConfirmedChoice{-1, {0, 0}, {0, 0}, false};
  const std::vector<Estimate> second =
      LossesPerToken(SelectDocuments(losses, all.subspan(documents / 2)));
  return ConfirmedChoice{scheme, LossesPerToken(first)[scheme], second[scheme],
                         UpperBound(second[scheme]) < margin};
}

double ResolvedLoss(double standard_error) {
  return (kNormalOneSided95 + kNormalOneSided80) * standard_error;
}

double DocumentsNeeded(double standard_error, double documents, double margin) {
  const double ratio = ResolvedLoss(standard_error) / margin;
  return std::ceil(documents * ratio * ratio);
}

}  // namespace quant_curve
