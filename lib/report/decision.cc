#include "lib/report/decision.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/measurement/results.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/task.h"
#include "lib/measurement/verdict.h"
#include "lib/report/facts.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

using Row = std::vector<std::string>;

// A drift with a smaller probability is named.
constexpr double kDriftLevel = 0.01;

bool IsPercent(const Decision& decision) {
  return decision.metric() == kPerplexityGap;
}

// "documents", "windows" or "blocks of 3 windows".
std::string UnitsText(const Sampling& sampling) {
  if (sampling.unit() != "block") {
    return absl::StrCat(Thousands(sampling.units()), " ", sampling.unit(), "s");
  }
  return absl::StrFormat("%s blocks of %.0f windows",
                         Thousands(sampling.units()), sampling.block_windows());
}

std::string ConfirmationSentence(const Decision& decision) {
  if (decision.splits() == 0) return "";
  std::string text = absl::StrFormat(
      " Of %.0f random halves of the text %.0f choose this scheme, and %.0f of "
      "the other halves confirm it.",
      decision.splits(), decision.splits_chosen(), decision.splits_confirmed());
  if (!decision.has_confirmed_value()) {
    return absl::StrCat(text,
                        " The first of them chooses another: the decision is "
                        "**not stable**.");
  }
  absl::StrAppendFormat(
      &text,
      " On the half that the first one left out it loses %s, at most %s%s.",
      LossText(decision, decision.confirmed_value()),
      LossText(decision, decision.confirmed_upper_bound()),
      decision.is_confirmed() ? "" : ": **not confirmed**");
  return text;
}

std::string SpeedSentence(const SchemeResult& scheme, const Results& results,
                          const Speed* speed) {
  const SchemeSpeed* timed =
      speed == nullptr ? nullptr : FindSpeed(*speed, scheme.name());
  if (timed == nullptr || scheme.name() == results.reference_scheme()) {
    return "";
  }
  return absl::StrFormat(
      " It decodes %s tokens/s on one thread of the machine that was timed, "
      "%.2f times as many as %s.%s",
      Thousands(timed->tokens_per_second() + 0.5), timed->speedup(),
      Code(results.reference_scheme()),
      speed->busy_signs().empty()
          ? ""
          : " **The machine was busy: take speeds as rough.**");
}

}  // namespace

std::string LossName(const Decision& decision) {
  return IsPercent(decision) ? "perplexity gap" : "mean KL divergence";
}

std::string LossText(const Decision& decision, double loss) {
  return IsPercent(decision) ? absl::StrFormat("%+.3g %%", loss)
                             : absl::StrFormat("%.3g nats", loss);
}

double Shrinkage(const Results& results, const SchemeResult& scheme) {
  return ReferenceOf(results).bytes().total() / scheme.bytes().total();
}

const SchemeResult* ShippedScheme(const Results& results) {
  for (const SchemeResult& scheme : results.schemes()) {
    if (scheme.name() == results.decision().scheme()) return &scheme;
  }
  return nullptr;
}

std::string DecisionSentence(const Results& results) {
  if (!results.has_decision()) {
    return absl::StrCat("The evaluation text has only ",
                        UnitsText(results.sampling()),
                        ": too few to decide which scheme to ship. Use a "
                        "longer text.");
  }
  const Decision& decision = results.decision();
  const SchemeResult* scheme = ShippedScheme(results);
  if (scheme == nullptr) return absl::StrJoin(decision.reasons(), " ");
  const std::string reference = Code(results.reference_scheme());
  if (scheme->name() == results.reference_scheme()) {
    return absl::StrFormat(
        "Ship %s: no smaller scheme is shown to have a %s below %s.", reference,
        LossName(decision), LossText(decision, decision.margin()));
  }
  return absl::StrFormat(
      "Ship %s: %s, %.2f times smaller than %s, with a %s of %s, at most %s "
      "(95 %% confidence over all schemes; the margin is %s).",
      Code(scheme->name()), KibText(scheme->bytes().total()),
      Shrinkage(results, *scheme), reference, LossName(decision),
      IsPercent(decision)
          ? PercentText({decision.value(), decision.standard_error()})
          : LossText(decision, decision.value()),
      LossText(decision, decision.upper_bound()),
      LossText(decision, decision.margin()));
}

std::string DecisionSection(const Results& results, const Speed* speed) {
  const std::string sentence = DecisionSentence(results);
  const SchemeResult* scheme = ShippedScheme(results);
  if (scheme == nullptr) return absl::StrCat("**", sentence, "**\n");
  const Decision& decision = results.decision();
  return absl::StrCat("**", sentence, "**",
                      SpeedSentence(*scheme, results, speed), "\n\n",
                      absl::StrJoin(decision.reasons(), " "),
                      ConfirmationSentence(decision), "\n");
}

