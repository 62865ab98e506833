#include "lib/measurement/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/artifact/status_macros.h"
#include "lib/measurement/frontier.h"
#include "lib/measurement/sampling.h"
#include "lib/numerics/scalar_math.h"
#include "lib/statistics/bootstrap.h"
#include "lib/statistics/decision.h"
#include "lib/statistics/drift.h"
#include "lib/statistics/frontier_membership.h"
#include "lib/statistics/groups.h"
#include "lib/statistics/paired_losses.h"

namespace quant_curve {
namespace {

// With fewer the bootstrap's own errors are meaningless.
constexpr size_t kMinUnits = 8;
constexpr int kSplits = 20;
constexpr BootstrapOptions kBootstrap = {2000, 1};

// Values per window of each scheme.
using WindowSeries = std::vector<std::vector<double>>;

WindowSeries NllDifferences(const Sweep& sweep) {
  const auto& reference = sweep.measurements[sweep.reference].window_nll_nats();
  WindowSeries series;
  for (const Measurement& measurement : sweep.measurements) {
    std::vector<double> differences;
    for (int i = 0; i < reference.size(); ++i) {
      differences.push_back(measurement.window_nll_nats(i) - reference.Get(i));
    }
    series.push_back(std::move(differences));
  }
  return series;
}

// The reference's divergence from itself is 0 and need not be measured.
absl::StatusOr<WindowSeries> Divergences(const Sweep& sweep) {
  WindowSeries series;
  for (size_t s = 0; s < sweep.measurements.size(); ++s) {
    const Measurement& measurement = sweep.measurements[s];
    if (static_cast<int>(s) == sweep.reference) {
      series.emplace_back(measurement.window_tokens_size());
      continue;
    }
    if (!measurement.has_divergence()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--quality_metric=", kKlDivergence, ": scheme '",
          measurement.scheme().name(),
          "' was measured without --reference_model; measure it with one"));
    }
    const auto& kl = measurement.divergence().window_kl_nats();
    series.emplace_back(kl.begin(), kl.end());
  }
  return series;
}

PairedLosses OverUnits(const Measurement& measurement,
                       const SamplingUnits& units, const WindowSeries& series) {
  const std::vector<double> tokens(measurement.window_tokens().begin(),
                                   measurement.window_tokens().end());
  PairedLosses losses;
  losses.tokens = SumRuns(tokens, units.unit_of_window);
  for (const std::vector<double>& values : series) {
    losses.differences_nats.push_back(SumRuns(values, units.unit_of_window));
  }
  return losses;
}

// Losses in nats per token, and the unit that margins and reports have.
class MetricUnit {
 public:
  explicit MetricUnit(absl::string_view metric)
      : is_percent_(metric == kPerplexityGap) {}

  double FromNats(double nats) const {
    return is_percent_ ? 100 * (Exp(nats) - 1) : nats;
  }
  double ToNats(double value) const {
    return is_percent_ ? Log(1 + value / 100) : value;
  }
  // By the delta method.
  double ErrorFromNats(const Estimate& nats) const {
    return nats.standard_error * (is_percent_ ? 100 * Exp(nats.value) : 1);
  }
  std::string Text(double value) const {
    return is_percent_ ? absl::StrFormat("%+.3g %%", value)
                       : absl::StrFormat("%.3g nats", value);
  }

 private:
  bool is_percent_;
};

std::vector<double> BytesOf(const Results& results) {
  std::vector<double> bytes;
  for (const SchemeResult& scheme : results.schemes()) {
    bytes.push_back(scheme.bytes().total());
  }
  return bytes;
}

void FillSampling(const SamplingUnits& units, size_t count,
                  const Measurement& reference, Sampling& sampling) {
  sampling.set_overlap_documents(reference.overlap_documents());
  sampling.set_overlap_tokens(reference.overlap_tokens());
  sampling.set_unit(units.block_windows == 0   ? "document"
                    : units.block_windows == 1 ? "window"
                                               : "block");
  sampling.set_units(static_cast<double>(count));
  sampling.set_block_windows(static_cast<double>(units.block_windows));
}

