#include "lib/report/page_quantities.h"

#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/measurement/results.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/task.h"
#include "lib/measurement/verdict.h"
#include "lib/report/decision.h"
#include "lib/statistics/estimate.h"

namespace quant_curve {
namespace {

using ValueOf =
    std::function<std::optional<Interval>(const SchemeResult& scheme)>;

Quantity Filled(Quantity quantity, const Results& results,
                const ValueOf& value_of) {
  for (const SchemeResult& scheme : results.schemes()) {
    quantity.of_scheme.push_back(value_of(scheme));
  }
  return quantity;
}

Interval IntervalOf(const Metric& metric) {
  const double half = kNormal95 * metric.standard_error();
  return {metric.value() - half, metric.value(), metric.value() + half};
}

Quantity GapQuantity(const Results& results) {
  return Filled(
      {kPerplexityGap,
       "perplexity gap",
       absl::StrCat("perplexity gap to ", results.reference_scheme(), ", %"),
       true,
       true,
       {}},
      results, [](const SchemeResult& s) -> std::optional<Interval> {
        const Metric* metric = FindMetric(s, kPerplexityGap);
        if (metric == nullptr) return std::nullopt;
        return IntervalOf(*metric);
      });
}

Quantity DivergenceQuantity(const Results& results) {
  return Filled({kKlDivergence,
                 "KL divergence",
                 absl::StrCat("mean KL divergence from ",
                              results.reference_scheme(), ", nats"),
                 true,
                 true,
                 {}},
                results, [&](const SchemeResult& s) -> std::optional<Interval> {
                  const Metric* metric = FindMetric(s, kKlDivergence);
                  if (metric != nullptr) return IntervalOf(*metric);
                  // Its divergence from itself is 0 and is not measured.
                  if (s.name() == results.reference_scheme())
                    return Interval{0, 0, 0};
                  return std::nullopt;
                });
}

Quantity AccuracyQuantity(const Results& results) {
  const Task task = TaskOf(results);
  return Filled({std::string(task.field),
                 std::string(task.name),
                 absl::StrCat(task.name, ", %"),
                 false,
                 false,
                 {}},
                results, [](const SchemeResult& s) -> std::optional<Interval> {
                  const TaskAccuracy share = AccuracyOf(s);
                  return Interval{100 * share.low, 100 * share.accuracy,
                                  100 * share.high};
                });
}

Quantity BytesQuantity(const Results& results) {
  return Filled({kBytesId, "stored size", "stored size", true, false, {}},
                results, [](const SchemeResult& s) -> std::optional<Interval> {
                  const double bytes = s.bytes().total();
                  return Interval{bytes, bytes, bytes};
                });
}

Quantity SpeedQuantity(const Results& results, const Speed& speed) {
  return Filled({"tokens_per_second",
                 "tokens/s",
                 "decoded tokens per second",
                 false,
                 false,
                 {}},
                results, [&](const SchemeResult& s) -> std::optional<Interval> {
                  const SchemeSpeed* timed = FindSpeed(speed, s.name());
                  if (timed == nullptr) return std::nullopt;
                  return Interval{timed->tokens_per_second_low(),
                                  timed->tokens_per_second(),
                                  timed->tokens_per_second_high()};
                });
}

}  // namespace

std::vector<Quantity> CostQuantities(const Results& results,
                                     const Speed* speed) {
  std::vector<Quantity> quantities = {BytesQuantity(results)};
  if (speed != nullptr) {
    quantities.push_back(SpeedQuantity(results, *speed));
  }
  return quantities;
}

std::vector<Quantity> QualityQuantities(const Results& results) {
  std::vector<Quantity> quantities = {GapQuantity(results)};
  if (HasDivergence(results)) quantities.push_back(DivergenceQuantity(results));
  if (results.num_headline_items() > 0) {
    quantities.push_back(AccuracyQuantity(results));
  }
  return quantities;
}

}  // namespace quant_curve