std::string SamplingSentence(const Results& results) {
  const SchemeResult* worst = nullptr;
  for (const SchemeResult& scheme : results.schemes()) {
    const Confidence& c = scheme.confidence();
    if (!c.has_drift_p_value() || c.drift_p_value() >= kDriftLevel) continue;
    if (worst == nullptr || c.drift_q() > worst->confidence().drift_q()) {
      worst = &scheme;
    }
  }
  std::string text = absl::StrCat(
      "± is one standard error over the ", UnitsText(results.sampling()),
      " of the evaluation text, paired for gaps; it does not cover variation "
      "between models trained alike.");
  const Sampling& sampling = results.sampling();
  if (sampling.overlap_documents() > 0 || sampling.overlap_tokens() > 0) {
    absl::StrAppendFormat(
        &text,
        " **The texts overlap**: %s evaluation documents are calibration "
        "documents as well, and %s evaluation tokens are in runs of 50 that "
        "the "
        "calibration text has. Losses look smaller there than on new text.",
        Thousands(sampling.overlap_documents()),
        Thousands(sampling.overlap_tokens()));
  }
  if (worst == nullptr) return text;
  absl::StrAppendFormat(
      &text,
      " **The text drifts**: from one eighth of it to the next the gap of %s "
      "differs more than chance allows (Cochran's Q %.0f on 7 degrees of "
      "freedom), so a text of another mix would give another gap.",
      Code(worst->name()), worst->confidence().drift_q());
  return text;
}

std::string VerdictText(const Results& results, const SchemeResult& scheme) {
  if (scheme.name() == results.decision().scheme()) return "**ship**";
  if (scheme.on_frontier()) return "on the frontier";
  return absl::StrCat("dominated by ", Code(scheme.dominated_by(0)));
}

std::string DivergenceText(const SchemeResult& scheme) {
  const Metric* divergence = FindMetric(scheme, kKlDivergence);
  if (divergence == nullptr) return "–";
  return MeasuredText({divergence->value(), divergence->standard_error()});
}

bool HasDivergence(const Results& results) {
  return std::any_of(
      results.schemes().begin(), results.schemes().end(),
      [](const SchemeResult& s) { return FindMetric(s, kKlDivergence); });
}

std::string SummaryTable(const Results& results, const Speed* speed) {
  const bool has_items = results.num_headline_items() > 0;
  const bool has_divergence = !has_items && HasDivergence(results);
  Row header = {"scheme", "bytes",
                absl::StrCat("perplexity gap to ", results.reference_scheme())};
  if (has_items) header.push_back(std::string(TaskOf(results).name));
  if (has_divergence) header.push_back("KL divergence, nats");
  if (speed != nullptr) header.push_back("tokens/s");
  header.push_back("verdict");
  std::vector<Row> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    Row row = {Code(scheme.name()), Thousands(scheme.bytes().total()),
               PercentText(GapOf(scheme))};
    if (has_items) row.push_back(ShareText(AccuracyOf(scheme).accuracy));
    if (has_divergence) row.push_back(DivergenceText(scheme));
    if (speed != nullptr) {
      const SchemeSpeed* timed = FindSpeed(*speed, scheme.name());
      row.push_back(
          timed == nullptr ? "–" : Thousands(timed->tokens_per_second() + 0.5));
    }
    row.push_back(VerdictText(results, scheme));
    rows.push_back(row);
  }
  return absl::StrCat(MarkdownTable(header, rows), "\n",
                      SamplingSentence(results), "\n");
}

std::string ConfidenceTable(const Results& results) {
  if (!results.has_decision()) return "";
  const Decision& decision = results.decision();
  std::vector<Row> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    const Confidence& c = scheme.confidence();
    rows.push_back(
        {Code(scheme.name()), LossText(decision, c.upper_bound()),
         LossText(decision, c.resolved_loss()),
         ShareText(c.frontier_probability()),
         absl::StrFormat("%.0f to %.0f", c.rank_low(), c.rank_high()),
         c.group_letters(),
         c.has_drift_q() ? absl::StrFormat("%.1f (p = %.2g)", c.drift_q(),
                                           c.drift_p_value())
                         : "–"});
  }
  return absl::StrCat(
      "## How sure this is\n\n",
      MarkdownTable({"scheme", "loss at most", "resolved loss",
                     "on the frontier", "rank", "group", "drift Q"},
                    rows),
      "\nLoss: ", LossName(decision),
      ". *At most*: all of these bounds hold at once with 95 % confidence "
      "(max-t of a bootstrap over the text's ",
      UnitsText(results.sampling()),
      "). *Resolved*: the smallest loss that this text shows with 80 % power. "
      "*On the frontier*: the share of 2,000 resampled texts in which no "
      "smaller scheme has a lower perplexity. *Rank* by perplexity: 95 % "
      "interval. Schemes that share a *group* letter cannot be told apart. "
      "*Drift*: Cochran's Q of the gap over eighths of the text, on 7 degrees "
      "of freedom.\n");
}

}  // namespace quant_curve
