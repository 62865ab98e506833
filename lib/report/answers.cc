#include "lib/report/answers.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/measurement/results.h"
#include "lib/measurement/speed.h"
#include "lib/measurement/task.h"
#include "lib/report/decision.h"
#include "lib/report/facts.h"
#include "lib/report/predictions.h"
#include "lib/report/text.h"

namespace quant_curve {
namespace {

std::string GroupSentence(const Results& results, const GroupFact& fact) {
  const std::string pair = CodeList({results.schemes(fact.scheme).name(),
                                     results.schemes(fact.other).name()});
  const size_t linears = fact.same_grid.size() + fact.other_grid.size();
  std::string text = absl::StrFormat(
      "- %s have equally many scales in %d of %d Linears, since a group never "
      "spans more than a row",
      pair, fact.same_grid.size(), linears);
  if (fact.other_grid.empty())
    return text + ": they are the same scheme here.\n";
  return absl::StrCat(text, "; only ", CodeList(fact.other_grid),
                      " tell them apart.\n");
}

// What fewer bytes can gain where the board's memory is the limit, and what
// they gained on the machine that was timed, which is another.
std::string GainSentence(const Results& results, const SchemeResult& scheme,
                         const Speed* speed) {
  const std::string& reference = results.reference_scheme();
  const SchemeSpeed* timed =
      speed == nullptr ? nullptr : FindSpeed(*speed, scheme.name());
  const SchemeSpeed* base =
      speed == nullptr ? nullptr : FindSpeed(*speed, reference);
  if (timed == nullptr || base == nullptr) {
    return absl::StrFormat(
        "Where the board's memory is the limit, %.2f times fewer bytes than "
        "%s bound what it can gain in speed; activations and KV cache lower "
        "that.",
        Shrinkage(results, scheme), Code(reference));
  }
  return absl::StrFormat(
      "Where the board's memory is the limit, a decode step moves %.2f times "
      "fewer bytes than with %s, which bounds what it can gain in speed; on "
      "the machine measured here it decodes %s tokens a second, %.2f times as "
      "many.",
      base->bytes_per_token() / timed->bytes_per_token(), Code(reference),
      Thousands(timed->tokens_per_second() + 0.5), timed->speedup());
}

}  // namespace

std::string FrontierAnswer(const Results& results) {
  std::string text = "From small to large:\n\n";
  for (const int i : FrontierOrder(results)) {
    const SchemeResult& scheme = results.schemes(i);
    absl::StrAppend(&text, "- ", Code(scheme.name()), ": ",
                    KibText(scheme.bytes().total()), ", gap ",
                    PercentText(GapOf(scheme)), "\n");
  }
  std::string dominated;
  for (const SchemeResult& scheme : results.schemes()) {
    if (scheme.on_frontier()) continue;
    absl::StrAppend(
        &dominated, "- ", Code(scheme.name()), " by ",
        CodeList({scheme.dominated_by().begin(), scheme.dominated_by().end()}),
        "\n");
  }
  if (dominated.empty()) {
    return absl::StrCat(text, "\nNo scheme is dominated.\n");
  }
  return absl::StrCat(text,
                      "\nDominated (no fewer bytes, and no perplexity that is "
                      "shown to be lower):\n\n",
                      dominated);
}

std::string RooflineAnswer(const Sweep& sweep, const Results& results) {
  const double flops = DecodeFlops(sweep.measurements[sweep.reference]);
  std::vector<std::vector<std::string>> rows;
  for (const SchemeResult& scheme : results.schemes()) {
    rows.push_back({Code(scheme.name()), Thousands(scheme.bytes().total()),
                    absl::StrFormat("%.2f", flops / scheme.bytes().total()),
                    absl::StrFormat("%.2f", Shrinkage(results, scheme))});
  }
  return absl::StrCat(
      "A decode step at batch 1 reads every weight once: ", Thousands(flops),
      " floating-point operations (a multiplication and an addition a weight "
      "of the Linears and the LM head) over the bytes of the account above. "
      "While memory is the ceiling, speed goes with intensity, so the ratio of "
      "intensities bounds the speed-up. Activations and the KV cache, which "
      "all schemes move alike, lower it.\n\n",
      MarkdownTable(
          {"scheme", "stored bytes", "FLOP/byte",
           absl::StrCat("bound on speed-up over ", results.reference_scheme())},
          rows),
      "\nSpeed is not measured in this experiment: which scheme lies under "
      "the memory ceiling, which under the compute ceiling, and how much of "
      "the bound is reached, it cannot say.\n");
}

std::string ShippingAnswer(const Results& results, const Speed* speed) {
  const SchemeResult* scheme = ShippedScheme(results);
  if (scheme == nullptr) {
    return absl::StrCat(DecisionSentence(results), "\n");
  }
  std::string accuracy;
  if (results.num_headline_items() > 0) {
    accuracy = absl::StrFormat(
        " It keeps a %s of %s against %s (paired: %s points).",
        TaskOf(results).name, ShareText(AccuracyOf(*scheme).accuracy),
        ShareText(AccuracyOf(ReferenceOf(results)).accuracy),
        PointsText({scheme->accuracy_gap_points(),
                    scheme->accuracy_gap_stderr_points()}));
  }
  return absl::StrFormat(
      "%s%s %s No such board was measured: there a model runs as it is "
      "exported (`//tools/export`), in that format's bytes.\n",
      DecisionSentence(results), accuracy,
      GainSentence(results, *scheme, speed));
}

std::string Notes(const Sweep& sweep, const Results& results,
                  bool with_predictions) {
  std::string text;
  for (const GroupFact& fact : GroupFacts(sweep)) {
    if (fact.same_grid.empty()) continue;
    absl::StrAppend(&text, GroupSentence(results, fact));
  }
  if (with_predictions && IsPredictedModel(results)) {
    absl::StrAppend(&text, PredictedGaps(sweep, results));
  }
  return text.empty() ? "" : absl::StrCat("## Notes\n\n", text);
}

}  // namespace quant_curve