void AddGaps(const std::vector<Estimate>& losses, double units,
             Results& results) {
  const MetricUnit percent(kPerplexityGap);
  for (int s = 0; s < results.schemes_size(); ++s) {
    Metric& metric = *results.mutable_schemes(s)->add_metrics();
    metric.set_name(kPerplexityGap);
    metric.set_value(percent.FromNats(losses[s].value));
    metric.set_standard_error(percent.ErrorFromNats(losses[s]));
    metric.set_unit("percent");
    metric.set_documents(units);
  }
}

// `differ` is empty where the text is too short to tell.
void FillFrontier(const std::vector<std::vector<bool>>& differ,
                  Results& results) {
  std::vector<CostPoint> points;
  for (const SchemeResult& scheme : results.schemes()) {
    points.push_back({scheme.bytes().total(), scheme.perplexity()});
  }
  const std::vector<std::vector<int>> dominated_by =
      differ.empty() ? DominatedBy(points) : ShownDominatedBy(points, differ);
  for (int i = 0; i < results.schemes_size(); ++i) {
    SchemeResult& scheme = *results.mutable_schemes(i);
    scheme.set_on_frontier(dominated_by[i].empty());
    for (const int j : dominated_by[i]) {
      scheme.add_dominated_by(results.schemes(j).name());
    }
  }
}

// "a" … "z", "aa", ….
std::string GroupLetters(size_t group) {
  std::string letters;
  for (size_t rest = group + 1; rest > 0; rest = (rest - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('a' + (rest - 1) % 26));
  }
  return letters;
}

// Groups come lettered from the lowest perplexity on.
void FillGroups(const std::vector<std::vector<bool>>& differ,
                Results& results) {
  std::vector<std::pair<double, std::vector<int64_t>>> groups;
  for (std::vector<int64_t>& group : Groups(differ)) {
    double lowest = results.schemes(group[0]).perplexity();
    for (const int64_t s : group) {
      lowest = std::min(lowest, results.schemes(s).perplexity());
    }
    groups.emplace_back(lowest, std::move(group));
  }
  std::sort(groups.begin(), groups.end());
  for (size_t g = 0; g < groups.size(); ++g) {
    for (const int64_t s : groups[g].second) {
      absl::StrAppend(results.mutable_schemes(s)
                          ->mutable_confidence()
                          ->mutable_group_letters(),
                      GroupLetters(g));
    }
  }
}

void FillConfidence(const PairedLosses& losses, Results& results) {
  const std::vector<FrontierMembership> memberships = FrontierMemberships(
      BootstrapLosses(losses, kBootstrap), BytesOf(results));
  for (int s = 0; s < results.schemes_size(); ++s) {
    Confidence& confidence = *results.mutable_schemes(s)->mutable_confidence();
    confidence.set_frontier_probability(memberships[s].probability);
    confidence.set_rank_low(static_cast<double>(memberships[s].lowest_rank));
    confidence.set_rank_high(static_cast<double>(memberships[s].highest_rank));
    // Too short a text, or a scheme that changes nothing.
    const absl::StatusOr<Heterogeneity> drift =
        DriftOf(losses.differences_nats[s], losses.tokens);
    if (!drift.ok()) continue;
    confidence.set_drift_q(drift->q);
    confidence.set_drift_p_value(drift->p_value);
  }
}

void FillBounds(const std::vector<double>& bounds,
                const std::vector<Estimate>& losses, const MetricUnit& unit,
                Results& results) {
  for (int s = 0; s < results.schemes_size(); ++s) {
    Confidence& confidence = *results.mutable_schemes(s)->mutable_confidence();
    confidence.set_upper_bound(unit.FromNats(bounds[s]));
    confidence.set_resolved_loss(
        unit.FromNats(ResolvedLoss(losses[s].standard_error)));
  }
}

