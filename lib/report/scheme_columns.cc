#include "lib/report/scheme_columns.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/results.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/task.h"
#include "lib/measurement/verdict.h"
#include "lib/report/decision.h"
#include "lib/report/facts.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

constexpr char kNone[] = "–";

class ColumnMaker {
 public:
  ColumnMaker(const Results& results, const Speed* speed)
      : results_(results), speed_(speed) {}

  std::vector<SchemeColumn> Make() {
    AddSize();
    AddLosses();
    AddBound();
    AddAccuracy();
    AddSpeed();
    AddConfidence();
    return std::move(columns_);
  }

 private:
  using CellOf = std::function<SchemeCell(const SchemeResult&)>;

  void Add(std::string header, bool is_number, const CellOf& cell_of) {
    SchemeColumn column = {std::move(header), is_number, {}};
    for (const SchemeResult& scheme : results_.schemes()) {
      column.cells.push_back(cell_of(scheme));
    }
    columns_.push_back(std::move(column));
  }

  void AddSize() {
    Add("scheme", false, [](const SchemeResult& s) -> SchemeCell {
      return {Code(s.name()), std::nullopt};
    });
    // Next to the name: where the table is wider than the screen, this is seen.
    Add("verdict", false, [&](const SchemeResult& s) -> SchemeCell {
      return {VerdictText(results_, s), std::nullopt};
    });
    Add("bytes", true, [](const SchemeResult& s) -> SchemeCell {
      return {Thousands(s.bytes().total()), s.bytes().total()};
    });
    Add("bits per weight", true, [](const SchemeResult& s) -> SchemeCell {
      return {absl::StrFormat("%.2f", s.bits_per_weight()),
              s.bits_per_weight()};
    });
  }

  void AddLosses() {
    Add(absl::StrCat("perplexity gap to ", results_.reference_scheme()), true,
        [](const SchemeResult& s) -> SchemeCell {
          return {PercentText(GapOf(s)), GapOf(s).value};
        });
    if (!HasDivergence(results_)) return;
    Add("KL divergence, nats", true, [](const SchemeResult& s) -> SchemeCell {
      const Metric* metric = FindMetric(s, kKlDivergence);
      if (metric == nullptr) return {kNone, std::nullopt};
      return {DivergenceText(s), metric->value()};
    });
  }

  void AddBound() {
    if (!results_.has_decision()) return;
    const Decision& decision = results_.decision();
    Add(absl::StrCat(LossName(decision), " at most"), true,
        [&](const SchemeResult& s) -> SchemeCell {
          const double bound = s.confidence().upper_bound();
          return {LossText(decision, bound), bound};
        });
  }

  void AddAccuracy() {
    if (results_.num_headline_items() == 0) return;
    Add(std::string(TaskOf(results_).name), true,
        [](const SchemeResult& s) -> SchemeCell {
          const double share = AccuracyOf(s).accuracy;
          return {ShareText(share), share};
        });
  }

  void AddSpeed() {
    if (speed_ == nullptr) return;
    Add("tokens/s", true, [this](const SchemeResult& s) -> SchemeCell {
      const SchemeSpeed* timed = FindSpeed(*speed_, s.name());
      if (timed == nullptr) return {kNone, std::nullopt};
      return {Thousands(timed->tokens_per_second() + 0.5),
              timed->tokens_per_second()};
    });
  }

  void AddConfidence() {
    if (std::none_of(
            results_.schemes().begin(), results_.schemes().end(),
            [](const SchemeResult& s) { return s.has_confidence(); })) {
      return;
    }
    Add("on the frontier", true, [](const SchemeResult& s) -> SchemeCell {
      const double share = s.confidence().frontier_probability();
      return {ShareText(share), share};
    });
    Add("group", false, [](const SchemeResult& s) -> SchemeCell {
      return {s.confidence().group_letters(), std::nullopt};
    });
  }

  const Results& results_;
  const Speed* speed_;
  std::vector<SchemeColumn> columns_;
};

}  // namespace

std::vector<SchemeColumn> SchemeColumns(const Results& results,
                                        const Speed* speed) {
  return ColumnMaker(results, speed).Make();
}

}  // namespace quant_curve