// Of the schemes of fewer bytes, none of whose bounds is below the margin, the
// one that loses least; -1: there are none.
int64_t Rejected(int64_t chosen, const std::vector<Estimate>& losses,
                 const std::vector<double>& bytes) {
  int64_t rejected = -1;
  for (int64_t s = 0; s < static_cast<int64_t>(bytes.size()); ++s) {
    if (bytes[s] >= bytes[chosen]) continue;
    if (rejected < 0 || losses[s].value < losses[rejected].value) rejected = s;
  }
  return rejected;
}

// Random halves: how often one half makes the same choice, and the other half
// confirms it.
absl::Status FillConfirmation(const PairedLosses& losses,
                              const std::vector<double>& bytes, int64_t chosen,
                              double margin, const MetricUnit& unit,
                              Decision& decision) {
  int same = 0;
  int confirmed = 0;
  for (int split = 1; split <= kSplits; ++split) {
    ASSIGN_OR_RETURN(const ConfirmedChoice choice,
                     ChooseAndConfirm(losses, bytes, margin,
                                      {kBootstrap.replicates,
                                       static_cast<uint64_t>(split)}));
    if (choice.scheme != chosen) continue;
    ++same;
    confirmed += choice.is_confirmed ? 1 : 0;
    if (split != 1) continue;
    decision.set_confirmed_value(unit.FromNats(choice.confirmation.value));
    decision.set_confirmed_upper_bound(
        unit.FromNats(UpperBound(choice.confirmation)));
    decision.set_is_confirmed(choice.is_confirmed);
  }
  decision.set_splits(kSplits);
  decision.set_splits_chosen(same);
  decision.set_splits_confirmed(confirmed);
  return absl::OkStatus();
}

std::string BytesText(double bytes) {
  return absl::StrFormat("%.0f bytes", bytes);
}

class DecisionMaker {
 public:
  DecisionMaker(const PairedLosses& losses, int reference,
                const VerdictOptions& options, Results& results)
      : losses_(losses),
        reference_(reference),
        options_(options),
        unit_(options.quality_metric),
        margin_nats_(unit_.ToNats(options.quality_margin)),
        estimates_(LossesPerToken(losses)),
        bounds_(SimultaneousUpperBounds(losses, kBootstrap)),
        bytes_(BytesOf(results)),
        results_(results) {}

  absl::Status Decide() {
    FillBounds(bounds_, estimates_, unit_, results_);
    Decision& decision = *results_.mutable_decision();
    decision.set_metric(options_.quality_metric);
    decision.set_margin(options_.quality_margin);
    if (options_.byte_budget > 0) {
      decision.set_byte_budget(options_.byte_budget);
    }
    const int64_t chosen = SchemeToShip(estimates_, bounds_, bytes_,
                                        margin_nats_, options_.byte_budget);
    if (chosen < 0) {
      decision.add_reasons(absl::StrCat("No scheme has at most ",
                                        BytesText(options_.byte_budget), "."));
      return absl::OkStatus();
    }
    decision.set_scheme(results_.schemes(chosen).name());
    decision.set_meets_margin(bounds_[chosen] < margin_nats_);
    decision.set_value(unit_.FromNats(estimates_[chosen].value));
    decision.set_standard_error(unit_.ErrorFromNats(estimates_[chosen]));
    decision.set_upper_bound(unit_.FromNats(bounds_[chosen]));
    decision.set_bytes(bytes_[chosen]);
    if (decision.meets_margin() && chosen != reference_) {
      RETURN_IF_ERROR(FillConfirmation(losses_, bytes_, chosen, margin_nats_,
                                       unit_, decision));
    }
    AddReasons(chosen, decision);
    return absl::OkStatus();
  }

 private:
  void AddReasons(int64_t chosen, Decision& decision) const {
    const std::string margin = unit_.Text(options_.quality_margin);
    if (!decision.meets_margin()) {
      decision.add_reasons(absl::StrCat("No scheme of at most ",
                                        BytesText(options_.byte_budget),
                                        " has an upper bound below ", margin,
                                        "; this one loses least of those."));
      return;
    }
    if (chosen != reference_) {
      const auto passed =
          std::count_if(bounds_.begin(), bounds_.end(),
                        [&](double bound) { return bound < margin_nats_; });
      decision.add_reasons(absl::StrFormat(
          "%d of %d schemes have an upper bound below %s, and this is the "
          "smallest of them.",
          passed, bounds_.size(), margin));
    }
    const int64_t rejected = Rejected(chosen, estimates_, bytes_);
    if (rejected < 0) return;
    decision.set_rejected(results_.schemes(rejected).name());
    decision.add_reasons(absl::StrFormat(
        "Of the smaller ones %s (%s) loses least: %s, at most %s.",
        decision.rejected(), BytesText(bytes_[rejected]),
        unit_.Text(unit_.FromNats(estimates_[rejected].value)),
        unit_.Text(unit_.FromNats(bounds_[rejected]))));
    AddPower(estimates_[rejected], decision);
  }

  // For a scheme that may be within the margin, of which the text is too short
  // to show it.
  void AddPower(const Estimate& loss, Decision& decision) const {
    const double distance = margin_nats_ - loss.value;
    if (distance <= 0) return;
    const double units = results_.sampling().units();
    const double needed = DocumentsNeeded(loss.standard_error, units, distance);
    if (needed <= units) return;
    decision.add_reasons(absl::StrFormat(
        "Its loss is below the margin: about %.0f %ss would show whether that "
        "holds, this text has %.0f.",
        needed, results_.sampling().unit(), units));
  }

  const PairedLosses& losses_;
  const int64_t reference_;
  const VerdictOptions& options_;
  const MetricUnit unit_;
  const double margin_nats_;
  const std::vector<Estimate> estimates_;
  const std::vector<double> bounds_;
  const std::vector<double> bytes_;
  Results& results_;
};

}  // namespace

absl::Status CheckVerdictOptions(const VerdictOptions& options) {
  if (options.quality_metric != kPerplexityGap &&
      options.quality_metric != kKlDivergence) {
    return absl::InvalidArgumentError(
        absl::StrCat("--quality_metric='", options.quality_metric,
                     "': must be ", kPerplexityGap, " or ", kKlDivergence));
  }
  if (!std::isfinite(options.quality_margin) || options.quality_margin <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--quality_margin=", options.quality_margin,
                     ": must be a positive number"));
  }
  if (!std::isfinite(options.byte_budget) || options.byte_budget < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--byte_budget=", options.byte_budget,
                     ": must be a number of bytes, or 0 for no limit"));
  }
  return absl::OkStatus();
}

absl::Status AddVerdict(const Sweep& sweep, const VerdictOptions& options,
                        Results& results) {
  RETURN_IF_ERROR(CheckVerdictOptions(options));
  const Measurement& reference = sweep.measurements[sweep.reference];
  const WindowSeries nll = NllDifferences(sweep);
  const SamplingUnits units = MakeSamplingUnits(reference, nll);
  const PairedLosses losses = OverUnits(reference, units, nll);
  FillSampling(units, losses.tokens.size(), reference,
               *results.mutable_sampling());
  AddGaps(LossesPerToken(losses), results.sampling().units(), results);
  if (losses.tokens.size() < kMinUnits) {
    FillFrontier({}, results);
    return absl::OkStatus();
  }
  const std::vector<std::vector<bool>> differ =
      DistinguishablePairs(losses, kBootstrap);
  FillFrontier(differ, results);
  FillGroups(differ, results);
  FillConfidence(losses, results);
  if (options.quality_metric == kPerplexityGap) {
    return DecisionMaker(losses, sweep.reference, options, results).Decide();
  }
  ASSIGN_OR_RETURN(const WindowSeries kl, Divergences(sweep));
  const PairedLosses divergences = OverUnits(reference, units, kl);
  return DecisionMaker(divergences, sweep.reference, options, results).Decide();
}

}  // namespace quant_curve
